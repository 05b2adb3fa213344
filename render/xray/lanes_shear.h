// SPDX-License-Identifier: Apache-2.0
/// Shear-warp kernels: the Joseph sum with the pixel grid moved into the slices. Included by lanes_<isa>.cpp
/// only.
///
/// Idea after Lacroute and Levoy, "Fast volume rendering using a shear-warp factorization", SIGGRAPH 1994.
/// For rays that share a main axis the pixels of a virtual detector parallel to the slices meet every slice
/// in a regular lattice: shifted in a parallel beam, also scaled in a cone beam. The bilinear weights of
/// Joseph's method then separate, the sum over the slices streams through memory, and a single Catmull-Rom
/// resample (Keys 1981, a = -1/2) leads to the real detector.
#pragma once
#include "render/xray/lanes.h"

namespace radforge::xray {
namespace lanes {

// A run of `N` floats in registers; loads from any address.
template <int N>
struct Pack {
    typedef float Floats __attribute__((vector_size(N * 4)));
    typedef int Ints __attribute__((vector_size(N * 4)));
    typedef float Unaligned __attribute__((vector_size(N * 4), aligned(4), may_alias));
    static inline __attribute__((always_inline)) Floats load(const float* p) {
        return *reinterpret_cast<const Unaligned*>(p);
    }
    typedef int UnalignedInts __attribute__((vector_size(N * 4), aligned(4), may_alias));
    static inline __attribute__((always_inline)) Ints load(const int* p) {
        return *reinterpret_cast<const UnalignedInts*>(p);
    }
    static inline __attribute__((always_inline)) void save(float* p, Floats v) {
        *reinterpret_cast<Unaligned*>(p) = v;
    }
};

// Integers i of [lo,hi) for which a + b i lies within (0, n + 1), b > 0, with a step of slack.
static inline __attribute__((always_inline)) void clip_range(double a, double b, int n, int* lo, int* hi) {
    const double first = (0. - a) / b - 1., last = (double(n + 1) - a) / b + 1.;
    if (first > double(*lo)) *lo = first < double(*hi) ? int(first) : *hi;
    if (last < double(*hi)) *hi = last > double(*lo) ? int(last) + 1 : *lo;
}

static inline __attribute__((always_inline)) void widen(Occupied* range, int first, int end) {
    if (first >= end) return;
    if (first < range->first) range->first = first;
    if (end > range->end) range->end = end;
}

static inline __attribute__((always_inline)) int whole(double x) {  // floor, for |x| < 2^31
    const int i = int(x);
    return double(i) > x ? i - 1 : i;
}

}  // namespace lanes

template <int Isa>
static inline void shifted_slice(const ShearSlices& s, const float* slice, int i, int j0, int j1, int stride,
                                 float* image, Occupied* touched) {
    const int row_shift = lanes::whole(s.row0[i]), column_shift = lanes::whole(s.col0[i]);
    const float fr = float(s.row0[i] - row_shift), fc = float(s.col0[i] - column_shift);
    const float w00 = (1 - fr) * (1 - fc), w01 = (1 - fr) * fc, w10 = fr * (1 - fc), w11 = fr * fc;
    const int first = -row_shift > j0 ? -row_shift : j0,
              end = s.rows + 1 - row_shift < j1 ? s.rows + 1 - row_shift : j1;
    const int x0 = -column_shift > 0 ? -column_shift : 0;
    const int x1 = s.columns + 1 - column_shift < stride ? s.columns + 1 - column_shift : stride;
    const Occupied* const pairs = s.pairs + long(i) * (s.rows + 1) + row_shift;
    constexpr int kWhole = ~(kLaneBlock - 1);
    for (int j = first; j < end; ++j) {
        const int least = pairs[j].first - 1 - column_shift, most = pairs[j].end - column_shift;
        const int from = least > x0 ? x0 + ((least - x0) & kWhole) : x0,
                  whole = from + ((most - from + kLaneBlock - 1) & kWhole), to = whole < x1 ? whole : x1;
        lanes::widen(touched + j, from, to);
        const float* __restrict p = slice + long(j + row_shift) * s.row_stride + column_shift;
        const float* __restrict q = p + s.row_stride;
        float* __restrict out = image + long(j) * stride;
        for (int x = from; x < to; ++x)
            out[x] += (w00 * p[x] + w01 * p[x + 1]) + (w10 * q[x] + w11 * q[x + 1]);
    }
}

template <int Isa>
static inline void scaled_slice(const ShearSlices& s, const float* slice, int i, int j0, int j1, int stride,
                                float* image, Occupied* touched, float* scratch) {
    constexpr int kWidth = Isa == 512 ? 16 : 8;
    using P = lanes::Pack<kWidth>;
    int first = j0, end = j1, x0 = 0, x1 = stride;
    lanes::clip_range(s.row0[i], s.scale[i], s.rows, &first, &end);
    lanes::clip_range(s.col0[i], s.scale[i], s.columns, &x0, &x1);
    if (first >= end || x0 >= x1) return;
    x0 -= x0 % kLaneBlock;

    // Columns: cell and fraction of every virtual pixel; scale <= 1, so kWidth pixels read fewer than 2
    // kWidth voxels.
    int* __restrict cell = reinterpret_cast<int*>(scratch);
    int* __restrict index = cell + stride;
    float* __restrict fraction = scratch + 2 * stride;
    float* resampled = scratch + 3 * stride;
    const int until = x1 + (kWidth - 1) - (x1 + kWidth - 1) % kWidth;
    const double col0 = s.col0[i], scale = s.scale[i];
    const int columns = s.columns;
#pragma omp simd
    for (int x = x0; x < until; ++x) fraction[x] = kernel::place(float(col0 + scale * x), columns, &cell[x]);
    for (int x = x0; x < until; x += kWidth) {
        const int first_cell = cell[x];
#pragma omp simd
        for (int l = 0; l < kWidth; ++l) index[x + l] = cell[x + l] - first_cell;
    }

    int row_of_slot[2] = {-1, -1};  // the last two resampled rows serve several virtual rows
    for (int j = first; j < end; ++j) {
        int r;
        const float fr = kernel::place(float(s.row0[i] + s.scale[i] * j), s.rows, &r);
        for (int k = r; k <= r + 1; ++k) {
            if (row_of_slot[k & 1] == k) continue;
            row_of_slot[k & 1] = k;
            const float* source = slice + long(k) * s.row_stride;
            float* target = resampled + (k & 1) * stride;
            for (int x = x0; x < until; x += kWidth) {
                const float* from = source + cell[x];
                const typename P::Floats a = P::load(from), b = P::load(from + kWidth);
                const typename P::Ints lower = P::load(index + x);
                const typename P::Floats low = __builtin_shuffle(a, b, lower),
                                         high = __builtin_shuffle(a, b, lower + 1);
                P::save(target + x, low + P::load(fraction + x) * (high - low));
            }
        }
        const float* __restrict p = resampled + (r & 1) * stride;
        const float* __restrict q = resampled + (~r & 1) * stride;
        float* __restrict out = image + long(j) * stride;
        for (int x = x0; x < until; ++x) out[x] += p[x] + fr * (q[x] - p[x]);
        lanes::widen(touched + j, x0, until);
    }
}

template <int Isa>
void Lanes<Isa>::shear_band(const ShearSlices& s, int j0, int j1, int stride, float* image, Occupied* touched,
                            float* scratch) {
    for (int i = 0; i < s.slices; ++i) {
        const float* slice = s.data + long(i + 1) * s.slice_stride;
        if (s.scaled)
            scaled_slice<Isa>(s, slice, i, j0, j1, stride, image, touched, scratch);
        else
            shifted_slice<Isa>(s, slice, i, j0, j1, stride, image, touched);
    }
}

template <int Isa, bool Cone>
static inline void warp_pixels(const kernel::WarpFrame& f, const float* image, const Occupied* touched,
                               int axis, const kernel::LatticeView& v, int row, float* out) {
    constexpr int kWidth = kLaneBlock;
    using P = lanes::Pack<4>;
    for (int base = 0; base < v.width; base += kWidth) {
        const int used = v.width - base < kWidth ? v.width - base : kWidth;
        alignas(64) int rows[kWidth], columns[kWidth], mine[kWidth];
        alignas(64) float row_fraction[kWidth], column_fraction[kWidth], weight[kWidth];
        int top = f.height, bottom = 0, left = f.width, right = 0;
#pragma omp simd reduction(min : top, left) reduction(max : bottom, right)
        for (int l = 0; l < kWidth; ++l) {
            const kernel::WarpPoint p = kernel::warp_point<Cone>(v, f, axis, row, base + l);
            rows[l] = p.row, columns[l] = p.column;
            row_fraction[l] = p.row_fraction, column_fraction[l] = p.column_fraction;
            weight[l] = p.weight;
            mine[l] = p.mine;
            top = p.row < top ? p.row : top, bottom = p.row > bottom ? p.row : bottom;
            left = p.column < left ? p.column : left, right = p.column > right ? p.column : right;
        }
        int r = top - 1;  // the taps run from one before to two behind
        while (r <= bottom + 2 && (touched[r].first > right + 2 || touched[r].end < left)) ++r;
        if (r > bottom + 2) continue;
        alignas(64) float wr[4 * kWidth], wc[4 * kWidth];
#pragma omp simd
        for (int l = 0; l < kWidth; ++l) {
            kernel::catmull_rom(row_fraction[l], wr + l, kWidth);
            kernel::catmull_rom(column_fraction[l], wc + l, kWidth);
        }
        for (int l = 0; l < used; ++l) {
            if (!mine[l]) continue;
            const float* p = image + long(rows[l] - 1) * f.stride + (columns[l] - 1);
            const typename P::Floats low = wr[l] * P::load(p) + wr[kWidth + l] * P::load(p + f.stride);
            const typename P::Floats high = wr[2 * kWidth + l] * P::load(p + 2 * f.stride) +
                                            wr[3 * kWidth + l] * P::load(p + 3 * f.stride);
            const typename P::Floats column = low + high;
            const float sum = (wc[l] * column[0] + wc[kWidth + l] * column[1]) +
                              (wc[2 * kWidth + l] * column[2] + wc[3 * kWidth + l] * column[3]);
            out[base + l] = sum * weight[l];
        }
    }
}

template <int Isa>
void Lanes<Isa>::warp_row(const kernel::WarpFrame& f, const float* image, const Occupied* touched, int axis,
                          const kernel::LatticeView& v, int row, float* out) {
    if (v.cone)
        warp_pixels<Isa, true>(f, image, touched, axis, v, row, out);
    else
        warp_pixels<Isa, false>(f, image, touched, axis, v, row, out);
}

}  // namespace radforge::xray
