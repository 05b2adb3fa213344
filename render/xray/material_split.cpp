// SPDX-License-Identifier: Apache-2.0
#include "render/xray/material_split.h"

#include "synth/base/error.h"
#include "synth/base/parallel.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace radforge::xray {
namespace {

constexpr double kEvenMm = 1e-3;     // slices closer than this to an even stack are even
constexpr double kSamePlace = 0.05;  // of the median gap: closer slices show the same
constexpr double kFinestGap = 0.25;  // of the median gap: few slices do not refine the whole grid
constexpr double kMostSlices = 16;   // for each of the scan; beyond, most of the grid fills holes

// An even slice position between two slices of the scan.
struct Between {
    int lower;
    double fraction;
};

double position_mm(const Volume& v, int slice) {
    return dot(v.slice_origin_mm[size_t(slice)] - v.slice_origin_mm[0], v.normal());
}

void check_stack(const Volume& v) {
    const auto bad = [&](const char* what) {
        return Error(ErrorKind::BadData, what).where("CT volume " + v.id);
    };
    if (v.slices < 1 || v.rows < 1 || v.columns < 1 ||
        v.hu.size() != size_t(v.slices) * size_t(v.rows) * size_t(v.columns))
        throw bad("empty volume or wrong number of voxels");
    if (v.slice_origin_mm.size() != size_t(v.slices)) throw bad("slices without a place");
    for (int s = 1; s < v.slices; ++s)
        if (!(position_mm(v, s) > position_mm(v, s - 1)))
            throw bad("slices are not in order, or doubled").hint("sort them along the normal");
}

// Between neighbours, rising.
std::vector<double> gaps_of(const Volume& v) {
    std::vector<double> gaps;
    for (int s = 1; s < v.slices; ++s) gaps.push_back(position_mm(v, s) - position_mm(v, s - 1));
    std::sort(gaps.begin(), gaps.end());
    return gaps;
}

bool is_even(const std::vector<double>& gaps) { return gaps.empty() || gaps.back() - gaps.front() < kEvenMm; }

std::vector<Between> even_slices(const Volume& v) {
    const double span = position_mm(v, v.slices - 1);
    const int count = even_slice_count(v);
    const bool even = is_even(gaps_of(v));
    std::vector<Between> out;
    for (int i = 0, s = 0; i < count; ++i) {
        if (even || count == 1) {
            out.push_back({i, 0});
            continue;
        }
        const double at = span * i / (count - 1);
        while (s + 2 < v.slices && position_mm(v, s + 1) <= at) ++s;
        const double low = position_mm(v, s), gap = position_mm(v, s + 1) - low;
        out.push_back({s, std::clamp((at - low) / gap, 0., 1.)});
    }
    return out;
}

// The straight line that tilted slices slide along; a bent stack has no affine placement.
void place(const Volume& v, int slices, Grid& grid) {
    const Vec3d first = v.slice_origin_mm.front(), last = v.slice_origin_mm.back();
    const Vec3d step = slices > 1 ? (1. / (slices - 1)) * (last - first) : v.slice_thickness_mm * v.normal();
    const double span = position_mm(v, v.slices - 1);
    for (int s = 1; s + 1 < v.slices; ++s) {
        const Vec3d expected = first + position_mm(v, s) / span * (last - first);
        if (length(v.slice_origin_mm[size_t(s)] - expected) > .1)
            throw Error(ErrorKind::BadData, "slices do not lie on a straight line")
                .where("CT volume " + v.id)
                .got("slice " + std::to_string(s) + " is " +
                     std::to_string(length(v.slice_origin_mm[size_t(s)] - expected)) + " mm off")
                .hint("split the series");
    }
    const Vec3d x = v.column_spacing_mm * v.row_direction, y = v.row_spacing_mm * v.column_direction;
    for (int k = 0; k < 3; ++k) grid.step_mm.rows[k] = {x[k], y[k], step[k]};
    grid.origin_mm = first;
}

double hu_or_air(int16_t hu) { return hu == Volume::kHuPadding ? -1000. : double(hu); }

}  // namespace

