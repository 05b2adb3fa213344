// SPDX-License-Identifier: Apache-2.0
#include "render/optics/mosaic.h"

#include <gtest/gtest.h>

#include <cmath>

namespace radforge::optics {
namespace {

Image picture(int h, int w, float (*value)(int, int, int)) {
    Image image(h, w, 3, PixelType::F32, ColorSpace::Linear);
    for (int r = 0; r < h; ++r)
        for (int c = 0; c < w; ++c)
            for (int k = 0; k < 3; ++k) image.view<float>()(r, c, k) = value(r, c, k);
    return image;
}

TEST(Mosaic, OneColourComesBackExactly) {
    const Image image = picture(9, 11, [](int, int, int k) { return 0.2f + 0.3f * float(k); });
    const Image back = demosaic(mosaic(image));
    for (size_t k = 0; k < image.value_count(); ++k)
        EXPECT_NEAR(back.values<float>()[k], image.values<float>()[k], 1e-6f);
}

TEST(Mosaic, AGreyRampComesBackAwayFromTheRim) {
    const Image image =
        picture(20, 24, [](int r, int c, int) { return 0.1f + 0.02f * float(c) + 0.01f * float(r); });
    const Image back = demosaic(mosaic(image));
    for (int r = 2; r < 18; ++r)
        for (int c = 2; c < 22; ++c)
            for (int k = 0; k < 3; ++k)
                EXPECT_NEAR(back.view<float>()(r, c, k), image.view<float>()(r, c, k), 1e-6f);
}

TEST(Mosaic, SitesKeepTheirValue) {
    const Image image =
        picture(12, 12, [](int r, int c, int k) { return float((7 * r + 5 * c + 3 * k) % 11) / 11; });
    const Image back = demosaic(mosaic(image));
    for (int r = 0; r < 12; ++r)
        for (int c = 0; c < 12; ++c)
            EXPECT_EQ(back.view<float>()(r, c, mosaic_channel(r, c)),
                      image.view<float>()(r, c, mosaic_channel(r, c)));
}

/// A grey raster near the sites' own frequency turns into coloured beats: moire, and nowhere painted.
TEST(Mosaic, FineGreyRasterMakesColouredMoire) {
    const auto colour = [](double period_px) {
        Image image(64, 64, 3, PixelType::F32, ColorSpace::Linear);
        for (int r = 0; r < 64; ++r)
            for (int c = 0; c < 64; ++c)
                for (int k = 0; k < 3; ++k)
                    image.view<float>()(r, c, k) = float(0.5 + 0.4 * std::sin(2 * M_PI * c / period_px));
        const Image back = demosaic(mosaic(image));
        double sum = 0;
        for (int r = 4; r < 60; ++r)
            for (int c = 4; c < 60; ++c)
                sum += std::fabs(double(back.view<float>()(r, c, 0) - back.view<float>()(r, c, 2)));
        return sum / (56 * 56);
    };
    EXPECT_GT(colour(2.1), 0.2);
    EXPECT_LT(colour(16), 0.02);
}

}  // namespace
}  // namespace radforge::optics
