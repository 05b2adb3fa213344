// SPDX-License-Identifier: Apache-2.0
/// Plate bending for isometric motion: the energy is quadratic in positions, so one constant matrix serves.
/// Source: Bergou et al., A Quadratic Bending Model for Inextensible Surfaces, SGP 2006; film-physics 5.2
/// step 2.
#pragma once
#include "physics/band_cholesky.h"
#include "physics/film_grid.h"
#include "physics/membrane.h"
#include "physics/sheet.h"

#include <array>
#include <vector>

namespace radforge::physics {

/// Energy 1/2 stiffness |sum_k coefficient_k x_k - rest_m n|^2, n the back-side normal at `center`.
struct BendStencil {
    int count = 0, center = 0;
    std::array<int, 4> node{};
    std::array<double, 4> coefficient{};
    double stiffness_n_per_m = 0, rest_m = 0;
};

/// Second differences along rows and columns and the twist of every cell, with the rest curvature of the
/// sheet.
/// @param held  one flag per node; a stencil about a held node stands for half a cell of curvature: double
/// weight
std::vector<BendStencil> bend_stencils(const FilmGrid& grid, const SheetSpec& sheet,
                                       const std::vector<char>& held);

/// One implicit step of bending and membrane: solves (M/dt^2 + K + penalty G) x = M/dt^2 x* + forces, held
/// nodes fixed.
class BendingSolver {
public:
    /// @param mass_kg  one per node
    /// @param contact_penalty_n_per_m  added to the diagonal, see Contacts
    BendingSolver(const FilmGrid& grid, std::vector<BendStencil> stencils, const Membrane& membrane,
                  double contact_penalty_n_per_m, const std::vector<double>& mass_kg,
                  const std::vector<char>& held, double dt_s);
    /// @param predicted  x*; held nodes where they are now
    /// @param pull_n     force on each node, newtons
    /// @param x          shape that gives the direction of rest curvature in, solved positions out
    void solve(const std::vector<Vec3d>& predicted, const std::vector<Vec3d>& pull_n, std::vector<Vec3d>& x);
    /// Bending energy in joules; constant rest terms included.
    double energy_j(const std::vector<Vec3d>& x) const;

private:
    Vec3d back_normal(const std::vector<Vec3d>& x, int node) const;
    FilmGrid grid_;
    std::vector<BendStencil> stencils_;  ///< bending first, then the links of the membrane
    size_t bends_;
    std::vector<int> row_of_, node_of_;
    std::vector<int> loaded_;  ///< stencils that feed the right-hand side: a held node or a rest curvature
    std::vector<double> inertia_;
    BandCholesky matrix_;
    std::vector<double> bx_, by_, bz_;
};

}  // namespace radforge::physics
