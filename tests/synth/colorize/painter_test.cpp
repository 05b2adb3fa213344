// SPDX-License-Identifier: Apache-2.0
#include "synth/colorize/painter.h"

#include "synth/base/parallel.h"
#include "synth/colorize/look.h"
#include "synth/volume/phantom_tissue.h"

#include <gtest/gtest.h>

#include <cmath>

namespace radforge::colorize {
namespace {

using volume::Tissue;

SliceFrame frame_of(float pixel_mm, float z_mm = 0) {
    return {{0, 0, z_mm}, {pixel_mm, 0, 0}, {0, pixel_mm, 0}};
}

template <class F>
Image labelled(int side, F tissue) {
    Image labels(side, side, 1, PixelType::U8, ColorSpace::Data);
    for (int r = 0; r < side; ++r)
        for (int c = 0; c < side; ++c) labels.view<uint8_t>()(r, c) = uint8_t(tissue(r, c));
    return labels;
}
Image refined(const Image& labels) { return refine_labels(labels.view<uint8_t>()); }

TEST(RefineLabels, UniformStaysUniformAndThinLinesSurvive) {
    const Image labels = labelled(12, [](int, int c) { return c == 5 ? Tissue::Skin : Tissue::Fat; });
    const Image fine = refined(labels);
    ASSERT_EQ(fine.width_px, 36);
    for (int r = 0; r < 36; ++r)
        for (int c = 0; c < 36; ++c)
            EXPECT_EQ(fine.view<uint8_t>()(r, c), uint8_t(c / 3 == 5 ? Tissue::Skin : Tissue::Fat));
}

TEST(RefineLabels, StairsOfADiscBecomeSmooth) {
    const auto inside = [](double r, double c) { return std::hypot(r - 20, c - 20) < 14.3; };
    const Image fine =
        refined(labelled(41, [&](int r, int c) { return inside(r, c) ? Tissue::Liver : Tissue::Fat; }));
    int wrong = 0, blocks = 0;
    for (int r = 0; r < 123; ++r)
        for (int c = 0; c < 123; ++c) {
            const bool truth = inside((r + 0.5) / 3 - 0.5, (c + 0.5) / 3 - 0.5);
            wrong += truth != (fine.view<uint8_t>()(r, c) == uint8_t(Tissue::Liver));
            blocks += truth != inside(r / 3, c / 3);
        }
    EXPECT_LT(wrong, 0.8 * blocks) << "nearer to the disc than the blocks of the pixels are";
}

TEST(ScanSection, IsTheTableBlurredWhereNothingElseIs) {
    // Csf varies by 1 HU and air by nothing: a step, blurred by pixels and by 0.7 pixels.
    const Image fine = refined(labelled(24, [](int, int c) { return c < 12 ? Tissue::Air : Tissue::Csf; }));
    const Image ct = scan_section(fine, frame_of(1), {}, 1);
    const auto hu = ct.view<int16_t>();
    EXPECT_EQ(hu(12, 2), -1000);
    EXPECT_NEAR(hu(12, 21), 7, 4);
    double edge = 0;
    for (int c = 6; c < 18; ++c) edge += (hu(12, c) + 1000) / 1007.0;
    EXPECT_NEAR(edge, 6, 0.03) << "partial volume keeps the amount";
    // Samples of a Gaussian of 0.7 px, cut at 3 px, on whole pixels of a step: 1 - weight of pixels beyond
    // it.
    double w[4], sum = 0;
    for (int i = 0; i < 4; ++i) w[i] = std::exp(-0.5 * i * i / 0.49), sum += i == 0 ? w[0] : 2 * w[i];
    EXPECT_NEAR((hu(12, 11) + 1000) / 1007.0, (w[1] + w[2] + w[3]) / sum, 0.004);
}

TEST(ScanSection, NoiseHasItsDeviationAndIsCorrelated) {
    const Image fine = refined(labelled(96, [](int, int) { return Tissue::Bile; }));
    ScanRecipe recipe;
    recipe.noise_hu = 12, recipe.noise_seed = 5;
    const Image noisy = scan_section(fine, frame_of(1), recipe, 1),
                clean = scan_section(fine, frame_of(1), {}, 1);
    double squares = 0, neighbours = 0;
    const auto d = [&](int r, int c) {
        return double(noisy.view<int16_t>()(r, c) - clean.view<int16_t>()(r, c));
    };
    for (int r = 0; r < 96; ++r)
        for (int c = 0; c < 95; ++c) squares += d(r, c) * d(r, c), neighbours += d(r, c) * d(r, c + 1);
    EXPECT_NEAR(std::sqrt(squares / (96 * 95)), 12, 0.4);
    EXPECT_GT(neighbours / squares, 0.4);
    EXPECT_LT(neighbours / squares, 0.9);
}

TEST(ScanSection, RingsAndStreaksLieWhereTheyAreToldTo) {
    const Image fine = refined(labelled(64, [](int, int) { return Tissue::Gas; }));
    const Image clean = scan_section(fine, frame_of(1), {}, 1);
    ScanRecipe recipe;
    recipe.rings = {{20, 50}};
    const Image ring = scan_section(fine, frame_of(1), recipe, 1);
    recipe = {};
    recipe.streaks = {{40, 30, 0, -80}};
    const Image streak = scan_section(fine, frame_of(1), recipe, 1);
    const auto change = [&](const Image& image, int r, int c) {
        return image.view<int16_t>()(r, c) - clean.view<int16_t>()(r, c);
    };
    EXPECT_GT(change(ring, 31, 51), 35);  // 31.5 + 20
    EXPECT_GT(change(ring, 51, 31), 35);
    EXPECT_EQ(change(ring, 31, 31), 0);
    EXPECT_EQ(change(streak, 40, 30), -80);
    EXPECT_LT(change(streak, 40, 5), -20);
    EXPECT_EQ(change(streak, 20, 30), 0);
}

TEST(PaintSection, RampAndNoiseAreAsDrawn) {
    const Image fine = refined(labelled(90, [](int, int) { return Tissue::WhiteMatter; }));
    PhotoRecipe recipe;
    recipe.ramp_counts = 20;
    const Image photo = paint_section(fine, frame_of(1), recipe, 3);
    EXPECT_NEAR(photo.view<float>()(45, 89, 0) - photo.view<float>()(45, 0, 0), 20 * 89 / 90.0, 1e-3);
    EXPECT_NEAR(photo.view<float>()(0, 45, 1), photo.view<float>()(89, 45, 1), 1e-3);
    EXPECT_NEAR(photo.view<float>()(45, 45, 2), 185, 1e-3);
    recipe = {};
    recipe.noise_counts = 2.5;
    const Image noisy = paint_section(fine, frame_of(1), recipe, 3);
    double squares = 0;
    const Vec3f base = tissue_look(Tissue::WhiteMatter).rgb;
    for (int i = 0; i < 90 * 90 * 3; ++i) {
        const double d = double(noisy.values<float>()[size_t(i)] - base[i % 3]);
        squares += d * d;
    }
    EXPECT_NEAR(std::sqrt(squares / (90 * 90 * 3)), 2.5, 0.07);
}

TEST(PaintSection, BordersMixBothColoursByArea) {
    const Image fine =
        refined(labelled(9, [](int, int c) { return c < 4 ? Tissue::Blood : Tissue::WhiteMatter; }));
    Image shifted = fine;  // a border through the middle of a pixel: one of its three columns
    for (int r = 0; r < 27; ++r) shifted.view<uint8_t>()(r, 12) = uint8_t(Tissue::Blood);
    const Image photo = paint_section(shifted, frame_of(1), {}, 3);
    EXPECT_NEAR(photo.view<float>()(4, 4, 0), (70 + 2 * 215) / 3.0, 1e-3);
}

TEST(PaintSection, PlaceDecidesNotTheGrid) {
    // The same place seen by two grids, one shifted by a whole pixel.
    const Image fine = refined(labelled(30, [](int, int) { return Tissue::Fat; }));
    const Image a = paint_section(fine, frame_of(0.5f), {}, 3);
    SliceFrame moved = frame_of(0.5f);
    moved.origin_mm.x += 0.5f * 4;
    const Image b = paint_section(fine, moved, {}, 3);
    for (int r = 0; r < 30; ++r)
        for (int c = 0; c < 26; ++c)
            EXPECT_NEAR(a.view<float>()(r, c + 4, 1), b.view<float>()(r, c, 1), 0.05) << r << ", " << c;
}

TEST(PaintSection, DoesNotDependOnThreads) {
    const Image fine = refined(labelled(60, [](int r, int c) { return Tissue((r / 7 + c / 9) % 30 + 1); }));
    const auto both = [&] {
        PhotoRecipe photo;
        photo.ramp_counts = 9, photo.noise_counts = 2;
        ScanRecipe scan;
        scan.noise_hu = 10;
        return std::pair(paint_section(fine, frame_of(0.6f), photo, 3).bytes,
                         scan_section(fine, frame_of(0.6f), scan, 3).bytes);
    };
    const auto parallel = both();
    const ThreadLimit one(1);
    EXPECT_EQ(parallel, both());
}

TEST(MaskedPhoto, IsBlackOutsideAndRoundedInside) {
    Image colour(1, 3, 3, PixelType::F32, ColorSpace::Srgb), mask(1, 3, 1, PixelType::U8, ColorSpace::Data);
    for (int c = 0; c < 3; ++c)
        for (int k = 0; k < 3; ++k) colour.view<float>()(0, c, k) = float(c * 150) - 20.4f;
    mask.view<uint8_t>()(0, 0) = mask.view<uint8_t>()(0, 1) = 255;
    const Image out = masked_photo(colour, mask);
    EXPECT_EQ(out.view<uint8_t>()(0, 0, 1), 0) << "clamped";
    EXPECT_EQ(out.view<uint8_t>()(0, 1, 1), 130);
    EXPECT_EQ(out.view<uint8_t>()(0, 2, 1), 0) << "outside";
}

}  // namespace
}  // namespace radforge::colorize
