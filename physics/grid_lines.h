// SPDX-License-Identifier: Apache-2.0
/// Inextensibility a whole grid line at a time: rows, columns and both diagonals, each a tridiagonal system.
/// Source: film-physics 5.2 step 3; compliance as in Macklin, Mueller and Chentanez, XPBD, MIG 2016.
#pragma once
#include "physics/film_grid.h"

#include <vector>

namespace radforge::physics {

/// Distance constraints along grid lines with their tensions. Tensions persist from step to step, so that the
/// sheet at rest needs no correction and a step's error does not return in the next one.
class GridLines {
public:
    /// @param membrane_n_per_m  stretching stiffness of the sheet per metre of width
    GridLines(const FilmGrid& grid, const std::vector<double>& inverse_mass_per_kg, double membrane_n_per_m,
              double dt_s);
    /// Moves predicted positions by the tensions of the last step. @param x  where the directions are taken
    void push(const std::vector<Vec3d>& x, std::vector<Vec3d>& predicted) const;
    /// One pass over all lines, in order or in reverse.
    void sweep(std::vector<Vec3d>& x, bool reverse);
    /// Makes chords as short as the arcs they span: rest (1 - (kappa l)^2 / 24), kappa l from second
    /// differences.
    void shorten_chords(const std::vector<Vec3d>& x);
    double energy_j(const std::vector<Vec3d>& x) const;

private:
    struct Line {
        size_t first_node, first_link;  ///< into nodes_ and the link arrays
        size_t links;
    };
    void solve(const Line& line, std::vector<Vec3d>& x);
    void add_line(const FilmGrid& grid, int column, int row, int step_column, int step_row, double rest_m,
                  double stiffness_n_per_m);

    const std::vector<double> inverse_mass_;
    double dt_s_;
    std::vector<Line> lines_;
    std::vector<int> nodes_;
    std::vector<double> flat_m_, rest_m_, compliance_, tension_;  ///< tension in kg m: force times dt^2
    std::vector<double> diagonal_, upper_, change_;
    std::vector<Vec3d> direction_;
};

}  // namespace radforge::physics
