// SPDX-License-Identifier: Apache-2.0
/// What the projector integrates: a dense lattice of values in any affine place, so that gantry tilt needs no
/// resampling.
#pragma once
#include "synth/base/vec.h"

#include <string>
#include <vector>

namespace radforge::xray {

/// Lattice of values [nz,ny,nx], x fastest. Between the voxel centres the value is the trilinear interpolant
/// of the lattice extended by zeros (Siddon: constant within the voxel). Attenuation is per mm, area
/// densities use g/cm3.
struct Grid {
    int nx = 0, ny = 0, nz = 0;
    std::vector<float> values;
    Mat3d step_mm;      ///< column k: world displacement of one index step along axis k, mm; may shear
    Vec3d origin_mm{};  ///< world position of the centre of voxel (0,0,0), mm

    size_t count() const { return size_t(nx) * size_t(ny) * size_t(nz); }
    float& at(int x, int y, int z) {
        return values[(size_t(z) * size_t(ny) + size_t(y)) * size_t(nx) + size_t(x)];
    }
    float at(int x, int y, int z) const {
        return values[(size_t(z) * size_t(ny) + size_t(y)) * size_t(nx) + size_t(x)];
    }
    Vec3d world_mm(Vec3d index) const { return origin_mm + step_mm * index; }
    /// Centre of the voxel box, mm.
    Vec3d centre_mm() const { return world_mm({(nx - 1) * .5, (ny - 1) * .5, (nz - 1) * .5}); }
    /// @throws Error naming `name` for an empty lattice, a wrong number of values, a flat or non-finite
    /// placement, or
    ///         NaN and infinite voxels
    void validate(const std::string& name) const;
};

/// Zeros in an axis-parallel box centred on the world origin; spacing in mm per axis.
/// @throws Error when a side is below 1, a spacing is not positive, or the voxels cannot be addressed
Grid zero_grid(int nx, int ny, int nz, Vec3d spacing_mm);

/// Inverse of a 3x3 matrix. @throws Error when it is singular
Mat3d inverse(const Mat3d& m);

}  // namespace radforge::xray
