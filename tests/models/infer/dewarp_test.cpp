// SPDX-License-Identifier: Apache-2.0
#include "models/infer/dewarp.h"

#include "models/infer/fill.h"
#include "synth/base/error.h"
#include "tests/models/infer/warp.h"

#include <gtest/gtest.h>

#include <limits>
#include <numeric>

namespace radforge::infer {
namespace {

using test::bent_film;
using test::error_of;
using test::floats;
using test::place;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

Image grey_photo(int side) { return floats(side, side, 1); }

/// An affine backward map.
Image affine(int h, int w) {
    Image bm = floats(h, w, 2);
    for (int r = 0; r < h; ++r)
        for (int c = 0; c < w; ++c) {
            bm.view<float>()(r, c, 0) = float(0.7 * place(c, w) - 0.1 * place(r, h) + 0.05);
            bm.view<float>()(r, c, 1) = float(0.6 * place(r, h) + 0.2 * place(c, w));
        }
    return bm;
}

double largest_difference(const Image& a, const Image& b) {
    double largest = 0;
    for (size_t i = 0; i < a.value_count(); ++i) {
        const double d = std::abs(double(a.values<float>()[i]) - double(b.values<float>()[i]));
        largest = std::isnan(d) ? 1e9 : std::max(largest, d);
    }
    return largest;
}

TEST(Dewarp, FlattensAnAnalyticWarpWholly) {
    const DewarpResult result = dewarp(bent_film(256), grey_photo(300), {});
    const auto all = error_of(result.bm), inner = error_of(result.bm, 6);
    EXPECT_EQ(all.finite_part, 1);
    EXPECT_LT(inner.largest, 0.02);
    EXPECT_LT(all.largest, 0.1);  // the rim is continued by its slope
    EXPECT_GT(result.part[size_t(Origin::Uv)], 0.95);
    EXPECT_NEAR(std::accumulate(result.part.begin(), result.part.end(), 0.0), 1, 1e-9);
}

TEST(Dewarp, MapsMayBeSmallerThanTheWorkingSizeAndTheFilmOfAnySize) {
    DewarpOptions options;
    options.height_px = 100;
    options.width_px = 90;
    const DewarpResult result = dewarp(bent_film(64), grey_photo(500), options);
    EXPECT_EQ(result.film.height_px, 100);
    EXPECT_EQ(result.film.width_px, 90);
    EXPECT_EQ(result.bm.width_px, 90);
    EXPECT_LT(error_of(result.bm, 8).largest, 0.1);
}

TEST(Dewarp, SamplesTheFullPhoto) {
    // Brightness of the photo is its x: the film then shows the map.
    Image photo = floats(1000, 1000, 1);
    for (int r = 0; r < 1000; ++r)
        for (int c = 0; c < 1000; ++c) photo.view<float>()(r, c) = float(place(c, 1000));
    const DewarpResult result = dewarp(bent_film(128), photo, {});
    for (int i = 0; i < 256; i += 15)
        EXPECT_NEAR(result.film.view<float>()(128, i), result.bm.view<float>()(128, i, 0), 1e-5);
}

TEST(Dewarp, DisplacementFillsBlanksOfTheTextureCoordinates) {
    PhotoMaps maps = bent_film(128);
    // A patch where the coordinates tear away; the displacement is right but for a shift, which is aligned.
    for (int r = 50; r < 70; ++r)
        for (int c = 50; c < 70; ++c) maps.uv.view<float>()(r, c, 0) = kNaN;
    for (float& v : maps.df.values<float>()) v += 0.1f;
    const DewarpResult with = dewarp(maps, grey_photo(128), {});
    EXPECT_GT(with.part[size_t(Origin::Displacement)], 0.02);
    EXPECT_EQ(with.part[size_t(Origin::Filled)], 0);
    EXPECT_LT(error_of(with.bm, 8).largest, 0.1);
    maps.df = {};
    const DewarpResult without = dewarp(maps, grey_photo(128), {});
    EXPECT_GT(without.part[size_t(Origin::Filled)], 0.02);
    EXPECT_LT(error_of(without.bm, 8).largest, 3);
}

TEST(Dewarp, TakesTheShiftOff) {
    PhotoMaps maps = bent_film(128);
    const PhotoMaps truth = maps;
    const Image mask = film_mask(maps.bg);
    for (size_t i = 0; i < maps.uv.value_count(); ++i) maps.uv.values<float>()[i] += i % 2 ? -0.02f : 0.05f;
    DewarpOptions options;
    EXPECT_GT(error_of(dewarp(maps, grey_photo(128), options).bm, 8).largest, 5);
    options.shift = mean_shift(maps.uv, truth.uv, mask);
    EXPECT_NEAR(options.shift[0], 0.05, 1e-6);
    EXPECT_NEAR(options.shift[1], -0.02, 1e-6);
    EXPECT_LT(error_of(dewarp(maps, grey_photo(128), options).bm, 8).largest, 0.05);
}

TEST(Dewarp, SaysThatThereIsNoFilm) {
    PhotoMaps maps = bent_film(64);
    for (float& v : maps.bg.values<float>()) v = -1;
    EXPECT_THROW(dewarp(maps, grey_photo(64), {}), Error);
    maps.bg.view<float>()(3, 3) = 1;  // a speck vanishes with its rim
    EXPECT_THROW(dewarp(maps, grey_photo(64), {}), Error);
}

TEST(Dewarp, RefusesMapsThatDoNotFit) {
    PhotoMaps maps = bent_film(64);
    maps.df = floats(32, 32, 2);
    EXPECT_THROW(dewarp(maps, grey_photo(64), {}), Error);
    EXPECT_THROW(dewarp_by_map(floats(8, 8, 1), grey_photo(64), {}), Error);
}

TEST(FilmMask, IsTheLargestPieceWithItsHolesFilled) {
    Image bg = floats(12, 12, 1);
    const auto view = bg.view<float>();
    for (float& v : bg.values<float>()) v = -1;
    for (int r = 2; r < 8; ++r)
        for (int c = 2; c < 9; ++c) view(r, c) = 0.5;
    view(4, 4) = view(4, 5) = -0.2f;  // a hole
    view(2, 5) = -1;                  // a notch in the rim stays
    view(10, 10) = view(10, 11) = 1;  // another piece
    const Image mask = film_mask(bg);
    for (int r = 0; r < 12; ++r)
        for (int c = 0; c < 12; ++c)
            EXPECT_EQ(mask.view<uint8_t>()(r, c), r >= 2 && r < 8 && c >= 2 && c < 9 && !(r == 2 && c == 5))
                << r << ' ' << c;
}

TEST(FilmMask, OfNothingIsEmpty) {
    const Image mask = film_mask(floats(5, 5, 1));
    for (const uint8_t m : mask.values<uint8_t>()) EXPECT_EQ(m, 0);
}

TEST(DewarpByMap, FillsEnlargesAndKeepsAStraightMapStraight) {
    Image bm = affine(32, 32);
    for (int r = 10; r < 16; ++r)
        for (int c = 12; c < 20; ++c) bm.view<float>()(r, c, 1) = kNaN;
    DewarpOptions options;
    options.height_px = 96;
    options.width_px = 64;
    const DewarpResult result = dewarp_by_map(bm, grey_photo(50), options);
    EXPECT_LT(largest_difference(result.bm, affine(96, 64)), 1e-5);
    EXPECT_EQ(result.film.height_px, 96);
    EXPECT_EQ(result.origin.height_px, 0);
}

TEST(KeepPhoto, IsTheIdentity) {
    DewarpOptions options;
    options.height_px = options.width_px = 40;
    Image photo = floats(40, 40, 1);
    for (size_t i = 0; i < photo.value_count(); ++i) photo.values<float>()[i] = float(i % 97) / 97;
    const DewarpResult result = keep_photo(photo, options);
    EXPECT_LT(largest_difference(result.film, photo), 1e-5);
}

TEST(Fill, TellsHolesFromRimsAndHoldsFarOut) {
    Image bm = affine(40, 40);
    const Image truth = bm;
    const auto view = bm.view<float>();
    for (int r = 0; r < 40; ++r)
        for (int c = 0; c < 40; ++c)
            if (c >= 20 || (r >= 12 && r < 20 && c >= 6 && c < 14)) view(r, c, 0) = kNaN;
    const std::vector<Fill> how = fill(bm);
    EXPECT_EQ(how[0], Fill::Known);
    EXPECT_EQ(how[15 * 40 + 10], Fill::Inside);
    EXPECT_EQ(how[15 * 40 + 27], Fill::Rim);
    EXPECT_EQ(how[15 * 40 + 28], Fill::Beyond);
    for (int r = 0; r < 40; ++r)
        for (int c = 0; c < 40; ++c)
            for (int k = 0; k < 2; ++k)
                EXPECT_NEAR(view(r, c, k), truth.view<float>()(r, std::min(c, 27), k), 1e-5) << r << ' ' << c;
}

TEST(Fill, OfNothingIsAnError) {
    Image bm = floats(4, 4, 2);
    for (float& v : bm.values<float>()) v = kNaN;
    EXPECT_THROW(fill(bm), Error);
}

TEST(Fill, OneKnownTexelIsHeld) {
    Image bm = floats(9, 9, 2);
    for (float& v : bm.values<float>()) v = kNaN;
    bm.view<float>()(4, 4, 0) = 0.25f;
    bm.view<float>()(4, 4, 1) = -0.5f;
    fill(bm);
    for (size_t i = 0; i < bm.value_count(); ++i) EXPECT_EQ(bm.values<float>()[i], i % 2 ? -0.5f : 0.25f);
}

TEST(BoxBlur, KeepsAStraightMapAndSpreadsAPointOverNine) {
    EXPECT_LT(largest_difference(box_blur(affine(9, 7)), affine(9, 7)), 1e-6);
    Image bm = floats(9, 9, 2);
    bm.view<float>()(4, 4, 0) = 0.9f;
    const Image blurred = box_blur(bm);
    EXPECT_NEAR(blurred.view<float>()(3, 5, 0), 0.1, 1e-6);
    EXPECT_EQ(blurred.view<float>()(2, 4, 0), 0);
}

}  // namespace
}  // namespace radforge::infer
