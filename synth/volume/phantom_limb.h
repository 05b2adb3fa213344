// SPDX-License-Identifier: Apache-2.0
/// A hand or a knee that no patient owns: procedural anatomy, scanned by the model of phantom_scan.h.
#pragma once
#include "synth/base/dist.h"
#include "synth/base/rng.h"
#include "synth/volume/volume.h"

namespace radforge::volume {

enum class Limb { Hand, Knee };

/// What the scanner is set to. Side, size, posture and bone density are drawn from the key.
struct LimbPhantomSpec {
    Limb limb = Limb::Hand;
    int slices = 400;  ///< over the whole length shown; voxels are cubes, rows and columns follow
    Dist<double> noise_hu = Dist<double>::uniform(5, 15);

    /// @throws Error naming the field that is out of range
    void validate() const;
};

/// Pure function of spec and key (Stream::Source), whatever the thread count. No couch.
/// @return HU and labels (enum class Tissue); body_part Extremity, origin "phantom", id set. The hand lies
/// flat,
///         fingers to +z, seen from the back of the hand along +y; the knee is stretched, thigh to +z.
/// @throws Error when the spec is impossible
Volume make_limb_phantom(const LimbPhantomSpec& spec, const SampleKey& key);

}  // namespace radforge::volume
