// SPDX-License-Identifier: Apache-2.0
/// Bicubic refinement of a grid: natural cubic splines along rows, then along columns.
#pragma once
#include "physics/film_grid.h"

#include <vector>

namespace radforge::physics {

/// Places the nodes of `to` on the film whose nodes of `from` are at `positions_m` [rows * columns] (same
/// film size): splines whose slopes have the length of the arcs beside them, so that the film is not
/// stretched.
std::vector<Vec3d> resample(const FilmGrid& from, const std::vector<Vec3d>& positions_m, const FilmGrid& to);

/// Interpolates other values, velocities or displacements, in the same way, by the splines themselves.
std::vector<Vec3d> interpolate(const FilmGrid& from, const std::vector<Vec3d>& values, const FilmGrid& to);

/// The coarsest grid that keeps the nodes of `grid` and has cells of at most `cell_m`.
FilmGrid refined_grid(const FilmGrid& grid, double cell_m);

}  // namespace radforge::physics
