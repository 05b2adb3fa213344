// SPDX-License-Identifier: Apache-2.0
/// Ray-driven row kernels: 16 neighbouring pixels march through the volume together. Included by
/// lanes_<isa>.cpp only.
#pragma once
#include "render/xray/lanes.h"

namespace radforge::xray {

template <int Isa>
void Lanes<Isa>::joseph_row(const kernel::DenseField& f, const kernel::LatticeView& v, int row, float* out) {
    constexpr int kWidth = kLaneBlock;
    for (int base = 0; base < v.width; base += kWidth) {
        const int used = v.width - base < kWidth ? v.width - base : kWidth;
        kernel::JosephLine line[kWidth];
        alignas(64) float r0[kWidth], dr[kWidth], c0[kWidth], dc[kWidth], sum[kWidth];
        bool same_axis = true;
        int lo = 1 << 30, hi = -1;
        for (int l = 0; l < kWidth; ++l) {
            line[l] = kernel::joseph_line(kernel::line_of(v, row, base + (l < used ? l : used - 1)), f.n);
            r0[l] = line[l].r0, dr[l] = line[l].dr, c0[l] = line[l].c0, dc[l] = line[l].dc, sum[l] = 0;
            same_axis = same_axis && line[l].axis == line[0].axis;
            lo = line[l].lo < lo ? line[l].lo : lo;
            hi = line[l].hi > hi ? line[l].hi : hi;
        }
        if (!same_axis) {
            for (int l = 0; l < used; ++l) out[base + l] = kernel::joseph_integral(f, line[l]);
            continue;
        }
        const int nr = f.n[line[0].r], nc = f.n[line[0].c];
        const int sr = f.stride[line[0].r], sc = f.stride[line[0].c], ss = f.stride[line[0].axis];
        for (int i = lo; i <= hi; ++i) {
            const float* slice = f.data + (i + 1) * ss;
#pragma omp simd
            for (int l = 0; l < kWidth; ++l) {
                int r, c;
                const float fr = kernel::place(r0[l] + float(i) * dr[l], nr, &r);
                const float fc = kernel::place(c0[l] + float(i) * dc[l], nc, &c);
                sum[l] += kernel::bilinear(slice + (r * sr + c * sc), sr, sc, fr, fc);
            }
        }
        for (int l = 0; l < used; ++l) out[base + l] = sum[l] * line[l].weight;
    }
}

template <int Isa>
void Lanes<Isa>::march_row(const kernel::DenseField& f, const kernel::LatticeView& v, int steps,
                           float length_mm, int row, float* out) {
    constexpr int kWidth = kLaneBlock;
    const float step_mm = length_mm / float(steps);
    for (int base = 0; base < v.width; base += kWidth) {
        const int used = v.width - base < kWidth ? v.width - base : kWidth;
        alignas(64) float start[3][kWidth], step[3][kWidth], sum[kWidth];
        int lo = steps, hi = -1;
        for (int l = 0; l < kWidth; ++l) {
            const kernel::LatticeLine line = kernel::line_of(v, row, base + (l < used ? l : used - 1));
            const kernel::MarchLine m = kernel::march_line(v, line, steps, length_mm);
            int first, last;
            kernel::march_range(m, f.n, steps, &first, &last);
            lo = first < lo ? first : lo;
            hi = last > hi ? last : hi;
            for (int k = 0; k < 3; ++k) start[k][l] = m.start[k], step[k][l] = m.step[k];
            sum[l] = 0;
        }
        const float* data = f.data;
        const int nx = f.n[0], ny = f.n[1], nz = f.n[2], stride[3] = {f.stride[0], f.stride[1], f.stride[2]};
        for (int i = lo; i <= hi; ++i) {
#pragma omp simd
            for (int l = 0; l < kWidth; ++l) {
                int x, y, z;
                const float fx = kernel::place(start[0][l] + float(i) * step[0][l], nx, &x);
                const float fy = kernel::place(start[1][l] + float(i) * step[1][l], ny, &y);
                const float fz = kernel::place(start[2][l] + float(i) * step[2][l], nz, &z);
                const float* p = data + (x * stride[0] + y * stride[1] + z * stride[2]);
                sum[l] += kernel::trilinear(p, stride, fx, fy, fz);
            }
        }
        for (int l = 0; l < used; ++l) out[base + l] = sum[l] * step_mm;
    }
}

template <int Isa>
void Lanes<Isa>::siddon_row(const kernel::DenseField& f, const kernel::LatticeView& v, int row, float* out) {
    constexpr int kWidth = kLaneBlock, kBetweenChecks = 8;
    const int lo[3] = {0, 0, 0}, nx = f.n[0], ny = f.n[1], nz = f.n[2];
    const int sx = f.stride[0], sy = f.stride[1], sz = f.stride[2];
    const float* const data = f.data + (sx + sy + sz);
    for (int base = 0; base < v.width; base += kWidth) {
        const int used = v.width - base < kWidth ? v.width - base : kWidth;
        alignas(64) float q[3][kWidth], inverse[3][kWidth], next[3][kWidth], t[kWidth], leave[kWidth],
            sum[kWidth];
        alignas(64) int index[3][kWidth], step[3][kWidth], stride[3][kWidth], at[kWidth], inside[kWidth];
        int any = 0;
        for (int l = 0; l < kWidth; ++l) {
            kernel::SiddonLine s{};
            inside[l] =
                kernel::siddon_enter(kernel::line_of(v, row, base + (l < used ? l : used - 1)), lo, f.n, &s);
            any |= inside[l];
            for (int k = 0; k < 3; ++k) {
                q[k][l] = s.q[k], inverse[k][l] = s.inverse[k], next[k][l] = s.next[k];
                index[k][l] = s.index[k], step[k][l] = s.step[k], stride[k][l] = s.step[k] * f.stride[k];
            }
            at[l] = inside[l] ? s.index[0] * sx + s.index[1] * sy + s.index[2] * sz : 0;
            t[l] = s.t, leave[l] = s.leave, sum[l] = 0;
        }
        while (any) {
            for (int i = 0; i < kBetweenChecks; ++i) {
#pragma omp simd
                for (int l = 0; l < kWidth; ++l) {
                    const float x = next[0][l], y = next[1][l], z = next[2][l];
                    const int axis = kernel::siddon_axis(x, y, z);
                    const float crossing = axis == 0 ? x : axis == 1 ? y : z;
                    const float end = crossing < leave[l] ? crossing : leave[l];
                    const float mm = inside[l] ? end - t[l] : 0.f;
                    sum[l] += mm * data[at[l]];
                    t[l] = end;
                    const int i0 = index[0][l] + (axis == 0 ? step[0][l] : 0),
                              i1 = index[1][l] + (axis == 1 ? step[1][l] : 0),
                              i2 = index[2][l] + (axis == 2 ? step[2][l] : 0);
                    const int by = axis == 0 ? stride[0][l] : axis == 1 ? stride[1][l] : stride[2][l];
                    int on = crossing < leave[l] ? inside[l] : 0;
                    on = unsigned(i0) < unsigned(nx) ? on : 0;
                    on = unsigned(i1) < unsigned(ny) ? on : 0;
                    on = unsigned(i2) < unsigned(nz) ? on : 0;
                    at[l] += on ? by : 0;  // lanes that have left stay where they are
                    index[0][l] = i0, index[1][l] = i1, index[2][l] = i2;
                    next[0][l] =
                        axis == 0 ? kernel::siddon_crossing(i0, step[0][l], q[0][l], inverse[0][l]) : x;
                    next[1][l] =
                        axis == 1 ? kernel::siddon_crossing(i1, step[1][l], q[1][l], inverse[1][l]) : y;
                    next[2][l] =
                        axis == 2 ? kernel::siddon_crossing(i2, step[2][l], q[2][l], inverse[2][l]) : z;
                    inside[l] = on;
                }
            }
            any = 0;
            for (int l = 0; l < kWidth; ++l) any |= inside[l];
        }
        for (int l = 0; l < used; ++l) out[base + l] = sum[l];
    }
}

}  // namespace radforge::xray
