// SPDX-License-Identifier: Apache-2.0
#include "physics/stiffness.h"

#include <algorithm>
#include <cmath>

namespace radforge::physics {
namespace {

std::vector<int> inverse(const std::vector<int>& node_of, size_t count) {
    std::vector<int> row_of(count, -1);
    for (size_t r = 0; r < node_of.size(); ++r) row_of[size_t(node_of[r])] = int(r);
    return row_of;
}

}  // namespace

Stiffness::Stiffness(const FilmGrid& grid, const std::vector<char>& held)
    : matrix_(grid, held),
      row_of_(inverse(matrix_.free_nodes(), grid.size())),
      gradient_(3 * matrix_.free_nodes().size(), 0.0) {}

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
    const GridCholesky::Block to = matrix_.block(a, b);
    if (!to.first) return;              // the lower triangle alone
    if (block.along == block.across) {  // the same in every direction
        for (size_t i = 0; i < 3; ++i) to.first[i * to.step + i] += coefficient * block.across;
        return;
    }
    for (int j = 0; j < 3; ++j)
        for (int i = 0; i < 3; ++i) to.first[size_t(j) * to.step + size_t(i)] += coefficient * block.at(i, j);
}

bool Stiffness::solve(std::vector<Vec3d>& step_m) {
    if (!keep_matrix_ && !matrix_.factor()) return false;
    std::vector<double> x(gradient_.size());
    for (size_t k = 0; k < x.size(); ++k) x[k] = -gradient_[k];
    matrix_.solve(x.data());
    std::fill(step_m.begin(), step_m.end(), Vec3d{});
    const std::vector<int>& node_of = matrix_.free_nodes();
    for (size_t r = 0; r < node_of.size(); ++r)
        step_m[size_t(node_of[r])] = {x[3 * r], x[3 * r + 1], x[3 * r + 2]};
    return true;
}

double Stiffness::gradient_norm_n() const {
    double sum = 0;
    for (const double g : gradient_) sum += g * g;
    return std::sqrt(sum);
}

}  // namespace radforge::physics
