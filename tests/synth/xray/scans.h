// SPDX-License-Identifier: Apache-2.0
/// CT files for the tests of x-ray data.
#pragma once
#include "synth/base/vec.h"
#include "synth/volume/source.h"
#include "synth/volume/volume.h"

#include <set>
#include <string>
#include <vector>

namespace radforge::test {

/// Where a mark lies in the phantom.
enum class Mark { None, Left, Head, Front };

/// A block of water in air, 48 x 40 x 44 voxels of 2 mm about the origin, with at most one cube of bone: on
/// the patient's left side, at the head end, or in front.
Volume labelled_phantom(Mark mark = Mark::Left);
/// Centre of the cube, LPS mm.
Vec3d place_of(Mark mark);

/// Writes a volume and finds it as a user's file.
volume::CtSource as_source(const Volume& volume, const std::string& path);

/// The real head of 28 slices, in a new folder, without those of these numbers, from 1.
std::vector<volume::CtSource> head_without(const std::set<int>& missing, const std::string& folder);

/// A NIfTI-1 file of float voxels [nz,ny,nx] with a diagonal affine (RAS, mm).
void write_float_nifti(const std::string& path, int nx, int ny, int nz, const std::vector<float>& voxels,
                       const float (&spacing_mm)[3]);

}  // namespace radforge::test
