// SPDX-License-Identifier: Apache-2.0
/// A chest or abdomen CT that no patient owns: procedural anatomy, scanned by the model of phantom_scan.h.
#pragma once
#include "synth/base/dist.h"
#include "synth/base/rng.h"
#include "synth/volume/volume.h"

namespace radforge::volume {

/// What the scanner is set to and how far anatomy varies. Anatomy, pose and disease are drawn from the key.
struct TorsoPhantomSpec {
    BodyPart body_part =
        BodyPart::Chest;          ///< Chest (apex to upper abdomen), Abdomen (dome of liver down) or Pelvis
    double middle_offset_mm = 0;  ///< towards the head, from the usual middle of that part
    int slices = 30, rows = 320, columns = 320;
    double field_of_view_mm = 400;  ///< width of the reconstructed square
    double slice_spacing_mm = 10;
    double slice_thickness_mm = 7;
    Dist<double> noise_hu = Dist<double>::uniform(6, 13);  ///< deviation in the liver
    double contrast_probability = 0.6;                     ///< contrast medium in vessels, kidneys, spleen
    double disease_probability = 0.35;                     ///< lung nodules
    double sharp_kernel_probability = 0.2;                 ///< lung kernel: edge overshoot, fine strong noise
    double round_field_probability = 0.5;                  ///< padding outside the reconstruction circle

    /// @throws Error naming the field that is out of range
    void validate() const;
};

/// Pure function of spec and key (Stream::Source), whatever the thread count.
/// @return HU and labels (enum class Tissue); origin "phantom", id set. HU saturates at -1024 and 3071 as a
/// scanner's 12-bit
///         storage does.
/// @throws Error when the spec is impossible
Volume make_torso_phantom(const TorsoPhantomSpec& spec, const SampleKey& key);

}  // namespace radforge::volume
