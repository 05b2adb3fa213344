// SPDX-License-Identifier: Apache-2.0
/// Vertebrae of the procedural phantoms.
#pragma once
#include "synth/volume/phantom_scan.h"

namespace radforge::volume {

/// Size and place of one vertebra in the body's frame, mm.
struct Vertebra {
    Vec3f centre;  ///< middle of the body
    float half_width, half_depth, half_height;
    float transverse_mm;    ///< reach of a transverse process from the midline
    float spinous_mm;       ///< reach of the spinous process behind the body's centre
    float spinous_drop_mm;  ///< how far its tip lies below
    float tilt_rad = 0;     ///< forward tilt of the endplates
    float canal_half_width = 11, canal_half_depth = 8;
};

/// Body, endplates, disc below, pedicles, laminae, processes, facets, canal with cord or cauda.
void add_vertebra(Anatomy& anatomy, const Vertebra& vertebra, uint32_t seed);
/// Atlas, axis with dens and five more. @param top  centre of the foramen magnum's front rim
void add_cervical_spine(Anatomy& anatomy, Vec3f top, uint32_t seed);

}  // namespace radforge::volume
