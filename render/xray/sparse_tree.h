// SPDX-License-Identifier: Apache-2.0
/// What a SparseGrid holds; private to the backends.
#pragma once
#include "render/xray/sparse_grid.h"

#include <nanovdb/util/GridHandle.h>

namespace radforge::xray {

struct SparseGrid::Tree {
    nanovdb::GridHandle<nanovdb::HostBuffer> handle;
    Grid box;      ///< placement and size; no values
    int first[3];  ///< tree coordinates of the box's voxel (0,0,0)

    const nanovdb::FloatGrid* grid() const { return handle.grid<float>(); }
};

}  // namespace radforge::xray
