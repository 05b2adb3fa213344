// SPDX-License-Identifier: Apache-2.0
#include "physics/grid_lines.h"

#include <algorithm>
#include <cmath>

namespace radforge::physics {
namespace {

constexpr double kRegularisation = 1e-4;      // relative: a straight line between two held ends is singular
constexpr double kLargestTurnSquared = 0.16;  // (kappa l)^2 beyond which the arc formula is not used

}  // namespace

GridLines::GridLines(const FilmGrid& g, const std::vector<double>& inverse_mass_per_kg,
                     double membrane_n_per_m, double dt_s)
    : inverse_mass_(inverse_mass_per_kg), dt_s_(dt_s) {
    const double dx = g.dx_m(), dy = g.dy_m(), diagonal = std::hypot(dx, dy);
    // Rows and columns carry three quarters, the diagonals the rest: near isotropic for square cells.
    const double row = 0.75 * membrane_n_per_m * dy / dx, column = 0.75 * membrane_n_per_m * dx / dy;
    const double slanted = 0.375 * membrane_n_per_m;
    for (int k = 0; k < g.columns; ++k) add_line(g, k, 0, 1, 1, diagonal, slanted);
    for (int k = 1; k < g.rows; ++k) add_line(g, 0, k, 1, 1, diagonal, slanted);
    for (int k = 0; k < g.columns; ++k) add_line(g, k, 0, -1, 1, diagonal, slanted);
    for (int k = 1; k < g.rows; ++k) add_line(g, g.columns - 1, k, -1, 1, diagonal, slanted);
    for (int j = 0; j < g.rows; ++j) add_line(g, 0, j, 1, 0, dx, row);
    for (int i = 0; i < g.columns; ++i) add_line(g, i, 0, 0, 1, dy, column);
    rest_m_ = flat_m_;
    tension_.assign(flat_m_.size(), 0.0);
    const auto longest = size_t(std::max(g.columns, g.rows));
    diagonal_.resize(longest);
    upper_.resize(longest);
    change_.resize(longest);
    direction_.resize(longest);
}

void GridLines::add_line(const FilmGrid& g, int i, int j, int di, int dj, double rest_m, double stiffness) {
    const size_t first_node = nodes_.size(), first_link = flat_m_.size();
    for (; i >= 0 && i < g.columns && j >= 0 && j < g.rows; i += di, j += dj) nodes_.push_back(g.id(i, j));
    const size_t links = nodes_.size() - first_node - 1;
    for (size_t k = 0; k < links; ++k) {
        flat_m_.push_back(rest_m);
        compliance_.push_back(1 / (stiffness * dt_s_ * dt_s_));
    }
    if (links > 0) lines_.push_back({first_node, first_link, links});
}

void GridLines::push(const std::vector<Vec3d>& x, std::vector<Vec3d>& predicted) const {
    for (const Line& line : lines_)
        for (size_t k = 0; k < line.links; ++k) {
            const auto a = size_t(nodes_[line.first_node + k]), b = size_t(nodes_[line.first_node + k + 1]);
            const Vec3d pull = normalized(x[b] - x[a]) * tension_[line.first_link + k];
            predicted[a] += pull * inverse_mass_[a];
            predicted[b] -= pull * inverse_mass_[b];
        }
}

void GridLines::solve(const Line& line, std::vector<Vec3d>& x) {
    const int* node = &nodes_[line.first_node];
    const size_t n = line.links;
    double* tension = &tension_[line.first_link];
    for (size_t k = 0; k < n; ++k) {
        const auto a = size_t(node[k]), b = size_t(node[k + 1]);
        const Vec3d d = x[b] - x[a];
        const double len = length(d), w = inverse_mass_[a] + inverse_mass_[b];
        const double soft = compliance_[line.first_link + k];
        direction_[k] = d / len;
        change_[k] = w > 0 ? len - rest_m_[line.first_link + k] - soft * tension[k] : 0.0;
        diagonal_[k] = w > 0 ? w * (1 + kRegularisation) + soft : 1.0;
        if (k > 0) upper_[k - 1] = -inverse_mass_[a] * dot(direction_[k - 1], direction_[k]);
    }
    for (size_t k = 1; k < n; ++k) {
        const double f = upper_[k - 1] / diagonal_[k - 1];
        diagonal_[k] -= f * upper_[k - 1];
        change_[k] -= f * change_[k - 1];
    }
    change_[n - 1] /= diagonal_[n - 1];
    for (size_t k = n - 1; k-- > 0;) change_[k] = (change_[k] - upper_[k] * change_[k + 1]) / diagonal_[k];
    for (size_t k = 0; k < n; ++k) {
        const auto a = size_t(node[k]), b = size_t(node[k + 1]);
        tension[k] += change_[k];
        x[a] += direction_[k] * (change_[k] * inverse_mass_[a]);
        x[b] -= direction_[k] * (change_[k] * inverse_mass_[b]);
    }
}

void GridLines::sweep(std::vector<Vec3d>& x, bool reverse) {
    for (size_t k = 0; k < lines_.size(); ++k) solve(lines_[reverse ? lines_.size() - 1 - k : k], x);
}

void GridLines::shorten_chords(const std::vector<Vec3d>& x) {
    for (const Line& line : lines_) {
        if (line.links < 2) continue;
        const int* node = &nodes_[line.first_node];
        const auto turn_squared = [&](size_t k) {  // at node k of the line, 1 <= k < links
            const Vec3d s = x[size_t(node[k - 1])] - x[size_t(node[k])] * 2.0 + x[size_t(node[k + 1])];
            const double l = flat_m_[line.first_link];
            return std::min(dot(s, s) / (l * l), kLargestTurnSquared);
        };
        double before = 0;
        for (size_t k = 0; k < line.links; ++k) {
            const double after = k + 1 < line.links ? turn_squared(k + 1) : 0.0;
            const size_t link = line.first_link + k;
            rest_m_[link] = flat_m_[link] * (1 - 0.5 * (before + after) / 24);
            before = after;
        }
    }
}

double GridLines::energy_j(const std::vector<Vec3d>& x) const {
    double sum = 0;
    for (const Line& line : lines_)
        for (size_t k = 0; k < line.links; ++k) {
            const auto a = size_t(nodes_[line.first_node + k]), b = size_t(nodes_[line.first_node + k + 1]);
            const double stretch = length(x[b] - x[a]) - rest_m_[line.first_link + k];
            if (inverse_mass_[a] + inverse_mass_[b] > 0)
                sum += 0.5 * stretch * stretch / (compliance_[line.first_link + k] * dt_s_ * dt_s_);
        }
    return sum;
}

}  // namespace radforge::physics
