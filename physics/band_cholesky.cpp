// SPDX-License-Identifier: Apache-2.0
#include "physics/band_cholesky.h"

#include <algorithm>
#include <cmath>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace radforge::physics {
namespace {

// Columns that are brought up to date together before they change what is right of them, and of those,
// columns that are solved one by one.
constexpr int kPanel = 16, kStrip = 4;
// Entries that change together, held in registers while a panel's products are taken off.
constexpr int kTileRows = 24, kTileColumns = 4;

/// Solved columns of the factor, row by row side by side: (row, q) at q * stride + row - first row.
struct Panel {
    const double* values;
    size_t stride;
    int count;  ///< columns
};

/// tile(r, c) -= sum over the panel's q of l(row + r, q) * l(column + c, q), each product rounded with its
/// sum and in the order of q: the bits depend neither on the size of tiles nor on that of vectors.
/// @param a,step  the tile's first entry, and how far apart its columns are
/// @param row,column  of the tile, counted from the panel's first row
using SubtractTile = void (*)(double* a, size_t step, const Panel& l, size_t row, size_t column);

void subtract_tile_plain(double* a, size_t step, const Panel& l, size_t row, size_t column) {
    for (size_t c = 0; c < kTileColumns; ++c)
        for (int q = 0; q < l.count; ++q) {
            const double* lq = l.values + size_t(q) * l.stride;
            const double f = -lq[column + c];
            for (size_t r = 0; r < kTileRows; ++r)
                a[c * step + r] = std::fma(f, lq[row + r], a[c * step + r]);
        }
}

#if defined(__x86_64__)
__attribute__((target("avx512f"))) void subtract_tile_avx512(double* a, size_t step, const Panel& l,
                                                             size_t row, size_t column) {
    constexpr int kVectors = kTileRows / 8;
    __m512d sum[kTileColumns][kVectors];
    for (size_t c = 0; c < kTileColumns; ++c)
        for (size_t v = 0; v < kVectors; ++v) sum[c][v] = _mm512_loadu_pd(a + c * step + 8 * v);
    const double* lq = l.values;
    for (int q = 0; q < l.count; ++q, lq += l.stride) {
        __m512d from[kVectors];
        for (size_t v = 0; v < kVectors; ++v) from[v] = _mm512_loadu_pd(lq + row + 8 * v);
        for (size_t c = 0; c < kTileColumns; ++c) {
            const __m512d f = _mm512_set1_pd(lq[column + c]);
            for (size_t v = 0; v < kVectors; ++v) sum[c][v] = _mm512_fnmadd_pd(f, from[v], sum[c][v]);
        }
    }
    for (size_t c = 0; c < kTileColumns; ++c)
        for (size_t v = 0; v < kVectors; ++v) _mm512_storeu_pd(a + c * step + 8 * v, sum[c][v]);
}

__attribute__((target("avx2,fma"))) void subtract_tile_avx2(double* a, size_t step, const Panel& l,
                                                            size_t row, size_t column) {
    constexpr int kVectors = 3;
    for (size_t half = 0; half < kTileRows; half += 4 * kVectors) {
        __m256d sum[kTileColumns][kVectors];
        for (size_t c = 0; c < kTileColumns; ++c)
            for (size_t v = 0; v < kVectors; ++v) sum[c][v] = _mm256_loadu_pd(a + c * step + half + 4 * v);
        const double* lq = l.values;
        for (int q = 0; q < l.count; ++q, lq += l.stride) {
            __m256d from[kVectors];
            for (size_t v = 0; v < kVectors; ++v) from[v] = _mm256_loadu_pd(lq + row + half + 4 * v);
            for (size_t c = 0; c < kTileColumns; ++c) {
                const __m256d f = _mm256_set1_pd(lq[column + c]);
                for (size_t v = 0; v < kVectors; ++v) sum[c][v] = _mm256_fnmadd_pd(f, from[v], sum[c][v]);
            }
        }
        for (size_t c = 0; c < kTileColumns; ++c)
            for (size_t v = 0; v < kVectors; ++v) _mm256_storeu_pd(a + c * step + half + 4 * v, sum[c][v]);
    }
}
#endif

SubtractTile subtract_tile() {
#if defined(__x86_64__)
    static const SubtractTile fastest = __builtin_cpu_supports("avx512f") ? subtract_tile_avx512
                                        : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
                                            ? subtract_tile_avx2
                                            : subtract_tile_plain;
    return fastest;
#else
    return subtract_tile_plain;
#endif
}

void subtract_one(double* __restrict a, const double* l, double f, int count) {
#pragma GCC ivdep
    for (int r = 0; r < count; ++r) a[r] = std::fma(-f, l[r], a[r]);
}

}  // namespace

BandCholesky::BandCholesky(int size, int half_bandwidth)
    : size_(size),
      band_(std::max(0, std::min(half_bandwidth, size - 1))),
      // Tiles reach over the band's end, and before the diagonal into the end of the column before.
      width_(size_t(band_) + 1 + kTileRows + kTileColumns),
      columns_((size_t(size) + kTileColumns) * width_ + kTileRows, 0.0) {}

void BandCholesky::clear() { std::fill(columns_.begin(), columns_.end(), 0.0); }

bool BandCholesky::factor() {
    const SubtractTile subtract = subtract_tile();
    const size_t step = width_ - 1;  // from an entry to the one right of it
    const size_t stride = size_t(band_) + kPanel + kTileRows + kTileColumns;
    std::vector<double> solved(kPanel * stride, 0.0);
    for (int k = 0; k < size_; k += kPanel) {
        const int panel = std::min(kPanel, size_ - k), last = std::min(size_ - 1, k + panel - 1 + band_);
        // Takes the products of columns k + from .. k + until off columns c0 .. c1, and nothing off up to
        // three more.
        const auto update = [&](int from, int until, int c0, int c1) {
            const Panel l{&solved[size_t(from) * stride], stride, until - from};
            for (int c = c0; c <= c1; c += kTileColumns)
                for (int r = c; r <= std::min(last, c + kTileColumns - 1 + band_); r += kTileRows)
                    subtract(column(c) + (r - c), step, l, size_t(r - k), size_t(c - k));
        };
        for (int s = 0; s < panel; s += kStrip) {
            const int strip = std::min(kStrip, panel - s);
            for (int q = k + s; q < k + s + strip; ++q) {
                double* lq = column(q);
                if (!(lq[0] > 0)) return false;
                const double diagonal = std::sqrt(lq[0]), inverse = 1 / diagonal;
                lq[0] = diagonal;
                const int below = std::min(band_, size_ - 1 - q);
                for (int r = 1; r <= below; ++r) lq[r] *= inverse;
                for (int c = q + 1; c < k + s + strip && c - q <= below; ++c)
                    subtract_one(column(c), lq + (c - q), lq[c - q], below - (c - q) + 1);
                double* to = &solved[size_t(q - k) * stride];
                std::fill(to, to + (q - k), 0.0);
                std::copy(lq, lq + below + 1, to + (q - k));
                std::fill(to + (q - k) + below + 1, to + stride, 0.0);
            }
            if (s + kStrip < panel) update(s, s + strip, k + s + kStrip, k + panel - 1);
        }
        update(0, panel, k + panel, last);
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
