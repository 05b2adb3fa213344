// SPDX-License-Identifier: Apache-2.0
/// Places on the bent sheet by their place on the flat one.
#pragma once
#include "synth/base/image.h"
#include "synth/base/mesh.h"
#include "synth/base/span.h"
#include "synth/base/vec.h"

namespace radforge::film {

/// World position of (u, v), on the face that holds it.
/// @param mesh  grid_mesh of columns x rows; @param uv in [0,1]
Vec3d on_sheet(const Mesh& mesh, int columns, int rows, Vec2d uv);
/// The same of any vectors at the nodes, such as velocities.
Vec3d on_sheet(Span<const Vec3f> nodes, int columns, int rows, Vec2d uv);

/// Principal curvatures at the nodes, 1/m, the larger first; positive where the sheet bends towards the side
/// that dP/du x dP/dv points to. From central differences of position: second fundamental form against the
/// first.
/// @return f32 [rows, columns, 2]
Image principal_curvatures(const Mesh& mesh, int columns, int rows);

/// Bilinear value of an image whose first and last samples lie on the sheet's edges.
/// @param nodes f32 [rows, columns, C]; @param out C values
void at_uv(const Image& nodes, Vec2d uv, float* out);

}  // namespace radforge::film
