// SPDX-License-Identifier: Apache-2.0
/// The clear ink of a film: text, lines and frames as antialiased coverage at texture resolution.
#pragma once
#include "render/picture/text.h"
#include "synth/base/image.h"

#include <string>

namespace radforge::film {

/// Texel coordinates are edge based.
struct RectPx {
    double left = 0, top = 0, right = 0, bottom = 0;
    double width() const { return right - left; }
    double height() const { return bottom - top; }
};

/// Text at any size, also below what a font can hint: glyphs are drawn enlarged and averaged down.
class Lettering {
public:
    /// @param em_px  height of the em square in texels, more than 0
    Lettering(picture::Typeface typeface, double em_px);
    double line_height_px() const;
    double width_px(const std::string& text) const;
    /// Draws with the top of the line at top_px. @return the box of the line
    RectPx draw(Image& coverage, const std::string& text, double left_px, double top_px) const;

private:
    int enlargement_;
    picture::Font font_;
};

/// Raises coverage (f32 [H,W,1]) to the exact area share of an axis-aligned rectangle.
void fill(Image& coverage, const RectPx& rectangle);
/// The four sides of a rectangle, drawn inside it.
void frame(Image& coverage, const RectPx& rectangle, double line_width_px);
/// A straight line with soft ends, cut to `clip`.
void line(Image& coverage, double x0, double y0, double x1, double y1, double line_width_px,
          const RectPx& clip);

}  // namespace radforge::film
