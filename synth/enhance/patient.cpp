// SPDX-License-Identifier: Apache-2.0
#include "synth/enhance/patient.h"

#include "synth/volume/phantom_head.h"
#include "synth/volume/phantom_limb.h"
#include "synth/volume/phantom_torso.h"

#include <cmath>

namespace radforge::enhance {
namespace {

constexpr double kChestWidth_mm = 440, kChestReach_mm = 400;
constexpr double kHeadWidth_mm = 260, kHeadReach_mm = 265, kHeadLowest_mm = -150;
// A CT is as noisy as its voxels are small; its photon noise would print through as streaks along the beam.
const Dist<double> kNoNoise(0.0);

Volume make_chest(int size_px, const SampleKey& key) {
    volume::TorsoPhantomSpec spec;
    spec.body_part = BodyPart::Chest;
    spec.rows = spec.columns = size_px;
    spec.field_of_view_mm = kChestWidth_mm;
    spec.slice_spacing_mm = spec.slice_thickness_mm = kChestWidth_mm / size_px;
    spec.slices = int(std::lround(kChestReach_mm / spec.slice_spacing_mm));
    spec.noise_hu = kNoNoise;
    spec.contrast_probability = 0;
    spec.sharp_kernel_probability = spec.round_field_probability = 0;
    return volume::make_torso_phantom(spec, key);
}

Volume make_head(int size_px, const SampleKey& key) {
    volume::HeadPhantomSpec spec;
    spec.rows = spec.columns = size_px;
    spec.field_of_view_mm = kHeadWidth_mm;
    spec.slice_spacing_mm = spec.slice_thickness_mm = kHeadWidth_mm / size_px;
    spec.slices = int(std::lround(kHeadReach_mm / spec.slice_spacing_mm));
    spec.lowest_slice_mm = kHeadLowest_mm;
    spec.gantry_tilt_deg = Dist<double>(0.0);
    spec.noise_hu = kNoNoise;
    spec.sharp_kernel_probability = spec.round_field_probability = 0;
    return volume::make_head_phantom(spec, key);
}

}  // namespace

Volume make_patient(const PatientConfig& config, const SampleKey& key) {
    Rng rng(key, Stream::Phantom);
    const double part = rng.uniform();
    if (part < config.head_part) return make_head(config.size_px, key);
    if (part < config.head_part + config.limb_part) {
        volume::LimbPhantomSpec spec;
        spec.limb = rng.uniform() < 0.5 ? volume::Limb::Hand : volume::Limb::Knee;
        spec.slices = config.size_px * 3 / 2;  // limbs are thin: finer voxels cost no more
        spec.noise_hu = kNoNoise;
        return volume::make_limb_phantom(spec, key);
    }
    return make_chest(config.size_px, key);
}

}  // namespace radforge::enhance
