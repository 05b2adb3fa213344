// SPDX-License-Identifier: Apache-2.0
#include "synth/film/film_grain.h"

#include "synth/base/error.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace radforge::film {
namespace {

Image constant(float density, int side = 256) {
    Image image(side, side, 1, PixelType::F32, ColorSpace::Data);
    std::fill(image.values<float>().begin(), image.values<float>().end(), density);
    return image;
}

struct Moments {
    double mean = 0, deviation = 0, neighbour_correlation = 0;
};

Moments moments(const Image& image) {
    Moments m;
    const auto view = image.view<float>();
    const double n = double(image.value_count());
    for (const float v : image.values<float>()) m.mean += double(v) / n;
    double square = 0, product = 0;
    for (int r = 0; r < image.height_px; ++r)
        for (int c = 0; c < image.width_px; ++c) {
            const double d = double(view(r, c)) - m.mean;
            square += d * d;
            if (c > 0) product += d * (double(view(r, c - 1)) - m.mean);
        }
    m.deviation = std::sqrt(square / n);
    m.neighbour_correlation = product / square;
    return m;
}

TEST(Grain, DeviationFollowsDensityAndSelwynsLaw) {
    for (const auto& [density, texel_um] : {std::pair{1.0, 84.0}, {2.25, 84.0}, {1.0, 210.0}}) {
        Grain grain;
        grain.sigma_density = 0.02;
        grain.texel_um = texel_um;
        Image image = constant(float(density));
        add_grain(image, grain, 99);
        const Moments m = moments(image);
        const double expected = 0.02 * std::sqrt(density) * 84 / texel_um;
        EXPECT_NEAR(m.deviation / expected, 1, 0.012);  // 65536 values: 3 sigma are 0.8 %
        EXPECT_NEAR(m.mean, density, 4 * expected / 256);
        EXPECT_NEAR(m.neighbour_correlation, 0, 4.0 / 256);
    }
}

TEST(Grain, IsAPureFunctionOfTheKey) {
    Grain grain;
    grain.sigma_density = 0.01;
    grain.dust = 3;
    grain.scratches = 2;
    Image a = constant(1), b = constant(1), c = constant(1);
    add_grain(a, grain, 5);
    add_grain(b, grain, 5);
    add_grain(c, grain, 6);
    EXPECT_EQ(a.bytes, b.bytes);
    EXPECT_NE(a.bytes, c.bytes);
}

TEST(Grain, DensityNeverFallsBelowZero) {
    for (const double texel_um : {84.0, 26.0}) {  // 26 um: 16384 rows of the largest film
        Grain grain;
        grain.sigma_density = 0.05;
        grain.texel_um = texel_um;
        Image image = constant(0.05f, 512);
        add_grain(image, grain, 1);
        EXPECT_GE(*std::min_element(image.values<float>().begin(), image.values<float>().end()), 0)
            << texel_um;
    }
}

TEST(Grain, BandsHaveTheirPeriodAndAmplitude) {
    Grain grain;
    grain.banding_density = 0.01;
    grain.banding_period_px = 64;
    Image image = constant(2);
    add_grain(image, grain, 3);
    const auto view = image.view<float>();
    float lowest = 9, highest = 0;
    for (int r = 0; r < 192; ++r) {
        lowest = std::min(lowest, view(r, 7));
        highest = std::max(highest, view(r, 7));
        EXPECT_NEAR(view(r, 7), view(r + 64, 200), 1e-5f);
    }
    EXPECT_NEAR(highest - lowest, 0.02, 2e-4);
}

TEST(Grain, DustIsDarkAndOfItsSizeAndScratchesAreThinLines) {
    Grain grain;
    grain.texel_um = 25;
    grain.dust = 40;
    Image dusty = constant(1, 1024);
    add_grain(dusty, grain, 7);
    double area_texels = 0;
    for (const float d : dusty.values<float>()) {
        EXPECT_GE(d, 1 - 1e-5f) << "dust lets no more light through than the film";
        area_texels += d > 2 ? 1 : 0;
    }
    // 40 discs of 0.05 to 0.5 mm, log-uniform: mean area pi/4 (0.25 - 0.0025) / (2 ln 10) mm^2.
    const double expected = 40 * 0.7854 * 0.2475 / (2 * std::log(10.0)) / (0.025 * 0.025);
    EXPECT_GT(area_texels, 0.4 * expected);
    EXPECT_LT(area_texels, 1.6 * expected);

    grain.dust = 0;
    grain.scratches = 30;
    Image scratched = constant(1, 1024);
    add_grain(scratched, grain, 7);
    int clear = 0, dark = 0;
    for (const float d : scratched.values<float>()) {
        EXPECT_GE(d, 0.2f - 1e-5f);
        EXPECT_LE(d, 3 + 1e-5f);
        clear += d < 0.6f;
        dark += d > 1.4f;
    }
    EXPECT_GT(clear, 200);
    EXPECT_GT(dark, 50);
    EXPECT_LT(clear + dark, 1024 * 1024 / 20) << "20 to 100 um wide";
}

TEST(Spot, BlurKeepsTheMeanAndAddsItsVariance) {
    Image image(65, 65, 1, PixelType::F32, ColorSpace::Data);
    image.view<float>()(32, 32) = 1;
    blur_spot(image, 1.7);
    double sum = 0, xx = 0, yy = 0;
    for (int r = 0; r < 65; ++r)
        for (int c = 0; c < 65; ++c) {
            const double v = double(image.view<float>()(r, c));
            sum += v;
            xx += v * (c - 32) * (c - 32);
            yy += v * (r - 32) * (r - 32);
        }
    EXPECT_NEAR(sum, 1, 1e-5);
    EXPECT_NEAR(xx, 1.7 * 1.7 + 1.0 / 12, 0.01);  // the gaussian averaged over a texel
    EXPECT_NEAR(yy, xx, 1e-5);
}

TEST(Spot, ZeroLeavesTheImageAndNonsenseIsAnError) {
    Image image = constant(1, 8);
    image.view<float>()(3, 3) = 2;
    const auto before = image.bytes;
    blur_spot(image, 0);
    EXPECT_EQ(image.bytes, before);
    EXPECT_THROW(blur_spot(image, -1), Error);
}

}  // namespace
}  // namespace radforge::film
