// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/reslice.h"

#include "synth/base/error.h"

#include <algorithm>
#include <cmath>

namespace radforge::volume {
namespace {

struct Box {
    Vec3d lo, hi;
};

Box bounds(const Volume& v) {
    Box box{v.slice_origin_mm[0], v.slice_origin_mm[0]};
    const Vec3d along_row = (v.columns - 1) * v.column_spacing_mm * v.row_direction;
    const Vec3d along_column = (v.rows - 1) * v.row_spacing_mm * v.column_direction;
    for (const Vec3d& origin : v.slice_origin_mm)
        for (int corner = 0; corner < 4; ++corner) {
            const Vec3d p = origin + double(corner & 1) * along_row + double(corner >> 1) * along_column;
            for (int a = 0; a < 3; ++a) {
                box.lo[a] = std::min(box.lo[a], p[a]);
                box.hi[a] = std::max(box.hi[a], p[a]);
            }
        }
    return box;
}

/// Cell and weight on an axis of `count` nodes; within 1e-9 of an end counts as inside.
bool locate(double x, int count, int& cell, double& weight) {
    if (!(x > -1e-9 && x < count - 1 + 1e-9)) return false;
    cell = std::clamp(int(std::floor(x)), 0, std::max(count - 2, 0));
    weight = std::clamp(x - cell, 0.0, 1.0);
    return true;
}

}  // namespace

Sampler::Sampler(const Volume& volume) : volume_(&volume), along_mm_(volume.slice_positions_mm()) {}

bool Sampler::at(Vec3d place_mm, double& hu) const {
    const Volume& v = *volume_;
    const double h = dot(place_mm - v.slice_origin_mm[0], v.normal());
    if (h < -1e-9 || h > along_mm_.back() + 1e-9) return false;
    const auto above = std::upper_bound(along_mm_.begin(), along_mm_.end(), h);
    const int s = std::clamp(int(above - along_mm_.begin()) - 1, 0, std::max(v.slices - 2, 0));
    const int next = std::min(s + 1, v.slices - 1);
    const double gap = along_mm_[size_t(next)] - along_mm_[size_t(s)];
    const double t = gap > 0 ? std::clamp((h - along_mm_[size_t(s)]) / gap, 0.0, 1.0) : 0;
    const Vec3d origin = (1 - t) * v.slice_origin_mm[size_t(s)] + t * v.slice_origin_mm[size_t(next)];
    int c = 0, r = 0;
    double fc = 0, fr = 0;
    if (!locate(dot(place_mm - origin, v.row_direction) / v.column_spacing_mm, v.columns, c, fc) ||
        !locate(dot(place_mm - origin, v.column_direction) / v.row_spacing_mm, v.rows, r, fr))
        return false;
    double sum = 0;
    for (int corner = 0; corner < 8; ++corner) {
        const bool ds = corner & 4, dr = corner & 2, dc = corner & 1;
        const double weight = (ds ? t : 1 - t) * (dr ? fr : 1 - fr) * (dc ? fc : 1 - fc);
        if (weight == 0) continue;
        const int16_t value = v.at(ds ? next : s, r + dr, c + dc);
        if (value == Volume::kHuPadding) return false;
        sum += weight * value;
    }
    hu = sum;
    return true;
}

Volume reslice(const Volume& volume, Plane plane, double pixel_mm, double slice_mm) {
    volume.validate("volume to reslice");
    for (const double spacing : {pixel_mm, slice_mm})
        if (!(spacing > 0 && spacing < 1000))
            throw Error(ErrorKind::BadData, "impossible spacing to reslice to")
                .got(std::to_string(spacing) + " mm");
    const Vec3d left{1, 0, 0}, back{0, 1, 0}, head{0, 0, 1};
    Volume out;
    out.row_direction = plane == Plane::Sagittal ? back : left;
    out.column_direction = plane == Plane::Axial ? back : -head;
    out.row_spacing_mm = out.column_spacing_mm = pixel_mm;
    out.slice_thickness_mm = slice_mm;
    out.body_part = volume.body_part;
    out.kvp = volume.kvp;
    out.origin = volume.origin;
    const Box box = bounds(volume);
    const Vec3d centre = 0.5 * (box.lo + box.hi), size = box.hi - box.lo;
    const auto count = [&](Vec3d axis, double spacing) {
        return int64_t(std::floor(std::abs(dot(size, axis)) / spacing + 1e-6)) + 1;
    };
    const int64_t columns = count(out.row_direction, pixel_mm), rows = count(out.column_direction, pixel_mm),
                  slices = count(out.normal(), slice_mm);
    if (columns > 32768 || rows > 32768 || slices > 32768 || columns * rows * slices > (int64_t(1) << 31))
        throw Error(ErrorKind::BadData, "the resliced volume would be too large")
            .got(std::to_string(slices) + " x " + std::to_string(rows) + " x " + std::to_string(columns))
            .hint("choose a coarser spacing");
    out.columns = int(columns);
    out.rows = int(rows);
    out.slices = int(slices);
    const Vec3d column = pixel_mm * out.row_direction, row = pixel_mm * out.column_direction;
    const Sampler sampler(volume);
    out.hu.assign(size_t(columns * rows * slices), Volume::kHuPadding);
    size_t i = 0;
    for (int s = 0; s < out.slices; ++s) {
        const Vec3d origin = centre + (s - 0.5 * (out.slices - 1)) * slice_mm * out.normal() -
                             0.5 * (out.columns - 1) * column - 0.5 * (out.rows - 1) * row;
        out.slice_origin_mm.push_back(origin);
        for (int r = 0; r < out.rows; ++r)
            for (int c = 0; c < out.columns; ++c, ++i) {
                double hu = 0;
                if (sampler.at(origin + double(c) * column + double(r) * row, hu))
                    out.hu[i] = int16_t(std::lround(hu));
            }
    }
    out.validate("resliced volume");
    out.identify();
    return out;
}

Volume resample_regular(const Volume& volume, double spacing_mm) {
    return reslice(volume, Plane::Axial, spacing_mm, spacing_mm);
}

}  // namespace radforge::volume
