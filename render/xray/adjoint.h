// SPDX-License-Identifier: Apache-2.0
/// Transposed row kernels: every weight a forward kernel reads with, written with.
#pragma once
#include "render/xray/lanes.h"
#include "render/xray/shear_plan.h"

namespace radforge::xray {

/// Planes [begin,end) (padded) of one axis, owned by one task, so that no two tasks write the same voxel.
struct Slab {
    int axis, begin, end;
};

/// Add the weights of all rays of `image` [height,width] (value x mm) to the padded volume `out` within the
/// slab.
void scatter_joseph(const kernel::DenseField& layout, const kernel::LatticeView& v, const float* image,
                    Slab slab, double* out);
void scatter_march(const kernel::DenseField& layout, const kernel::LatticeView& v, int steps, float length_mm,
                   const float* image, Slab slab, double* out);
void scatter_siddon(const kernel::DenseField& layout, const kernel::LatticeView& v, const float* image,
                    Slab slab, double* out);

/// Transposed warp: adds the pixels whose main axis is the plan's to the virtual image [plan.height,
/// plan.stride].
void scatter_warp(const ShearPlan& plan, const kernel::LatticeView& v, const float* image,
                  float* virtual_image);
/// Transposed shear: adds the virtual image to slice `i` of the padded volume.
void scatter_slice(const ShearPlan& plan, const kernel::DenseField& layout, int i, const float* virtual_image,
                   double* out);

}  // namespace radforge::xray
