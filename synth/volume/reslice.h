// SPDX-License-Identifier: Apache-2.0
/// Volumes on regular grids along the patient's axes, interpolated between the slices as they were acquired.
#pragma once
#include "synth/volume/volume.h"

namespace radforge::volume {

/// How the new slices lie: axial (columns to the left, rows to the back, slices to the head), coronal
/// (columns to the left, rows to the feet, slices to the back), sagittal (columns to the back, rows to the
/// feet, slices to the right).
enum class Plane { Axial, Coronal, Sagittal };

/// Samples HU at any place. Between two slices the cell is the sheared box that joins equal pixels of both,
/// so gantry tilt and uneven spacing are exact: a function that is linear in space is reproduced everywhere.
class Sampler {
public:
    /// @param volume  must outlive the sampler
    explicit Sampler(const Volume& volume);
    /// @return false outside the voxel centres, or where a voxel that counts is padding
    bool at(Vec3d place_mm, double& hu) const;

private:
    const Volume* volume_;
    std::vector<double> along_mm_;
};

/// @param pixel_mm  spacing in the plane, > 0
/// @param slice_mm  spacing of the new slices, > 0
/// @return          covers the box around all voxel centres, centred in it; what no slice covers is
/// kHuPadding
/// @throws Error when a spacing is not positive or the result would exceed 2^31 voxels
Volume reslice(const Volume& volume, Plane plane, double pixel_mm, double slice_mm);

/// Axial slices on a cubic grid.
Volume resample_regular(const Volume& volume, double spacing_mm);

}  // namespace radforge::volume
