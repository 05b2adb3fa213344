// SPDX-License-Identifier: Apache-2.0
#include "synth/enhance/equalise.h"

#include "render/picture/resize.h"
#include "synth/base/error.h"
#include "synth/enhance/correction_maps.h"
#include "synth/enhance/smooth.h"
#include "tests/synth/enhance/drawn_chest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace radforge::enhance {
namespace {

constexpr int kSide_px = 512;

Degradation poor_exposure() {
    Degradation d;
    d.gamma = 1.3, d.gain = 0.5, d.offset = 0.2;
    d.veil = 0.1, d.heel = 0.05, d.noise = 0.003, d.blur_px = 0.8;
    return d;
}

struct Pair {
    Image raw, target;
    CorrectionMaps corrected;
};
Pair make_pair(const Degradation& d, const Equalisation& e) {
    const DrawnChest chest = drawn_chest(kSide_px, kSide_px);
    Pair pair;
    pair.raw = degrade(chest.ideal, d, {{3}, 1}).image;
    pair.corrected = equalise(pair.raw, chest.ideal, chest.body, d, e);
    pair.target = remap(pair.raw, pair.corrected.maps);
    return pair;
}

/// Peak signal to noise ratio of 16-bit pictures, dB.
double psnr(const Image& a, const Image& b) {
    double squares = 0;
    const Span<const uint16_t> x = a.values<uint16_t>(), y = b.values<uint16_t>();
    for (size_t i = 0; i < x.size(); ++i) squares += (double(x[i]) - y[i]) * (double(x[i]) - y[i]);
    return 10 * std::log10(kFullScale * kFullScale * double(x.size()) / squares);
}

Image reduced_maps(const Pair& pair, int step) {
    const int n = kSide_px / step;
    return picture::resize(full_maps(pair.corrected.maps, kSide_px, kSide_px), n, n, picture::Filter::Area);
}

/// The paper's central claim: maps survive a reduction by eight, pictures do not.
TEST(Equalise, MapsReducedByEightGiveTheTargetWithinSixtyDecibelsWhereTheReducedPictureLosesDetail) {
    const Pair pair = make_pair(poor_exposure(), {0.55, 1.4, false});
    const double by_maps = psnr(remap(pair.raw, reduced_maps(pair, 8)), pair.target);
    const Image small = picture::resize(pair.target, kSide_px / 8, kSide_px / 8, picture::Filter::Area);
    Image wide(kSide_px / 8, kSide_px / 8, 1, PixelType::F32, ColorSpace::Data);
    for (size_t i = 0; i < wide.values<float>().size(); ++i)
        wide.values<float>()[i] = float(small.values<uint16_t>()[i] / kFullScale);
    Image back(kSide_px, kSide_px, 1, PixelType::U16, ColorSpace::Data);
    const Image enlarged = enlarge_cubic(wide, kSide_px, kSide_px);
    for (size_t i = 0; i < back.values<uint16_t>().size(); ++i)
        back.values<uint16_t>()[i] = stored(double(enlarged.values<float>()[i]));
    const double by_picture = psnr(back, pair.target);
    EXPECT_GT(by_maps, 60);
    EXPECT_LT(by_picture, 42);
    EXPECT_GT(psnr(remap(pair.raw, reduced_maps(pair, 4)), pair.target), by_maps);
}

TEST(Equalise, IsTissueEqualisation) {
    const Degradation d = poor_exposure();
    const Equalisation e{0.55, 1.4, false};
    const Pair pair = make_pair(d, e);
    const DrawnChest chest = drawn_chest(kSide_px, kSide_px);
    const int n = kSide_px / 4;
    Image x(kSide_px, kSide_px, 1, PixelType::F32, ColorSpace::Data);
    for (size_t i = 0; i < x.values<float>().size(); ++i)
        x.values<float>()[i] = float(pair.raw.values<uint16_t>()[i] / kFullScale);
    // At full size and with direct sums; the implementation works on the grid of the maps.
    const Image lx = smooth_gaussian_direct(x, kSide_px / 16.0),
                lr = smooth_gaussian_direct(chest.ideal, kSide_px / 16.0);
    std::vector<double> inside;
    for (int r = 0; r < kSide_px; ++r)
        for (int c = 0; c < kSide_px; ++c)
            if (chest.body.view<uint8_t>()(r, c)) inside.push_back(double(lr.view<float>()(r, c)));
    std::nth_element(inside.begin(), inside.begin() + ptrdiff_t(inside.size() / 2), inside.end());
    const double middle = inside[inside.size() / 2];
    const Image full = full_maps(pair.corrected.maps, kSide_px, kSide_px);
    for (int r = 20; r < kSide_px; r += 37)
        for (int c = 20; c < kSide_px; c += 41) {
            const double at = double(lr.view<float>()(r, c));
            const double a = std::clamp(1.4 / (0.5 * 1.3 * std::pow(std::max(at, 0.05), 0.3)), 0.25, 4.0);
            const double b = 0.5 + 0.55 * (at - middle) - a * double(lx.view<float>()(r, c));
            EXPECT_NEAR(double(full.view<float>()(r, c, kA)), a, 0.03);
            EXPECT_NEAR(double(full.view<float>()(r, c, kB)), b, 0.03);
        }
    EXPECT_EQ(pair.corrected.maps.height_px, n);
}

TEST(Equalise, WindowHoldsTheBodyAndIsConstant) {
    const Pair pair = make_pair(poor_exposure(), {0.55, 1.4, false});
    const auto maps = pair.corrected.maps.view<float>();
    const Image full = full_maps(pair.corrected.maps, kSide_px, kSide_px);
    const DrawnChest chest = drawn_chest(kSide_px, kSide_px);
    std::vector<double> z;
    for (int r = 0; r < kSide_px; ++r)
        for (int c = 0; c < kSide_px; ++c) {
            const float* m = full.view<float>().pixel(r, c);
            EXPECT_EQ(m[kWc], maps(0, 0, kWc));
            EXPECT_EQ(m[kWw], maps(0, 0, kWw));
            if (chest.body.view<uint8_t>()(r, c))
                z.push_back(double(m[kA]) * pair.raw.view<uint16_t>()(r, c) / kFullScale + double(m[kB]));
        }
    std::sort(z.begin(), z.end());
    const double p2 = z[z.size() / 50], p98 = z[z.size() - 1 - z.size() / 50];
    EXPECT_NEAR(double(maps(0, 0, kWc)), (p2 + p98) / 2, 0.01);
    EXPECT_NEAR(double(maps(0, 0, kWw)), 1.2 * (p98 - p2), 0.02);
}

TEST(Equalise, RegionalBrightnessIsCompressedToTheWantedMeans) {
    // kappa = 0: every region of the target has the same mean before the window.
    const Pair pair = make_pair(poor_exposure(), {0.0, 1.0, false});
    const Image full = full_maps(pair.corrected.maps, kSide_px, kSide_px);
    Image z(kSide_px, kSide_px, 1, PixelType::F32, ColorSpace::Data);
    for (int r = 0; r < kSide_px; ++r)
        for (int c = 0; c < kSide_px; ++c)
            z.view<float>()(r, c) =
                full.view<float>()(r, c, kA) * float(pair.raw.view<uint16_t>()(r, c) / kFullScale) +
                full.view<float>()(r, c, kB);
    const Image means = smooth_gaussian(z, kSide_px / 16.0);
    for (int r = 100; r < 420; r += 23)
        for (int c = 160; c < 360; c += 19) EXPECT_NEAR(double(means.view<float>()(r, c)), 0.5, 0.12);
}

TEST(Equalise, GuidedMapsKeepEdgesThatGaussianOnesSmear) {
    const Pair smooth = make_pair(poor_exposure(), {0.55, 1.4, false}),
               guided = make_pair(poor_exposure(), {0.55, 1.4, true});
    const auto steepest = [](const Pair& pair) {
        const auto m = pair.corrected.maps.view<float>();
        float most = 0;
        for (int r = 0; r < kSide_px / 4; ++r)
            for (int c = 1; c < kSide_px / 4; ++c)
                most = std::max(most, std::abs(m(r, c, kB) - m(r, c - 1, kB)));
        return most;
    };
    EXPECT_GT(steepest(guided), 3 * steepest(smooth));
    EXPECT_GT(psnr(remap(guided.raw, reduced_maps(guided, 4)), guided.target), 45);
}

TEST(Equalise, WhatTheCollimatorHidesDoesNotReachTheMaps) {
    Degradation d = poor_exposure();
    d.collimated = true;
    d.top = 0.06, d.bottom = 0.03, d.left = 0.08, d.right = 0;
    d.border = 0;
    for (const bool guided : {false, true}) {
        d.border = 0;
        const Pair black = make_pair(d, {0.55, 1.4, guided});
        d.border = 1;
        const Pair white = make_pair(d, {0.55, 1.4, guided});
        EXPECT_TRUE(black.corrected.maps.bytes == white.corrected.maps.bytes);
        EXPECT_EQ(black.target.view<uint16_t>()(kSide_px / 2, 5), 0) << "the border stays dark";
        EXPECT_GT(white.target.view<uint16_t>()(kSide_px / 2, 5), 60000);
    }
}

TEST(Equalise, PictureWithoutABodyIsAnError) {
    DrawnChest chest = drawn_chest(128, 128);
    const Image raw = degrade(chest.ideal, {}, {{1}, 1}).image;
    for (uint8_t& v : chest.body.values<uint8_t>()) v = 0;
    EXPECT_THROW(equalise(raw, chest.ideal, chest.body, {}, {}), Error);
    const Image odd(130, 128, 1, PixelType::U16, ColorSpace::Data);
    EXPECT_THROW(equalise(odd, chest.ideal, chest.body, {}, {}), Error);
}

}  // namespace
}  // namespace radforge::enhance
