// SPDX-License-Identifier: Apache-2.0
/// Antialiased text by FreeType with the DejaVu fonts, unhinted, every glyph on a whole pixel.
#pragma once
#include "synth/base/image.h"

#include <memory>
#include <string>

namespace radforge::picture {

enum class Typeface { Sans, SansBold, Mono };

/// Pixels [left, left + width) x [top, top + height).
struct PixelBox {
    int left_px = 0, top_px = 0, width_px = 0, height_px = 0;
    int right_px() const { return left_px + width_px; }
    int bottom_px() const { return top_px + height_px; }
};

/// One typeface at one size. Immutable after construction; const methods are thread-safe.
class Font {
public:
    /// @param size_px  height of the em square, 4..512 px
    /// @throws Error   when the font file is not installed, naming the package
    Font(Typeface typeface, int size_px);
    ~Font();
    Font(Font&&) noexcept;
    Font& operator=(Font&&) noexcept;

    int ascent_px() const;       ///< baseline to the top of the tallest character
    int descent_px() const;      ///< baseline to the bottom of the lowest, positive
    int line_height_px() const;  ///< baseline to baseline
    /// How far the pen moves, px. @throws Error when `text` has a character that is not printable ASCII
    int advance_px(const std::string& text) const;
    /// The pixels that draw() may touch; empty for blanks. @throws Error as advance_px()
    PixelBox ink_box(const std::string& text, int left_px, int baseline_px) const;
    /// Draws coverage (0..1, or 0..255 in u8) by maximum; parts outside the image are left out.
    /// @param coverage  u8 or f32 [H,W,1]
    /// @return          ink_box(), whether or not it lies inside the image
    PixelBox draw(Image& coverage, const std::string& text, int left_px, int baseline_px) const;

private:
    struct Glyphs;
    std::unique_ptr<const Glyphs> glyphs_;
};

}  // namespace radforge::picture
