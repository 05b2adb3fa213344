// SPDX-License-Identifier: Apache-2.0
/// Voxel arrays with an affine placement, as NIfTI and OpenVDB hold them, turned to stand as CT slices do.
#pragma once
#include "synth/base/vec.h"
#include "synth/volume/volume.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace radforge::volume {

/// Voxel (i, j, k) lies at origin_mm + i * step_mm[0] + j * step_mm[1] + k * step_mm[2] (LPS); i runs
/// fastest.
struct Lattice {
    std::array<int, 3> size{};
    Vec3d origin_mm;
    std::array<Vec3d, 3> step_mm{};
    std::vector<int16_t> hu;
};

/// Reorders axes without resampling: columns run as near to the patient's left as the lattice has it, rows to
/// the back, slices along the normal of the two (to the head for an axial scan). Shear between slices is kept
/// as tilt.
/// @throws Error naming `name` when the two in-plane axes are not orthogonal or a size or step is impossible
Volume from_lattice(const Lattice& lattice, const std::string& name);

}  // namespace radforge::volume
