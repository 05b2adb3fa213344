// SPDX-License-Identifier: Apache-2.0
#include "synth/film/self_check.h"

#include "synth/base/vec.h"
#include "synth/film/film_config.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace radforge::film {
namespace {

constexpr int kFilm = 150, kPhoto = 400;

/// Bars and blobs in the colours of a film.
Vec3f paint(double u, double v) {
    const double value =
        0.4 + 0.3 * std::sin(40 * u) * std::cos(30 * v) + (std::fmod(8 * v, 1) < 0.1 ? 0.2 : 0);
    return {float(value), float(0.95 * value), float(value)};
}
Image flat_film() {
    Image flat(2 * kFilm, 2 * kFilm, 3, PixelType::U8, ColorSpace::Srgb);
    for (int r = 0; r < flat.height_px; ++r)
        for (int c = 0; c < flat.width_px; ++c)
            for (int k = 0; k < 3; ++k)
                flat.view<uint8_t>()(r, c, k) = quantize_u8(
                    srgb_from_linear(paint((c + 0.5) / flat.width_px, (r + 0.5) / flat.height_px)[k]));
    return flat;
}
/// A film that fills `share` of the photo, sheared.
struct View {
    Image albedo{kPhoto, kPhoto, 3, PixelType::F32, ColorSpace::Linear};
    Image bm{kFilm, kFilm, 2, PixelType::F32, ColorSpace::Data};
    explicit View(double share, double shift_px = 0) {
        const auto place = [&](double u, double v) {
            return Vec2d{kPhoto * (0.05 + share * (u + 0.1 * v)), kPhoto * (0.05 + share * v)};
        };
        for (int r = 0; r < kFilm; ++r)
            for (int c = 0; c < kFilm; ++c) {
                const Vec2d px = place((c + 0.5) / kFilm, (r + 0.5) / kFilm);
                bm.view<float>()(r, c, 0) = float(2 * (px.x + shift_px) / kPhoto - 1);
                bm.view<float>()(r, c, 1) = float(2 * px.y / kPhoto - 1);
            }
        for (int r = 0; r < kPhoto; ++r)
            for (int c = 0; c < kPhoto; ++c) {
                const double v = ((r + 0.5) / kPhoto - 0.05) / share,
                             u = ((c + 0.5) / kPhoto - 0.05) / share - 0.1 * v;
                if (u < 0 || v < 0 || u > 1 || v > 1) continue;
                for (int k = 0; k < 3; ++k) albedo.view<float>()(r, c, k) = paint(u, v)[k];
            }
    }
};

TEST(SelfCheck, RightMapsReadTheFilmBack) {
    const View view(0.8);
    const SelfCheck check = check_maps(view.albedo, view.bm, flat_film());
    EXPECT_EQ(check.texel_step, 1);
    EXPECT_GT(check.windows, 10000);
    EXPECT_GT(check.ssim, 0.98);
    EXPECT_LT(check.mean_error, 0.01);
}

TEST(SelfCheck, AShiftOfSomePixelsShows) {
    const double right = check_maps(View(0.8).albedo, View(0.8).bm, flat_film()).ssim;
    const View shifted(0.8, 6);
    EXPECT_LT(check_maps(shifted.albedo, shifted.bm, flat_film()).ssim, right - 0.1);
}

TEST(SelfCheck, MirroredMapsFail) {
    View view(0.8);
    for (int r = 0; r < kFilm; ++r)
        for (int c = 0; c < kFilm / 2; ++c)
            for (int k = 0; k < 2; ++k)
                std::swap(view.bm.view<float>()(r, c, k), view.bm.view<float>()(r, kFilm - 1 - c, k));
    EXPECT_LT(check_maps(view.albedo, view.bm, flat_film()).ssim, FilmTable().check_min_ssim);
}

TEST(SelfCheck, SmallPhotosAreComparedOnCoarserBlocks) {
    const View view(0.25);  // 0.67 px a texel
    const SelfCheck check = check_maps(view.albedo, view.bm, flat_film());
    EXPECT_EQ(check.texel_step, 3);
    EXPECT_GT(check.ssim, 0.95);
}

TEST(SelfCheck, NothingSeenIsNotJudged) {
    View view(0.8);
    for (float& v : view.bm.values<float>()) v = std::numeric_limits<float>::quiet_NaN();
    EXPECT_EQ(check_maps(view.albedo, view.bm, flat_film()).windows, 0);
}

}  // namespace
}  // namespace radforge::film
