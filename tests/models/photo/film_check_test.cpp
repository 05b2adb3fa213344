// SPDX-License-Identifier: Apache-2.0
#include "models/photo/film_check.h"

#include "synth/base/error.h"
#include "synth/base/rng.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace radforge::photo {
namespace {

using testing::HasSubstr;

constexpr int kSide = 40;

Image mask_of(int margin) {
    Image mask(kSide, kSide, 1, PixelType::U8, ColorSpace::Data);
    for (int r = margin; r < kSide - margin; ++r)
        for (int c = margin; c < kSide - margin; ++c) mask.view<uint8_t>()(r, c) = 1;
    return mask;
}

/// Texture coordinates of a flat film that fills the mask of mask_of(10).
template <class F>
Image map_of(const F& value) {
    Image map(kSide, kSide, 2, PixelType::F32, ColorSpace::Data);
    for (int r = 0; r < kSide; ++r)
        for (int c = 0; c < kSide; ++c)
            for (int k = 0; k < 2; ++k) map.view<float>()(r, c, k) = float(value(r, c, k));
    return map;
}
double flat(int r, int c, int k) { return ((k == 0 ? c : r) - 9.5) / 10 - 1; }

std::string refusal(const FilmSigns& signs) {
    try {
        require_film(signs, {});
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::BadData);
        return error.what();
    }
    return "";
}

TEST(FilmCheck, AFlatFilmIsOne) {
    const FilmSigns signs = signs_of_film(mask_of(10), 0.5, map_of(flat), map_of(flat));
    EXPECT_NEAR(signs.area, 0.5 * 400 / 1600, 1e-9);
    EXPECT_EQ(signs.folded, 0);
    EXPECT_NEAR(signs.reach_u, 1, 0.06);
    EXPECT_NEAR(signs.reach_v, 1, 0.06);
    EXPECT_EQ(signs.disagreement, 0);
    EXPECT_EQ(refusal(signs), "");
}

TEST(FilmCheck, NoneIsFoundWhereTheMaskIsEmptyOrSmall) {
    EXPECT_THAT(refusal(signs_of_film(mask_of(20), 1, map_of(flat), {})), HasSubstr("too small"));
    EXPECT_THAT(refusal(signs_of_film(mask_of(18), 0.5, map_of(flat), {})), HasSubstr("0.5 %"));
}

TEST(FilmCheck, NoiseIsNoFilm) {
    Rng rng({Seed{1}, 1}, Stream::Noise);
    const Image noise = map_of([&](int, int, int) { return rng.uniform(-1, 1); });
    const FilmSigns signs = signs_of_film(mask_of(4), 1, noise, {});
    EXPECT_GT(signs.folded, 0.4);
    EXPECT_THAT(refusal(signs), HasSubstr("turn over"));
    EXPECT_THAT(refusal(signs_of_map(noise, 0.5)), HasSubstr("turn over"));
    EXPECT_EQ(refusal(signs_of_map(map_of(flat), 0.5)), "");
}

TEST(FilmCheck, AConstantIsNoFilm) {
    const Image constant = map_of([](int, int, int) { return 0.3; });
    EXPECT_THAT(refusal(signs_of_film(mask_of(4), 1, constant, {})), HasSubstr("no whole film"));
}

TEST(FilmCheck, TwoMapsThatContradictEachOtherAreNoFilm) {
    const Image other = map_of([](int r, int c, int k) { return flat(r, c, k) + (k == 0 ? 0.4 : 0.0); });
    const FilmSigns signs = signs_of_film(mask_of(10), 1, map_of(flat), other);
    ASSERT_TRUE(signs.disagreement);
    EXPECT_NEAR(*signs.disagreement, 0.2, 1e-6);
    EXPECT_THAT(refusal(signs), HasSubstr("contradict"));
}

TEST(FilmCheck, AMirroredFilmIsOneToo) {
    const Image mirrored =
        map_of([](int r, int c, int k) { return k == 0 ? -flat(r, c, 0) : flat(r, c, 1); });
    EXPECT_EQ(signs_of_film(mask_of(10), 1, mirrored, {}).folded, 0);
}

TEST(FilmCheck, WhatDoesNotGoAlongWithThePhotoIsNoFilm) {
    FilmSigns signs = signs_of_film(mask_of(10), 0.5, map_of(flat), map_of(flat));
    signs.following = 0.9;
    EXPECT_EQ(refusal(signs), "");
    signs.following = 0.05;
    EXPECT_THAT(refusal(signs), HasSubstr("when the photo is moved"));
    EXPECT_THAT(refusal(signs), HasSubstr("5.0 %"));
}

}  // namespace
}  // namespace radforge::photo
