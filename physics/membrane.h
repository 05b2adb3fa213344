// SPDX-License-Identifier: Apache-2.0
/// Inextensibility of rows, columns and both diagonals by the alternating direction method of multipliers:
/// every link keeps its own length vector p and a scaled tension u; positions then follow from one linear
/// solve whose matrix is constant. The tension persists from step to step, so a sheet at rest meets its
/// lengths exactly. Source: Narain, Overby and Brown, ADMM contains Projective Dynamics: fast simulation of
/// general constitutive models, SCA 2016, algorithm 1.
#pragma once
#include "physics/film_grid.h"

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
    /// @param penalty_n_per_m   weight of a link in the matrix; steers convergence, not the result
    Membrane(const FilmGrid& grid, const std::vector<char>& held, double membrane_n_per_m,
             double penalty_n_per_m);
    const std::vector<Link>& links() const { return links_; }
    double penalty_n_per_m() const { return penalty_; }
    /// Forgets all tensions; the links take their lengths from x.
    void reset(const std::vector<Vec3d>& x);
    /// Adds the pull of the links' own vectors to the right-hand side of the solve, newtons per node.
    void add_pull(std::vector<Vec3d>& pull_n) const;
    /// New vectors and tensions from solved positions.
    void update(const std::vector<Vec3d>& x);
    /// Makes chords as short as the arcs they span: rest (1 - (kappa l)^2 / 24), kappa l from second
    /// differences.
    void shorten_chords(const std::vector<Vec3d>& x);
    double energy_j(const std::vector<Vec3d>& x) const;

private:
    void add_links(const FilmGrid& grid, const std::vector<char>& held, int step_column, int step_row,
                   double stiffness_n_per_m);
    struct Triple {  ///< three nodes in a row and the two links between them, -1 where both ends are held
        int node[3], link[2];
    };
    double penalty_;
    std::vector<Link> links_;
    std::vector<Triple> triples_;
    std::vector<Vec3d> vector_m_, tension_m_;
};

}  // namespace radforge::physics
