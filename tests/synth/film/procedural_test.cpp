// SPDX-License-Identifier: Apache-2.0
#include "synth/film/procedural.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace radforge::film {
namespace {

Rng keyed(uint64_t index) { return Rng({{3}, index}, Stream::Light); }

TEST(ProceduralEnvironment, IsFinitePositiveAndHasAWindowManyTimesBrighterThanTheWalls) {
    int contrasty = 0;
    for (uint64_t k = 0; k < 20; ++k) {
        Rng rng = keyed(k);
        const Image map = procedural_environment(rng, 32);
        ASSERT_EQ(map.width_px, 64);
        std::vector<float> values;
        for (const float v : map.values<float>()) {
            ASSERT_TRUE(std::isfinite(v) && v >= 0);
            values.push_back(v);
        }
        std::sort(values.begin(), values.end());
        EXPECT_GT(values[values.size() / 2], 0.01f);
        contrasty += values.back() > 8 * values[values.size() / 2];
    }
    EXPECT_GE(contrasty, 10);
}

TEST(ProceduralEnvironment, IsAFunctionOfItsKey) {
    Rng a = keyed(5), b = keyed(5), c = keyed(6);
    const Image first = procedural_environment(a, 16);
    EXPECT_EQ(first.bytes, procedural_environment(b, 16).bytes);
    EXPECT_NE(first.bytes, procedural_environment(c, 16).bytes);
}

TEST(ProceduralTabletop, IsAnAlbedoAndTilesWithoutASeam) {
    for (uint64_t k = 0; k < 6; ++k) {
        Rng rng = keyed(k);
        const Image top = procedural_tabletop(rng, 128);
        for (const float v : top.values<float>()) ASSERT_TRUE(v > 0 && v <= 0.9f);
        const auto p = top.view<float>();
        double inside = 0, seam = 0;  // the step across the border is like the steps inside
        for (int r = 0; r < 128; ++r) {
            seam += std::abs(p(r, 127) - p(r, 0));
            for (int c = 1; c < 128; ++c) inside += std::abs(p(r, c) - p(r, c - 1)) / 127;
        }
        EXPECT_LT(seam, 4 * inside + 0.5);
    }
}

TEST(BlackBody, DaylightIsNearlyWhiteAndLampsAreWarm) {
    float day[3], lamp[3];
    black_body_rgb(6504, day);
    black_body_rgb(2800, lamp);
    for (const float c : day) EXPECT_NEAR(c, 1, 0.06);
    EXPECT_NEAR(luminance(lamp[0], lamp[1], lamp[2]), 1, 1e-4);
    EXPECT_GT(lamp[0], 2 * lamp[2]);
}

}  // namespace
}  // namespace radforge::film
