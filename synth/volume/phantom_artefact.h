// SPDX-License-Identifier: Apache-2.0
/// What a CT scanner adds to a slice: point spread, beam hardening, streaks and correlated noise.
/// Reference for the appearance: J. F. Barrett and N. Keat, "Artifacts in CT", RadioGraphics 24 (2004).
#pragma once
#include "synth/base/image.h"
#include "synth/volume/phantom_scan.h"

#include <vector>

namespace radforge::volume {

/// Gaussian of deviation `sigma_px` along both axes, edges repeated.
void gaussian_blur(ImageView<float> image, float sigma_px);

/// Applies `physics` to one slice of ideal HU. Noise is a function of (noise_key, slice, pixel) alone.
/// @param hu      f32 [rows, columns], changed in place
/// @param labels  [rows, columns] tissues, to find metal
void add_artefacts(ImageView<float> hu, ImageView<const uint8_t> labels, const ScanPhysics& physics,
                   double pixel_mm, int slice);

}  // namespace radforge::volume
