// SPDX-License-Identifier: Apache-2.0
/// Where the virtual detector of the shear-warp lies and how the slices meet it.
#pragma once
#include "render/xray/projector_kernel.h"

#include <vector>

namespace radforge::xray {

/// One pass: the rays of a view whose main axis is `axis`. Virtual pixel (j, x) crosses the reference slice
/// at padded row row_base + j / per_pitch and padded column column_base + x / per_pitch.
struct ShearPlan {
    int axis = 0;
    bool scaled = false;
    int height = 0, width = 0, stride = 0;  ///< of the virtual image; stride is a multiple of 16
    std::vector<double> row0, col0, scale;  ///< per slice, see ShearSlices
    float reference_slice = 0, row_base = 0, column_base = 0, per_pitch = 1;
};

/// One plan per main axis that occurs among the rays of the view (1 to 3).
/// @throws Error when the focal spot lies so near that slices cannot be scaled to one another
std::vector<ShearPlan> plan_shear(const kernel::LatticeView& view, const int* n);

}  // namespace radforge::xray
