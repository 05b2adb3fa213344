// SPDX-License-Identifier: Apache-2.0
#include "physics/membrane.h"

#include <algorithm>
#include <cmath>

namespace radforge::physics {
namespace {

constexpr double kLargestTurnSquared = 0.16;  // (kappa l)^2 beyond which the arc formula does not hold

}  // namespace

Membrane::Membrane(const FilmGrid& grid, const std::vector<char>& held, double membrane_n_per_m,
                   double penalty_n_per_m)
    : penalty_(penalty_n_per_m) {
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

void Membrane::reset(const std::vector<Vec3d>& x) {
    vector_m_.clear();
    for (const Link& l : links_) vector_m_.push_back(x[size_t(l.b)] - x[size_t(l.a)]);
    tension_m_.assign(links_.size(), Vec3d{});
}

void Membrane::add_pull(std::vector<Vec3d>& pull_n) const {
    for (size_t k = 0; k < links_.size(); ++k) {
        const Vec3d f = (vector_m_[k] - tension_m_[k]) * penalty_;
        pull_n[size_t(links_[k].b)] += f;
        pull_n[size_t(links_[k].a)] -= f;
    }
}

void Membrane::update(const std::vector<Vec3d>& x) {
    for (size_t k = 0; k < links_.size(); ++k) {
        const Link& l = links_[k];
        const Vec3d wish = x[size_t(l.b)] - x[size_t(l.a)] + tension_m_[k];
        const double len = length(wish);
        // The nearest vector to `wish` under the spring's own energy.
        const double best =
            (l.stiffness_n_per_m * l.rest_m + penalty_ * len) / (l.stiffness_n_per_m + penalty_);
        vector_m_[k] = wish * (best / len);
        tension_m_[k] = wish - vector_m_[k];
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

}  // namespace radforge::physics
