// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/phantom_shape.h"

#include "synth/base/rng.h"

#include <gtest/gtest.h>

#include <cmath>

namespace radforge::volume {
namespace {

template <class Noise>
void expect_unit_noise(Noise noise) {
    Rng rng({Seed{3}, 0}, Stream::Source);
    double sum = 0, squares = 0;
    constexpr int kPoints = 200000;
    for (int i = 0; i < kPoints; ++i) {
        const Vec3f p{float(rng.uniform(-900, 900)), float(rng.uniform(-900, 900)),
                      float(rng.uniform(-900, 900))};
        const double n = noise(p, 7);
        sum += n, squares += n * n;
    }
    EXPECT_NEAR(sum / kPoints, 0, 0.01);
    EXPECT_NEAR(std::sqrt(squares / kPoints), 1, 0.02);
}

TEST(Noise, HasZeroMeanAndUnitDeviation) {
    expect_unit_noise(gradient_noise);
    expect_unit_noise(value_noise);
}

TEST(Noise, IsContinuousAcrossCellsAndChangesWithTheSeed) {
    for (int i = -3; i <= 3; ++i) {
        const Vec3f edge{float(i), 0.37f, 1.61f}, before{float(i) - 1e-4f, 0.37f, 1.61f};
        EXPECT_NEAR(gradient_noise(edge, 5), gradient_noise(before, 5), 2e-3);
        EXPECT_NEAR(value_noise(edge, 5), value_noise(before, 5), 2e-3);
    }
    EXPECT_NE(gradient_noise({0.3f, 0.4f, 0.5f}, 1), gradient_noise({0.3f, 0.4f, 0.5f}, 2));
}

TEST(Shape, EllipsoidDistanceIsZeroOnTheSurfaceAndExactForASphere) {
    const Vec3f centre{1, 2, 3}, radii{30, 20, 10};
    for (float a = 0; a < 6.2f; a += 0.37f)
        for (float b = -1.5f; b < 1.5f; b += 0.29f) {
            const Vec3f unit{std::cos(b) * std::cos(a), std::cos(b) * std::sin(a), std::sin(b)};
            EXPECT_NEAR(ellipsoid_distance(centre + unit * radii, centre, radii), 0, 1e-4);
            EXPECT_NEAR(ellipsoid_distance(centre + unit * 14.0f, centre, {10, 10, 10}), 4, 1e-4);
            EXPECT_NEAR(ellipsoid_distance(centre + unit * 3.0f, centre, {10, 10, 10}), -7, 1e-4);
        }
}

TEST(Shape, TubeAndBoxDistancesAreExactBesideTheirFaces) {
    EXPECT_FLOAT_EQ(tube_distance({5, 7, 0}, {0, 0, 0}, {10, 0, 0}, 2, 4), 4);
    EXPECT_FLOAT_EQ(tube_distance({13, 0, 0}, {0, 0, 0}, {10, 0, 0}, 2, 2), 1);
    EXPECT_NEAR(box_distance({9, 0, 0}, {1, 0, 0}, {5, 4, 3}, 1), 3, 1e-5);
    EXPECT_NEAR(box_distance({1, 0, 0}, {1, 0, 0}, {5, 4, 3}, 1), -3, 1e-5);
}

TEST(Shape, SmoothMinimumFillsTheCornerOnly) {
    EXPECT_FLOAT_EQ(smooth_min(1, 9, 4), 1);
    EXPECT_FLOAT_EQ(smooth_min(2, 2, 4), 1);
    EXPECT_FLOAT_EQ(smooth_max(2, 2, 4), 3);
}

}  // namespace
}  // namespace radforge::volume
