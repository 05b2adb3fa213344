// SPDX-License-Identifier: Apache-2.0
/// Prints a sheet: slices of a volume, windowed, laid out, annotated, exposed on film.
/// Source: film-physics.md section 2; DICOM PS3.3 C.13, PS3.14.
#pragma once
#include "synth/base/image.h"
#include "synth/base/rng.h"
#include "synth/film/annotation.h"
#include "synth/film/sheet_recipe.h"
#include "synth/volume/volume.h"

#include <vector>

namespace radforge::film {

/// One image on the sheet: the rectangle its pixels fill (without what the box leaves empty), in texels of
/// `flat`.
struct Panel {
    double left_px = 0, top_px = 0, width_px = 0, height_px = 0;
    bool scout = false;
    int slice = -1;  ///< index in the volume; -1: scout
    double window_center_hu = 0, window_width_hu = 0;
    double magnification = 1;  ///< mm on film per mm in the patient
};

/// Ht x Wt texels of the texture, h' x w' of flat.
struct Sheet {
    Image density;        ///< f32 [Ht,Wt,1] image plus base plus fog, as the densitometer reads it
    Image transmittance;  ///< f32 [Ht,Wt,3] linear, diffuse, 10^-D per channel with tint and image tone
    Image flat;           ///< u8 [h',w',3] sRGB of transmittance averaged over the flat texel
    Image hu;      ///< i16 [h',w',1] CT value under the texel's centre (nearest pixel), -32768 outside slices
    Image panels;  ///< u8 [h',w',1] index in panels_info + 1, 0: none
    std::vector<Panel> panels_info;
    std::vector<TextLine> text;  ///< all lines, in texels of `flat`
    double width_m = 0, height_m = 0;
};

/// @param rng      one draw keys grain, dust and scratches
/// @throws Error   when the recipe is impossible for the film or shows a slice the volume lacks, naming the
/// key
Sheet compose(const Volume& volume, const SheetRecipe& recipe, Rng& rng);

}  // namespace radforge::film
