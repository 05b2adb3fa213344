// SPDX-License-Identifier: Apache-2.0
/// Where the virtual detector of the shear-warp lies and how the slices meet it.
#pragma once
#include "render/xray/projector_kernel.h"

#include <cstddef>
#include <vector>

namespace radforge::xray {

/// One pass: the rays of a view whose kernel::shear_axis() is `axis`.
struct ShearPlan {
    int axis = 0;
    bool scaled = false;
    kernel::WarpFrame frame{};              ///< the virtual image; its stride is a multiple of 16
    std::vector<double> row0, col0, scale;  ///< per slice, see ShearSlices

    size_t count() const { return size_t(frame.height) * size_t(frame.stride); }
};

/// One plan per axis that occurs among the rays of the view (1 to 3).
/// @throws Error when the focal spot lies so near that slices cannot be scaled to one another
std::vector<ShearPlan> plan_shear(const kernel::LatticeView& view, const int* n);

}  // namespace radforge::xray
