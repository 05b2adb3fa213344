// SPDX-License-Identifier: Apache-2.0
/// NIfTI-1 and NIfTI-2 files (.nii, .nii.gz) of HU.
#pragma once
#include "synth/base/memory.h"
#include "synth/volume/volume.h"

#include <cstdint>
#include <string>

namespace radforge::volume {

/// Voxels that a file could not state as HU in 16 bits.
struct VoxelReport {
    int64_t padding_voxels = 0;  ///< NaN, now Volume::kHuPadding
    int64_t clamped_voxels = 0;  ///< beyond +-32767, held at that bound
};

/// The sform places the voxels when there is one, else the qform (RAS, turned to LPS); scl_slope applies
/// unless 0. Slices are turned to stand as CT slices do (lattice.h), without resampling.
/// @throws Error when the file is broken, truncated, not three-dimensional, without placement, not of real
/// numbers, or when its header asks for more than `memory_gb`
Volume read_nifti(const std::string& path, VoxelReport& report, double memory_gb = kAnyMemory);

}  // namespace radforge::volume
