// SPDX-License-Identifier: Apache-2.0
/// The traversal of sparse volumes, one source for CPU and CUDA. It visits the same samples in the same order
/// as the dense kernels and leaves out those that are zero because a whole tree node is, so that the sums
/// agree to the bit.
///
/// A Field offers, in padded coordinates: float value(x, y, z); bool empty(cell, lo, hi), which tells whether
/// `cell` lies in a tree node of zeros and gives the node's corners (inclusive).
#pragma once
#include "render/xray/projector_kernel.h"

namespace radforge::xray::kernel {

/// The last step i at which x0 + i dx surely lies within [lo, hi], or `most`.
RADFORGE_XRAY_HD int last_inside(float x0, float dx, int lo, int hi, int most) {
    if (absolute(dx) < 1e-12f) return most;
    const float t = (float(dx > 0 ? hi : lo) - x0) / dx;
    return t < float(most) ? int(t) - 1 : most;
}

template <class Field>
RADFORGE_XRAY_HD float bilinear_at(const Field& f, const int* cell, int row_axis, int column_axis, float fr,
                                   float fc) {
    int p[3] = {cell[0], cell[1], cell[2]};
    const float a0 = f.value(p);
    ++p[column_axis];
    const float a1 = f.value(p);
    ++p[row_axis];
    const float b1 = f.value(p);
    --p[column_axis];
    const float b0 = f.value(p);
    return mix(mix(a0, a1, fc), mix(b0, b1, fc), fr);
}

template <class Field>
RADFORGE_XRAY_HD float joseph_sparse(const Field& f, const int* n, const JosephLine& j) {
    float sum = 0;
    for (int i = j.lo; i <= j.hi; ++i) {
        int cell[3], lo[3], hi[3];
        cell[j.axis] = i + 1;
        const float fr = place(j.r0 + float(i) * j.dr, n[j.r], &cell[j.r]);
        const float fc = place(j.c0 + float(i) * j.dc, n[j.c], &cell[j.c]);
        if (f.empty(cell, lo, hi) && cell[j.r] < hi[j.r] && cell[j.c] < hi[j.c]) {
            int last = hi[j.axis] - 1;
            last = last_inside(j.r0, j.dr, lo[j.r], hi[j.r], last);
            last = last_inside(j.c0, j.dc, lo[j.c], hi[j.c], last);
            i = last > i ? last : i;
            continue;
        }
        sum += bilinear_at(f, cell, j.r, j.c, fr, fc);
    }
    return sum * j.weight;
}

template <class Field>
RADFORGE_XRAY_HD float march_sparse(const Field& f, const int* n, const MarchLine& m, int steps,
                                    float step_mm) {
    int first, final;
    march_range(m, n, steps, &first, &final);
    float sum = 0;
    for (int i = first; i <= final; ++i) {
        int cell[3], lo[3], hi[3];
        float fraction[3];
        for (int k = 0; k < 3; ++k) fraction[k] = place(m.start[k] + float(i) * m.step[k], n[k], &cell[k]);
        if (f.empty(cell, lo, hi) && cell[0] < hi[0] && cell[1] < hi[1] && cell[2] < hi[2]) {
            int last = final;
            for (int k = 0; k < 3; ++k) last = last_inside(m.start[k], m.step[k], lo[k], hi[k], last);
            i = last > i ? last : i;
            continue;
        }
        const float a = bilinear_at(f, cell, 1, 0, fraction[1], fraction[0]);
        ++cell[2];
        const float b = bilinear_at(f, cell, 1, 0, fraction[1], fraction[0]);
        sum += mix(a, b, fraction[2]);
    }
    return sum * step_mm;
}

}  // namespace radforge::xray::kernel
