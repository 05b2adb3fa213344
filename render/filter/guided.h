// SPDX-License-Identifier: Apache-2.0
/// Takes the noise out of path-traced light under guidance of what is known of the scene without noise.
#pragma once
#include "synth/base/image.h"

namespace radforge::filter {

/// What light is proportional to, or changes with; gathered by the camera samples of the light, so that a
/// pixel mixes both alike. All f32 of one size.
struct GuideImages {
    Image albedo;  ///< [H,W,3] reflectance of what is seen, films before it included
    Image film;    ///< [H,W,3] transmittance of the film, 0 beside it
    Image shape;   ///< [H,W,4] normal, and share of the pixel on the film
};

/// Fits light, channel by channel, as a sum of the guides times factors that are constant over a window
/// ("illumination"), for windows of 6, 12, 24 and 48 pixels, and takes at each pixel the window, or none,
/// whose fit to one half of the samples foretells the other half best.
/// @param first,second  f32 [H,W,3] means of the two halves of the samples, linear
/// @return              f32 [H,W,3], not negative
/// @throws Error when sizes or forms differ
Image filter_illumination(const Image& first, const Image& second, const GuideImages& guides);

}  // namespace radforge::filter
