// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/phantom_artefact.h"

#include <gtest/gtest.h>

#include <cmath>

namespace radforge::volume {
namespace {

constexpr int kSide = 160;

struct Slice {
    std::vector<float> hu = std::vector<float>(size_t(kSide) * kSide, -1000.0f);
    std::vector<uint8_t> labels = std::vector<uint8_t>(size_t(kSide) * kSide, 0);
    ImageView<float> view() { return {hu.data(), kSide, kSide, 1, kSide}; }
    ImageView<const uint8_t> tissues() const { return {labels.data(), kSide, kSide, 1, kSide}; }
    void disc(double radius, float value) {
        for (int r = 0; r < kSide; ++r)
            for (int c = 0; c < kSide; ++c)
                if (std::hypot(r - 79.5, c - 79.5) < radius) view()(r, c) = value;
    }
};

struct Statistics {
    double mean = 0, deviation = 0, neighbour = 0;
};
Statistics middle(Slice& slice) {
    double sum = 0, squares = 0, products = 0;
    int n = 0;
    for (int r = 60; r < 100; ++r)
        for (int c = 60; c < 100; ++c, ++n) {
            const double v = slice.view()(r, c);
            sum += v, squares += v * v, products += v * slice.view()(r, c + 1);
        }
    const double mean = sum / n, variance = squares / n - mean * mean;
    return {mean, std::sqrt(variance), (products / n - mean * mean) / variance};
}

TEST(GaussianBlur, SpreadsAnImpulseByItsDeviation) {
    Slice slice;
    std::fill(slice.hu.begin(), slice.hu.end(), 0.0f);
    slice.view()(80, 80) = 1;
    gaussian_blur(slice.view(), 2.5f);
    double sum = 0, second = 0;
    for (int r = 0; r < kSide; ++r)
        for (int c = 0; c < kSide; ++c)
            sum += slice.view()(r, c), second += double(slice.view()(r, c)) * (c - 80) * (c - 80);
    EXPECT_NEAR(sum, 1, 1e-5);
    EXPECT_NEAR(std::sqrt(second), 2.5, 0.05);
}

TEST(Artefacts, NothingChangesWhenAllAreOff) {
    Slice slice;
    slice.disc(60, 0);
    const std::vector<float> before = slice.hu;
    ScanPhysics off;
    off.blur_mm = 0;
    add_artefacts(slice.view(), slice.tissues(), off, 1, 0);
    EXPECT_EQ(slice.hu, before);
}

TEST(Artefacts, NoiseHasTheAskedDeviationAndGrainInWater) {
    ScanPhysics physics;
    physics.blur_mm = 0;
    physics.noise_hu = 10;
    physics.noise_key = 42;
    Slice slice;
    slice.disc(75, 0);  // 150 mm of water in air at 1 mm pixels
    add_artefacts(slice.view(), slice.tissues(), physics, 1, 3);
    const Statistics soft = middle(slice);
    EXPECT_NEAR(soft.mean, 0, 1);
    EXPECT_NEAR(soft.deviation, 10, 2);
    EXPECT_GT(soft.neighbour, 0.2);  // a soft kernel leaves grain wider than a pixel
}

TEST(Artefacts, NoiseOfAnotherSliceOrKeyIsAnother) {
    const auto noisy = [](uint64_t key, int s) {
        ScanPhysics physics;
        physics.noise_hu = 10;
        physics.noise_key = key;
        Slice slice;
        add_artefacts(slice.view(), slice.tissues(), physics, 1, s);
        return slice.hu;
    };
    EXPECT_EQ(noisy(1, 0), noisy(1, 0));
    EXPECT_NE(noisy(1, 0), noisy(1, 1));
    EXPECT_NE(noisy(1, 0), noisy(2, 0));
    EXPECT_NE(noisy(1, 0), noisy(1ull << 40 | 1, 0));
}

TEST(Artefacts, CuppingBrightensTissueNextToBoneMostly) {
    Slice slice;
    slice.disc(70, 1200);
    slice.disc(62, 30);
    ScanPhysics physics;
    physics.blur_mm = 0;
    physics.bone_cupping_hu = 10;
    add_artefacts(slice.view(), slice.tissues(), physics, 1, 0);
    const float rim = slice.view()(80, 79 + 60), centre = slice.view()(80, 80);
    EXPECT_GT(rim, 32);
    EXPECT_LT(rim, 40.1f);
    EXPECT_NEAR(centre, 30, 0.5);
}

TEST(Artefacts, TissueBetweenTwoDenseBonesReadsLow) {
    Slice slice;
    slice.disc(75, 30);
    for (int r = 70; r < 90; ++r)
        for (int c = 0; c < 20; ++c) slice.view()(r, 20 + c) = slice.view()(r, 120 + c) = 1300;
    ScanPhysics physics;
    physics.blur_mm = 0;
    physics.hardening_hu = 12;
    add_artefacts(slice.view(), slice.tissues(), physics, 1, 0);
    EXPECT_LT(slice.view()(80, 80), 26);
    EXPECT_NEAR(slice.view()(120, 80), 30, 0.5);
}

TEST(Artefacts, MetalThrowsStreaksThatFadeWithDistance) {
    Slice slice;
    slice.disc(75, 30);
    for (int r = 78; r < 82; ++r)
        for (int c = 78; c < 82; ++c)
            slice.view()(r, c) = 3071, slice.labels[size_t(r) * kSide + size_t(c)] = uint8_t(Tissue::Metal);
    ScanPhysics physics;
    physics.blur_mm = 0;
    physics.metal_streak_hu = 300;
    add_artefacts(slice.view(), slice.tissues(), physics, 1, 0);
    const auto spread = [&](double radius) {
        double squares = 0;
        for (int i = 0; i < 180; ++i) {
            const double a = i * 0.0349066;
            const double d =
                slice.view()(int(80 + radius * std::sin(a)), int(80 + radius * std::cos(a))) - 30;
            squares += d * d;
        }
        return std::sqrt(squares / 180);
    };
    EXPECT_GT(spread(10), 60);
    EXPECT_GT(spread(10), 2 * spread(50));
}

}  // namespace
}  // namespace radforge::volume
