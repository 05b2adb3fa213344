// SPDX-License-Identifier: Apache-2.0
/// Colour of a film: the tinted polyester base under a silver or dye image.
#pragma once
#include "synth/base/image.h"
#include "synth/film/sheet_recipe.h"

namespace radforge::film {

/// Per-channel densities (linear Rec.709) of base and image.
struct FilmBase {
    double base_density[3] = {0, 0, 0};
    double base_visual_density = 0;      ///< -log10 of the luminance of the base
    double image_factor[3] = {1, 1, 1};  ///< of the image density, per channel
};

/// Base tint scaled so that its visual density is recipe.base_share * recipe.density_min: blue polyester in
/// the ratios 0.25 : 0.18 : 0.10, or clear; image tone between neutral and (0.97, 1, 1.05). Source:
/// film-physics.md section 3.
/// @throws Error when the base is neither "blue" nor "clear"
FilmBase film_base(const SheetRecipe& recipe);

/// Linear transmittance of one density (image plus base plus fog): 10^-((D - base) * factor + base of the
/// channel), at most 1. With a neutral image its luminance is 10^-D as long as no channel is clear.
void film_transmittance(const FilmBase& base, double density, float rgb[3]);

/// The same for a whole sheet. @param density  f32 [H,W,1], 0..6. @return f32 [H,W,3], Linear, relative error
/// < 1e-5
Image film_transmittance(const FilmBase& base, const Image& density);

}  // namespace radforge::film
