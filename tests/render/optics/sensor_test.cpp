// SPDX-License-Identifier: Apache-2.0
#include "render/optics/sensor.h"

#include "synth/base/error.h"
#include "synth/base/parallel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace radforge::optics {
namespace {

Image field(float r, float g, float b, int height = 100, int width = 120) {
    Image image(height, width, 3, PixelType::F32, ColorSpace::Linear);
    const auto values = image.values<float>();
    for (size_t i = 0; i < values.size(); i += 3) {
        values[i] = r;
        values[i + 1] = g;
        values[i + 2] = b;
    }
    return image;
}

Rng sensor_rng(uint64_t index = 0) { return Rng({Seed{9}, index}, Stream::Sensor); }

SensorRecipe manual() {
    SensorRecipe r;
    r.auto_exposure = false;
    return r;
}

struct Moments {
    double mean = 0, variance = 0;
};
Moments moments(const Image& image) {
    Moments m;
    const double n = double(image.value_count());
    for (const float v : image.values<float>()) m.mean += double(v) / n;
    for (const float v : image.values<float>())
        m.variance += (double(v) - m.mean) * (double(v) - m.mean) / (n - 1);
    return m;
}

TEST(Sensor, PhotonTransferCurve) {
    // Variance in electrons = signal + read noise^2 + step^2 / 12, at every signal below full well.
    SensorRecipe recipe = manual();
    recipe.full_well_e = 5000;
    recipe.read_noise_e = 6;
    recipe.adc_bits = 10;
    const double step_e = 5000.0 / 1023;
    for (const float level : {0.02f, 0.1f, 0.3f, 0.6f, 0.9f}) {
        Rng rng = sensor_rng(uint64_t(level * 100));
        const Moments m = moments(expose_raw(field(level, level, level, 150, 200), recipe, rng));
        const double signal = 5000.0 * double(level), expected = signal + 36 + step_e * step_e / 12;
        EXPECT_NEAR(m.mean * 5000, signal, 4 * std::sqrt(expected / 90000));
        EXPECT_NEAR(m.variance * 5000 * 5000 / expected, 1, 4 * std::sqrt(2.0 / 90000)) << level;
    }
}

TEST(Sensor, RowNoiseIsSharedByARow) {
    SensorRecipe recipe = manual();
    recipe.row_noise_e = 50;
    recipe.read_noise_e = 0;
    recipe.full_well_e = 1e5;
    recipe.adc_bits = 0;
    Rng rng = sensor_rng();
    const Image raw = expose_raw(field(0.5f, 0.5f, 0.5f, 400, 400), recipe, rng);
    double square = 0;
    for (int r = 0; r < 400; ++r) {
        double mean = 0;
        for (int i = 0; i < 1200; ++i) mean += double(raw.view<float>().pixel(r, 0)[i]) / 1200;
        square += (mean - 0.5) * (mean - 0.5) * 1e10 / 400;
    }
    EXPECT_NEAR(square, 50 * 50 + 5e4 / 1200, 0.3 * 2500);  // 400 rows: 3 sigma are 21 %
}

TEST(Sensor, MeteringBringsTheLogAverageToMiddleGrey) {
    Image scene = field(0, 0, 0);
    for (int r = 0; r < 100; ++r)
        for (int c = 0; c < 120; ++c)
            for (int k = 0; k < 3; ++k)
                scene.view<float>()(r, c, k) = float(std::exp(0.05 * c + 0.03 * r)) * 7;
    SensorRecipe recipe;
    recipe.meter_fraction = 0.5;
    for (const double ev : {-1.0, 0.0, 1.5}) {
        recipe.exposure_ev = ev;
        SensorReport report;
        expose_clean(scene, recipe, &report);
        const double log_average = 7 * std::exp(0.05 * 59.5 + 0.03 * 49.5);  // a log-linear scene
        EXPECT_NEAR(report.gain * log_average / (0.18 * std::exp2(ev)), 1, 2e-3);
    }
}

TEST(Sensor, MeteringIsForThePictureWhateverTheBalance) {
    SensorRecipe recipe;
    recipe.noise = recipe.mosaic = false;
    const Image plain = expose_clean(field(0.3f, 0.3f, 0.3f), recipe);
    recipe.white_balance_red = 0.8;  // the least gain
    recipe.white_balance_blue = 1.1;
    SensorReport report;
    const Image tinted = expose_clean(field(0.3f, 0.3f, 0.3f), recipe, &report);
    EXPECT_EQ(tinted.view<uint8_t>()(50, 60, 1), plain.view<uint8_t>()(50, 60, 1));
    EXPECT_LT(tinted.view<uint8_t>()(50, 60, 0), plain.view<uint8_t>()(50, 60, 0));
    EXPECT_NEAR(report.gain * report.white_balance[1], 0.18 / 0.3, 1e-3);
}

TEST(Sensor, HighlightShareHoldsTheExposureBack) {
    Image scene = field(0.02f, 0.02f, 0.02f);
    for (int r = 0; r < 100; ++r)
        for (int c = 0; c < 36; ++c)
            for (int k = 0; k < 3; ++k) scene.view<float>()(r, c, k) = 5;  // 30 % of the frame glows
    SensorRecipe recipe;
    recipe.meter_fraction = 1;
    SensorReport free, held;
    expose_clean(scene, recipe, &free);
    recipe.highlight_share = 0.1;
    expose_clean(scene, recipe, &held);
    EXPECT_EQ(free.saturated_values, 3 * 3600);
    EXPECT_NEAR(held.gain, 0.2, 1e-6);
    EXPECT_LT(held.gain, free.gain);
}

TEST(Sensor, CleanResponseIsLinearUpToFullWell) {
    Image ramp(1, 256, 3, PixelType::F32, ColorSpace::Linear);
    for (int c = 0; c < 256; ++c)
        for (int k = 0; k < 3; ++k) ramp.view<float>()(0, c, k) = float(c) * 0.01f;
    SensorRecipe recipe = manual();
    recipe.exposure_gain = 0.5;
    SensorReport report;
    const Image photo = expose_clean(ramp, recipe, &report);
    for (int c = 0; c < 256; ++c)
        EXPECT_EQ(photo.view<uint8_t>()(0, c, 1),
                  quantize_u8(srgb_from_linear(std::min(1.0f, float(c) * 0.005f))));
    EXPECT_EQ(report.saturated_values, 3 * 56);  // columns 200..255
}

TEST(Sensor, NoiseLeavesTheMeanOfTheCleanTwin) {
    SensorRecipe recipe = manual();
    Rng rng = sensor_rng();
    const Image scene = field(0.2f, 0.4f, 0.3f);
    const Image noisy = expose(scene, recipe, rng), clean = expose_clean(scene, recipe);
    const double level[] = {0.2, 0.4, 0.3};
    for (int k = 0; k < 3; ++k) {
        double mean = 0;
        int64_t equal = 0;
        for (size_t i = size_t(k); i < noisy.value_count(); i += 3) {
            mean += noisy.values<uint8_t>()[i] / 12000.0;
            equal += noisy.values<uint8_t>()[i] == clean.values<uint8_t>()[i];
        }
        EXPECT_NEAR(mean, 255 * double(srgb_from_linear(float(level[k]))), 0.1);
        EXPECT_LT(double(equal), 0.6 * 12000);
    }
}

TEST(Sensor, GreyWorldTakesTheTintOut) {
    SensorRecipe recipe = manual();
    recipe.white_balance_strength = 1;
    const Image photo = expose_clean(field(0.5f, 0.4f, 0.2f), recipe);
    const uint8_t* px = photo.view<uint8_t>().pixel(50, 60);
    EXPECT_EQ(px[0], px[1]);
    EXPECT_EQ(px[2], px[1]);
    recipe.white_balance_red = 1.2;
    const Image warm = expose_clean(field(0.5f, 0.4f, 0.2f), recipe);
    const uint8_t* tinted = warm.view<uint8_t>().pixel(50, 60);
    EXPECT_EQ(tinted[0], quantize_u8(srgb_from_linear(0.5f)));  // the least gain is red's
    EXPECT_EQ(tinted[1], quantize_u8(srgb_from_linear(0.5f / 1.2f)));
    EXPECT_EQ(tinted[2], tinted[1]);
}

TEST(Sensor, WhatIsClippedIsWhiteWhateverTheBalance) {
    Image scene = field(0.5f, 0.4f, 0.3f);
    for (int r = 0; r < 100; ++r)
        for (int c = 0; c < 36; ++c)
            for (int k = 0; k < 3; ++k) scene.view<float>()(r, c, k) = 5;
    const double red_and_blue[3][2] = {{1.089, 0.872}, {1, 1}, {0.935, 1.115}};  // 600 K about 5500 K
    for (const auto& error : red_and_blue)
        for (const bool mosaic : {false, true}) {
            SensorRecipe recipe = manual();
            recipe.noise = false;
            recipe.mosaic = mosaic;
            recipe.white_balance_red = error[0];
            recipe.white_balance_blue = error[1];
            recipe.white_balance_strength = 0.5;
            recipe.crosstalk = 0.4;
            Rng rng = sensor_rng();
            const Image photo = expose(scene, recipe, rng);
            for (int k = 0; k < 3; ++k)
                EXPECT_EQ(photo.view<uint8_t>()(50, 18, k), 255) << error[0] << ", channel " << k;
        }
}

TEST(Sensor, VignettingFollowsCosineToTheFourth) {
    SensorRecipe recipe = manual();
    recipe.vignetting_focal_px = 100;
    recipe.noise = false;
    Rng rng = sensor_rng();
    const Image raw = expose_raw(field(0.8f, 0.8f, 0.8f, 201, 201), recipe, rng);
    EXPECT_NEAR(raw.view<float>()(100, 100), 0.8, 1e-6);
    const double cosine = 100 / std::hypot(100.0, 80.0);
    EXPECT_NEAR(raw.view<float>()(100, 180), 0.8 * std::pow(cosine, 4), 1e-6);
    recipe.vignetting_focal_px = 0;
    recipe.vignetting_a2 = -0.5;
    Rng again = sensor_rng();
    const Image optical = expose_raw(field(0.8f, 0.8f, 0.8f, 201, 201), recipe, again);
    EXPECT_NEAR(optical.view<float>()(100, 200), 0.8 * (1 - 0.5 * 0.5 * 1e4 / (100.5 * 100.5)), 1e-5);
}

TEST(Sensor, OverlappingFiltersAreUndone) {
    SensorRecipe plain = manual(), overlapping = manual();
    overlapping.crosstalk = 0.8;
    const Image light = field(0.5f, 0.25f, 0.1f);
    const Image a = expose_clean(light, plain), b = expose_clean(light, overlapping);
    for (size_t k = 0; k < a.value_count(); ++k)
        ASSERT_NEAR(a.values<uint8_t>()[k], b.values<uint8_t>()[k], 1);
}

TEST(Sensor, MosaicCountsOneColourAPixelAndKeepsFlatColours) {
    SensorRecipe recipe = manual();
    recipe.mosaic = true;
    recipe.full_well_e = 1e6;
    recipe.read_noise_e = 0;
    const Image light = field(0.5f, 0.25f, 0.1f);
    Rng rng = sensor_rng();
    const Image raw = expose_raw(light, recipe, rng);
    ASSERT_EQ(raw.channels, 1);
    EXPECT_NEAR(raw.view<float>()(0, 0), 0.5f, 0.01f);
    EXPECT_NEAR(raw.view<float>()(0, 1), 0.25f, 0.01f);
    EXPECT_NEAR(raw.view<float>()(1, 1), 0.1f, 0.01f);
    Rng again = sensor_rng();
    const Image photo = expose(light, recipe, again), clean = expose_clean(light, recipe);
    for (size_t k = 0; k < photo.value_count(); ++k)
        ASSERT_NEAR(photo.values<uint8_t>()[k], clean.values<uint8_t>()[k], 2);
}

TEST(Sensor, DenoiserAndSharpenerShowInThePhotoAsTheyShould) {
    SensorRecipe noisy = manual(), treated = manual();
    noisy.full_well_e = treated.full_well_e = 2000;
    noisy.mosaic = treated.mosaic = true;
    treated.denoise_px = 1.2;
    const Image light = field(0.3f, 0.3f, 0.3f);
    const auto spread = [&](const SensorRecipe& recipe) {
        Rng rng = sensor_rng();
        const Image photo = expose(light, recipe, rng);
        double sum = 0, square = 0;
        for (const uint8_t v : photo.values<uint8_t>()) sum += v, square += double(v) * v;
        const double n = double(photo.value_count());
        return std::sqrt(square / n - sum / n * sum / n);
    };
    const double before = spread(noisy), after = spread(treated);
    EXPECT_LT(after, 0.6 * before);
    treated.sharpen = 1;
    EXPECT_GT(spread(treated), 1.2 * after) << "sharpening brings noise back";
}

TEST(Sensor, IsAPureFunctionOfTheKeyOnAnyNumberOfThreads) {
    const Image scene = field(0.2f, 0.4f, 0.3f);
    SensorRecipe recipe;
    Image one, two;
    {
        const ThreadLimit limit(1);
        Rng rng = sensor_rng();
        one = expose(scene, recipe, rng);
    }
    {
        const ThreadLimit limit(2);
        Rng rng = sensor_rng();
        two = expose(scene, recipe, rng);
    }
    EXPECT_EQ(one.bytes, two.bytes);
    Rng other = sensor_rng(1);
    EXPECT_NE(expose(scene, recipe, other).bytes, one.bytes);
}

TEST(Sensor, BadInputIsAnError) {
    SensorRecipe recipe;
    EXPECT_THROW(expose_clean(field(0, 0, 0), recipe), Error);
    EXPECT_THROW(expose_clean(field(-1, 1, 1), recipe), Error);
    EXPECT_THROW(expose_clean(field(NAN, 1, 1), recipe), Error);
    EXPECT_THROW(expose_clean(Image(4, 4, 1, PixelType::F32, ColorSpace::Linear), recipe), Error);
    recipe.full_well_e = -1;
    try {
        expose_clean(field(1, 1, 1), recipe);
        FAIL();
    } catch (const Error& e) {
        EXPECT_NE(std::string(e.what()).find("full_well_e"), std::string::npos);
    }
}

}  // namespace
}  // namespace radforge::optics
