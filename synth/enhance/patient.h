// SPDX-License-Identifier: Apache-2.0
/// The phantoms of enhancement datasets: fine enough for radiographs.
#pragma once
#include "synth/base/rng.h"
#include "synth/enhance/enhance_config.h"
#include "synth/volume/volume.h"

namespace radforge::enhance {

/// A chest, a head, a hand or a knee with cubic voxels and labels; kind and anatomy drawn from the key.
Volume make_patient(const PatientConfig& config, const SampleKey& key);

}  // namespace radforge::enhance
