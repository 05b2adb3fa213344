// SPDX-License-Identifier: Apache-2.0
/// A head CT that no patient owns: procedural anatomy, scanned by the model of phantom_scan.h.
#pragma once
#include "synth/base/dist.h"
#include "synth/base/rng.h"
#include "synth/volume/volume.h"

namespace radforge::volume {

/// What the scanner is set to and how far anatomy varies. Anatomy, pose and disease are drawn from the key.
struct HeadPhantomSpec {
    int slices = 28, rows = 320, columns = 320;
    double field_of_view_mm = 245;  ///< width of the reconstructed square
    double slice_spacing_mm = 5;    ///< along the slice normal
    double slice_thickness_mm = 5;
    double lowest_slice_mm = -66;  ///< along the normal, from mid-brain: -66 skull base, -130 chin
    Dist<double> gantry_tilt_deg = Dist<double>::choice({0, 0, 10, 15, 18.5});
    Dist<double> age_years = Dist<double>::uniform(25, 88);
    Dist<double> noise_hu = Dist<double>::uniform(2.4, 4.2);  ///< deviation in the brain
    double disease_probability = 0.4;                         ///< haemorrhage, infarct or subdural collection
    double sharp_kernel_probability = 0.15;  ///< bone kernel: edge overshoot, fine strong noise
    double round_field_probability = 0.25;   ///< padding outside the reconstruction circle

    /// @throws Error naming the field that is out of range
    void validate() const;
};

/// Pure function of spec and key (Stream::Source), whatever the thread count.
/// @return HU and labels (enum class Tissue); body_part Head, origin "phantom", id set. HU saturates at -1024
/// and 3071 as a
///         scanner's 12-bit storage does.
/// @throws Error when the spec is impossible
Volume make_head_phantom(const HeadPhantomSpec& spec, const SampleKey& key);

}  // namespace radforge::volume
