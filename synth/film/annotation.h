// SPDX-License-Identifier: Apache-2.0
/// The words and scales printed over each image: invented people, places and machines.
#pragma once
#include "synth/base/rng.h"
#include "synth/film/canvas.h"
#include "synth/film/sheet_recipe.h"
#include "synth/volume/volume.h"

#include <string>
#include <vector>

namespace radforge::film {

/// Invents hospital, patient and study for a volume; nothing is copied from it but kV, thickness, tilt and
/// body part.
AnnotationRecipe draw_annotation(const Volume& volume, Rng& rng);

/// What the text of one panel is about.
struct PanelFacts {
    int image_number = 1;
    double position_mm = 0, window_center_hu = 0, window_width_hu = 0, magnification = 1;
    bool scout = false;
    std::string left, top, right, bottom;  ///< orientation letters, may be empty
};

/// Four blocks of lines, longest meaning first; a block may be empty.
struct CornerText {
    std::vector<std::string> top_left, top_right, bottom_left, bottom_right;
};
CornerText corner_text(const AnnotationRecipe& recipe, const PanelFacts& facts);

/// A line as printed, with the box it fills.
struct TextLine : RectPx {
    std::string text;
};

/// Draws text, letters and scale into the box. @return all lines of text, texels
std::vector<TextLine> annotate(Image& coverage, const RectPx& box, const RectPx& image,
                               const AnnotationRecipe& recipe, const PanelFacts& facts, double px_per_mm);

/// Letters at the left, top, right and bottom side of a slice as printed: R, L, A, P, H, F by the nearest
/// axis.
void orientation_letters(Vec3d toward_right, Vec3d toward_bottom, PanelFacts& facts);

}  // namespace radforge::film
