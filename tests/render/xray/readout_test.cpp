// SPDX-License-Identifier: Apache-2.0
#include "render/xray/readout.h"

#include "synth/base/error.h"

#include <gtest/gtest.h>

#include <cmath>

namespace radforge::xray {
namespace {

Image row_of(std::initializer_list<float> values) {
    Image image(1, int(values.size()), 1, PixelType::F32, ColorSpace::Data);
    std::copy(values.begin(), values.end(), image.values<float>().begin());
    return image;
}

TEST(Readout, OpacityIsThePapersFormula) {
    const Image image = opacity(row_of({0, 12.8f, 64}), 10, 128);
    EXPECT_EQ(image.values<float>()[0], 0.f);
    EXPECT_NEAR(image.values<float>()[1], 1 - std::exp(-1.), 1e-6);
    EXPECT_NEAR(image.values<float>()[2], 1 - std::exp(-5.), 1e-6);
    EXPECT_THROW(opacity(row_of({1}), 0, 1), Error);
}

TEST(Readout, TheLogarithmGivesBackTheIntegralAndCountsStarvedPixels) {
    Exposure e;
    e.flat = row_of({100, 100, 100, 0});
    e.signal = row_of({100 * std::exp(-2.f), 100, -3, 5});
    const Readout out = log_readout(e, 1e-4);
    EXPECT_NEAR(out.image.values<float>()[0], 2, 1e-6);
    EXPECT_NEAR(out.image.values<float>()[1], 0, 1e-6);
    EXPECT_NEAR(out.image.values<float>()[2], -std::log(1e-4), 1e-5);
    EXPECT_EQ(out.image.values<float>()[3], 0.f);
    EXPECT_EQ(out.clipped_px, 2);
}

TEST(Readout, WindowsRoundInvertAndCount) {
    const Readout out = window_u16(row_of({0, 1, .5f, -1, 3}), 0, 1);
    EXPECT_EQ(out.image.values<uint16_t>()[0], 0);
    EXPECT_EQ(out.image.values<uint16_t>()[1], 65535);
    EXPECT_EQ(out.image.values<uint16_t>()[2], 32768);
    EXPECT_EQ(out.image.values<uint16_t>()[3], 0);
    EXPECT_EQ(out.image.values<uint16_t>()[4], 65535);
    EXPECT_EQ(out.clipped_px, 2);
    EXPECT_EQ(window_u16(row_of({.25f}), 1, 0).image.values<uint16_t>()[0], 49151);
    EXPECT_THROW(window_u16(row_of({1}), 2, 2), Error);
}

TEST(Film, TheCurveRunsFromBaseToSaturationWithItsSlope) {
    const FilmCurve film;
    EXPECT_NEAR(film.density(1e-9), film.d_min, 1e-6);
    EXPECT_NEAR(film.density(1e9), film.d_max, 1e-6);
    EXPECT_NEAR(film.density(film.k50), .5 * (film.d_min + film.d_max), 1e-12);
    const double slope = (film.density(1.01) - film.density(1 / 1.01)) / (2 * std::log10(1.01));
    EXPECT_NEAR(slope, (film.d_max - film.d_min) * film.gamma * std::log(10.) / 4, .01);
    EXPECT_GT(slope, 2);  // radiographic films: 2 to 3.5
    EXPECT_LT(slope, 3.5);
}

TEST(Film, DensitiesTurnBackIntoExposures) {
    const FilmCurve film;
    for (double k = .01; k < 50; k *= 1.7) EXPECT_NEAR(film.exposure(film.density(k)) / k, 1, 1e-9);
    EXPECT_THROW(film.exposure(film.d_min), Error);
    EXPECT_THROW(film.exposure(5), Error);
}

TEST(Film, CollimationLeavesTheDensityWithinTheBeam) {
    Exposure open, collimated;
    open.flat = row_of({10, 10, 10, 10}), open.signal = row_of({10, 5, 5, 10});
    collimated.flat = row_of({0, 10, 10, .01f}), collimated.signal = row_of({.3f, 5, 5, .4f});
    const Image all = film_density(open, FilmCurve{}, 2), part = film_density(collimated, FilmCurve{}, 2);
    for (const size_t i : {1u, 2u}) EXPECT_EQ(part.values<float>()[i], all.values<float>()[i]);
    EXPECT_NEAR(part.values<float>()[0], FilmCurve{}.density(.12), 1e-6);
}

TEST(Film, IsExposedForWhatArrivesInTheMiddleHoweverThickThePatientIs) {
    Exposure thin, thick;
    thin.flat = thick.flat = row_of({100, 100, 100, 100, 100, 100});
    thin.signal = row_of({90, 60, 40, 20, 10, 80}), thick.signal = row_of({9, 6, 4, 2, 1, 8});
    const Image a = film_density(thin, FilmCurve{}, .9), b = film_density(thick, FilmCurve{}, .9);
    for (size_t i = 0; i < 6; ++i) EXPECT_NEAR(a.values<float>()[i], b.values<float>()[i], 1e-5);
    EXPECT_NEAR(a.values<float>()[2], FilmCurve{}.density(.9 * 40 / 30), 1e-6);
    thick.signal = row_of({9, 6, 0, 0, 1, 8});
    EXPECT_THROW(film_density(thick, FilmCurve{}, .9), Error);
}

TEST(Film, MoreLightMakesItBlacker) {
    Exposure e;
    e.flat = row_of({10, 10, 10});
    e.signal = row_of({10, 5, .1f});
    const Image d = film_density(e, FilmCurve{}, 2);
    EXPECT_GT(d.values<float>()[0], d.values<float>()[1]);
    EXPECT_GT(d.values<float>()[1], d.values<float>()[2]);
    EXPECT_NEAR(d.values<float>()[1], FilmCurve{}.density(2), 1e-6);
}

}  // namespace
}  // namespace radforge::xray
