// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/vdb.h"

#include "synth/base/error.h"
#include "synth/base/system_error.h"
#include "synth/volume/lattice.h"

#include <openvdb/io/File.h>
#include <openvdb/openvdb.h>

#include <algorithm>
#include <cerrno>
#include <cmath>

namespace radforge::volume {
namespace {

namespace vdb = openvdb::OPENVDB_VERSION_NAME;

vdb::Vec3d to_vdb(Vec3d v) { return {v.x, v.y, v.z}; }
Vec3d from_vdb(const vdb::Vec3d& v) { return {v.x(), v.y(), v.z()}; }
std::string origin_name(int s) { return "radforge_slice_origin_mm_" + std::to_string(s); }

vdb::math::Transform::Ptr mean_transform(const Volume& v) {
    const Vec3d column = v.column_spacing_mm * v.row_direction, row = v.row_spacing_mm * v.column_direction;
    const Vec3d slice = v.slices > 1
                            ? (v.slice_origin_mm.back() - v.slice_origin_mm.front()) / double(v.slices - 1)
                            : v.slice_thickness_mm * v.normal();
    const Vec3d o = v.slice_origin_mm.front();
    const double m[16] = {column.x, column.y, column.z, 0, row.x, row.y, row.z, 0,
                          slice.x,  slice.y,  slice.z,  0, o.x,   o.y,   o.z,   1};
    return vdb::math::Transform::createLinearTransform(vdb::Mat4d(m));
}

void place_exactly(const vdb::FloatGrid& grid, Volume& v) {
    v.row_direction = from_vdb(grid.metaValue<vdb::Vec3d>("radforge_row_direction"));
    v.column_direction = from_vdb(grid.metaValue<vdb::Vec3d>("radforge_column_direction"));
    const vdb::Vec3d spacing = grid.metaValue<vdb::Vec3d>("radforge_row_column_thickness_mm");
    v.row_spacing_mm = spacing.x();
    v.column_spacing_mm = spacing.y();
    v.slice_thickness_mm = spacing.z();
    v.kvp = grid.metaValue<double>("radforge_kvp");
    const int part = grid.metaValue<int32_t>("radforge_body_part");
    if (part < 0 || part > int(BodyPart::Extremity)) throw Error(ErrorKind::BadData, "unknown body part");
    v.body_part = BodyPart(part);
    for (int s = 0; s < v.slices; ++s)
        v.slice_origin_mm.push_back(from_vdb(grid.metaValue<vdb::Vec3d>(origin_name(s))));
}

vdb::FloatGrid::Ptr float_grid(const std::string& path) {
    vdb::initialize();
    vdb::io::File file(path);
    file.open();
    vdb::FloatGrid::Ptr found;
    int count = 0;
    for (auto name = file.beginName(); name != file.endName(); ++name) {
        auto grid = vdb::gridPtrCast<vdb::FloatGrid>(file.readGrid(name.gridName()));
        if (!grid) continue;
        ++count;
        if (!found || name.gridName() == "hu") found = grid;
        if (name.gridName() == "hu") return found;
    }
    if (count != 1)
        throw Error(ErrorKind::BadData, "no grid 'hu'")
            .where(path)
            .got(std::to_string(count) + " float grids")
            .hint("name the grid of HU 'hu'");
    return found;
}

std::vector<int16_t> dense(const vdb::FloatGrid& grid, vdb::CoordBBox box, VoxelReport& report) {
    std::vector<int16_t> hu(size_t(box.volume()), Volume::kHuPadding);
    const vdb::Coord dim = box.dim(), low = box.min();
    const auto accessor = grid.getConstAccessor();
    size_t i = 0;
    for (int z = 0; z < dim.z(); ++z)
        for (int y = 0; y < dim.y(); ++y)
            for (int x = 0; x < dim.x(); ++x, ++i) {
                float value = 0;
                if (!accessor.probeValue(low.offsetBy(x, y, z), value)) continue;
                const float rounded = std::round(value);
                if (std::isnan(rounded)) {
                    ++report.padding_voxels;
                    continue;
                }
                if (rounded < -32767 || rounded > 32767) ++report.clamped_voxels;
                hu[i] = int16_t(std::clamp(rounded, -32767.f, 32767.f));
            }
    return hu;
}

Volume read_grid(const vdb::FloatGrid& grid, const std::string& path, VoxelReport& report, double memory_gb) {
    if (grid["radforge_size"]) {
        Volume v;
        const vdb::Vec3i size = grid.metaValue<vdb::Vec3i>("radforge_size");
        for (int a = 0; a < 3; ++a)
            if (size[a] < 1 || size[a] > 8192)
                throw Error(ErrorKind::BadData, "impossible size")
                    .where(path)
                    .got(std::to_string(size[a]))
                    .hint("write the file again");
        v.columns = size.x();
        v.rows = size.y();
        v.slices = size.z();
        require_memory(path, double(v.columns) * v.rows * v.slices * sizeof(int16_t), memory_gb);
        place_exactly(grid, v);
        v.hu = dense(grid, {vdb::Coord(0), vdb::Coord(size.x() - 1, size.y() - 1, size.z() - 1)}, report);
        return v;
    }
    const vdb::CoordBBox box = grid.evalActiveVoxelBoundingBox();
    const vdb::Coord dim = box.dim();
    if (box.empty() || dim.x() > 8192 || dim.y() > 8192 || dim.z() > 8192 ||
        box.volume() > (uint64_t(1) << 31))
        throw Error(ErrorKind::BadData, "the active voxels fill no box of 1 to 2^31 voxels")
            .where(path)
            .hint("prune, crop or resample the grid");
    const auto& transform = grid.transform();
    if (!transform.isLinear())
        throw Error(ErrorKind::BadData, "the grid's transform is not affine")
            .where(path)
            .hint("resample it onto a linear transform");
    const vdb::Vec3d low = box.min().asVec3d();
    Lattice lattice;
    lattice.size = {dim.x(), dim.y(), dim.z()};
    lattice.origin_mm = from_vdb(transform.indexToWorld(low));
    for (int a = 0; a < 3; ++a) {
        vdb::Vec3d next = low;
        next[a] += 1;
        lattice.step_mm[size_t(a)] = from_vdb(transform.indexToWorld(next)) - lattice.origin_mm;
    }
    require_memory(path, double(box.volume()) * 2 * sizeof(int16_t), memory_gb);
    lattice.hu = dense(grid, box, report);
    return from_lattice(lattice, path);
}

}  // namespace

void write_vdb(const Volume& volume, const std::string& path) {
    vdb::initialize();
    auto grid = vdb::FloatGrid::create(float(Volume::kHuPadding));
    grid->setName("hu");
    grid->setTransform(mean_transform(volume));
    auto accessor = grid->getAccessor();
    size_t i = 0;
    for (int s = 0; s < volume.slices; ++s)
        for (int r = 0; r < volume.rows; ++r)
            for (int c = 0; c < volume.columns; ++c, ++i)
                if (volume.hu[i] != Volume::kHuPadding) accessor.setValue({c, r, s}, volume.hu[i]);
    grid->insertMeta("radforge_size", vdb::Vec3IMetadata({volume.columns, volume.rows, volume.slices}));
    grid->insertMeta("radforge_row_direction", vdb::Vec3DMetadata(to_vdb(volume.row_direction)));
    grid->insertMeta("radforge_column_direction", vdb::Vec3DMetadata(to_vdb(volume.column_direction)));
    grid->insertMeta(
        "radforge_row_column_thickness_mm",
        vdb::Vec3DMetadata({volume.row_spacing_mm, volume.column_spacing_mm, volume.slice_thickness_mm}));
    grid->insertMeta("radforge_kvp", vdb::DoubleMetadata(volume.kvp));
    grid->insertMeta("radforge_body_part", vdb::Int32Metadata(int32_t(volume.body_part)));
    for (int s = 0; s < volume.slices; ++s)
        grid->insertMeta(origin_name(s), vdb::Vec3DMetadata(to_vdb(volume.slice_origin_mm[size_t(s)])));
    try {
        vdb::io::File(path).write({grid});
    } catch (const vdb::Exception& problem) {
        throw Error(ErrorKind::Failed, problem.what()).where(path);
    }
}

Volume read_vdb(const std::string& path, VoxelReport& report, double memory_gb) {
    errno = 0;
    try {
        Volume volume = read_grid(*float_grid(path), path, report, memory_gb);
        volume.origin = "vdb";
        volume.validate(path);
        volume.identify();
        return volume;
    } catch (const vdb::Exception& problem) {
        throw_if_passing(path);
        throw Error(ErrorKind::BadData, problem.what()).where(path).hint("copy or export the file again");
    }
}

}  // namespace radforge::volume
