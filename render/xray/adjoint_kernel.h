// SPDX-License-Identifier: Apache-2.0
/// The transposed traversal, one source for CPU and CUDA: every weight a forward kernel reads with is handed
/// to add(cell, weight), cell being padded lattice coordinates.
#pragma once
#include "render/xray/projector_kernel.h"

namespace radforge::xray::kernel {

/// Multilinear weights of a cell. Axes that are not `wide` (Joseph's main axis) have one corner.
template <class Add>
RADFORGE_XRAY_HD void splat(const int* cell, const float* fraction, const bool* wide, float value, Add add) {
    for (int corner = 0; corner < 8; ++corner) {
        int at[3];
        float weight = value;
        bool exists = true;
        for (int k = 0; k < 3; ++k) {
            const int upper = corner >> k & 1;
            exists = exists && (wide[k] || !upper);
            at[k] = cell[k] + upper;
            if (wide[k]) weight *= upper ? fraction[k] : 1.f - fraction[k];
        }
        if (exists) add(at, weight);
    }
}

/// Planes [first,last] of a Joseph line carrying `value`.
template <class Add>
RADFORGE_XRAY_HD void joseph_scatter(const int* n, const JosephLine& j, int first, int last, float value,
                                     Add add) {
    const bool wide[3] = {j.axis != 0, j.axis != 1, j.axis != 2};
    for (int i = first; i <= last; ++i) {
        int cell[3];
        float fraction[3] = {};
        cell[j.axis] = i + 1;
        fraction[j.r] = place(j.r0 + float(i) * j.dr, n[j.r], &cell[j.r]);
        fraction[j.c] = place(j.c0 + float(i) * j.dc, n[j.c], &cell[j.c]);
        splat(cell, fraction, wide, value * j.weight, add);
    }
}

template <class Add>
RADFORGE_XRAY_HD void march_scatter(const int* n, const MarchLine& m, int steps, float value, Add add) {
    const bool wide[3] = {true, true, true};
    int lo, hi;
    march_range(m, n, steps, &lo, &hi);
    for (int i = lo; i <= hi; ++i) {
        int cell[3];
        float fraction[3];
        for (int k = 0; k < 3; ++k) fraction[k] = place(m.start[k] + float(i) * m.step[k], n[k], &cell[k]);
        splat(cell, fraction, wide, value, add);
    }
}

template <class Add>
RADFORGE_XRAY_HD void siddon_scatter(const LatticeLine& line, const int* lo, const int* hi, float value,
                                     Add add) {
    siddon_walk(line, lo, hi, [&](int x, int y, int z, float mm) {
        const int cell[3] = {x + 1, y + 1, z + 1};
        add(cell, mm * value);
    });
}

}  // namespace radforge::xray::kernel
