// SPDX-License-Identifier: Apache-2.0
#include "synth/film/canvas.h"

#include <gtest/gtest.h>

#include <cmath>

namespace radforge::film {
namespace {

Image blank(int h, int w) { return Image(h, w, 1, PixelType::F32, ColorSpace::Data); }

double ink(const Image& image) {
    double sum = 0;
    for (const float v : image.values<float>()) {
        EXPECT_GE(v, 0);
        EXPECT_LE(v, 1.0001f);
        sum += double(v);
    }
    return sum;
}

TEST(Canvas, RectangleKeepsItsArea) {
    Image image = blank(20, 30);
    fill(image, {3.25, 4.5, 17.75, 9.125});
    EXPECT_NEAR(ink(image), 14.5 * 4.625, 1e-4);
    EXPECT_EQ(image.view<float>()(6, 10), 1);
    EXPECT_NEAR(image.view<float>()(4, 10), 0.5, 1e-6);
}

TEST(Canvas, LineKeepsItsAreaAtAnyAngleAndWidth) {
    for (const double angle : {0.0, 0.3, 0.9, 1.3})
        for (const double width : {0.3, 1.0, 2.5}) {
            Image image = blank(200, 200);
            const double dx = 60 * std::cos(angle), dy = 60 * std::sin(angle);
            line(image, 100 - dx, 100 - dy, 100 + dx, 100 + dy, width, {0, 0, 200, 200});
            EXPECT_NEAR(ink(image) / (120 * width), 1, 0.05) << angle << " " << width;
        }
}

TEST(Canvas, LineStaysInItsClip) {
    Image image = blank(40, 40);
    line(image, 0, 0, 40, 40, 2, {10, 10, 20, 20});
    for (int r = 0; r < 40; ++r)
        for (int c = 0; c < 40; ++c)
            if (r < 10 || r >= 20 || c < 10 || c >= 20) {
                ASSERT_EQ(image.view<float>()(r, c), 0);
            }
    EXPECT_GT(ink(image), 20);
}

TEST(Lettering, SmallTextHasTheInkAndWidthOfLargeTextScaled) {
    Image small = blank(30, 200), large = blank(300, 2000);
    const Lettering little(picture::Typeface::Mono, 5), big(picture::Typeface::Mono, 50);
    const RectPx box = little.draw(small, "Se: 12", 10, 10);
    const RectPx large_box = big.draw(large, "Se: 12", 100, 100);
    EXPECT_NEAR(box.width(), large_box.width() / 10, 0.04 * box.width());
    EXPECT_NEAR(ink(small), ink(large) / 100, 0.08 * ink(small));
    EXPECT_GT(ink(small), 10);
}

}  // namespace
}  // namespace radforge::film
