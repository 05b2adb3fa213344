// SPDX-License-Identifier: Apache-2.0
#include "synth/xray/cube.h"

#include "render/xray/material_split.h"
#include "synth/base/error.h"
#include "synth/base/memory.h"
#include "synth/volume/density.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace radforge::xray {
namespace {

struct Extent {
    int first = std::numeric_limits<int>::max(), last = -1;
    void add(int i) { first = std::min(first, i), last = std::max(last, i); }
    int count() const { return last - first + 1; }
};

}  // namespace

Mat3d cube_axes() { return {{{1, 0, 0}, {0, 0, 1}, {0, -1, 0}}}; }

Grid Cube::grid() const {
    Grid g;
    g.nx = g.ny = g.nz = n;
    const Mat3d axes = cube_axes();
    for (int k = 0; k < 3; ++k) g.step_mm.rows[k] = axes.rows[k] * voxel_mm();
    const double middle = .5 * (n - 1);
    g.origin_mm = centre_mm - g.step_mm * Vec3d{middle, middle, middle};
    g.values.resize(levels.size());
    const float unit = 1 / float(largest);
    for (size_t i = 0; i < levels.size(); ++i) g.values[i] = float(levels[i]) * unit;
    return g;
}

void require_memory(const Volume& volume, double grids, double memory_gb) {
    radforge::require_memory("CT volume " + volume.id,
                             grids * even_slice_count(volume) * volume.rows * volume.columns * sizeof(float),
                             memory_gb);
}

Volume crop_to_body(const Volume& volume, double air_hu) {
    Extent s, r, c;
    const int16_t* at = volume.hu.data();
    for (int slice = 0; slice < volume.slices; ++slice)
        for (int row = 0; row < volume.rows; ++row, at += volume.columns)
            for (int column = 0; column < volume.columns; ++column)
                if (at[column] > air_hu) s.add(slice), r.add(row), c.add(column);
    if (s.last < 0)
        throw Error(ErrorKind::BadData, "an empty volume: no voxel exceeds the air around a body")
            .where("CT volume " + volume.id)
            .expected("values above volume.air_hu = " + std::to_string(air_hu))
            .hint("leave the file out, lower volume.air_hu, or set volume.fit=scan");
    Volume part = volume;
    part.labels.clear();
    part.slices = s.count(), part.rows = r.count(), part.columns = c.count();
    part.hu.clear();
    part.slice_origin_mm.clear();
    for (int slice = s.first; slice <= s.last; ++slice) {
        part.slice_origin_mm.push_back(volume.slice_origin_mm[size_t(slice)] +
                                       c.first * volume.column_spacing_mm * volume.row_direction +
                                       r.first * volume.row_spacing_mm * volume.column_direction);
        const ImageView<const int16_t> from = volume.slice(slice);
        for (int row = r.first; row <= r.last; ++row)
            part.hu.insert(part.hu.end(), from.pixel(row, c.first), from.pixel(row, c.first) + part.columns);
    }
    return part;
}

Cube make_cube(const Volume& volume, const CubeSettings& settings) {
    require_memory(volume, 2, settings.memory_gb);
    const volume::DensityCube density =
        settings.fit_body ? volume::density_cube(crop_to_body(volume, settings.air_hu), settings.n)
                          : volume::density_cube(volume, settings.n);
    Cube cube;
    cube.n = settings.n, cube.largest = settings.largest;
    cube.edge_mm = density.side_mm;
    cube.centre_mm = density.centre_mm;
    cube.levels.reserve(density.values.size());
    bool empty = true;
    for (int z = 0; z < cube.n; ++z)
        for (int y = 0; y < cube.n; ++y)
            for (int x = 0; x < cube.n; ++x) {
                const long level = std::lround(density.at(x, z, cube.n - 1 - y) * float(cube.largest));
                cube.levels.push_back(int16_t(level));
                empty = empty && level == 0;
            }
    if (empty)
        throw Error(ErrorKind::BadData, "an empty volume: it holds nothing but air")
            .where("CT volume " + volume.id)
            .hint("leave the file out, or rescale its voxels to HU");
    return cube;
}

}  // namespace radforge::xray
