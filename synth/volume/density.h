// SPDX-License-Identifier: Apache-2.0
/// From a CT volume to the density cube of single-image tomography: 8-bit-like density in [0,1] on N^3
/// voxels.
#pragma once
#include "synth/base/vec.h"
#include "synth/volume/volume.h"

#include <vector>

namespace radforge::volume {

/// clamp((HU + 1000) / 2500, 0, 1): air 0, water 0.4, 1500 HU and denser 1.
float density_from_hu(double hu);

/// [size,size,size] densities, x fastest; x to the left, y to the back, z to the head (LPS), cubic voxels.
struct DensityCube {
    int size = 0;
    std::vector<float> values;
    double side_mm = 0;  ///< of the cube, from face to face
    Vec3d centre_mm;

    float at(int x, int y, int z) const {
        return values[(size_t(z) * size_t(size) + size_t(y)) * size_t(size) + size_t(x)];
    }
};

/// Resamples to the smallest cube around all voxels. Along the rows, the columns and the normal, densities
/// are averaged by a Gaussian of deviation 0.5 target voxels where the target is coarser than the volume (0.5
/// times the downsampling factor in source voxels) and interpolated linearly where it is not. Slices count
/// with the thickness they stand for and are sampled where they lie, so uneven spacing and gantry tilt are
/// exact. Gaps of missing slices are interpolated at any size. The outermost voxels reach half their size out
/// on all sides. Padding counts as air.
/// @param size  voxels along each edge, 2..1024
/// @throws Error when the size or the volume is impossible
DensityCube density_cube(const Volume& volume, int size);

}  // namespace radforge::volume
