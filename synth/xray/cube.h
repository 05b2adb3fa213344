// SPDX-License-Identifier: Apache-2.0
/// The density that single-image tomography looks for: a cube of [0,1] values in 8 or 15 bits, cut from a CT
/// volume.
///
/// Its axes are those of the antero-posterior view: x to the patient's left, y to the feet, z to the back, so
/// that row 0 of every plane is the top of the head and z leads away from the source of that view.
#pragma once
#include "render/xray/grid.h"
#include "synth/volume/volume.h"

#include <cstdint>
#include <vector>

namespace radforge::xray {

/// [n,n,n], x fastest. Value = levels / largest; places in the patient's LPS frame.
struct Cube {
    int n = 0, largest = 255;
    double edge_mm = 1;
    Vec3d centre_mm{};
    std::vector<int16_t> levels;

    double voxel_mm() const { return edge_mm / n; }
    /// The densities where they lie in the patient.
    Grid grid() const;
};

/// Unit vectors of the cube's axes in the patient's frame, as columns.
Mat3d cube_axes();

struct CubeSettings {
    int n = 128, largest = 255;
    bool fit_body = false;  ///< to what exceeds air_hu, else to the whole scan
    double air_hu = -400;
    double memory_gb = 8;
};

/// The density_cube() of a volume, in steps. Tilted and uneven slices lie where they were scanned.
/// @throws Error when the work would need more than `memory_gb`, or the volume is empty
Cube make_cube(const Volume& volume, const CubeSettings& settings);

/// The smallest part of a volume that holds every voxel above `air_hu`.
/// @throws Error when there is none
Volume crop_to_body(const Volume& volume, double air_hu);

/// Refuses what would need more memory than allowed, before it is allocated.
/// @param grids  float grids of the volume's size, its slices made even
/// @throws Error naming volume and remedy
void require_memory(const Volume& volume, double grids, double memory_gb);

}  // namespace radforge::xray
