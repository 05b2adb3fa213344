// SPDX-License-Identifier: Apache-2.0
#include "render/geometry/uv_unwarp.h"

#include "synth/base/error.h"
#include "tests/models/infer/warp.h"

#include <gtest/gtest.h>

namespace radforge {
namespace {

using test::error_of;
using test::floats;
using test::place;

Image mask_of(const Image& bg) {
    Image mask(bg.height_px, bg.width_px, 1, PixelType::U8, ColorSpace::Data);
    for (size_t i = 0; i < mask.value_count(); ++i) mask.values<uint8_t>()[i] = bg.values<float>()[i] > 0;
    return mask;
}

Image all_set(int h, int w) {
    Image mask(h, w, 1, PixelType::U8, ColorSpace::Data);
    for (uint8_t& m : mask.values<uint8_t>()) m = 1;
    return mask;
}

TEST(RasteriseUv, CoversAnAnalyticWarpToAFiftiethOfATexel) {
    const infer::PhotoMaps maps = test::bent_film(256, 0.03);
    for (const int texels : {256, 1024}) {
        const auto error =
            error_of(geometry::rasterise_uv(maps.uv, mask_of(maps.bg), {}, texels, texels));
        EXPECT_EQ(error.finite_part, 1.0) << texels;
        EXPECT_LT(error.largest, 0.02) << texels;
    }
}

TEST(RasteriseUv, LeavesTheRimOutsideTheOutermostCentresOpen) {
    const infer::PhotoMaps maps = test::bent_film(64);
    const auto error = error_of(geometry::rasterise_uv(maps.uv, mask_of(maps.bg), {}, 64, 64));
    EXPECT_LT(error.finite_part, 1);
    EXPECT_GT(error.finite_part, 0.9);
    EXPECT_LT(error.largest, 0.02);
}

/// Texture running right, then back left between columns 24 and 40 of 64, then right again.
Image folded_uv() {
    Image uv = floats(64, 64, 2);
    for (int r = 0; r < 64; ++r)
        for (int c = 0; c < 64; ++c) {
            const double u = c < 24 ? c : (c < 40 ? 48 - c : c - 32);
            uv.view<float>()(r, c, 0) = float(u / 16 - 1);  // 0..31 of 32
            uv.view<float>()(r, c, 1) = float(place(r, 64));
        }
    return uv;
}

TEST(RasteriseUv, NeverWritesTheBackOfAFold) {
    const Image bm = geometry::rasterise_uv(folded_uv(), all_set(64, 64), {}, 64, 64);
    int written = 0;
    for (int r = 1; r < 63; ++r)
        for (int c = 0; c < 64; ++c) {
            const float x = bm.view<float>()(r, c, 0);
            if (!std::isfinite(x)) continue;
            ++written;
            const double column = (double(x) + 1) * 32 - 0.5;
            EXPECT_TRUE(column <= 24.001 || column >= 39.999) << column;
        }
    EXPECT_GT(written, 62 * 60);
}

TEST(RasteriseUv, OfTwoSheetsOverATexelTheNearerCounts) {
    Image depth = floats(64, 64, 1);
    for (const bool left_nearer : {true, false}) {
        for (int r = 0; r < 64; ++r)
            for (int c = 0; c < 64; ++c) depth.view<float>()(r, c) = (c < 32) == left_nearer ? -0.5f : 0.5f;
        const Image bm = geometry::rasterise_uv(folded_uv(), all_set(64, 64), depth, 64, 64);
        // Texture 8..24 of 32 lies under both outer sheets.
        const double column = (double(bm.view<float>()(32, 32, 0)) + 1) * 32 - 0.5;
        EXPECT_NEAR(column, left_nearer ? 16 : 48, 1);
    }
}

TEST(RasteriseUv, WithoutDepthTheLargerCounts) {
    // The right half of the photo shows the left half of the texture again, at half the size in the photo.
    Image uv = floats(32, 96, 2);
    for (int r = 0; r < 32; ++r)
        for (int c = 0; c < 96; ++c) {
            uv.view<float>()(r, c, 0) = float(c < 64 ? place(c, 64) : place(2 * (c - 64), 64));
            uv.view<float>()(r, c, 1) = float(place(r, 32));
        }
    const Image bm = geometry::rasterise_uv(uv, all_set(32, 96), {}, 32, 64);
    for (int c = 4; c < 60; ++c) EXPECT_GT((bm.view<float>()(16, c, 0) + 1) * 48, 64) << c;
}

TEST(RasteriseUv, AMirroredSheetIsNoFold) {
    infer::PhotoMaps maps = test::bent_film(64, 0.1);
    for (size_t i = 0; i < maps.uv.value_count(); i += 2) maps.uv.values<float>()[i] *= -1;
    const Image bm = geometry::rasterise_uv(maps.uv, mask_of(maps.bg), {}, 64, 64);
    EXPECT_EQ(error_of(bm).finite_part, 1);
    EXPECT_GT(bm.view<float>()(32, 0, 0), 0.5);
}

TEST(RasteriseUv, DropsTearsAndWhatLeavesTheSheet) {
    Image uv = floats(64, 64, 2);
    for (int r = 0; r < 64; ++r)
        for (int c = 0; c < 64; ++c) {
            // From column 32 on the texture goes on a quarter of the sheet farther.
            uv.view<float>()(r, c, 0) = float(place(c, 64) + (c >= 32 ? 0.5 : 0));
            uv.view<float>()(r, c, 1) = float(place(r, 64));
        }
    const Image bm = geometry::rasterise_uv(uv, all_set(64, 64), {}, 64, 64);
    for (int c = 33; c < 47; ++c) EXPECT_TRUE(std::isnan(bm.view<float>()(32, c, 0))) << c;
    EXPECT_FALSE(std::isnan(bm.view<float>()(32, 30, 0)));
    EXPECT_FALSE(std::isnan(bm.view<float>()(32, 50, 0)));
}

TEST(RasteriseUv, RefusesWhatDoesNotFit) {
    EXPECT_THROW(geometry::rasterise_uv(floats(8, 8, 2), all_set(8, 7), {}, 8, 8), Error);
    EXPECT_THROW(geometry::rasterise_uv(floats(8, 8, 1), all_set(8, 8), {}, 8, 8), Error);
    EXPECT_THROW(geometry::rasterise_uv(floats(8, 8, 2), all_set(8, 8), floats(4, 4, 1), 8, 8), Error);
    EXPECT_THROW(geometry::rasterise_uv(floats(8, 8, 2), all_set(8, 8), {}, 0, 8), Error);
}

}  // namespace
}  // namespace radforge
