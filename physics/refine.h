// SPDX-License-Identifier: Apache-2.0
/// Bicubic refinement of a grid of positions: natural cubic splines along rows, then along columns.
#pragma once
#include "physics/film_grid.h"

#include <vector>

namespace radforge::physics {

/// Interpolates `positions_m` [rows * columns] of `from` at the nodes of `to` (same film size).
std::vector<Vec3d> resample(const FilmGrid& from, const std::vector<Vec3d>& positions_m, const FilmGrid& to);

/// The coarsest grid that keeps the nodes of `grid` and has cells of at most `cell_m`.
FilmGrid refined_grid(const FilmGrid& grid, double cell_m);

}  // namespace radforge::physics
