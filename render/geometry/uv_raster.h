// SPDX-License-Identifier: Apache-2.0
/// Rasterises triangles in texture space. Texel (row r, column c) of an h x w grid has its centre at
/// u = (c + 0.5) / w, v = (r + 0.5) / h; a texel belongs to the triangle that holds its centre, ties go by
/// the top-left rule, so triangles that share edges cover every centre between them exactly once. Vertices
/// are rounded to 2^-16 texel and edges evaluated in integers: coverage is exact. Source: Pineda, "A parallel
/// algorithm for polygon rasterization", SIGGRAPH 1988.
#pragma once
#include "synth/base/mesh.h"
#include "synth/base/span.h"

#include <cstdint>
#include <functional>

namespace radforge::geometry {

/// Where a texel centre lies: barycentric weights of the face's second and third vertex; the first has 1 - b1
/// - b2.
struct TexelHit {
    int32_t face = -1;
    double b1 = 0, b2 = 0;
};

using TexelVisitor = std::function<void(int row, int column, const TexelHit& hit)>;

/// Calls `visit` for every texel centre inside a face, faces in order, rows and columns ascending within a
/// face. Both windings count.
/// @param uv      one per vertex, in [0,1]
/// @param h, w    grid, 1..16384
/// @return        number of faces without area after rounding, which cover nothing
/// @throws Error  when h or w is impossible, a uv is outside [0,1], or a face index is out of range
int64_t raster(Span<const Vec2f> uv, Span<const Tri> faces, int h, int w, const TexelVisitor& visit);

}  // namespace radforge::geometry
