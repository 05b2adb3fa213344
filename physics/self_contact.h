// SPDX-License-Identifier: Apache-2.0
/// Whether a film touches or crosses itself, by a spatial hash of its nodes (film-physics 5.2, 5.4).
#pragma once
#include "physics/film_grid.h"

#include <vector>

namespace radforge::physics {

/// True when two nodes that are more than `apart_m` from each other on the film come nearer than `distance_m`
/// in space. Surfaces that cross have nodes within 0.71 of a cell's side, so 0.75 of it misses no crossing.
bool touches_itself(const FilmGrid& grid, const std::vector<Vec3d>& positions_m, double distance_m,
                    double apart_m);

}  // namespace radforge::physics
