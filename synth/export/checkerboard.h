// SPDX-License-Identifier: Apache-2.0
/// The film as a checkerboard: what the photo's albedo would be with squares printed on the sheet.
#pragma once
#include "synth/base/image.h"
#include "synth/export/film_sample.h"

namespace radforge::exporter {

/// From the uv map, for datasets without a checker.png: along u and v each, the square wave is averaged over
/// the pixel's footprint (from the differences of uv to its neighbours under the mask), the product of both
/// is the pattern. Linear light, then sRGB; background 0.
/// @param squares  along each side of the film
/// @return u8 [H,W,3]
Image checkerboard_albedo(const FilmSample& film, int squares);

}  // namespace radforge::exporter
