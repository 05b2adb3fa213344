// SPDX-License-Identifier: Apache-2.0
/// A density cube turned into the frame of a view: what a network is asked to find behind an x-ray.
#pragma once
#include "render/xray/projector.h"
#include "synth/base/image.h"
#include "synth/xray/cube.h"
#include "synth/xray/turn_rows.h"

#include <cstdint>
#include <vector>

namespace radforge::xray {

/// A turned volume's mirror image: rows (y) or columns (x) reversed.
struct Reflection {
    bool of_rows = false;
    NdArray volume{};
};

/// Rotates one cube many times. Const and thread-safe; bits do not depend on threads or processor.
class ViewFrame {
public:
    /// @param isa  Auto: the best of this processor
    /// @throws Error for a cube of more than 1024 voxels a side
    explicit ViewFrame(const Cube& cube, Isa isa = Isa::Auto);
    /// Trilinear samples, zero outside, rounded to the cube's steps.
    /// @param cube_from_view  columns: the view's axes (right, down, away) along the cube's, unit vectors
    /// @param reflection      its volume becomes the mirror image of what is returned; may be null
    /// @return  [n,n,n], u8 or i16 as the cube's steps need
    NdArray resample(const Mat3d& cube_from_view, Reflection* reflection = nullptr) const;

private:
    /// For rows nearest to the axis.
    PaddedCube padded(int axis) const;
    template <class T, class Turn>
    NdArray turned(Turn turn, const Mat3d& cube_from_view, Reflection* reflection) const;

    int n_, largest_;
    TurnRows turn_;
    std::vector<uint16_t> columns_;  // these three as PaddedCube says
    std::vector<int16_t> values_;
    std::vector<uint8_t> empty_[3];
};

/// Row-major 4x4: homogeneous coordinates of the view frame to those of the stored cube, both (x, y, z) from
/// -1 to 1 between the outer faces (the theta of PyTorch's affine_grid with align_corners = false).
std::vector<double> cube_from_view_4x4(const Mat3d& cube_from_view);

}  // namespace radforge::xray
