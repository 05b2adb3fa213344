// SPDX-License-Identifier: Apache-2.0
/// From CT numbers to what attenuates x-rays of other energies.
#pragma once
#include "render/xray/attenuation.h"
#include "render/xray/grid.h"
#include "synth/volume/volume.h"

namespace radforge::xray {

/// Two-material split. Below `soft_hu` everything is water of some density, above `bone_hu` cortical bone,
/// between them a mixture whose mass fraction of bone grows linearly. Densities are such that the mixture
/// attenuates at `ct_kev` exactly as its CT number says: mu = mu_water (1 + HU/1000).
struct SplitSettings {
    double soft_hu = 120;
    double bone_hu = 1600;
    double ct_kev = 70;  ///< effective energy of the scanner
    void validate() const;
};

/// Partial densities of one voxel, g/cm3.
struct Densities {
    double water = 0, bone = 0;
};
Densities split_hu(double hu, const SplitSettings& settings = {});

/// Slices of the grids below: those of the volume where they are even, else as many as the least gap needs.
/// Gaps below 5 % of the median do not count (a slice sent twice), nor does the grid get finer than a quarter
/// of the median.
/// @throws Error when holes between the slices would make it 16 times as many as there are
int even_slice_count(const Volume& volume);

/// Density grids of a CT volume, g/cm3, in its patient frame (LPS, mm). Gantry tilt stays in the placement
/// and is not resampled. Unevenly spaced slices are interpolated linearly to even ones, even_slice_count() of
/// them. Padding counts as air.
struct MaterialGrids {
    Grid water, bone;
};
MaterialGrids material_grids(const Volume& volume, const SplitSettings& settings = {});

/// Attenuation at one energy, 1/mm, by the same split.
Grid attenuation_grid(const Volume& volume, double energy_kev, const SplitSettings& settings = {});

/// CT numbers as a grid on even slices; padding is -1000.
Grid hu_grid(const Volume& volume);

}  // namespace radforge::xray
