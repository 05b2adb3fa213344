// SPDX-License-Identifier: Apache-2.0
#include "models/metrics/flow.h"

#include "synth/base/error.h"

#include <gtest/gtest.h>

#include <limits>

namespace radforge::metrics {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

/// The map of a film that lies flat and fills the photo, moved by (dx, dy) in the map's own unit.
Image straight_uv(int h, int w, double dx = 0, double dy = 0) {
    Image uv(h, w, 2, PixelType::F32, ColorSpace::Data);
    auto out = uv.view<float>();
    for (int r = 0; r < h; ++r)
        for (int c = 0; c < w; ++c) {
            out(r, c, 0) = float((c + 0.5) / w + dx);
            out(r, c, 1) = float((r + 0.5) / h + dy);
        }
    return uv;
}
Image straight_bm(int h, int w, double dx = 0, double dy = 0) {
    Image bm = straight_uv(h, w);
    auto out = bm.view<float>();
    for (int r = 0; r < h; ++r)
        for (int c = 0; c < w; ++c) {
            out(r, c, 0) = float(2 * double(out(r, c, 0)) - 1 + dx);
            out(r, c, 1) = float(2 * double(out(r, c, 1)) - 1 + dy);
        }
    return bm;
}
Image whole(int h, int w) {
    Image mask(h, w, 1, PixelType::U8, ColorSpace::Data);
    for (uint8_t& v : mask.values<uint8_t>()) v = 255;
    return mask;
}

TEST(UvError, IsTheLengthInTexelsOverTheFilmAlone) {
    const Image truth = straight_uv(8, 8);
    Image found = straight_uv(8, 8, 0.03, 0.04), film = whole(8, 8);
    const MeanLength error = uv_error(found, truth, film, 100, 100);
    EXPECT_NEAR(error.mean_px, 5, 1e-4);
    EXPECT_EQ(error.count, 64);
    // What is off the film does not count.
    film.view<uint8_t>()(0, 0) = 0;
    found.view<float>()(0, 0, 0) = 9;
    EXPECT_NEAR(uv_error(found, truth, film, 100, 100).mean_px, 5, 1e-4);
    // u counts in the film's width, v in its height.
    EXPECT_NEAR(uv_error(straight_uv(8, 8, 0.1, 0), truth, whole(8, 8), 1, 200).mean_px, 20, 1e-3);
}

TEST(BmError, IsTheLengthInPhotoPixelsWhereBothSee) {
    const Image truth = straight_bm(6, 6);
    Image found = straight_bm(6, 6, 0.06, 0.08);
    found.view<float>()(2, 2, 0) = kNan;
    const MeanLength error = bm_error(found, truth, 100, 100);
    EXPECT_NEAR(error.mean_px, 5, 1e-4);
    EXPECT_EQ(error.count, 35);
    EXPECT_EQ(bm_error(truth, truth, 10, 10).mean_px, 0);
}

TEST(LocalDistortion, OfTheTrueMapIsNothing) {
    const MeanLength ld = local_distortion(straight_bm(20, 20), straight_uv(40, 40), whole(40, 40));
    EXPECT_NEAR(ld.mean_px, 0, 1e-4);
    EXPECT_EQ(ld.count, 400);
}

TEST(LocalDistortion, OfAShiftIsTheShiftInTexels) {
    // A tenth of the photo to the right is two of twenty texels; the last two columns show no film.
    const MeanLength ld = local_distortion(straight_bm(20, 20, 0.2, 0), straight_uv(40, 40), whole(40, 40));
    EXPECT_NEAR(ld.mean_px, 2, 1e-4);
    EXPECT_EQ(ld.count, 18 * 20);
}

TEST(LocalDistortion, TexelsThatShowBackgroundDoNotCount) {
    const Image none(40, 40, 1, PixelType::U8, ColorSpace::Data);
    const MeanLength ld = local_distortion(straight_bm(20, 20), straight_uv(40, 40), none);
    EXPECT_EQ(ld.count, 0);
    EXPECT_EQ(ld.mean_px, 0);
}

TEST(Maps, OfDifferentShapesAreRefused) {
    EXPECT_THROW(uv_error(straight_uv(4, 4), straight_uv(4, 5), whole(4, 5), 1, 1), Error);
    EXPECT_THROW(uv_error(straight_uv(4, 4), straight_uv(4, 4), whole(4, 5), 1, 1), Error);
    EXPECT_THROW(bm_error(straight_bm(4, 4), straight_bm(5, 4), 1, 1), Error);
    EXPECT_THROW(local_distortion(whole(4, 4), straight_uv(4, 4), whole(4, 4)), Error);
}

}  // namespace
}  // namespace radforge::metrics
