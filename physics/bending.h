// SPDX-License-Identifier: Apache-2.0
/// Plate bending for isometric motion: the energy is quadratic in positions, so one constant matrix serves.
/// Source: Bergou et al., A Quadratic Bending Model for Inextensible Surfaces, SGP 2006; film-physics 5.2
/// step 2.
#pragma once
#include "physics/crease.h"
#include "physics/film_grid.h"
#include "physics/sheet.h"
#include "physics/stiffness.h"

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
/// sheet and of its creases.
/// @param held  one flag per node; a stencil about a held node stands for half a cell of curvature: double
/// weight
std::vector<BendStencil> bend_stencils(const FilmGrid& grid, const SheetSpec& sheet,
                                       const std::vector<char>& held, const std::vector<Crease>& creases);

/// The bending energy of a sheet and its derivatives.
class Bending {
public:
    Bending(const FilmGrid& grid, const SheetSpec& sheet, const std::vector<char>& held,
            const std::vector<Crease>& creases)
        : grid_(grid), stencils_(bend_stencils(grid, sheet, held, creases)) {}
    /// Fixes the direction of rest curvature at the shape x until the next call.
    void refer_to(const std::vector<Vec3d>& x);
    /// Joules; constant rest terms included.
    double energy_j(const std::vector<Vec3d>& x) const;
    void add_to(Stiffness& system, const std::vector<Vec3d>& x) const;

private:
    FilmGrid grid_;
    std::vector<BendStencil> stencils_;
    std::vector<Vec3d> rest_m_;  ///< rest value of each stencil, a vector along the normal
};

}  // namespace radforge::physics
