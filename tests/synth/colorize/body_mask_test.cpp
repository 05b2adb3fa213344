// SPDX-License-Identifier: Apache-2.0
#include "synth/colorize/body_mask.h"

#include "synth/base/error.h"
#include "synth/base/rng.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace radforge::colorize {
namespace {

constexpr int kSide = 96;

struct Slice {
    std::vector<int16_t> hu = std::vector<int16_t>(kSide * kSide, -1000);
    ImageView<const int16_t> view() const { return {hu.data(), kSide, kSide, 1, kSide}; }
    /// Sets what lies within `radius` of (row, column).
    void disc(double row, double column, double radius, int16_t value) {
        for (int r = 0; r < kSide; ++r)
            for (int c = 0; c < kSide; ++c)
                if (std::hypot(r - row, c - column) <= radius) hu[size_t(r * kSide + c)] = value;
    }
    void box(int top, int left, int bottom, int right, int16_t value) {
        for (int r = top; r < bottom; ++r)
            for (int c = left; c < right; ++c) hu[size_t(r * kSide + c)] = value;
    }
};

int64_t area(const Image& mask) {
    int64_t count = 0;
    for (const uint8_t v : mask.values<uint8_t>()) count += v != 0;
    return count;
}

/// The definition, from the pixels: mean and share of both classes for every threshold.
double between_classes(const std::vector<int>& bins, int split) {
    double n0 = 0, n1 = 0, s0 = 0, s1 = 0;
    for (const int b : bins) (b < split ? n0 : n1) += 1, (b < split ? s0 : s1) += b;
    if (n0 == 0 || n1 == 0) return 0;
    const double n = double(bins.size()), d = s0 / n0 - s1 / n1;
    return n0 / n * (n1 / n) * d * d;
}

TEST(Otsu, SplitIsTheBruteForceMaximum) {
    for (uint64_t trial = 0; trial < 40; ++trial) {
        Rng rng({{7}, trial}, Stream::Noise);
        const double air = rng.uniform(-1000, -900), body = rng.uniform(-100, 300),
                     share = rng.uniform(0.05, 0.9), spread = rng.uniform(5, 250);
        Slice slice;
        for (int16_t& v : slice.hu)
            v = int16_t(std::lround((rng.uniform() < share ? air : body) + spread * rng.normal()));
        std::vector<int> bins;
        for (const int16_t v : slice.hu) bins.push_back(otsu_bin(v));
        const int split = otsu_split(hu_histogram(slice.view()));
        const double found = between_classes(bins, split);
        for (int other = 1; other < kOtsuBins; ++other)
            EXPECT_LE(between_classes(bins, other), found * (1 + 1e-12))
                << trial << ": " << other << " beats " << split;
    }
}

TEST(Otsu, BinsCoverTheRangeEvenlyAndClipBeyondIt) {
    EXPECT_EQ(otsu_bin(-32768), 0);
    EXPECT_EQ(otsu_bin(-1000), 0);
    EXPECT_EQ(otsu_bin(400), 255);
    EXPECT_EQ(otsu_bin(3071), 255);
    EXPECT_EQ(otsu_bin(-300), 128) << "the middle of [-1000, 400]";
    EXPECT_EQ(otsu_bin(-301), 127);
}

TEST(Otsu, MetalDoesNotMoveTheThreshold) {
    Slice slice;
    slice.disc(48, 48, 30, 40);
    const int before = otsu_split(hu_histogram(slice.view()));
    slice.disc(40, 40, 3, 400);
    const int bone = otsu_split(hu_histogram(slice.view()));
    slice.disc(40, 40, 3, 3071);
    EXPECT_EQ(otsu_split(hu_histogram(slice.view())), bone);
    EXPECT_EQ(before, bone);
}

TEST(Otsu, OneBinHasNoSplit) { EXPECT_EQ(otsu_split(hu_histogram(Slice().view())), 0); }

TEST(BodyMask, LungsAreInsideAndTheTableIsNot) {
    Slice slice;
    slice.disc(45, 48, 32, 40);
    const int64_t body = area(body_mask(slice.view()));
    slice.disc(45, 36, 9, -850);
    slice.disc(45, 60, 9, -850);
    slice.box(80, 5, 82, 92, 120);  // two pixels thick, apart from the body
    const Image mask = body_mask(slice.view());
    EXPECT_EQ(area(mask), body);
    EXPECT_EQ(mask.view<uint8_t>()(45, 36), 255);
    EXPECT_EQ(mask.view<uint8_t>()(81, 48), 0);
}

TEST(BodyMask, OpeningCutsOffATableThatTouches) {
    Slice slice;
    slice.disc(45, 48, 32, 40);
    const Image alone = body_mask(slice.view());
    slice.box(77, 0, 80, 96, 120);  // its upper face touches the body's lowest row
    const Image mask = body_mask(slice.view());
    EXPECT_EQ(mask.view<uint8_t>()(78, 10), 0);
    EXPECT_EQ(mask.view<uint8_t>()(78, 85), 0);
    EXPECT_EQ(mask.view<uint8_t>()(45, 48), 255);
    EXPECT_LT(area(mask) - area(alone), 60) << "of the table, at most what lies under the contact";
}

TEST(BodyMask, ShellOfAHeadHolderFallsOffARealScan) {
    constexpr double kPixel_mm = 0.5;
    Slice slice;
    slice.disc(44, 40, 34, 40);
    const int opening_px = scan_opening_px(kPixel_mm);
    const Image alone = body_mask(slice.view(), opening_px);
    for (const int thick_px : {6, 8}) {  // 3 and 4 mm
        Slice held = slice;
        held.box(10, 74, 90, 74 + thick_px, 120);
        const Image mask = body_mask(held.view(), opening_px);
        EXPECT_EQ(mask.view<uint8_t>()(20, 76), 0);
        EXPECT_EQ(mask.view<uint8_t>()(80, 76), 0);
        EXPECT_LT(area(mask) - area(alone), 150) << "of the shell, at most what lies beside the contact";
    }
    EXPECT_EQ(scan_opening_px(2), kOpening_px) << "coarse pixels";
}

TEST(BodyMask, ThePartThatHoldsThePatientIsTakenThoughACouchIsLarger) {
    Slice slice;
    slice.disc(30, 48, 15, 40);
    slice.box(60, 0, 80, 96, -100);  // a couch larger than what is left of the head
    Image patient(kSide, kSide, 1, PixelType::U8, ColorSpace::Data);
    EXPECT_THROW(body_mask(slice.view(), kOpening_px, &patient), Error);
    for (int r = 0; r < 50; ++r)
        for (int c = 0; c < kSide; ++c) patient.view<uint8_t>()(r, c) = 1;
    const Image mask = body_mask(slice.view(), kOpening_px, &patient);
    EXPECT_EQ(mask.view<uint8_t>()(30, 48), 255);
    EXPECT_EQ(mask.view<uint8_t>()(70, 48), 0);
}

TEST(BodyMask, ABodyThatTheImageCutsIsKeptUpToTheBorder) {
    Slice slice;
    slice.disc(48, 0, 30, 40);
    const Image mask = body_mask(slice.view());
    EXPECT_EQ(mask.view<uint8_t>()(48, 0), 255);
    EXPECT_EQ(mask.view<uint8_t>()(48, 28), 255);
}

TEST(BodyMask, AirIsAnError) {
    EXPECT_THROW(body_mask(Slice().view()), Error);
    Slice thin;
    thin.box(40, 10, 43, 80, 100);
    EXPECT_THROW(body_mask(thin.view()), Error) << "nothing is left by the opening";
}

}  // namespace
}  // namespace radforge::colorize
