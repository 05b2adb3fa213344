// SPDX-License-Identifier: Apache-2.0
/// A density cube turned into the frame of a view: what a network is asked to find behind an x-ray.
#pragma once
#include "synth/base/image.h"
#include "synth/xray/cube.h"

#include <cstdint>
#include <vector>

namespace radforge::xray {

/// Rotates one cube many times. Const and thread-safe; bits do not depend on threads or processor.
class ViewFrame {
public:
    explicit ViewFrame(const Cube& cube);
    /// Trilinear samples, zero outside, rounded to the cube's steps.
    /// @param cube_from_view  columns: the view's axes (right, down, away) along the cube's, unit vectors
    /// @return  [n,n,n], u8 or i16 as the cube's steps need
    NdArray resample(const Mat3d& cube_from_view) const;

private:
    int n_, largest_;
    // In a shell of zeros. 8 bits: each word holds the voxels (x,y) and (x,y+1).
    std::vector<uint16_t> columns_;
    std::vector<int16_t> padded_;
    // Whether a brick of 4 x 4 x 4 padded voxels, and five more to every side, is all zero.
    std::vector<uint8_t> empty_;
};

/// The mirror image of a volume in the view frame: rows (y) or columns (x) reversed.
NdArray mirrored(const NdArray& volume, bool rows);

/// Row-major 4x4: homogeneous coordinates of the view frame to those of the stored cube, both (x, y, z) from
/// -1 to 1 between the outer faces (the theta of PyTorch's affine_grid with align_corners = false).
std::vector<double> cube_from_view_4x4(const Mat3d& cube_from_view);

}  // namespace radforge::xray
