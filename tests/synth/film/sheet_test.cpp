// SPDX-License-Identifier: Apache-2.0
#include "synth/film/sheet.h"

#include "render/picture/resize.h"
#include "synth/base/error.h"
#include "synth/base/parallel.h"
#include "synth/film/gsdf.h"
#include "synth/film/window.h"
#include "tests/synth/film/ball_volume.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <string>
#include <vector>

namespace radforge::film {
namespace {

Rng film_rng(uint64_t index = 0) { return Rng({Seed{2}, index}, Stream::Film); }

/// 2 x 3 boxes of bare pictures: no noise, no blur, no text.
SheetRecipe bare() {
    SheetRecipe r;
    r.layout = "STANDARD\\2,3";
    r.slice_first = 9;
    r.window_center_hu = 40;
    r.window_width_hu = 200;
    r.spot_sigma_um = r.noise_sigma_density = r.banding_density = 0;
    r.annotation.lines = 0;
    r.annotation.scale_bar = r.annotation.orientation_letters = false;
    r.texture_height_px = 1024;
    r.flat_height_px = 512;
    return r;
}

Sheet print(const Volume& volume, const SheetRecipe& recipe) {
    Rng rng = film_rng();
    return compose(volume, recipe, rng);
}

TEST(Sheet, DensityIsTheCurveOfTheWindowedValueUnderTheTexel) {
    const Volume volume = ball_volume();
    SheetRecipe recipe = bare();
    for (const char* magnification : {"bilinear", "cubic"}) {
        recipe.magnification = magnification;
        const Sheet sheet = print(volume, recipe);
        const DensityCurve curve = gsdf_curve({recipe.density_min, recipe.density_max, 2000, 10}, 8);
        const Window window{40, 200};
        ASSERT_EQ(sheet.panels_info.size(), 6u);
        const Panel& panel = sheet.panels_info[2];
        EXPECT_EQ(panel.slice, 11);
        const double cx = 2 * (panel.left_px + panel.width_px / 2),
                     cy = 2 * (panel.top_px + panel.height_px / 2);
        const double px_per_mm = 1024 / recipe.height_mm * panel.magnification;
        int checked = 0;
        for (int dx = -60; dx <= 60; dx += 7)
            for (int dy = -40; dy <= 40; dy += 13) {
                const int column = int(cx) + dx, row = int(cy) + dy;
                const double x_mm = (column + 0.5 - cx) / px_per_mm;
                const double p = window(40 + x_mm) * 255;
                const auto at = [&](double q) { return curve.density[size_t(std::clamp(int(q), 0, 255))]; };
                const float density = sheet.density.view<float>()(row, column);
                EXPECT_LE(density, at(p - 1.5) + 1e-5f) << x_mm;
                EXPECT_GE(density, at(p + 2.5) - 1e-5f) << x_mm;
                ++checked;
            }
        EXPECT_GT(checked, 100);
    }
}

TEST(Sheet, FlatIsTheAreaMeanOfTheTexture) {
    const Sheet sheet = print(ball_volume(), [] {
        SheetRecipe r = bare();
        r.noise_sigma_density = 0.02;
        r.annotation.lines = 5;
        r.annotation.hospital = "HOSPITAL";
        r.flat_height_px = 300;
        return r;
    }());
    const int flat_w = sheet.flat.width_px;
    EXPECT_NEAR(flat_w, 300 * 355.6 / 431.8, 1);
    const Image mean = picture::resize(sheet.transmittance, 300, flat_w, picture::Filter::Area);
    int worst = 0;
    for (size_t i = 0; i < mean.value_count(); ++i)
        worst = std::max(worst, std::abs(int(quantize_u8(srgb_from_linear(mean.values<float>()[i]))) -
                                         int(sheet.flat.values<uint8_t>()[i])));
    EXPECT_LE(worst, 1);
}

TEST(Sheet, LuminanceOfTheTransmittanceIsTheDensity) {
    const Sheet sheet = print(ball_volume(), bare());
    for (int r = 0; r < sheet.density.height_px; r += 17)
        for (int c = 0; c < sheet.density.width_px; c += 13) {
            const float* t = sheet.transmittance.view<float>().pixel(r, c);
            const double light = double(luminance(t[0], t[1], t[2]));
            ASSERT_NEAR(-std::log10(light), sheet.density.view<float>()(r, c), 1e-4);
        }
}

TEST(Sheet, HuMapHoldsTheNearestPixelOfTheNamedSlice) {
    const Volume volume = ball_volume();
    const Sheet sheet = print(volume, bare());
    int inside = 0, outside = 0;
    for (int r = 0; r < sheet.hu.height_px; ++r)
        for (int c = 0; c < sheet.hu.width_px; ++c) {
            const int index = sheet.panels.view<uint8_t>()(r, c);
            const int hu = sheet.hu.view<int16_t>()(r, c);
            if (index == 0) {
                ASSERT_EQ(hu, -32768);
                ++outside;
                continue;
            }
            const Panel& p = sheet.panels_info[size_t(index - 1)];
            const double across = (c + 0.5 - p.left_px) / p.width_px,
                         down = (r + 0.5 - p.top_px) / p.height_px;
            const double x = across * 128, y = down * 128;
            if (std::abs(x - std::round(x)) < 0.1 || std::abs(y - std::round(y)) < 0.1)
                continue;  // between pixels
            ASSERT_EQ(hu, volume.at(p.slice, int(y), int(x)));
            ++inside;
        }
    EXPECT_GT(inside, 50000);
    EXPECT_GT(outside, 1000);
}

TEST(Sheet, MirroredStorageIsPrintedTheSameWayRound) {
    const Volume straight = ball_volume();
    Volume turned = straight;
    turned.row_direction = {-1, 0, 0};
    turned.column_direction = {0, -1, 0};
    for (Vec3d& origin : turned.slice_origin_mm) origin = origin + Vec3d{127 * 1.5, 127 * 1.5, 0};
    for (int s = 0; s < turned.slices; ++s)
        std::reverse(turned.hu.begin() + s * 128 * 128, turned.hu.begin() + (s + 1) * 128 * 128);
    SheetRecipe recipe = bare();
    recipe.magnification = "replicate";
    const Sheet a = print(straight, recipe), b = print(turned, recipe);
    int64_t different = 0;  // a texel centre on a pixel's edge may fall to either side
    for (size_t i = 0; i < a.hu.value_count(); ++i)
        different += a.hu.values<int16_t>()[i] != b.hu.values<int16_t>()[i];
    EXPECT_LT(double(different), 0.02 * double(a.hu.value_count()));
}

TEST(Sheet, PanelsKeepTheScaleTheyState) {
    SheetRecipe recipe = bare();
    recipe.zoom = 1.2;
    const Sheet sheet = print(ball_volume(), recipe);
    const Panel& p = sheet.panels_info[0];
    // The ball's equator, 160 mm wide in slice 11 or 12, covers 160 * magnification mm of film.
    const int row = int(sheet.panels_info[2].top_px + p.height_px / 2);
    int across = 0;
    for (int c = int(p.left_px); c < int(p.left_px + p.width_px); ++c)
        across += sheet.hu.view<int16_t>()(row, c) > -500;
    EXPECT_NEAR(across * recipe.height_mm / 512,
                std::min(159.8 * p.magnification, p.width_px * recipe.height_mm / 512), 1.7);
    EXPECT_GT(p.magnification, 0.8);
}

TEST(Sheet, BorderRimAndTrimHaveTheirDensities) {
    SheetRecipe recipe = bare();
    recipe.clear_rim_mm = 3;
    recipe.margin_mm = 8;
    recipe.border = "density";
    recipe.border_density = 1.25;
    recipe.trim = true;
    const Sheet sheet = print(ball_volume(), recipe);
    const auto density = sheet.density.view<float>();
    const double px_per_mm = 1024 / recipe.height_mm;
    const int w = sheet.density.width_px;
    EXPECT_NEAR(density(3, w / 2), recipe.density_min, 1e-6);
    EXPECT_NEAR(density(500, w - 3), recipe.density_min, 1e-6);
    EXPECT_NEAR(density(int(5.5 * px_per_mm), w / 2), 1.25, 1e-6);
    float lightest = 9;  // across the frame's upper line
    for (int r = int(7 * px_per_mm); r < int(9 * px_per_mm); ++r)
        lightest = std::min(lightest, density(r, w / 4));
    EXPECT_LT(lightest, 0.6f);
}

TEST(Sheet, SecondWindowRepeatsTheSlices) {
    SheetRecipe recipe = bare();
    recipe.second_window_from_box = 3;
    recipe.second_window_center_hu = 0;
    recipe.second_window_width_hu = 1000;
    const Sheet sheet = print(ball_volume(), recipe);
    ASSERT_EQ(sheet.panels_info.size(), 6u);
    for (size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(sheet.panels_info[i].slice, sheet.panels_info[i + 3].slice);
        EXPECT_EQ(sheet.panels_info[i].window_width_hu, 200);
        EXPECT_EQ(sheet.panels_info[i + 3].window_width_hu, 1000);
    }
}

TEST(Sheet, BoxesBeyondTheVolumeStayEmptyAndBlack) {
    SheetRecipe recipe = bare();
    recipe.slice_first = 22;
    const Sheet sheet = print(ball_volume(), recipe);
    EXPECT_EQ(sheet.panels_info.size(), 2u);
    EXPECT_NEAR(sheet.density.view<float>()(900, 400), recipe.density_max, 2e-3);
    EXPECT_EQ(sheet.panels.view<uint8_t>()(450, 200), 0);
}

TEST(Sheet, ScoutTakesTheFirstBoxAndIsNoSlice) {
    SheetRecipe recipe = bare();
    recipe.scout = true;
    const Sheet sheet = print(ball_volume(), recipe);
    ASSERT_EQ(sheet.panels_info.size(), 6u);
    EXPECT_TRUE(sheet.panels_info[0].scout);
    EXPECT_EQ(sheet.panels_info[1].slice, recipe.slice_first);
    const Panel& p = sheet.panels_info[0];
    const int row = int(p.top_px + p.height_px / 2), column = int(p.left_px + p.width_px / 2);
    EXPECT_EQ(sheet.panels.view<uint8_t>()(row, column), 1);
    EXPECT_EQ(sheet.hu.view<int16_t>()(row, column), -32768);
}

TEST(Sheet, PrintsWhereTheSliceMeetsTheScannersAxisWhateverTheTilt) {
    SheetRecipe recipe = bare();
    recipe.annotation.lines = 6;
    for (const double tilt_deg : {0.0, 18.5, -12.0}) {
        std::vector<std::string> places;  // of the head in S, of the feet in I
        for (const TextLine& line : print(ball_volume(tilt_deg), recipe).text)
            if ((line.text[0] == 'I' || line.text[0] == 'S') && std::isdigit(line.text[1]))
                places.push_back(line.text);
        EXPECT_EQ(places, (std::vector<std::string>{"I20.0", "I12.0", "I4.0", "S4.0", "S12.0", "S20.0"}))
            << tilt_deg;
    }
}

TEST(Sheet, IsAPureFunctionOfRecipeAndKeyOnAnyNumberOfThreads) {
    SheetRecipe recipe = bare();
    recipe.noise_sigma_density = 0.01;
    recipe.dust = 5;
    recipe.annotation.lines = 4;
    recipe.annotation.scanner = "X";
    const Volume volume = ball_volume();
    Sheet first, second;
    {
        const ThreadLimit one(1);
        first = print(volume, recipe);
    }
    {
        const ThreadLimit two(2);
        second = print(volume, recipe);
    }
    EXPECT_EQ(first.density.bytes, second.density.bytes);
    EXPECT_EQ(first.flat.bytes, second.flat.bytes);
    Rng other = film_rng(1);
    EXPECT_NE(compose(volume, recipe, other).density.bytes, first.density.bytes);
}

TEST(Sheet, ImpossibleRecipesAreErrors) {
    SheetRecipe recipe = bare();
    recipe.slice_first = 24;
    EXPECT_THROW(print(ball_volume(), recipe), Error);
    recipe = bare();
    recipe.layout = "STANDARD\\40,40";
    EXPECT_THROW(print(ball_volume(), recipe), Error);
    recipe = bare();
    recipe.tone_model = "linear";
    EXPECT_THROW(print(ball_volume(), recipe), Error);
}

}  // namespace
}  // namespace radforge::film
