// SPDX-License-Identifier: Apache-2.0
#include "physics/membrane.h"

#include <algorithm>
#include <cmath>

namespace radforge::physics {
namespace {

constexpr double kLargestTurnSquared = 1.0;  // (kappa l)^2 beyond which the arc formula does not hold

}  // namespace

Membrane::Membrane(const FilmGrid& grid, const std::vector<char>& held, double membrane_n_per_m) {
    const double dx = grid.dx_m(), dy = grid.dy_m();
    // Rows and columns carry three quarters, the diagonals the rest: near isotropic for square cells.
    add_links(grid, held, 1, 0, 0.75 * membrane_n_per_m * dy / dx);
    add_links(grid, held, 0, 1, 0.75 * membrane_n_per_m * dx / dy);
    add_links(grid, held, 1, 1, 0.375 * membrane_n_per_m);
    add_links(grid, held, -1, 1, 0.375 * membrane_n_per_m);
}

void Membrane::add_links(const FilmGrid& g, const std::vector<char>& held, int di, int dj, double stiffness) {
    const double rest_m = std::hypot(di * g.dx_m(), dj * g.dy_m());
    std::vector<int> link_from(g.size(), -1);
    const auto inside = [&](int i, int j) { return i >= 0 && i < g.columns && j >= 0 && j < g.rows; };
    for (int j = 0; j < g.rows; ++j)
        for (int i = 0; i < g.columns; ++i) {
            if (!inside(i + di, j + dj)) continue;
            const int a = g.id(i, j), b = g.id(i + di, j + dj);
            if (held[size_t(a)] && held[size_t(b)]) continue;
            link_from[size_t(a)] = int(links_.size());
            links_.push_back({a, b, rest_m, rest_m, stiffness});
        }
    for (int j = 0; j < g.rows; ++j)
        for (int i = 0; i < g.columns; ++i)
            if (inside(i - di, j - dj) && inside(i + di, j + dj)) {
                const int a = g.id(i - di, j - dj), b = g.id(i, j);
                triples_.push_back(
                    {{a, b, g.id(i + di, j + dj)}, {link_from[size_t(a)], link_from[size_t(b)]}});
            }
}

void Membrane::shorten_chords(const std::vector<Vec3d>& x) {
    for (Link& l : links_) l.rest_m = l.flat_m;
    for (const Triple& t : triples_) {
        const Vec3d s = x[size_t(t.node[0])] - x[size_t(t.node[1])] * 2.0 + x[size_t(t.node[2])];
        for (const int k : t.link) {
            if (k < 0) continue;
            Link& l = links_[size_t(k)];
            // Each end of a link contributes half of its turn.
            l.rest_m -=
                l.flat_m * 0.5 * std::min(dot(s, s) / (l.flat_m * l.flat_m), kLargestTurnSquared) / 24;
        }
    }
}

double Membrane::energy_j(const std::vector<Vec3d>& x) const {
    double sum = 0;
    for (const Link& l : links_) {
        const double stretch = length(x[size_t(l.b)] - x[size_t(l.a)]) - l.rest_m;
        sum += 0.5 * l.stiffness_n_per_m * stretch * stretch;
    }
    return sum;
}

void Membrane::add_to(Stiffness& system, const std::vector<Vec3d>& x, bool exact) const {
    for (const Link& l : links_) {
        const Vec3d along = x[size_t(l.b)] - x[size_t(l.a)];
        const double size = length(along);
        const Vec3d d = along * (1 / size), pull = d * (l.stiffness_n_per_m * (size - l.rest_m));
        system.add_gradient(l.b, pull);
        system.add_gradient(l.a, -pull);
        const double across = exact ? 1 - l.rest_m / size : std::max(0.0, 1 - l.rest_m / size);
        const Block block{l.stiffness_n_per_m, l.stiffness_n_per_m * across, d};
        system.add_block(l.a, l.a, block, 1);
        system.add_block(l.b, l.b, block, 1);
        system.add_block(l.a, l.b, block, -1);
        system.add_block(l.b, l.a, block, -1);
    }
}

}  // namespace radforge::physics
