// SPDX-License-Identifier: Apache-2.0
/// How well a shape obeys the laws of a film: stretch and Gaussian curvature (film-physics 5.4).
#pragma once
#include "physics/film_grid.h"

#include <vector>

namespace radforge::physics {

/// |length / rest - 1| over rows, columns and both diagonals.
struct Strain {
    double p99 = 0;       ///< 99th percentile over all edges
    double max = 0;       ///< largest of all
    double max_free = 0;  ///< largest farther than 10 mm from every grip
};
Strain measure_strain(const FilmGrid& grid, const std::vector<Vec3d>& positions_m,
                      const std::vector<FilmRect>& grips);

/// Root mean square over inner nodes of 2 pi minus the sum of the six triangle angles, degrees.
/// @param left_out  one flag per node that does not count (creases); empty: all count
double angle_defect_rms_deg(const FilmGrid& grid, const std::vector<Vec3d>& positions_m,
                            const std::vector<char>& left_out = {});

/// Largest curvature along rows, columns and diagonals: of the circles through three nodes in line.
double largest_curvature_per_m(const FilmGrid& grid, const std::vector<Vec3d>& positions_m);

}  // namespace radforge::physics
