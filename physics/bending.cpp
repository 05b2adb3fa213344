// SPDX-License-Identifier: Apache-2.0
#include "physics/bending.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace radforge::physics {
namespace {

constexpr double kPi = 3.14159265358979323846;

Vec3d back_normal(const FilmGrid& grid, const std::vector<Vec3d>& x, int node) {
    const int i = node % grid.columns, j = node / grid.columns;
    const auto at = [&](int a, int b) {
        return x[size_t(grid.id(std::clamp(a, 0, grid.columns - 1), std::clamp(b, 0, grid.rows - 1)))];
    };
    return normalized(cross(at(i + 1, j) - at(i - 1, j), at(i, j + 1) - at(i, j - 1)));
}

Vec3d bend_of(const BendStencil& s, const std::vector<Vec3d>& x) {
    Vec3d sum;
    for (size_t k = 0; k < size_t(s.count); ++k) sum += x[size_t(s.node[k])] * s.coefficient[k];
    return sum;
}

}  // namespace

std::vector<BendStencil> bend_stencils(const FilmGrid& grid, const SheetSpec& sheet,
                                       const std::vector<char>& held, const std::vector<Crease>& creases) {
    const double rigidity = sheet.material.flexural_rigidity_n_m(), dx = grid.dx_m(), dy = grid.dy_m();
    const double axis = sheet.curl_axis_deg * kPi / 180, c = std::cos(axis), s = std::sin(axis);
    // The image side faces away from the back normal; hollow on the image side bends towards it.
    const double curl_uu = -sheet.curl_per_m * c * c, curl_vv = -sheet.curl_per_m * s * s,
                 curl_uv = -sheet.curl_per_m * c * s;
    std::vector<BendStencil> stencils;
    std::vector<CreaseState> at_node(grid.size());
    if (!creases.empty())
        for (int j = 0; j < grid.rows; ++j)
            for (int i = 0; i < grid.columns; ++i)
                at_node[size_t(grid.id(i, j))] = crease_state(creases, grid, grid.film_point_m(i, j));
    const auto line = [&](int before, int center, int after, double stiffness, double rest) {
        const double weight = (held[size_t(center)] ? 2.0 : 1.0) * at_node[size_t(center)].stiffness;
        stencils.push_back({3, center, {before, center, after, 0}, {1, -2, 1, 0}, weight * stiffness, rest});
    };
    for (int j = 0; j < grid.rows; ++j)
        for (int i = 1; i + 1 < grid.columns; ++i) {
            const double border = j == 0 || j + 1 == grid.rows ? 0.5 : 1.0;
            line(grid.id(i - 1, j), grid.id(i, j), grid.id(i + 1, j), border * rigidity * dy / (dx * dx * dx),
                 (curl_uu - at_node[size_t(grid.id(i, j))].uu) * dx * dx);
        }
    for (int j = 1; j + 1 < grid.rows; ++j)
        for (int i = 0; i < grid.columns; ++i) {
            const double border = i == 0 || i + 1 == grid.columns ? 0.5 : 1.0;
            line(grid.id(i, j - 1), grid.id(i, j), grid.id(i, j + 1), border * rigidity * dx / (dy * dy * dy),
                 (curl_vv - at_node[size_t(grid.id(i, j))].vv) * dy * dy);
        }
    for (int j = 0; j + 1 < grid.rows; ++j)
        for (int i = 0; i + 1 < grid.columns; ++i) {
            CreaseState cell;
            if (!creases.empty())
                cell = crease_state(creases, grid, grid.film_point_m(i, j) + Vec2d{0.5 * dx, 0.5 * dy});
            stencils.push_back({4,
                                grid.id(i, j),
                                {grid.id(i, j), grid.id(i + 1, j), grid.id(i, j + 1), grid.id(i + 1, j + 1)},
                                {1, -1, -1, 1},
                                2 * rigidity / (dx * dy) * cell.stiffness,
                                (curl_uv - cell.uv) * dx * dy});
        }
    // A stencil of held nodes alone is constant.
    stencils.erase(std::remove_if(stencils.begin(), stencils.end(),
                                  [&](const BendStencil& b) {
                                      for (int k = 0; k < b.count; ++k)
                                          if (!held[size_t(b.node[size_t(k)])]) return false;
                                      return true;
                                  }),
                   stencils.end());
    return stencils;
}

void Bending::refer_to(const std::vector<Vec3d>& x) {
    rest_m_.assign(stencils_.size(), Vec3d{});
    for (size_t n = 0; n < stencils_.size(); ++n)
        if (stencils_[n].rest_m != 0)
            rest_m_[n] = back_normal(grid_, x, stencils_[n].center) * stencils_[n].rest_m;
}

double Bending::energy_j(const std::vector<Vec3d>& x) const {
    double sum = 0;
    for (size_t n = 0; n < stencils_.size(); ++n) {
        const Vec3d c = bend_of(stencils_[n], x) - rest_m_[n];
        sum += 0.5 * stencils_[n].stiffness_n_per_m * dot(c, c);
    }
    return sum;
}

void Bending::add_to(Stiffness& system, const std::vector<Vec3d>& x) const {
    const Block unit{1, 1, {1, 0, 0}};
    for (size_t n = 0; n < stencils_.size(); ++n) {
        const BendStencil& s = stencils_[n];
        const Vec3d c = (bend_of(s, x) - rest_m_[n]) * s.stiffness_n_per_m;
        for (size_t a = 0; a < size_t(s.count); ++a) {
            system.add_gradient(s.node[a], c * s.coefficient[a]);
            for (size_t b = 0; b < size_t(s.count); ++b)
                system.add_block(s.node[a], s.node[b], unit,
                                 s.stiffness_n_per_m * s.coefficient[a] * s.coefficient[b]);
        }
    }
}

}  // namespace radforge::physics
