// SPDX-License-Identifier: Apache-2.0
/// Triangle meshes in metres with one texture coordinate per vertex.
#pragma once
#include "synth/base/vec.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace radforge {

using Tri = std::array<uint32_t, 3>;

struct Mesh {
    std::vector<Vec3f> positions_m;
    std::vector<Vec2f> uv;  ///< in [0,1], u right, v down; empty or one per position
    std::vector<Tri> faces;

    /// @throws Error when an index is out of range, a coordinate is not finite, or the uv count differs
    void validate(const std::string& name) const;
};

/// A regular grid of columns x rows vertices, row-major, uv from (0,0) to (1,1), two triangles a cell.
/// @param positions_m  columns * rows positions, row 0 first
Mesh grid_mesh(int columns, int rows, std::vector<Vec3f> positions_m);

}  // namespace radforge
