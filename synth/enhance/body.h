// SPDX-License-Identifier: Apache-2.0
/// A patient without the couch under it.
#pragma once
#include "synth/volume/volume.h"

#include <cstdint>
#include <vector>

namespace radforge::enhance {

/// Voxels of the patient: 1 for what belongs to the body, air inside it included, 0 for the rest.
/// Phantoms know by their labels. In a CT it is the largest connected part above -350 HU after an erosion by
/// 3 mm (what touches the skin in a thin sheet falls off), grown back, with what it encloses in each slice.
/// @return  [slices, rows, columns]
/// @throws Error when nothing is above that value
std::vector<uint8_t> body_mask(const Volume& volume);

}  // namespace radforge::enhance
