// SPDX-License-Identifier: Apache-2.0
#include "synth/enhance/degrade.h"

#include "synth/base/parallel.h"
#include "synth/enhance/remap.h"
#include "tests/synth/enhance/drawn_chest.h"

#include <gtest/gtest.h>

#include <cmath>

namespace radforge::enhance {
namespace {

const SampleKey kKey{{5}, 17};

Image flat(int side_px, float value) {
    Image image(side_px, side_px, 1, PixelType::F32, ColorSpace::Data);
    for (float& v : image.values<float>()) v = value;
    return image;
}
double unit(const RawRadiograph& raw, int r, int c) { return raw.image.view<uint16_t>()(r, c) / kFullScale; }

TEST(Degrade, WithoutDefectsIsTheIdealRadiographRounded) {
    const Image ideal = drawn_chest(64, 48).ideal;
    const RawRadiograph raw = degrade(ideal, {}, kKey);
    EXPECT_EQ(raw.clipped_px, 0);
    for (int r = 0; r < 64; ++r)
        for (int c = 0; c < 48; ++c)
            EXPECT_EQ(raw.image.view<uint16_t>()(r, c), stored(double(ideal.view<float>()(r, c))));
}

TEST(Degrade, ToneCurveIsOffsetPlusGainTimesThePower) {
    Degradation d;
    d.gamma = 1.4, d.gain = 0.6, d.offset = 0.2;
    const Image ideal = drawn_chest(64, 64).ideal;
    const RawRadiograph raw = degrade(ideal, d, kKey);
    for (int r = 0; r < 64; r += 3)
        for (int c = 0; c < 64; c += 5)
            EXPECT_NEAR(unit(raw, r, c), 0.2 + 0.6 * std::pow(double(ideal.view<float>()(r, c)), 1.4), 1e-5);
    const double h = 1e-5;
    const auto tone = [&](double v) { return d.offset + d.gain * std::pow(v, d.gamma); };
    for (const double v : {0.1, 0.5, 0.9})
        EXPECT_NEAR(tone_slope(d, v), (tone(v + h) - tone(v - h)) / (2 * h), 1e-6);
    EXPECT_EQ(tone_slope(d, 0), tone_slope(d, 0.05));
}

TEST(Degrade, NoiseHasTheDeviationOfItsModelAndNoCorrelation) {
    Degradation d;
    d.noise = 0.01;
    const RawRadiograph raw = degrade(flat(256, 0.5f), d, kKey);
    double sum = 0, squares = 0, neighbours = 0;
    for (int r = 0; r < 256; ++r)
        for (int c = 0; c < 255; ++c) {
            const double n = unit(raw, r, c) - 0.5;
            sum += n, squares += n * n, neighbours += n * (unit(raw, r, c + 1) - 0.5);
        }
    const double count = 256 * 255, deviation = 0.01 * std::sqrt(0.6);
    EXPECT_NEAR(sum / count, 0, 4 * deviation / std::sqrt(count));
    EXPECT_NEAR(std::sqrt(squares / count), deviation, 4 * deviation / std::sqrt(2 * count));
    EXPECT_NEAR(neighbours / squares, 0, 4 / std::sqrt(count));
}

TEST(Degrade, VeilIsSmoothAndFillsItsAmplitude) {
    Degradation d;
    d.veil = 0.15;
    const int n = 240;
    const RawRadiograph raw = degrade(flat(n, 0.3f), d, kKey);
    double lo = 1, hi = 0, steepest = 0;
    for (int r = 0; r < n; ++r)
        for (int c = 1; c < n; ++c) {
            lo = std::min(lo, unit(raw, r, c)), hi = std::max(hi, unit(raw, r, c));
            steepest = std::max(steepest, std::abs(unit(raw, r, c) - unit(raw, r, c - 1)));
        }
    EXPECT_NEAR(lo, 0.3, 0.003);
    EXPECT_NEAR(hi, 0.45, 0.003);
    EXPECT_LT(steepest, 0.15 / (n / 6.0)) << "an amplitude takes about a deviation, a sixth of the height";
}

TEST(Degrade, HeelRisesLinearlyInItsDirection) {
    Degradation d;
    d.heel = 0.1;
    const RawRadiograph right = degrade(flat(100, 0.2f), d, kKey);
    for (int c = 0; c < 100; ++c) EXPECT_NEAR(unit(right, 40, c), 0.2 + 0.1 * (c + 0.5) / 100, 1e-5);
    d.heel_heading_rad = 3.141592653589793 / 2;
    const RawRadiograph down = degrade(flat(100, 0.2f), d, kKey);
    for (int r = 0; r < 100; ++r) EXPECT_NEAR(unit(down, r, 9), 0.2 + 0.1 * (r + 0.5) / 100, 1e-5);
}

TEST(Degrade, CollimatorHidesItsBorderAndClippedPixelsAreCountedInside) {
    Degradation d;
    d.collimated = true;
    d.top = 0.1, d.bottom = 0.2, d.left = 0.05, d.right = 0;
    d.border = 0.75;
    d.offset = 0.9;
    const RawRadiograph raw = degrade(flat(100, 0.4f), d, kKey);
    for (int r = 0; r < 100; ++r)
        for (int c = 0; c < 100; ++c)
            EXPECT_NEAR(unit(raw, r, c), r >= 10 && r < 80 && c >= 5 ? 1 : 0.75, 1e-5);
    EXPECT_EQ(raw.clipped_px, 70 * 95);
}

TEST(Degrade, DetectorBlurIsAGaussian) {
    Degradation d;
    d.blur_px = 1.2;
    Image edge = flat(64, 0.2f);
    for (int r = 0; r < 64; ++r)
        for (int c = 32; c < 64; ++c) edge.view<float>()(r, c) = 0.8f;
    const RawRadiograph raw = degrade(edge, d, kKey);
    for (int c = 26; c < 38; ++c) {
        double expected = 0, weights = 0;
        for (int k = -6; k <= 6; ++k) {
            const double weight = std::exp(-0.5 * k * k / 1.44);
            weights += weight, expected += weight * (c + k < 32 ? 0.2 : 0.8);
        }
        EXPECT_NEAR(unit(raw, 30, c), expected / weights, 1e-5);
    }
}

TEST(Degrade, IsTheSameOnOneThreadAndMany) {
    Degradation d;
    d.noise = 0.01, d.veil = 0.1, d.blur_px = 1;
    const Image ideal = drawn_chest(128, 100).ideal;
    const RawRadiograph many = degrade(ideal, d, kKey);
    const ThreadLimit one(1);
    EXPECT_EQ(degrade(ideal, d, kKey).image.bytes, many.image.bytes);
    EXPECT_NE(degrade(ideal, d, {{5}, 18}).image.bytes, many.image.bytes);
}

}  // namespace
}  // namespace radforge::enhance
