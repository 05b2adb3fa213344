// SPDX-License-Identifier: Apache-2.0
#include "render/xray/blur.h"

#include "synth/base/error.h"

#include <gtest/gtest.h>

#include <cmath>

namespace radforge::xray {
namespace {

Image point(int side) {
    Image image(side, side, 1, PixelType::F32, ColorSpace::Data);
    image.view<float>()(side / 2, side / 2) = 1;
    return image;
}

struct Spread {
    double sum = 0, row_variance = 0, column_variance = 0;
};

Spread spread(const Image& image) {
    Spread s;
    for (int r = 0; r < image.height_px; ++r)
        for (int c = 0; c < image.width_px; ++c) {
            const double v = double(image.view<float>()(r, c)), y = r - image.height_px / 2,
                         x = c - image.width_px / 2;
            s.sum += v, s.row_variance += v * y * y, s.column_variance += v * x * x;
        }
    return s;
}

TEST(Blur, AGaussianKeepsTheSumAndHasItsVariance) {
    for (const double sigma : {.5, 2., 7.3}) {
        const Spread s = spread(gaussian_blur(point(81), sigma));
        EXPECT_NEAR(s.sum, 1, 1e-6);
        EXPECT_NEAR(s.row_variance, sigma * sigma + 1. / 12, .04 * sigma * sigma);  // pixels add their own
        EXPECT_NEAR(s.column_variance, s.row_variance, 1e-6);
    }
}

TEST(Blur, ABoxHasItsWidthAndHeight) {
    const Spread s = spread(box_blur(point(41), 6.5, 3));
    EXPECT_NEAR(s.sum, 1, 1e-6);
    EXPECT_NEAR(s.column_variance, 6.5 * 6.5 / 12 + 1. / 12, .1);
    EXPECT_NEAR(s.row_variance, 3. * 3 / 12, .1);
}

TEST(Blur, FlatImagesStayFlatUpToTheEdge) {
    Image flat(9, 17, 1, PixelType::F32, ColorSpace::Data);
    for (float& v : flat.values<float>()) v = 3;
    const Image blurred = gaussian_blur(flat, 25);
    for (const float v : blurred.values<float>()) EXPECT_NEAR(v, 3, 1e-5);
    EXPECT_EQ(gaussian_blur(flat, 0).bytes, flat.bytes);
}

TEST(Blur, ImpossibleSizesAreRefused) {
    EXPECT_THROW(gaussian_blur(point(5), -1), Error);
    EXPECT_THROW(box_blur(point(5), std::nan(""), 1), Error);
    EXPECT_THROW(gaussian_blur(Image(3, 3, 3, PixelType::F32, ColorSpace::Data), 1), Error);
}

}  // namespace
}  // namespace radforge::xray
