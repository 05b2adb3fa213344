// SPDX-License-Identifier: Apache-2.0
/// OpenVDB files: a float grid of HU, world axes LPS in mm.
#pragma once
#include "synth/volume/nifti.h"
#include "synth/volume/volume.h"

#include <string>

namespace radforge::volume {

/// Writes grid "hu" with index (column, row, slice); padding voxels stay inactive background. The transform
/// is the affine map of the first and last slice; exact slice places (uneven spacing, tilt) ride along as
/// metadata, which read_vdb() prefers, so a volume returns voxel for voxel and place for place.
/// @throws Error when the file cannot be written
void write_vdb(const Volume& volume, const std::string& path);

/// Reads the grid "hu", or the only float grid. Of files of other programs the affine transform is taken as
/// LPS mm, inactive voxels as padding, and axes are turned to stand as CT slices do (lattice.h).
/// @throws Error when the file is broken, has no such grid, a map that is not affine, or when its box of
/// voxels needs more than `memory_gb`
Volume read_vdb(const std::string& path, VoxelReport& report, double memory_gb = kAnyMemory);

}  // namespace radforge::volume
