// SPDX-License-Identifier: Apache-2.0
/// The traversal, one source for both backends: CPU lanes and CUDA threads call the same functions in the
/// same order.
///
/// Everything here lives in padded lattice coordinates: voxel (x,y,z) of the volume has coordinates (x+1,
/// y+1, z+1), and a shell of zeros surrounds the volume, so that the trilinear interpolant fades to zero
/// within one voxel of the box. Coordinates outside are moved onto the shell, where every tap reads zero: no
/// branches.
///
/// Sources: Joseph, "An improved algorithm for reprojecting rays through pixel images", IEEE TMI 1 (1982);
/// Siddon, "Fast calculation of the exact radiological path for a three-dimensional CT array", Medical
/// Physics 12 (1985).
#pragma once

#if defined(__CUDACC__)
#define RADFORGE_XRAY_HD static __host__ __device__ __forceinline__
#define RADFORGE_XRAY_MEMBER __host__ __device__
#define RADFORGE_XRAY_UNROLL _Pragma("unroll")
#else
#define RADFORGE_XRAY_MEMBER
#define RADFORGE_XRAY_UNROLL
#define RADFORGE_XRAY_HD static inline __attribute__((always_inline))
#endif

namespace radforge::xray::kernel {

/// Padded dense volume: `data` is the corner of the zero shell, `n` counts voxels without the shell.
struct DenseField {
    const float* data;
    int n[3];
    int stride[3];
};

/// A view in padded lattice coordinates. base/column/row: the plane of the detector moved along the rays to
/// the middle of the volume, where single precision is finest. origin: parallel, lattice steps per mm along
/// the beam; cone, focal spot.
struct LatticeView {
    int cone, height, width;
    float base[3], column[3], row[3], origin[3];
    float metric[6];  ///< mm2 per squared lattice step: xx yy zz xy xz yz
    float centre[3];  ///< of the volume
    float open[3];    ///< 1 along axes whose slices the shear-warp can scale to one another, else 0
};

/// point + t * direction, t in mm.
struct LatticeLine {
    float point[3], direction[3];
};

/// Values at lattice planes i = 0..n-1 across the main axis: rows r0 + i dr, columns c0 + i dc, `weight` mm a
/// plane.
struct JosephLine {
    float r0, dr, c0, dc, weight;
    int axis, r, c;
    int lo, hi;  ///< planes that can be other than zero
};

/// Samples x0 + i dx ..., i = 0..steps-1.
struct MarchLine {
    float start[3], step[3];
};

RADFORGE_XRAY_HD float absolute(float x) { return x < 0 ? -x : x; }

RADFORGE_XRAY_HD float metric_product(const LatticeView& v, const float* a, const float* b) {
    const float* m = v.metric;
    return m[0] * a[0] * b[0] + m[1] * a[1] * b[1] + m[2] * a[2] * b[2] + m[3] * (a[0] * b[1] + a[1] * b[0]) +
           m[4] * (a[0] * b[2] + a[2] * b[0]) + m[5] * (a[1] * b[2] + a[2] * b[1]);
}

RADFORGE_XRAY_HD LatticeLine line_of(const LatticeView& v, int row, int column) {
    LatticeLine line;
    for (int k = 0; k < 3; ++k) {
        line.point[k] = v.base[k] + float(column) * v.column[k] + float(row) * v.row[k];
        line.direction[k] = v.cone ? line.point[k] - v.origin[k] : v.origin[k];
    }
    if (v.cone) {
        const float scale = 1.f / __builtin_sqrtf(metric_product(v, line.direction, line.direction));
        for (int k = 0; k < 3; ++k) line.direction[k] *= scale;
    }
    return line;
}

/// The axis with the most lattice planes per mm; the first of equals.
RADFORGE_XRAY_HD int main_axis(const float* direction) {
    const float x = absolute(direction[0]), y = absolute(direction[1]), z = absolute(direction[2]);
    return x >= y && x >= z ? 0 : y >= z ? 1 : 2;
}
/// The same of those whose slices the focal spot lies before or behind.
RADFORGE_XRAY_HD int shear_axis(const LatticeView& v, const float* direction) {
    const float along[3] = {v.open[0] * direction[0], v.open[1] * direction[1], v.open[2] * direction[2]};
    return main_axis(along);
}
RADFORGE_XRAY_HD int row_axis(int axis) { return axis == 2 ? 1 : 2; }
RADFORGE_XRAY_HD int column_axis(int axis) { return axis == 0 ? 1 : 0; }

/// Narrows [lo,hi] to the i with x0 + i dx within (0, n+1), one step of slack on both sides.
RADFORGE_XRAY_HD void clip_steps(float x0, float dx, int n, int* lo, int* hi) {
    const float top = float(n + 1);
    if (absolute(dx) < 1e-12f) {
        if (!(x0 > 0 && x0 < top)) *hi = *lo - 1;
        return;
    }
    const float inverse = 1.f / dx, a = -x0 * inverse, b = (top - x0) * inverse;
    const float last = float(*hi + 1);
    float t0 = a < b ? a : b, t1 = a < b ? b : a;
    t0 = t0 > -1.f ? t0 : -1.f, t0 = t0 < last ? t0 : last;
    t1 = t1 > -2.f ? t1 : -2.f, t1 = t1 < last ? t1 : last;
    const int first = int(t0) - 1, final = int(t1) + 1;
    if (first > *lo) *lo = first;
    if (final < *hi) *hi = final;
}

RADFORGE_XRAY_HD JosephLine joseph_line(const LatticeLine& line, const int* n) {
    JosephLine j;
    j.axis = main_axis(line.direction);
    j.r = row_axis(j.axis), j.c = column_axis(j.axis);
    const float inverse = 1.f / line.direction[j.axis], to_first = 1.f - line.point[j.axis];
    j.dr = line.direction[j.r] * inverse, j.dc = line.direction[j.c] * inverse;
    j.r0 = line.point[j.r] + to_first * j.dr, j.c0 = line.point[j.c] + to_first * j.dc;
    j.weight = absolute(inverse);
    j.lo = 0, j.hi = n[j.axis] - 1;
    clip_steps(j.r0, j.dr, n[j.r], &j.lo, &j.hi);
    clip_steps(j.c0, j.dc, n[j.c], &j.lo, &j.hi);
    return j;
}

/// Parameter of the point of the line nearest to the centre of the volume, mm.
RADFORGE_XRAY_HD float nearest_to_centre(const LatticeView& v, const LatticeLine& line) {
    const float to_centre[3] = {v.centre[0] - line.point[0], v.centre[1] - line.point[1],
                                v.centre[2] - line.point[2]};
    return metric_product(v, line.direction, to_centre);
}

RADFORGE_XRAY_HD MarchLine march_line(const LatticeView& v, const LatticeLine& line, int steps,
                                      float length_mm) {
    const float step_mm = length_mm / float(steps);
    const float t = nearest_to_centre(v, line) + (.5f * step_mm - .5f * length_mm);
    MarchLine m;
    for (int k = 0; k < 3; ++k) {
        m.start[k] = line.point[k] + t * line.direction[k];
        m.step[k] = step_mm * line.direction[k];
    }
    return m;
}

/// Splits a padded coordinate into the lower lattice point of its cell (0..n) and the fraction in [0,1].
RADFORGE_XRAY_HD float place(float x, int n, int* cell) {
    const float top = float(n + 1);
    x = x > 0.f ? x : 0.f;
    x = x < top ? x : top;
    const int i = int(x);
    *cell = i < n ? i : n;
    return x - float(*cell);
}

RADFORGE_XRAY_HD float mix(float a, float b, float t) { return a + t * (b - a); }

/// The four weights of Keys' cubic convolution, a = -1/2, written `stride` apart.
RADFORGE_XRAY_HD void catmull_rom(float t, float* w, int stride) {
    w[0] = t * (-.5f + t * (1.f - .5f * t));
    w[stride] = 1.f + t * t * (-2.5f + 1.5f * t);
    w[2 * stride] = t * (.5f + t * (2.f - 1.5f * t));
    w[3 * stride] = t * t * (-.5f + .5f * t);
}

RADFORGE_XRAY_HD float bilinear(const float* p, int row_stride, int column_stride, float fr, float fc) {
    const float a = mix(p[0], p[column_stride], fc);
    const float b = mix(p[row_stride], p[row_stride + column_stride], fc);
    return mix(a, b, fr);
}

RADFORGE_XRAY_HD float trilinear(const float* p, const int* stride, float fx, float fy, float fz) {
    const float a = bilinear(p, stride[1], stride[0], fy, fx);
    const float b = bilinear(p + stride[2], stride[1], stride[0], fy, fx);
    return mix(a, b, fz);
}

/// A line where it enters a box of voxels, unpadded; voxel i covers [i, i+1).
struct SiddonLine {
    float q[3], inverse[3];  ///< point and 1 / direction; inverse 0 along axes that the line never crosses
    float next[3];           ///< parameter of the next crossing of each axis
    float t, leave;          ///< parameters of entry and exit
    int index[3], step[3];   ///< of the voxel entered, and to the next
};

RADFORGE_XRAY_HD float siddon_crossing(int index, int step, float q, float inverse) {
    return (float(index + (step > 0)) - q) * inverse;
}

/// The axis whose crossing comes first.
RADFORGE_XRAY_HD int siddon_axis(float x, float y, float z) {
    return x <= y ? (x <= z ? 0 : 2) : (y <= z ? 1 : 2);
}

/// @returns whether the line meets the box [lo,hi)
RADFORGE_XRAY_HD bool siddon_enter(const LatticeLine& line, const int* lo, const int* hi, SiddonLine* s) {
    s->t = -3e38f, s->leave = 3e38f;
    RADFORGE_XRAY_UNROLL
    for (int k = 0; k < 3; ++k) {
        s->q[k] = line.point[k] - .5f;
        if (absolute(line.direction[k]) < 1e-12f) {
            s->inverse[k] = 0;
            if (!(s->q[k] >= float(lo[k]) && s->q[k] < float(hi[k]))) return false;
            continue;
        }
        s->inverse[k] = 1.f / line.direction[k];
        const float a = (float(lo[k]) - s->q[k]) * s->inverse[k],
                    b = (float(hi[k]) - s->q[k]) * s->inverse[k];
        const float first = a < b ? a : b, last = a < b ? b : a;
        s->t = first > s->t ? first : s->t;
        s->leave = last < s->leave ? last : s->leave;
    }
    if (!(s->t < s->leave)) return false;
    RADFORGE_XRAY_UNROLL
    for (int k = 0; k < 3; ++k) {
        const float at = s->q[k] + s->t * (s->inverse[k] == 0.f ? 0.f : line.direction[k]);
        int i = int(at < float(lo[k]) ? float(lo[k]) : at);
        i = i < lo[k] ? lo[k] : i;
        s->index[k] = i > hi[k] - 1 ? hi[k] - 1 : i;
        s->step[k] = s->inverse[k] > 0 ? 1 : -1;
        s->next[k] =
            s->inverse[k] == 0.f ? 3e38f : siddon_crossing(s->index[k], s->step[k], s->q[k], s->inverse[k]);
    }
    return true;
}

/// Calls visit(x, y, z, mm) for every voxel of the box [lo,hi) (unpadded indices) that the line crosses, in
/// order.
template <class Visit>
RADFORGE_XRAY_HD void siddon_walk(const LatticeLine& line, const int* lo, const int* hi, Visit visit) {
    SiddonLine s;
    if (!siddon_enter(line, lo, hi, &s)) return;
    for (bool inside = true; inside;) {
        const int axis = siddon_axis(s.next[0], s.next[1], s.next[2]);
        const float crossing = axis == 0 ? s.next[0] : axis == 1 ? s.next[1] : s.next[2];
        const float end = crossing < s.leave ? crossing : s.leave;
        visit(s.index[0], s.index[1], s.index[2], end - s.t);
        s.t = end;
        inside = crossing < s.leave;
        RADFORGE_XRAY_UNROLL
        for (int k = 0; k < 3; ++k) {  // an index by `axis` would put the line into a GPU's memory
            s.index[k] += axis == k ? s.step[k] : 0;
            s.next[k] = axis == k ? siddon_crossing(s.index[k], s.step[k], s.q[k], s.inverse[k]) : s.next[k];
            inside = inside & (s.index[k] >= lo[k]) & (s.index[k] < hi[k]);
        }
    }
}

/// The virtual image of the shear-warp: virtual row = (padded row at the reference slice - row_base) *
/// per_pitch.
struct WarpFrame {
    int height, width, stride;
    float reference_slice, row_base, column_base, per_pitch;
};

/// Where a ray finds its value in the virtual image.
struct WarpPoint {
    int row, column;  ///< the second of the four taps
    float row_fraction, column_fraction, weight;
    bool mine;  ///< whether the shear_axis() of the ray is that of the virtual image
};

/// The view with its coordinates in the order main axis, row axis, column axis.
RADFORGE_XRAY_HD LatticeView in_order_of(const LatticeView& v, int axis) {
    const int to[3] = {axis, row_axis(axis), column_axis(axis)};
    const int pair[3][3] = {{0, 3, 4}, {3, 1, 5}, {4, 5, 2}};
    LatticeView out = v;
    for (int k = 0; k < 3; ++k) {
        out.base[k] = v.base[to[k]], out.column[k] = v.column[to[k]], out.row[k] = v.row[to[k]];
        out.origin[k] = v.origin[to[k]], out.centre[k] = v.centre[to[k]], out.open[k] = v.open[to[k]];
        for (int l = 0; l < 3; ++l) out.metric[pair[k][l]] = v.metric[pair[to[k]][to[l]]];
    }
    return out;
}

/// Splits a virtual coordinate; what lies outside is moved onto the rim, where all taps are zero.
RADFORGE_XRAY_HD int rim(float x, int side, float* fraction) {
    const float top = float(side - 3);
    x = x > 1.f ? x : 1.f;
    x = x < top ? x : top;
    const int i = int(x);
    *fraction = x - float(i);
    return i;
}

/// @param v  in_order_of(view, axis)
template <bool Cone>
RADFORGE_XRAY_HD WarpPoint warp_point(const LatticeView& v, const WarpFrame& f, int axis, int row,
                                      int column) {
    const float m = v.base[0] + float(column) * v.column[0] + float(row) * v.row[0];
    const float r = v.base[1] + float(column) * v.column[1] + float(row) * v.row[1];
    const float c = v.base[2] + float(column) * v.column[2] + float(row) * v.row[2];
    const float dm = Cone ? m - v.origin[0] : v.origin[0], dr = Cone ? r - v.origin[1] : v.origin[1];
    const float dc = Cone ? c - v.origin[2] : v.origin[2];
    const float inverse = 1.f / dm, slope_r = dr * inverse, slope_c = dc * inverse,
                depth = f.reference_slice - m;
    WarpPoint p;
    // As main_axis() breaks ties: x before y before z.
    const float am = absolute(Cone ? v.open[0] * dm : dm), ar = absolute(Cone ? v.open[1] * dr : dr),
                ac = absolute(Cone ? v.open[2] * dc : dc);
    p.mine = axis == 0 ? (am >= ar) & (am >= ac) : axis == 1 ? (am >= ar) & (am > ac) : (am > ar) & (am > ac);
    if (Cone) p.mine = p.mine & (am > 0);  // a ray along the slices, before or behind them all, meets none
    p.row = rim((r + depth * slope_r - f.row_base) * f.per_pitch, f.height, &p.row_fraction);
    p.column = rim((c + depth * slope_c - f.column_base) * f.per_pitch, f.width, &p.column_fraction);
    const float square =
        v.metric[0] + slope_r * slope_r * v.metric[1] + slope_c * slope_c * v.metric[2] +
        2.f * (slope_r * v.metric[3] + slope_c * v.metric[4] + slope_r * slope_c * v.metric[5]);
    p.weight = __builtin_sqrtf(square);
    return p;
}

RADFORGE_XRAY_HD float joseph_integral(const DenseField& f, const JosephLine& j) {
    float sum = 0;
    for (int i = j.lo; i <= j.hi; ++i) {
        int r, c;
        const float fr = place(j.r0 + float(i) * j.dr, f.n[j.r], &r),
                    fc = place(j.c0 + float(i) * j.dc, f.n[j.c], &c);
        const int offset = (i + 1) * f.stride[j.axis] + r * f.stride[j.r] + c * f.stride[j.c];
        sum += bilinear(f.data + offset, f.stride[j.r], f.stride[j.c], fr, fc);
    }
    return sum * j.weight;
}

RADFORGE_XRAY_HD float march_sample(const DenseField& f, const MarchLine& m, int i) {
    int x, y, z;
    const float fx = place(m.start[0] + float(i) * m.step[0], f.n[0], &x);
    const float fy = place(m.start[1] + float(i) * m.step[1], f.n[1], &y);
    const float fz = place(m.start[2] + float(i) * m.step[2], f.n[2], &z);
    return trilinear(f.data + (x * f.stride[0] + y * f.stride[1] + z * f.stride[2]), f.stride, fx, fy, fz);
}

/// The steps whose samples can be other than zero, [lo,hi].
RADFORGE_XRAY_HD void march_range(const MarchLine& m, const int* n, int steps, int* lo, int* hi) {
    *lo = 0, *hi = steps - 1;
    for (int k = 0; k < 3; ++k) clip_steps(m.start[k], m.step[k], n[k], lo, hi);
}

RADFORGE_XRAY_HD float siddon_integral(const DenseField& f, const LatticeLine& line) {
    const int lo[3] = {0, 0, 0};
    float sum = 0;
    siddon_walk(line, lo, f.n, [&](int x, int y, int z, float mm) {
        sum += mm * f.data[(x + 1) * f.stride[0] + (y + 1) * f.stride[1] + (z + 1) * f.stride[2]];
    });
    return sum;
}

}  // namespace radforge::xray::kernel
