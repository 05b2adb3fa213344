// SPDX-License-Identifier: Apache-2.0
#include "render/xray/adjoint.h"

#include <algorithm>
#include <cmath>

namespace radforge::xray {
namespace {

// Adds `value` times the multilinear weights to the corners of a cell that lie in the slab. Axes without a
// fraction (Joseph's main axis) have one corner.
void splat(const kernel::DenseField& layout, const int* cell, const float* fraction, const bool* wide,
           float value, Slab slab, float* out) {
    for (int corner = 0; corner < 8; ++corner) {
        float weight = value;
        int64_t offset = 0;
        bool inside = true;
        for (int k = 0; k < 3; ++k) {
            const int upper = corner >> k & 1;
            if (upper && !wide[k]) inside = false;
            const int at = cell[k] + upper;
            if (k == slab.axis && (at < slab.begin || at >= slab.end)) inside = false;
            if (wide[k]) weight *= upper ? fraction[k] : 1.f - fraction[k];
            offset += int64_t(at) * layout.stride[k];
        }
        if (inside) out[offset] += weight;
    }
}

}  // namespace

void scatter_joseph(const kernel::DenseField& layout, const kernel::LatticeView& v, const float* image,
                    Slab slab, float* out) {
    for (int row = 0; row < v.height; ++row)
        for (int column = 0; column < v.width; ++column) {
            const kernel::JosephLine j = kernel::joseph_line(kernel::line_of(v, row, column), layout.n);
            const float value = image[size_t(row) * size_t(v.width) + size_t(column)] * j.weight;
            const bool along = j.axis == slab.axis;
            const int first = along ? std::max(j.lo, slab.begin - 1) : j.lo;
            const int last = along ? std::min(j.hi, slab.end - 2) : j.hi;
            const bool wide[3] = {j.axis != 0, j.axis != 1, j.axis != 2};
            for (int i = first; i <= last; ++i) {
                int cell[3];
                float fraction[3] = {};
                cell[j.axis] = i + 1;
                fraction[j.r] = kernel::place(j.r0 + float(i) * j.dr, layout.n[j.r], &cell[j.r]);
                fraction[j.c] = kernel::place(j.c0 + float(i) * j.dc, layout.n[j.c], &cell[j.c]);
                splat(layout, cell, fraction, wide, value, slab, out);
            }
        }
}

void scatter_march(const kernel::DenseField& layout, const kernel::LatticeView& v, int steps, float length_mm,
                   const float* image, Slab slab, float* out) {
    const float step_mm = length_mm / float(steps);
    const bool wide[3] = {true, true, true};
    for (int row = 0; row < v.height; ++row)
        for (int column = 0; column < v.width; ++column) {
            const kernel::MarchLine m =
                kernel::march_line(v, kernel::line_of(v, row, column), steps, length_mm);
            const float value = image[size_t(row) * size_t(v.width) + size_t(column)] * step_mm;
            int lo, hi;
            kernel::march_range(m, layout.n, steps, &lo, &hi);
            for (int i = lo; i <= hi; ++i) {
                int cell[3];
                float fraction[3];
                for (int k = 0; k < 3; ++k)
                    fraction[k] = kernel::place(m.start[k] + float(i) * m.step[k], layout.n[k], &cell[k]);
                if (cell[slab.axis] + 1 >= slab.begin && cell[slab.axis] < slab.end)
                    splat(layout, cell, fraction, wide, value, slab, out);
            }
        }
}

void scatter_siddon(const kernel::DenseField& layout, const kernel::LatticeView& v, const float* image,
                    Slab slab, float* out) {
    int lo[3] = {0, 0, 0}, hi[3] = {layout.n[0], layout.n[1], layout.n[2]};
    lo[slab.axis] = std::max(0, slab.begin - 1);
    hi[slab.axis] = std::min(layout.n[slab.axis], slab.end - 1);
    for (int row = 0; row < v.height; ++row)
        for (int column = 0; column < v.width; ++column) {
            const float value = image[size_t(row) * size_t(v.width) + size_t(column)];
            kernel::siddon_walk(kernel::line_of(v, row, column), lo, hi, [&](int x, int y, int z, float mm) {
                out[int64_t(x + 1) * layout.stride[0] + int64_t(y + 1) * layout.stride[1] +
                    int64_t(z + 1) * layout.stride[2]] += mm * value;
            });
        }
}

void scatter_warp(const ShearPlan& plan, const kernel::LatticeView& view, const float* image,
                  float* virtual_image) {
    const kernel::LatticeView v = kernel::in_order_of(view, plan.axis);
    const int stride = plan.frame.stride;
    for (int row = 0; row < v.height; ++row)
        for (int column = 0; column < v.width; ++column) {
            const kernel::WarpPoint p =
                v.cone ? kernel::warp_point<true>(v, plan.frame, plan.axis, row, column)
                       : kernel::warp_point<false>(v, plan.frame, plan.axis, row, column);
            if (!p.mine) continue;
            float wr[4], wc[4];
            kernel::catmull_rom(p.row_fraction, wr, 1);
            kernel::catmull_rom(p.column_fraction, wc, 1);
            const float value = image[size_t(row) * size_t(v.width) + size_t(column)] * p.weight;
            float* out = virtual_image + int64_t(p.row - 1) * stride + (p.column - 1);
            for (int k = 0; k < 4; ++k)
                for (int l = 0; l < 4; ++l) out[int64_t(k) * stride + l] += value * wr[k] * wc[l];
        }
}

void scatter_slice(const ShearPlan& plan, const kernel::DenseField& layout, int i, const float* virtual_image,
                   float* out) {
    const int r = kernel::row_axis(plan.axis), c = kernel::column_axis(plan.axis);
    const int64_t row_stride = layout.stride[r], column_stride = layout.stride[c];
    float* slice = out + int64_t(i + 1) * layout.stride[plan.axis];
    const double row0 = plan.row0[size_t(i)], col0 = plan.col0[size_t(i)], scale = plan.scale[size_t(i)];
    const int row_shift = int(std::floor(row0)), column_shift = int(std::floor(col0));
    for (int j = 0; j < plan.frame.height; ++j) {
        int row = j + row_shift;
        float fr = float(row0 - row_shift);
        if (plan.scaled) fr = kernel::place(float(row0 + scale * j), layout.n[r], &row);
        if (row < 0 || row > layout.n[r]) continue;
        for (int x = 0; x < plan.frame.width; ++x) {
            int column = x + column_shift;
            float fc = float(col0 - column_shift);
            if (plan.scaled) fc = kernel::place(float(col0 + scale * x), layout.n[c], &column);
            if (column < 0 || column > layout.n[c]) continue;
            const float value = virtual_image[int64_t(j) * plan.frame.stride + x];
            float* p = slice + row * row_stride + column * column_stride;
            p[0] += value * (1 - fr) * (1 - fc);
            p[column_stride] += value * (1 - fr) * fc;
            p[row_stride] += value * fr * (1 - fc);
            p[row_stride + column_stride] += value * fr * fc;
        }
    }
}

}  // namespace radforge::xray
