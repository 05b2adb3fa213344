// SPDX-License-Identifier: Apache-2.0
#include "physics/band_cholesky.h"

#include <algorithm>
#include <cmath>

namespace radforge::physics {
namespace {

constexpr int kPanel =
    8;  // columns that update the rest together: an entry is loaded once for eight products

/// a[r] -= sum over the panel of f[q] * l[q][r].
void subtract_panel(double* __restrict a, const double* const (&l)[kPanel], const double (&f)[kPanel],
                    int count) {
    const double *l0 = l[0], *l1 = l[1], *l2 = l[2], *l3 = l[3], *l4 = l[4], *l5 = l[5], *l6 = l[6],
                 *l7 = l[7];
#pragma GCC ivdep
    for (int r = 0; r < count; ++r) {
        // Two chains of fused operations, so that one waits for the other's result half as long.
        const double even = std::fma(
            -f[6], l6[r], std::fma(-f[4], l4[r], std::fma(-f[2], l2[r], std::fma(-f[0], l0[r], a[r]))));
        const double odd = std::fma(f[7], l7[r], std::fma(f[5], l5[r], std::fma(f[3], l3[r], f[1] * l1[r])));
        a[r] = even - odd;
    }
}

void subtract_one(double* __restrict a, const double* l, double f, int count) {
#pragma GCC ivdep
    for (int r = 0; r < count; ++r) a[r] -= f * l[r];
}

}  // namespace

BandCholesky::BandCholesky(int size, int half_bandwidth)
    : size_(size),
      band_(std::max(0, std::min(half_bandwidth, size - 1))),
      width_(size_t(band_) + 1 + kPanel),
      columns_(size_t(size) * width_, 0.0) {}

void BandCholesky::clear() { std::fill(columns_.begin(), columns_.end(), 0.0); }

bool BandCholesky::factor() {
    for (int k = 0; k < size_; k += kPanel) {
        const int panel = std::min(kPanel, size_ - k);
        for (int q = k; q < k + panel; ++q) {
            double* lq = column(q);
            if (!(lq[0] > 0)) return false;
            const double diagonal = std::sqrt(lq[0]);
            lq[0] = diagonal;
            const int below = std::min(band_, size_ - 1 - q);
            for (int r = 1; r <= below; ++r) lq[r] /= diagonal;
            for (int c = q + 1; c < k + panel && c - q <= below; ++c)
                subtract_one(column(c), lq + (c - q), lq[c - q], below - (c - q) + 1);
        }
        if (panel < kPanel) break;  // nothing lies to the right of the last panel
        const int last = std::min(size_ - 1, k + kPanel - 1 + band_);
        for (int c = k + kPanel; c <= last; ++c) {
            const double* l[kPanel];
            double f[kPanel];
            for (int q = 0; q < kPanel; ++q) {
                l[q] = column(k + q) + (c - k - q);
                f[q] = c - k - q <= band_ ? l[q][0] : 0.0;
            }
            // Rows up to `last`; beyond column k + q's own band lie the zeros kept there.
            subtract_panel(column(c), l, f, last - c + 1);
        }
    }
    return true;
}

void BandCholesky::solve(double* x) const {
    for (int j = 0; j < size_; ++j) {
        const double* l = column(j);
        x[j] /= l[0];
        subtract_one(x + j + 1, l + 1, x[j], std::min(band_, size_ - 1 - j));
    }
    for (int j = size_ - 1; j >= 0; --j) {
        const double *l = column(j) + 1, *y = x + j + 1;
        const int count = std::min(band_, size_ - 1 - j);
        double lanes[8] = {};
        int r = 0;
        for (; r + 8 <= count; r += 8)
            for (int q = 0; q < 8; ++q) lanes[q] += l[r + q] * y[r + q];
        for (; r < count; ++r) lanes[r & 7] += l[r] * y[r];
        const double sum =
            ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
        x[j] = (x[j] - sum) / column(j)[0];
    }
}

}  // namespace radforge::physics
