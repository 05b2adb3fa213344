// SPDX-License-Identifier: Apache-2.0
/// From millimetres to lattice steps: what the kernels need to know of a view, computed in double precision.
#pragma once
#include "render/xray/grid.h"
#include "render/xray/projector_kernel.h"
#include "render/xray/view.h"

namespace radforge::xray {

/// The view in padded lattice coordinates of a volume at `place` (whose values are not looked at).
/// @throws Error when the view is impossible, or a focal spot lies in or behind the volume
kernel::LatticeView lattice_view(const View& view, const Grid& place);

/// Longest edge of the voxel box, mm.
double longest_edge_mm(const Grid& place);

}  // namespace radforge::xray
