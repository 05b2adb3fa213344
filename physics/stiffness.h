// SPDX-License-Identifier: Apache-2.0
/// The Newton system of the film's free nodes: gradient and Hessian of the energies, three rows a node.
#pragma once
#include "physics/film_grid.h"
#include "physics/grid_cholesky.h"
#include "synth/base/vec.h"

#include <vector>

namespace radforge::physics {

/// Symmetric 3 x 3 block scale * (along d d^T + across (I - d d^T)), d a unit vector.
struct Block {
    double along = 0, across = 0;
    Vec3d d{1, 0, 0};
    double at(int i, int j) const { return (i == j ? across : 0.0) + (along - across) * d[i] * d[j]; }
};

class Stiffness {
public:
    Stiffness(const FilmGrid& grid, const std::vector<char>& held);
    /// Starts again from zero. @param keep_matrix  only the gradient: blocks are ignored and the last factor
    /// serves again
    void clear(bool keep_matrix = false);
    bool free(int node) const { return row_of_[size_t(node)] >= 0; }
    void add_gradient(int node, Vec3d g);
    /// Adds `block` times coefficient to the entry of nodes a, b; the caller adds both orders of a pair.
    void add_block(int a, int b, const Block& block, double coefficient) {
        if (!keep_matrix_) add_to_matrix(a, b, block, coefficient);
    }
    /// The Newton step -H^-1 g for every node, zero for held ones.
    /// @returns false when H is not positive definite: no step
    bool solve(std::vector<Vec3d>& step_m);
    /// Norm over all free nodes, newtons.
    double gradient_norm_n() const;

private:
    void add_to_matrix(int a, int b, const Block& block, double coefficient);
    bool keep_matrix_ = false;
    GridCholesky matrix_;
    std::vector<int> row_of_;
    std::vector<double> gradient_;
};

}  // namespace radforge::physics
