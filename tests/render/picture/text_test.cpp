// SPDX-License-Identifier: Apache-2.0
#include "render/picture/text.h"

#include "synth/base/error.h"

#include <gtest/gtest.h>

namespace radforge::picture {
namespace {

/// Smallest box around the values above zero.
PixelBox ink_of(const Image& image) {
    int left = image.width_px, top = image.height_px, right = 0, bottom = 0;
    for (int r = 0; r < image.height_px; ++r)
        for (int c = 0; c < image.width_px; ++c)
            if (image.view<uint8_t>()(r, c) > 0) {
                left = std::min(left, c);
                top = std::min(top, r);
                right = std::max(right, c + 1);
                bottom = std::max(bottom, r + 1);
            }
    return {left, top, right - left, bottom - top};
}

TEST(Font, InkBoxIsExactlyWhatIsDrawn) {
    for (const Typeface face : {Typeface::Sans, Typeface::SansBold, Typeface::Mono})
        for (const int size : {9, 14, 31}) {
            const Font font(face, size);
            Image image(80, 600, 1, PixelType::U8, ColorSpace::Data);
            const PixelBox said = font.draw(image, "WL 40  kVp 120 gjA", 11, 50);
            const PixelBox seen = ink_of(image);
            // FreeType may leave an empty rim of one pixel inside a glyph's bitmap.
            EXPECT_NEAR(said.left_px, seen.left_px, 1);
            EXPECT_NEAR(said.top_px, seen.top_px, 1);
            EXPECT_NEAR(said.right_px(), seen.right_px(), 1);
            EXPECT_NEAR(said.bottom_px(), seen.bottom_px(), 1);
            EXPECT_GE(seen.left_px, said.left_px);
            EXPECT_LE(seen.right_px(), said.right_px());
        }
}

TEST(Font, MonospacedAdvanceIsTheSameForEveryCharacter) {
    const Font font(Typeface::Mono, 20);
    EXPECT_EQ(font.advance_px("iiii"), font.advance_px("WWWW"));
    EXPECT_EQ(font.advance_px(""), 0);
    EXPECT_EQ(font.advance_px("ab"), font.advance_px("a") + font.advance_px("b"));
    EXPECT_NEAR(font.advance_px("0"), 0.602 * 20, 0.6);  // DejaVu Sans Mono: 1233 of 2048 units
}

TEST(Font, HeightsScaleWithTheEmSquare) {
    const Font font(Typeface::Sans, 100);
    const PixelBox capital = font.ink_box("H", 0, 0);
    EXPECT_NEAR(capital.height_px, 72.9, 1.5);  // DejaVu Sans: capitals are 1493 of 2048 units
    EXPECT_NEAR(capital.top_px, -72.9, 1.5);
    EXPECT_EQ(capital.bottom_px(), 0);
    EXPECT_GE(font.ascent_px(), 73);
    EXPECT_GT(font.descent_px(), 15);
    EXPECT_GE(font.line_height_px(), 100);
}

TEST(Font, DrawsTheSameInBothPixelTypesAndTwice) {
    const Font font(Typeface::Sans, 17), twin(Typeface::Sans, 17);
    Image bytes(40, 120, 1, PixelType::U8, ColorSpace::Data), again = bytes;
    Image floats(40, 120, 1, PixelType::F32, ColorSpace::Data);
    font.draw(bytes, "R 12 cm", 3, 25);
    twin.draw(again, "R 12 cm", 3, 25);
    font.draw(floats, "R 12 cm", 3, 25);
    EXPECT_EQ(bytes.bytes, again.bytes);
    int full = 0;
    for (size_t i = 0; i < bytes.value_count(); ++i) {
        EXPECT_NEAR(floats.values<float>()[i], bytes.values<uint8_t>()[i] / 255.0f, 1e-6f);
        full += bytes.values<uint8_t>()[i] > 200;
    }
    EXPECT_GT(full, 20);
}

TEST(Font, TextOverTheEdgeIsCutNotWrapped) {
    const Font font(Typeface::Sans, 30);
    Image large(60, 100, 1, PixelType::U8, ColorSpace::Data),
        small(20, 30, 1, PixelType::U8, ColorSpace::Data);
    font.draw(large, "MMM", 0, 40);
    font.draw(small, "MMM", -25, 10);
    for (int r = 0; r < 20; ++r)
        for (int c = 0; c < 30; ++c)
            EXPECT_EQ(small.view<uint8_t>()(r, c), large.view<uint8_t>()(r + 30, c + 25));
}

TEST(Font, CharactersOutsideAsciiAndBadSizesAreErrors) {
    const Font font(Typeface::Sans, 12);
    EXPECT_THROW(font.advance_px("5 \xc2\xb5m"), Error);
    EXPECT_THROW(font.ink_box("a\nb", 0, 0), Error);
    EXPECT_THROW(Font(Typeface::Sans, 0), Error);
    EXPECT_THROW(Font(Typeface::Sans, 100000), Error);
}

}  // namespace
}  // namespace radforge::picture
