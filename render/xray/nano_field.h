// SPDX-License-Identifier: Apache-2.0
/// The NanoVDB side of sparse volumes; private to the backends.
#pragma once
#include "render/xray/projector_kernel.h"

#include <nanovdb/NanoVDB.h>

namespace radforge::xray {

/// A Field of sparse_kernel.h over a float tree, with the accessor's cache of one thread.
class NanoField {
public:
    /// @param first  tree coordinates of the box's voxel (0,0,0)
    RADFORGE_XRAY_MEMBER NanoField(const nanovdb::FloatGrid* grid, const int* first)
        : access_(grid->tree().root()), first_{first[0] - 1, first[1] - 1, first[2] - 1} {}

    RADFORGE_XRAY_MEMBER float value(const int* p) const { return access_.getValue(coord(p)); }

    RADFORGE_XRAY_MEMBER bool empty(const int* cell, int* lo, int* hi) const {
        const nanovdb::Coord at = coord(cell);
        const int side = int(access_.getDim(at, 0));
        if (side == 1 || access_.getValue(at) != 0.f) return false;
        for (int k = 0; k < 3; ++k) {
            lo[k] = (at[k] & ~(side - 1)) - first_[k];
            hi[k] = lo[k] + side - 1;
        }
        return true;
    }

private:
    RADFORGE_XRAY_MEMBER nanovdb::Coord coord(const int* p) const {
        return {p[0] + first_[0], p[1] + first_[1], p[2] + first_[2]};
    }
    nanovdb::DefaultReadAccessor<float> access_;
    int first_[3];
};

}  // namespace radforge::xray
