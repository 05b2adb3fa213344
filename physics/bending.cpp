// SPDX-License-Identifier: Apache-2.0
#include "physics/bending.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace radforge::physics {
namespace {

constexpr double kPi = 3.14159265358979323846;

/// Rows of the matrix: free nodes, numbered along the short side so that the band stays narrow.
std::vector<int> free_nodes(const FilmGrid& grid, const std::vector<char>& held) {
    std::vector<int> nodes;
    const bool by_column = grid.columns >= grid.rows;
    const int outer = by_column ? grid.columns : grid.rows, inner = by_column ? grid.rows : grid.columns;
    for (int a = 0; a < outer; ++a)
        for (int b = 0; b < inner; ++b) {
            const int node = by_column ? grid.id(a, b) : grid.id(b, a);
            if (!held[size_t(node)]) nodes.push_back(node);
        }
    return nodes;
}

std::vector<int> inverse(const std::vector<int>& node_of, size_t count) {
    std::vector<int> row_of(count, -1);
    for (size_t r = 0; r < node_of.size(); ++r) row_of[size_t(node_of[r])] = int(r);
    return row_of;
}

int half_bandwidth(const std::vector<BendStencil>& stencils, const std::vector<int>& row_of) {
    int band = 0;
    for (const BendStencil& s : stencils)
        for (int a = 0; a < s.count; ++a)
            for (int b = 0; b < s.count; ++b) {
                const int i = row_of[size_t(s.node[size_t(a)])], j = row_of[size_t(s.node[size_t(b)])];
                if (i >= 0 && j >= 0) band = std::max(band, std::abs(i - j));
            }
    return band;
}

}  // namespace

