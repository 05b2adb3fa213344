// SPDX-License-Identifier: Apache-2.0
/// Cholesky factorisation of a symmetric positive definite band matrix, for three right-hand sides at once.
#pragma once
#include <cstddef>
#include <vector>

namespace radforge::physics {

/// Lower band of an n x n matrix; add() entries, factor() once, solve() often. solve() is const and
/// thread-safe.
class BandCholesky {
public:
    /// @param half_bandwidth  largest |row - column| with an entry
    BandCholesky(int size, int half_bandwidth);
    /// Adds to entry (row, column), row >= column >= row - half_bandwidth.
    void add(int row, int column, double value);
    /// @throws std::logic_error when a pivot is not positive
    void factor();
    /// Solves in place; x, y, z hold `size` values each.
    void solve(double* x, double* y, double* z) const;
    int size() const { return size_; }

private:
    double& down(int row, int column) { return columns_[size_t(column) * width_ + size_t(row - column)]; }
    int size_, band_;
    size_t width_;
    std::vector<double> columns_;  ///< column-major: (column + k, column) at column * width + k
    std::vector<double> rows_;     ///< the same factor row-major: (row, row - band + k) at row * width + k
    std::vector<double> inverse_diagonal_;
};

}  // namespace radforge::physics
