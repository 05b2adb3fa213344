// SPDX-License-Identifier: Apache-2.0
/// Inside of phantom_limb: what hand and knee share. Canonical frame, mm: x across, y from the extensor to
/// the flexor side of the hand or from the front to the back of the knee, z along the limb.
#pragma once
#include "synth/base/rng.h"
#include "synth/volume/phantom_scan.h"
#include "synth/volume/phantom_shape.h"

#include <functional>

namespace radforge::volume {

/// One drawn limb.
struct LimbTraits {
    float size = 1;
    float cortex = 1;  ///< thickness of compact bone relative to a young adult's
    float fat_mm = 4;
    float splay = 1;  ///< of the fingers
    float bend = 0;   ///< of the fingers, radians per joint
    uint32_t seed = 0;
};

/// A bone as a signed distance, mm. Compact bone outside, spongy inside, marrow fat in the middle of a shaft.
struct Bone {
    Box bounds;
    std::function<float(Vec3f)> distance;
    std::function<float(Vec3f)> cortex_mm;  ///< thickness of the compact layer near a point
    float marrow_mm = 1e9f;                 ///< deeper than this lies the marrow cavity
};
void add_bone(Anatomy& anatomy, const LimbTraits& traits, Bone bone);

/// A bone with a waist: ends `base` and `head`, half thicknesses in mm.
struct LongBone {
    Vec3f base, head;
    float base_mm, shaft_mm, head_mm;
    float cortex_mm;
};
void add_long_bone(Anatomy& anatomy, const LimbTraits& traits, const LongBone& bone);

/// Soft tissue around an axis: skin, fat, muscle, each layer over all of `cores`, so that their union has one
/// skin.
struct SoftPart {
    Box bounds;
    std::function<float(Vec3f)> distance;
    float muscle_depth_mm;  ///< below the skin's surface
};
void add_soft_tissue(Anatomy& anatomy, const std::vector<SoftPart>& parts);

void add_hand(Anatomy& anatomy, const LimbTraits& traits);
void add_knee(Anatomy& anatomy, const LimbTraits& traits);

}  // namespace radforge::volume
