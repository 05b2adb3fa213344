// SPDX-License-Identifier: Apache-2.0
/// A volume as the CPU kernels read it: in a shell of zeros, with columns contiguous for every main axis.
#pragma once
#include "render/xray/grid.h"
#include "render/xray/lanes.h"
#include "render/xray/shear_plan.h"

#include <vector>

namespace radforge::xray {

class DenseVolume {
public:
    /// @param turned  keep a second copy whose columns run along y, for shear-warp along x
    DenseVolume(const Grid& grid, bool turned);
    kernel::DenseField field() const;
    ShearSlices slices(const ShearPlan& plan) const;
    const std::vector<float>& padded() const { return padded_; }
    const std::vector<float>& turned() const { return turned_; }  ///< empty unless asked for

private:
    int n_[3];
    std::vector<float> padded_, turned_;
    std::vector<Occupied> pairs_[3];  // of the slices across each axis; none without the second copy
};

/// Sizes and strides of the slices of a plan; no data. `n` counts the voxels of the volume.
ShearSlices slice_layout(const ShearPlan& plan, const int* n);

/// Sizes and strides of the padded lattice of a volume; no data.
kernel::DenseField padded_layout(const Grid& place);
/// Voxels in the padded lattice.
size_t padded_count(const kernel::DenseField& layout);
/// Drops the shell: [nz,ny,nx].
std::vector<float> without_shell(const kernel::DenseField& layout, const std::vector<float>& padded);

}  // namespace radforge::xray
