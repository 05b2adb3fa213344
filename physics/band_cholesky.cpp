// SPDX-License-Identifier: Apache-2.0
#include "physics/band_cholesky.h"

#include "synth/base/error.h"

#include <algorithm>
#include <cmath>

namespace radforge::physics {

BandCholesky::BandCholesky(int size, int half_bandwidth)
    : size_(size),
      band_(half_bandwidth),
      width_(size_t(half_bandwidth) + 1),
      columns_(size_t(size) * width_, 0.0) {}

void BandCholesky::add(int row, int column, double value) {
    RADFORGE_ASSERT(row >= column && row - column <= band_);
    down(row, column) += value;
}

void BandCholesky::factor() {
    inverse_diagonal_.resize(size_t(size_));
    // Right-looking: each finished column updates the triangle to its right, contiguous in memory.
    for (int c = 0; c < size_; ++c) {
        double* column = &columns_[size_t(c) * width_];
        RADFORGE_ASSERT(column[0] > 0);
        const double pivot = std::sqrt(column[0]);
        const int below = std::min(band_, size_ - 1 - c);
        inverse_diagonal_[size_t(c)] = 1 / pivot;
        column[0] = pivot;
        for (int k = 1; k <= below; ++k) column[k] /= pivot;
        for (int j = 1; j <= below; ++j) {
            const double f = column[j];
            if (f == 0) continue;
            double* target = &columns_[size_t(c + j) * width_];
            const double* source = column + j;
            for (int k = 0; k <= below - j; ++k) target[k] -= f * source[k];
        }
    }
    rows_.assign(columns_.size(), 0.0);
    for (int c = 0; c < size_; ++c)
        for (int k = 0; k <= std::min(band_, size_ - 1 - c); ++k)
            rows_[size_t(c + k) * width_ + size_t(band_ - k)] = columns_[size_t(c) * width_ + size_t(k)];
}

void BandCholesky::solve(double* __restrict x, double* __restrict y, double* __restrict z) const {
    // Both passes subtract a solved value from contiguous neighbours: vector code without reordering sums.
    for (int c = 0; c < size_; ++c) {
        const double d = inverse_diagonal_[size_t(c)];
        const double a = x[c] *= d, b = y[c] *= d, e = z[c] *= d;
        const double* __restrict l = &columns_[size_t(c) * width_] + 1;
        const int n = std::min(band_, size_ - 1 - c);
        double* __restrict xs = x + c + 1, * __restrict ys = y + c + 1, * __restrict zs = z + c + 1;
        for (int k = 0; k < n; ++k) {
            xs[k] -= l[k] * a;
            ys[k] -= l[k] * b;
            zs[k] -= l[k] * e;
        }
    }
    for (int r = size_ - 1; r >= 0; --r) {
        const double d = inverse_diagonal_[size_t(r)];
        const double a = x[r] *= d, b = y[r] *= d, e = z[r] *= d;
        const int n = std::min(band_, r);
        const double* __restrict l = &rows_[size_t(r) * width_] + (band_ - n);
        double* __restrict xs = x + r - n, * __restrict ys = y + r - n, * __restrict zs = z + r - n;
        for (int k = 0; k < n; ++k) {
            xs[k] -= l[k] * a;
            ys[k] -= l[k] * b;
            zs[k] -= l[k] * e;
        }
    }
}

}  // namespace radforge::physics
