// SPDX-License-Identifier: Apache-2.0
/// Cholesky factorisation of a symmetric positive definite band matrix. Sums run in a fixed order, so every
/// CPU of one build makes the same bits.
#pragma once
#include <cstddef>
#include <vector>

namespace radforge::physics {

/// Lower band of an n x n matrix: clear(), add() entries, factor(), solve(); again with other values.
class BandCholesky {
public:
    /// @param half_bandwidth  largest |row - column| with an entry
    BandCholesky(int size, int half_bandwidth);
    void clear();
    /// Adds to entry (row, column), row >= column >= row - half_bandwidth.
    void add(int row, int column, double value) {
        columns_[size_t(column) * width_ + size_t(row - column)] += value;
    }
    /// @returns false when a pivot is not positive: the matrix is not positive definite
    bool factor();
    /// Solves in place; x holds one value a row.
    void solve(double* x) const;

private:
    double* column(int j) { return columns_.data() + size_t(j) * width_; }
    const double* column(int j) const { return columns_.data() + size_t(j) * width_; }
    int size_, band_;
    size_t width_;                 ///< band, diagonal, and room for what reaches beyond them
    std::vector<double> columns_;  ///< (column + k, column) at column * width + k
};

}  // namespace radforge::physics
