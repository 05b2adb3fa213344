// SPDX-License-Identifier: Apache-2.0
/// Row kernels of the CPU path, compiled once per instruction set. A pixel is a lane and its sum runs in the
/// order of the scalar kernel, so the width of the vectors never changes a bit.
///
/// lanes_<isa>.cpp instantiate Lanes<isa>; nothing here may call an out-of-line inline function, or the
/// linker could hand a copy with wider instructions to the rest of the program.
#pragma once
#include "render/xray/projector_kernel.h"

namespace radforge::xray {

/// Where rows hold anything but zeros: columns [first, end), shell included; end = 0 when nowhere.
struct Occupied {
    int first, end;
};

/// The slices of one view seen by the shear-warp: slice i meets virtual pixel (j, x) at padded row row0[i] +
/// scale[i] j and padded column col0[i] + scale[i] x. Both scales are 1 in a parallel beam. Columns are
/// contiguous.
struct ShearSlices {
    const float* data;      ///< corner of the padded slice 0 (of the zero shell)
    const Occupied* pairs;  ///< of the padded rows r and r + 1 together, 0 <= r <= rows: [slices, rows + 1]
    long slice_stride, row_stride;
    int slices, rows, columns;  ///< without the shell
    const double *row0, *col0, *scale;
    bool scaled;  ///< cone beam
};

/// Widest block of virtual columns, and the slack in floats that must be readable behind a padded volume.
constexpr int kLaneBlock = 16, kVolumeSlack = 64;

template <int Isa>
struct Lanes {
    static void joseph_row(const kernel::DenseField& f, const kernel::LatticeView& v, int row, float* out);
    static void march_row(const kernel::DenseField& f, const kernel::LatticeView& v, int steps,
                          float length_mm, int row, float* out);
    static void siddon_row(const kernel::DenseField& f, const kernel::LatticeView& v, int row, float* out);
    /// Adds all slices to the virtual rows [j0,j1) of image [*, stride], of which `touched` tells where;
    /// `scratch` holds (j1 - j0 + 3) * stride floats plus 3 * stride words.
    static void shear_band(const ShearSlices& s, int j0, int j1, int stride, float* image, Occupied* touched,
                           float* scratch);
    /// Resamples the virtual image of `axis` into those pixels of a detector row whose rays have that main
    /// axis: its Catmull-Rom interpolant, in value x mm. Pixels that see nothing keep what they are.
    /// @param v  in_order_of(view, axis)
    static void warp_row(const kernel::WarpFrame& f, const float* image, const Occupied* touched, int axis,
                         const kernel::LatticeView& v, int row, float* out);
};

/// The kernels of one instruction set.
struct LaneTable {
    decltype(&Lanes<0>::joseph_row) joseph_row;
    decltype(&Lanes<0>::march_row) march_row;
    decltype(&Lanes<0>::siddon_row) siddon_row;
    decltype(&Lanes<0>::shear_band) shear_band;
    decltype(&Lanes<0>::warp_row) warp_row;
};
LaneTable lanes_generic();
LaneTable lanes_avx2();
LaneTable lanes_avx512();

template <int Isa>
constexpr LaneTable lane_table() {
    using L = Lanes<Isa>;
    return {&L::joseph_row, &L::march_row, &L::siddon_row, &L::shear_band, &L::warp_row};
}

}  // namespace radforge::xray
