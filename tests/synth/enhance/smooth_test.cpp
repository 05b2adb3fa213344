// SPDX-License-Identifier: Apache-2.0
#include "synth/enhance/smooth.h"

#include "synth/base/error.h"
#include "tests/synth/enhance/drawn_chest.h"

#include <gtest/gtest.h>

#include <cmath>

namespace radforge::enhance {
namespace {

double largest_difference(const Image& a, const Image& b) {
    double most = 0;
    for (size_t i = 0; i < a.values<float>().size(); ++i)
        most = std::max(most, std::abs(double(a.values<float>()[i]) - double(b.values<float>()[i])));
    return most;
}

double mean(const Image& image) {
    double sum = 0;
    for (const float v : image.values<float>()) sum += double(v);
    return sum / double(image.values<float>().size());
}

/// The largest error of the fast Gaussian, of a picture in [0,1]; the maps' own quarter resolution costs
/// more.
TEST(SmoothGaussian, ReducedGridAgreesWithDirectConvolutionWithinTwoTenThousandths) {
    const Image chest = drawn_chest(256, 320).ideal;
    for (const double sigma : {17.0, 25.5, 40.0})
        EXPECT_LT(largest_difference(smooth_gaussian(chest, sigma), smooth_gaussian_direct(chest, sigma)),
                  2e-4)
            << sigma;
}

TEST(SmoothGaussian, OfACosineIsDampedByTheGaussiansTransform) {
    const int n = 512;
    for (const double sigma : {3.0, 32.0}) {
        Image wave(n, n, 1, PixelType::F32, ColorSpace::Data);
        const double omega = 1 / sigma;  // damped by exp(-1/2)
        const double snapped = std::round(omega * n / 3.141592653589793) * 3.141592653589793 / n;
        for (int r = 0; r < n; ++r)
            for (int c = 0; c < n; ++c) wave.view<float>()(r, c) = float(std::cos(snapped * (c + 0.5)));
        const Image out = smooth_gaussian(wave, sigma);
        const double damping = std::exp(-0.5 * snapped * snapped * sigma * sigma);
        for (int c = 0; c < n; c += 7)
            EXPECT_NEAR(double(out.view<float>()(100, c)), damping * std::cos(snapped * (c + 0.5)), 3e-3);
    }
}

TEST(SmoothGaussian, KeepsTheMeanAndConstants) {
    const Image chest = drawn_chest(200, 160).ideal;
    for (const double sigma : {2.0, 30.0})
        EXPECT_NEAR(mean(smooth_gaussian(chest, sigma)), mean(chest), 2e-4);
    Image flat(64, 90, 1, PixelType::F32, ColorSpace::Data);
    for (float& v : flat.values<float>()) v = 0.375f;
    EXPECT_LT(largest_difference(smooth_gaussian(flat, 20), flat), 1e-6);
}

TEST(SmoothGaussian, DeviationZeroCopiesAndNegativeIsAnError) {
    const Image chest = drawn_chest(32, 32).ideal;
    EXPECT_EQ(smooth_gaussian(chest, 0).bytes, chest.bytes);
    EXPECT_THROW(smooth_gaussian(chest, -1), Error);
    EXPECT_THROW(smooth_gaussian(drawn_chest(32, 32).body, 2), Error);
}

TEST(SmoothGuided, KeepsAHighStepAndFlattensALowOne) {
    Image steps(96, 96, 1, PixelType::F32, ColorSpace::Data);
    for (int r = 0; r < 96; ++r)
        for (int c = 0; c < 96; ++c) steps.view<float>()(r, c) = c < 48 ? 0.2f : r < 48 ? 0.8f : 0.21f;
    const Image out = smooth_guided(steps, 8, 1e-3);
    const auto v = out.view<float>();
    EXPECT_GT(v(20, 49) - v(20, 46), 0.55f) << "of a step of 0.6";
    EXPECT_LT(v(80, 49) - v(80, 46), 0.005f) << "of a step of 0.01";
    EXPECT_THROW(smooth_guided(steps, 0, 1e-3), Error);
}

/// Equation by equation, with windows summed directly.
TEST(SmoothGuided, IsTheFilterOfThePaper) {
    const Image in = drawn_chest(24, 28).ideal;
    const int h = 24, w = 28, radius = 3;
    const auto mirror = [](int i, int n) { return i < 0 ? -1 - i : i >= n ? 2 * n - 1 - i : i; };
    const auto window_mean = [&](const auto& at, int r, int c) {
        double sum = 0;
        for (int i = -radius; i <= radius; ++i)
            for (int j = -radius; j <= radius; ++j) sum += at(mirror(r + i, h), mirror(c + j, w));
        return sum / 49;
    };
    const auto value = [&](int r, int c) { return double(in.view<float>()(r, c)); };
    const auto a = [&](int r, int c) {
        const double m = window_mean(value, r, c);
        const double variance =
            window_mean([&](int y, int x) { return value(y, x) * value(y, x); }, r, c) - m * m;
        return variance / (variance + 0.01);
    };
    const auto b = [&](int r, int c) { return (1 - a(r, c)) * window_mean(value, r, c); };
    const Image out = smooth_guided(in, radius, 0.01);
    for (const int r : {0, 7, 23})
        for (const int c : {0, 13, 27})
            EXPECT_NEAR(double(out.view<float>()(r, c)),
                        window_mean(a, r, c) * value(r, c) + window_mean(b, r, c), 1e-5);
}

TEST(EnlargeCubic, ReproducesALineAndKeepsSamplesThatCoincide) {
    Image ramp(9, 9, 1, PixelType::F32, ColorSpace::Data);
    for (int r = 0; r < 9; ++r)
        for (int c = 0; c < 9; ++c) ramp.view<float>()(r, c) = float(2 * c - r);
    const Image big = enlarge_cubic(ramp, 27, 27);
    for (int r = 6; r < 21; ++r)
        for (int c = 6; c < 21; ++c)
            EXPECT_NEAR(double(big.view<float>()(r, c)), 2 * ((c + 0.5) / 3 - 0.5) - ((r + 0.5) / 3 - 0.5),
                        1e-5);
    EXPECT_EQ(big.view<float>()(13, 13), ramp.view<float>()(4, 4));
}

}  // namespace
}  // namespace radforge::enhance
