// SPDX-License-Identifier: Apache-2.0
#include "synth/colorize/texture.h"

#include "synth/base/rng.h"

#include <gtest/gtest.h>

#include <cmath>

namespace radforge::colorize {
namespace {

Vec3f somewhere(Rng& rng) {
    return {float(rng.uniform(-40, 40)), float(rng.uniform(-40, 40)), float(rng.uniform(-40, 40))};
}

TEST(Cells, DistancesAreLipschitzAlongAnyDirection) {
    Rng rng({{1}, 0}, Stream::Noise);
    for (int i = 0; i < 4000; ++i) {
        const Vec3f p = somewhere(rng);
        const Vec3f q = p + Vec3f{float(rng.uniform(-.01, .01)), float(rng.uniform(-.01, .01)),
                                  float(rng.uniform(-.01, .01))};
        const Cell a = cell_at(p, 5), b = cell_at(q, 5);
        const float step = length(q - p);
        // A nearest centre that lay outside the 27 cells searched would make a jump.
        EXPECT_LE(std::abs(a.nearest - b.nearest), step + 2e-5f);
        EXPECT_GE(a.second, a.nearest);
    }
}

TEST(Cells, OneCentreForOneUnitOfVolume) {
    // Mean distance to the nearest of jittered centres of unit density: between that of a perfect grid, 0.48,
    // and of a Poisson process, 0.554.
    Rng rng({{1}, 1}, Stream::Noise);
    double sum = 0;
    for (int i = 0; i < 20000; ++i) sum += double(cell_at(somewhere(rng), 5).nearest);
    EXPECT_GT(sum / 20000, 0.47);
    EXPECT_LT(sum / 20000, 0.554);
}

TEST(Fibres, AreAsMuchLongerThanWideAsTold) {
    Rng rng({{1}, 2}, Stream::Noise);
    const Vec3f along = fibre_direction(12345);
    EXPECT_NEAR(length(along), 1, 1e-5);
    const Vec3f across = normalized(cross(along, Vec3f{1, 0, 0}));
    // Equal changes for steps of 8 : 1.
    double change_along = 0, change_across = 0, close = 0;
    for (int i = 0; i < 20000; ++i) {
        const Vec3f p = somewhere(rng);
        const float here = fibre_noise(p, along, 0.9f, 8, 3);
        change_along += std::abs(double(fibre_noise(p + along * 0.8f, along, 0.9f, 8, 3) - here));
        change_across += std::abs(double(fibre_noise(p + across * 0.1f, along, 0.9f, 8, 3) - here));
        close += std::abs(double(fibre_noise(p + along * 0.1f, along, 0.9f, 8, 3) - here));
    }
    EXPECT_NEAR(change_along / change_across, 1, 0.05);
    EXPECT_LT(close, 0.2 * change_across);
}

TEST(Tubes, AreCurvesThatGoOnThroughTheSlices) {
    // Somewhere near a point of the tangle in one slice there is one in the next slice, 0.05 units on.
    int points = 0, followed = 0;
    for (int r = 0; r < 300; ++r)
        for (int c = 0; c < 300; ++c) {
            const Vec3f p{float(c) * 0.05f, float(r) * 0.05f, 3.3f};
            if (tube_distance(p, 9) > 0.03f) continue;
            ++points;
            bool found = false;
            for (int y = -8; y <= 8 && !found; ++y)
                for (int x = -8; x <= 8 && !found; ++x)
                    found = tube_distance(p + Vec3f{float(x) * 0.03f, float(y) * 0.03f, 0.05f}, 9) < 0.05f;
            followed += found;
        }
    EXPECT_GT(points, 20);
    EXPECT_GT(followed, 0.8 * points);
}

TEST(Fraction, IsUniform) {
    double sum = 0, squares = 0;
    for (uint32_t i = 0; i < 20000; ++i) {
        const double f = double(fraction(i, 3));
        ASSERT_GE(f, 0);
        ASSERT_LT(f, 1);
        sum += f, squares += f * f;
    }
    // Four deviations of the mean (1 / sqrt(12 n)) and of the mean square (sqrt(4 / 45 / n)).
    EXPECT_NEAR(sum / 20000, 0.5, 4 / std::sqrt(12.0 * 20000));
    EXPECT_NEAR(squares / 20000, 1 / 3.0, 4 * std::sqrt(4 / 45.0 / 20000));
}

}  // namespace
}  // namespace radforge::colorize
