// SPDX-License-Identifier: Apache-2.0
/// Near inextensibility: stiff springs along rows, columns and both diagonals, their rest lengths the chords
/// of the arcs that the curved sheet spans.
#pragma once
#include "physics/film_grid.h"
#include "physics/stiffness.h"

#include <vector>

namespace radforge::physics {

class Membrane {
public:
    struct Link {
        int a, b;
        double flat_m, rest_m;
        double stiffness_n_per_m;
    };
    /// @param membrane_n_per_m  stretching stiffness of the sheet per metre of width
    Membrane(const FilmGrid& grid, const std::vector<char>& held, double membrane_n_per_m);
    /// Makes chords as short as the arcs they span: rest (1 - (kappa l)^2 / 24), kappa l from second
    /// differences.
    void shorten_chords(const std::vector<Vec3d>& x);
    double energy_j(const std::vector<Vec3d>& x) const;
    /// @param exact  the whole Hessian; else without the part that compression makes negative: always
    /// positive,
    ///               but too stiff
    void add_to(Stiffness& system, const std::vector<Vec3d>& x, bool exact) const;

private:
    void add_links(const FilmGrid& grid, const std::vector<char>& held, int step_column, int step_row,
                   double stiffness_n_per_m);
    struct Triple {  ///< three nodes in a row and the two links between them, -1 where both ends are held
        int node[3], link[2];
    };
    std::vector<Link> links_;
    std::vector<Triple> triples_;
};

}  // namespace radforge::physics
