// SPDX-License-Identifier: Apache-2.0
/// Cuts the corners of a sheet round, in its texture space: whatever shape the sheet has, edge and maps
/// follow.
#pragma once
#include "synth/base/mesh.h"

namespace radforge::geometry {

/// Keeps the part of a mesh whose (u, v) satisfies a u + b v <= c. Faces on the line are split there; the two
/// faces of a shared edge get the same new vertex, so the cut opens no cracks. Vertices of no face are
/// dropped.
Mesh clip_uv(const Mesh& mesh, double a, double b, double c);

/// A mesh whose uv spans [0,1]^2 over width_m x height_m, with its four corners cut to arcs.
/// @param radius_m  0 .. half of the shorter side; 0 returns the mesh
/// @param segments  chords per corner, 1..64; 12 stay within 0.9 % of the radius
/// @throws Error    when the radius or the number of segments is impossible
Mesh with_rounded_corners(const Mesh& mesh, double width_m, double height_m, double radius_m,
                          int segments = 12);

}  // namespace radforge::geometry
