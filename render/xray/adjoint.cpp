// SPDX-License-Identifier: Apache-2.0
#include "render/xray/adjoint.h"

#include "render/xray/adjoint_kernel.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace radforge::xray {
namespace {

// Adds to the voxels of one slab.
struct SlabAdder {
    const kernel::DenseField& layout;
    Slab slab;
    double* out;
    void operator()(const int* cell, float weight) const {
        if (cell[slab.axis] < slab.begin || cell[slab.axis] >= slab.end) return;
        out[int64_t(cell[0]) * layout.stride[0] + int64_t(cell[1]) * layout.stride[1] +
            int64_t(cell[2]) * layout.stride[2]] += weight;
    }
};

template <class Body>
void for_rays(const kernel::LatticeView& v, const float* image, Body body) {
    for (int row = 0; row < v.height; ++row)
        for (int column = 0; column < v.width; ++column)
            body(kernel::line_of(v, row, column), image[size_t(row) * size_t(v.width) + size_t(column)]);
}

}  // namespace

void scatter_joseph(const kernel::DenseField& layout, const kernel::LatticeView& v, const float* image,
                    Slab slab, double* out) {
    const SlabAdder add{layout, slab, out};
    for_rays(v, image, [&](const kernel::LatticeLine& line, float value) {
        const kernel::JosephLine j = kernel::joseph_line(line, layout.n);
        const bool along = j.axis == slab.axis;
        const int first = along ? std::max(j.lo, slab.begin - 1) : j.lo;
        const int last = along ? std::min(j.hi, slab.end - 2) : j.hi;
        kernel::joseph_scatter(layout.n, j, first, last, value, add);
    });
}

void scatter_march(const kernel::DenseField& layout, const kernel::LatticeView& v, int steps, float length_mm,
                   const float* image, Slab slab, double* out) {
    const SlabAdder add{layout, slab, out};
    const float step_mm = length_mm / float(steps);
    for_rays(v, image, [&](const kernel::LatticeLine& line, float value) {
        kernel::march_scatter(layout.n, kernel::march_line(v, line, steps, length_mm), steps, value * step_mm,
                              add);
    });
}

void scatter_siddon(const kernel::DenseField& layout, const kernel::LatticeView& v, const float* image,
                    Slab slab, double* out) {
    const SlabAdder add{layout, slab, out};
    int lo[3] = {0, 0, 0}, hi[3] = {layout.n[0], layout.n[1], layout.n[2]};
    lo[slab.axis] = std::max(0, slab.begin - 1);
    hi[slab.axis] = std::min(layout.n[slab.axis], slab.end - 1);
    for_rays(v, image, [&](const kernel::LatticeLine& line, float value) {
        kernel::siddon_scatter(line, lo, hi, value, add);
    });
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
                   double* out) {
    const int r = kernel::row_axis(plan.axis), c = kernel::column_axis(plan.axis);
    const int64_t row_stride = layout.stride[r], column_stride = layout.stride[c];
    double* slice = out + int64_t(i + 1) * layout.stride[plan.axis];
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
            double* p = slice + row * row_stride + column * column_stride;
            p[0] += value * (1 - fr) * (1 - fc);
            p[column_stride] += value * (1 - fr) * fc;
            p[row_stride] += value * fr * (1 - fc);
            p[row_stride + column_stride] += value * fr * fc;
        }
    }
}

}  // namespace radforge::xray