std::vector<BendStencil> bend_stencils(const FilmGrid& grid, const SheetSpec& sheet,
                                       const std::vector<char>& held) {
    const double rigidity = sheet.material.flexural_rigidity_n_m(), dx = grid.dx_m(), dy = grid.dy_m();
    const double axis = sheet.curl_axis_deg * kPi / 180, c = std::cos(axis), s = std::sin(axis);
    // The image side faces away from the back normal; hollow on the image side bends towards it.
    const double curl_uu = -sheet.curl_per_m * c * c, curl_vv = -sheet.curl_per_m * s * s,
                 curl_uv = -sheet.curl_per_m * c * s;
    std::vector<BendStencil> stencils;
    const auto line = [&](int before, int center, int after, double stiffness, double rest) {
        const double weight = held[size_t(center)] ? 2.0 : 1.0;
        stencils.push_back({3, center, {before, center, after, 0}, {1, -2, 1, 0}, weight * stiffness, rest});
    };
    for (int j = 0; j < grid.rows; ++j)
        for (int i = 1; i + 1 < grid.columns; ++i) {
            const double border = j == 0 || j + 1 == grid.rows ? 0.5 : 1.0;
            line(grid.id(i - 1, j), grid.id(i, j), grid.id(i + 1, j), border * rigidity * dy / (dx * dx * dx),
                 curl_uu * dx * dx);
        }
    for (int j = 1; j + 1 < grid.rows; ++j)
        for (int i = 0; i < grid.columns; ++i) {
            const double border = i == 0 || i + 1 == grid.columns ? 0.5 : 1.0;
            line(grid.id(i, j - 1), grid.id(i, j), grid.id(i, j + 1), border * rigidity * dx / (dy * dy * dy),
                 curl_vv * dy * dy);
        }
    for (int j = 0; j + 1 < grid.rows; ++j)
        for (int i = 0; i + 1 < grid.columns; ++i)
            stencils.push_back({4,
                                grid.id(i, j),
                                {grid.id(i, j), grid.id(i + 1, j), grid.id(i, j + 1), grid.id(i + 1, j + 1)},
                                {1, -1, -1, 1},
                                2 * rigidity / (dx * dy),
                                curl_uv * dx * dy});
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

BendingSolver::BendingSolver(const FilmGrid& grid, std::vector<BendStencil> stencils,
                             const Membrane& membrane, double contact_penalty_n_per_m,
                             const std::vector<double>& mass_kg, const std::vector<char>& held, double dt_s)
    : grid_(grid),
      stencils_(std::move(stencils)),
      bends_(stencils_.size()),
      node_of_(free_nodes(grid, held)),
      matrix_(0, 0) {
    for (const Membrane::Link& l : membrane.links())
        stencils_.push_back({2, l.a, {l.b, l.a, 0, 0}, {1, -1, 0, 0}, membrane.penalty_n_per_m(), 0});
    row_of_ = inverse(node_of_, grid.size());
    matrix_ = BandCholesky(int(node_of_.size()), half_bandwidth(stencils_, row_of_));
    for (size_t r = 0; r < node_of_.size(); ++r) {
        inertia_.push_back(mass_kg[size_t(node_of_[r])] / (dt_s * dt_s));
        matrix_.add(int(r), int(r), inertia_.back() + contact_penalty_n_per_m);
    }
    for (size_t n = 0; n < stencils_.size(); ++n) {
        const BendStencil& s = stencils_[n];
        bool loaded = s.rest_m != 0;
        for (size_t a = 0; a < size_t(s.count); ++a) {
            const int i = row_of_[size_t(s.node[a])];
            loaded = loaded || i < 0;
            for (size_t b = 0; b < size_t(s.count); ++b) {
                const int j = row_of_[size_t(s.node[b])];
                if (i >= 0 && j >= 0 && j <= i)
                    matrix_.add(i, j, s.stiffness_n_per_m * s.coefficient[a] * s.coefficient[b]);
            }
        }
        if (loaded) loaded_.push_back(int(n));
    }
    matrix_.factor();
    bx_.resize(node_of_.size());
    by_.resize(node_of_.size());
    bz_.resize(node_of_.size());
}

Vec3d BendingSolver::back_normal(const std::vector<Vec3d>& x, int node) const {
    const int i = node % grid_.columns, j = node / grid_.columns;
    const auto at = [&](int a, int b) {
        return x[size_t(grid_.id(std::clamp(a, 0, grid_.columns - 1), std::clamp(b, 0, grid_.rows - 1)))];
    };
    return normalized(cross(at(i + 1, j) - at(i - 1, j), at(i, j + 1) - at(i, j - 1)));
}

void BendingSolver::solve(const std::vector<Vec3d>& predicted, const std::vector<Vec3d>& pull_n,
                          std::vector<Vec3d>& x) {
    for (size_t r = 0; r < node_of_.size(); ++r) {
        const auto node = size_t(node_of_[r]);
        const Vec3d b = predicted[node] * inertia_[r] + pull_n[node];
        bx_[r] = b.x;
        by_[r] = b.y;
        bz_[r] = b.z;
    }
    for (const int n : loaded_) {
        const BendStencil& s = stencils_[size_t(n)];
        Vec3d known;
        if (s.rest_m != 0) known = back_normal(x, s.center) * -s.rest_m;
        for (size_t k = 0; k < size_t(s.count); ++k)
            if (row_of_[size_t(s.node[k])] < 0) known += predicted[size_t(s.node[k])] * s.coefficient[k];
        for (size_t k = 0; k < size_t(s.count); ++k) {
            const int r = row_of_[size_t(s.node[k])];
            if (r < 0) continue;
            const double f = s.stiffness_n_per_m * s.coefficient[k];
            bx_[size_t(r)] -= f * known.x;
            by_[size_t(r)] -= f * known.y;
            bz_[size_t(r)] -= f * known.z;
        }
    }
    matrix_.solve(bx_.data(), by_.data(), bz_.data());
    for (size_t r = 0; r < node_of_.size(); ++r) x[size_t(node_of_[r])] = {bx_[r], by_[r], bz_[r]};
}

double BendingSolver::energy_j(const std::vector<Vec3d>& x) const {
    double sum = 0;
    for (size_t n = 0; n < bends_; ++n) {
        const BendStencil& s = stencils_[n];
        Vec3d c;
        for (size_t k = 0; k < size_t(s.count); ++k) c += x[size_t(s.node[k])] * s.coefficient[k];
        if (s.rest_m != 0) c -= back_normal(x, s.center) * s.rest_m;
        sum += 0.5 * s.stiffness_n_per_m * dot(c, c);
    }
    return sum;
}

}  // namespace radforge::physics
