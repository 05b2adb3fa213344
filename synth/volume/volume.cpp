// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/volume.h"

#include "synth/base/error.h"
#include "synth/base/hash.h"

#include <cmath>

namespace radforge {

std::vector<double> Volume::slice_positions_mm() const {
    std::vector<double> positions;
    positions.reserve(slice_origin_mm.size());
    for (const Vec3d& place : slice_origin_mm) positions.push_back(dot(place - slice_origin_mm[0], normal()));
    return positions;
}

double Volume::gantry_tilt_deg() const {
    if (slice_origin_mm.size() < 2) return 0;
    const Vec3d stack = slice_origin_mm.back() - slice_origin_mm.front();
    return std::atan2(length(cross(stack, normal())), dot(stack, normal())) * 180 / 3.14159265358979323846;
}

void Volume::identify() {
    Sha256 hash;
    const auto add = [&](const void* data, size_t size) {
        hash.update(Span<const std::byte>(static_cast<const std::byte*>(data), size));
    };
    const int32_t sizes[3] = {slices, rows, columns};
    const double geometry[9] = {row_spacing_mm,     column_spacing_mm,  slice_thickness_mm,
                                row_direction.x,    row_direction.y,    row_direction.z,
                                column_direction.x, column_direction.y, column_direction.z};
    add(sizes, sizeof sizes);
    add(geometry, sizeof geometry);
    add(slice_origin_mm.data(), slice_origin_mm.size() * sizeof(Vec3d));
    add(hu.data(), hu.size() * sizeof(int16_t));
    id = hash.hex().substr(0, 16);
}

void Volume::validate(const std::string& name) const {
    const auto bad = [&](const std::string& what) { return Error(ErrorKind::BadData, what).where(name); };
    if (slices < 1 || rows < 2 || columns < 2)
        throw bad("the volume has no slices to look at")
            .got(std::to_string(slices) + " slices of " + std::to_string(rows) + " x " +
                 std::to_string(columns) + " voxels")
            .expected("at least 1 slice of 2 x 2 voxels")
            .hint("leave the file out");
    const size_t voxels = size_t(slices) * size_t(rows) * size_t(columns);
    if (hu.size() != voxels || (!labels.empty() && labels.size() != voxels) ||
        slice_origin_mm.size() != size_t(slices))
        throw bad("the volume's parts differ in size");
    for (const double spacing : {row_spacing_mm, column_spacing_mm, slice_thickness_mm})
        if (!(spacing > 0 && spacing < 1000))
            throw bad("impossible spacing").got(std::to_string(spacing) + " mm");
    if (std::abs(length(row_direction) - 1) > 1e-3 || std::abs(length(column_direction) - 1) > 1e-3 ||
        std::abs(dot(row_direction, column_direction)) > 1e-3)
        throw bad("row and column directions are not orthogonal unit vectors");
    const std::vector<double> positions = slice_positions_mm();
    for (size_t s = 1; s < positions.size(); ++s)
        if (!(positions[s] > positions[s - 1]))
            throw bad("slices are not sorted along the normal")
                .got("slice " + std::to_string(s) + " at " + std::to_string(positions[s]) + " mm")
                .expected("above " + std::to_string(positions[s - 1]));
}

}  // namespace radforge
