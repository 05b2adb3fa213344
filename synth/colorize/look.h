// SPDX-License-Identifier: Apache-2.0
/// What each tissue looks like: CT number of a slice without contrast medium, colour and texture in a frozen
/// section.
#pragma once
#include "synth/base/vec.h"
#include "synth/volume/phantom_tissue.h"

#include <cstdint>

namespace radforge::colorize {

struct TissueLook {
    float hu_mean, hu_deviation;  ///< the deviation lies within one organ; noise comes on top
    Vec3f rgb;                    ///< base colour, 8-bit sRGB counts
};

/// Table 5.4 of the models' specification for the tissues that it lists; the others by volume::tissue_facts()
/// and by art direction.
const TissueLook& tissue_look(volume::Tissue tissue);

/// Colour of the cut surface at a place in the patient, 8-bit sRGB counts before light and camera:
/// base * (1 + 0.12 * texture), towards a second colour in septa, fascia, trabeculae and vessels.
Vec3f section_colour(volume::Tissue tissue, Vec3f place_mm, uint32_t seed);

}  // namespace radforge::colorize