int even_slice_count(const Volume& volume) {
    const std::vector<double> gaps = gaps_of(volume);
    if (is_even(gaps)) return volume.slices;
    const double median = gaps[gaps.size() / 2];
    const double least = *std::lower_bound(gaps.begin(), gaps.end(), kSamePlace * median);
    const double count =
        std::round(position_mm(volume, volume.slices - 1) / std::max(least, kFinestGap * median)) + 1;
    if (count > kMostSlices * volume.slices)
        throw Error(ErrorKind::BadData, "slices with holes too wide between them")
            .where("CT volume " + volume.id)
            .got("gaps of " + std::to_string(median) + " mm, the widest of " + std::to_string(gaps.back()) +
                 " mm")
            .hint("split the series");
    return int(count);
}

void SplitSettings::validate() const {
    if (soft_hu >= 0 && bone_hu > soft_hu && ct_kev >= kLowestKev && ct_kev <= kHighestKev) return;
    throw Error(ErrorKind::BadData, "material split")
        .expected("0 <= soft_hu < bone_hu and ct_kev in 13..300");
}

Densities split_hu(double hu, const SplitSettings& settings) {
    const double per_water = std::max(0., 1 + hu / 1000);  // attenuation over that of water
    const double bone = std::clamp((hu - settings.soft_hu) / (settings.bone_hu - settings.soft_hu), 0., 1.);
    if (bone == 0) return {per_water, 0};
    const double ratio = mass_attenuation_cm2_per_g(Material::Bone, settings.ct_kev) /
                         mass_attenuation_cm2_per_g(Material::Water, settings.ct_kev);
    const double density = per_water / ((1 - bone) + bone * ratio);
    return {(1 - bone) * density, bone * density};
}

Grid hu_grid(const Volume& volume) {
    check_stack(volume);
    const std::vector<Between> slices = even_slices(volume);
    Grid grid;
    grid.nx = volume.columns, grid.ny = volume.rows, grid.nz = int(slices.size());
    place(volume, grid.nz, grid);
    grid.values.resize(grid.count());
    const size_t plane = size_t(grid.nx) * size_t(grid.ny);
    parallel_for(grid.nz, 4, [&](int64_t begin, int64_t end) {
        for (int64_t z = begin; z < end; ++z) {
            const Between at = slices[size_t(z)];
            const int16_t* low = volume.hu.data() + size_t(at.lower) * plane;
            const int16_t* high = at.fraction > 0 ? low + plane : low;
            for (size_t i = 0; i < plane; ++i)
                grid.values[size_t(z) * plane + i] =
                    float((1 - at.fraction) * hu_or_air(low[i]) + at.fraction * hu_or_air(high[i]));
        }
    });
    grid.validate("CT volume " + volume.id);
    return grid;
}

MaterialGrids material_grids(const Volume& volume, const SplitSettings& settings) {
    settings.validate();
    MaterialGrids grids;
    grids.water = hu_grid(volume);
    grids.bone = grids.water;
    parallel_for(int64_t(grids.water.values.size()), 1 << 16, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
            const Densities d = split_hu(double(grids.water.values[size_t(i)]), settings);
            grids.water.values[size_t(i)] = float(d.water);
            grids.bone.values[size_t(i)] = float(d.bone);
        }
    });
    return grids;
}

Grid attenuation_grid(const Volume& volume, double energy_kev, const SplitSettings& settings) {
    MaterialGrids grids = material_grids(volume, settings);
    const double water = .1 * mass_attenuation_cm2_per_g(Material::Water, energy_kev);
    const double bone = .1 * mass_attenuation_cm2_per_g(Material::Bone, energy_kev);
    for (size_t i = 0; i < grids.water.values.size(); ++i)
        grids.water.values[i] =
            float(water * double(grids.water.values[i]) + bone * double(grids.bone.values[i]));
    return std::move(grids.water);
}

}  // namespace radforge::xray
