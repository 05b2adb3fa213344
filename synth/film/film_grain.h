// SPDX-License-Identifier: Apache-2.0
/// What printer and handling do to a perfect exposure: spot blur, grain, bands, dust, scratches.
#pragma once
#include "synth/base/image.h"

#include <cstdint>

namespace radforge::film {

constexpr double kMostSpot_px = 20;  ///< that the printer can blur

/// Gaussian blur of density, separable, each tap the integral of the gaussian over the texel.
/// @param density  f32 [H,W,1]
/// @param sigma_px standard deviation, 0..kMostSpot_px
void blur_spot(Image& density, double sigma_px);

struct Grain {
    double sigma_density = 0;    ///< at density 1 for a square of 84 um; grows as sqrt(density)
    double banding_density = 0;  ///< amplitude of the bands
    double banding_period_px = 100;
    double texel_um = 200;  ///< Selwyn's law: deviation falls as 1 / side
    double density_min = 0.2, density_max = 3;
    int dust = 0, scratches = 0;
};

/// Adds noise to density, in place; a pure function of the image and `key`. Grain is a sum of four uniform
/// deviates per texel (deviation as given, at most 3.5 sigma). Source: Selwyn, "A theory of graininess",
/// Photographic Journal 75, 1935.
/// @param density  f32 [H,W,1]
void add_grain(Image& density, const Grain& grain, uint64_t key);

}  // namespace radforge::film
