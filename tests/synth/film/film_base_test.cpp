// SPDX-License-Identifier: Apache-2.0
#include "synth/film/film_base.h"

#include "synth/base/error.h"

#include <gtest/gtest.h>

#include <cmath>

namespace radforge::film {
namespace {

TEST(FilmBase, LuminanceOfANeutralFilmIsTenToTheMinusD) {
    SheetRecipe recipe;
    for (const char* name : {"blue", "clear"})
        for (const double d : {0.2, 0.5, 1.0, 2.0, 3.0}) {
            recipe.base = name;
            float rgb[3];
            film_transmittance(film_base(recipe), d, rgb);
            EXPECT_NEAR(double(luminance(rgb[0], rgb[1], rgb[2])) / std::pow(10, -d), 1, 1e-5);
        }
}

TEST(FilmBase, BlueBaseHasTheTypicalDensities) {
    SheetRecipe recipe;  // base_share 0.9 of density_min 0.2
    const FilmBase base = film_base(recipe);
    EXPECT_NEAR(base.base_visual_density, 0.18, 1e-12);
    EXPECT_NEAR(base.base_density[0], 0.25, 0.02);
    EXPECT_NEAR(base.base_density[1], 0.18, 0.015);
    EXPECT_NEAR(base.base_density[2], 0.10, 0.01);
}

TEST(FilmBase, WarmImagesLoseMoreBlueTheDarkerTheyAre) {
    SheetRecipe recipe;
    recipe.base = "clear";
    recipe.image_tone = 1;
    float light[3], dark[3];
    film_transmittance(film_base(recipe), 0.3, light);
    film_transmittance(film_base(recipe), 2.5, dark);
    EXPECT_LT(dark[2] / dark[0], 0.75f * light[2] / light[0]);
}

TEST(FilmBase, TableAgreesWithTheFormula) {
    SheetRecipe recipe;
    recipe.image_tone = 0.5;
    const FilmBase base = film_base(recipe);
    Image density(1, 5000, 1, PixelType::F32, ColorSpace::Data);
    for (int i = 0; i < 5000; ++i) density.values<float>()[size_t(i)] = float(i) * 0.0011f;
    const Image out = film_transmittance(base, density);
    for (int i = 0; i < 5000; ++i) {
        float rgb[3];
        film_transmittance(base, double(density.values<float>()[size_t(i)]), rgb);
        for (int k = 0; k < 3; ++k) ASSERT_NEAR(out.view<float>()(0, i, k) / rgb[k], 1, 1e-5);
    }
}

TEST(FilmBase, NoChannelGivesMoreThanAllLight) {
    SheetRecipe recipe;
    recipe.base = "blue";
    recipe.density_min = 0.25;
    recipe.base_share = 1;
    const FilmBase base = film_base(recipe);
    Image density(1, 2000, 1, PixelType::F32, ColorSpace::Data);
    for (int c = 0; c < 2000; ++c) density.view<float>()(0, c) = float(c) * 1.23e-4f;
    const Image light = film_transmittance(base, density);
    for (const float v : light.values<float>()) ASSERT_LE(v, 1);
    EXPECT_EQ(light.view<float>()(0, 0, 2), 1) << "blue, clearer than the base";
}

TEST(FilmBase, UnknownBaseIsAnError) {
    SheetRecipe recipe;
    recipe.base = "green";
    EXPECT_THROW(film_base(recipe), Error);
}

}  // namespace
}  // namespace radforge::film
