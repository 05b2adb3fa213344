// SPDX-License-Identifier: Apache-2.0
#include "physics/stiffness.h"

#include <algorithm>
#include <cmath>

namespace radforge::physics {
namespace {

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

/// Second differences reach two lines across the short side.
int half_bandwidth(const FilmGrid& grid) { return 3 * (2 * std::min(grid.columns, grid.rows)) + 2; }

}  // namespace

Stiffness::Stiffness(const FilmGrid& grid, const std::vector<char>& held)
    : node_of_(free_nodes(grid, held)),
      matrix_(3 * int(node_of_.size()), half_bandwidth(grid)),
      gradient_(3 * node_of_.size(), 0.0) {
    row_of_ = inverse(node_of_, grid.size());
}

void Stiffness::clear(bool keep_matrix) {
    keep_matrix_ = keep_matrix;
    if (!keep_matrix) matrix_.clear();
    std::fill(gradient_.begin(), gradient_.end(), 0.0);
}

void Stiffness::add_gradient(int node, Vec3d g) {
    const int row = row_of_[size_t(node)];
    if (row < 0) return;
    for (int i = 0; i < 3; ++i) gradient_[size_t(3 * row + i)] += g[i];
}

void Stiffness::add_to_matrix(int a, int b, const Block& block, double coefficient) {
    const int p = row_of_[size_t(a)], q = row_of_[size_t(b)];
    if (q < 0 || p < q) return;  // the lower triangle alone
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j)
            if (p > q || i >= j) matrix_.add(3 * p + i, 3 * q + j, coefficient * block.at(i, j));
}

bool Stiffness::solve(std::vector<Vec3d>& step_m) {
    if (!keep_matrix_ && !matrix_.factor()) return false;
    std::vector<double> x(gradient_.size());
    for (size_t k = 0; k < x.size(); ++k) x[k] = -gradient_[k];
    matrix_.solve(x.data());
    std::fill(step_m.begin(), step_m.end(), Vec3d{});
    for (size_t r = 0; r < node_of_.size(); ++r)
        step_m[size_t(node_of_[r])] = {x[3 * r], x[3 * r + 1], x[3 * r + 2]};
    return true;
}

double Stiffness::gradient_norm_n() const {
    double sum = 0;
    for (const double g : gradient_) sum += g * g;
    return std::sqrt(sum);
}

}  // namespace radforge::physics
