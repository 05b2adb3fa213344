// SPDX-License-Identifier: Apache-2.0
/// Surroundings for users who bring none: rooms as lat-long environments and table tops as textures.
#pragma once
#include "synth/base/image.h"
#include "synth/base/rng.h"

namespace radforge::film {

/// A furnished box room with windows and ceiling lamps, or an overcast or clear sky over ground, seen from
/// one point.
/// @param height_px  rows of the lat-long map; width is twice that
/// @return           f32 [H,2H,3] linear Rec.709 radiance, relative cd/m^2 / 100, row 0 = zenith (+y)
Image procedural_environment(Rng& rng, int height_px = 256);

/// A tileable-looking table top: veneer, laminate or cloth.
/// @return  f32 [N,N,3] linear albedo in (0, 0.9)
Image procedural_tabletop(Rng& rng, int size_px = 512);

/// Linear Rec.709 colour of a black body with luminance 1, 2000..12000 K, negative parts cut at 0.
/// Source: Kim et al., US patent 7024034 cubic fit of the Planckian locus.
void black_body_rgb(double kelvin, float rgb[3]);

}  // namespace radforge::film
