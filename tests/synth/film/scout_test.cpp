// SPDX-License-Identifier: Apache-2.0
#include "synth/film/scout.h"

#include "tests/synth/film/ball_volume.h"

#include <gtest/gtest.h>

#include <cmath>

namespace radforge::film {
namespace {

/// Centre of what is denser than half of the densest.
Vec2d centre_of_mass(const Image& hu) {
    double sum = 0;
    Vec2d at{0, 0};
    for (int r = 0; r < hu.height_px; ++r)
        for (int c = 0; c < hu.width_px; ++c) {
            const double weight = double(hu.view<float>()(r, c)) + 1000;
            sum += weight;
            at = at + weight * Vec2d{c + 0.5, r + 0.5};
        }
    return at * (1 / sum);
}

TEST(Scout, BallIsRoundAndInTheMiddleWhateverTheTilt) {
    for (const double tilt : {0.0, 18.0}) {
        const Scout scout = make_scout(ball_volume(tilt), 1.5);
        EXPECT_TRUE(scout.lateral);
        const Vec2d centre = centre_of_mass(scout.hu);
        EXPECT_NEAR(centre.x, 0.5 * scout.hu.width_px, 1.0);
        EXPECT_NEAR(centre.y, 0.5 * scout.hu.height_px, 1.0);
        // Mean over 192 mm of a chord of 160 mm of about water: -1000 + 1040 * 160 / 192.
        EXPECT_NEAR(scout.hu.view<float>()(int(centre.y), int(centre.x)), -1000 + 1040 * 160.0 / 192, 25);
        // Half way out the chord is sqrt(3)/2 of the diameter, in both directions.
        const int d = int(std::lround(40 / 1.5));
        for (const auto& [dx, dy] : {std::pair{d, 0}, {-d, 0}, {0, d}, {0, -d}})
            EXPECT_NEAR(scout.hu.view<float>()(int(centre.y) + dy, int(centre.x) + dx),
                        -1000 + 1040 * 160 * 0.866 / 192, 35);
    }
}

TEST(Scout, SliceLinesLeanWithTheGantryAndKeepTheirDistance) {
    const Scout level = make_scout(ball_volume(0), 1.5), tilted = make_scout(ball_volume(18), 1.5);
    ASSERT_EQ(level.lines.size(), 24u);
    EXPECT_NEAR(level.lines[5].from_px.y, level.lines[5].to_px.y, 1e-9);
    EXPECT_NEAR(level.lines[5].from_px.y - level.lines[6].from_px.y, 8 / 1.5,
                1e-9);  // later slices are higher
    const Vec2d run = tilted.lines[5].to_px - tilted.lines[5].from_px;
    EXPECT_NEAR(std::atan2(run.y, run.x) * 180 / M_PI, 18, 1e-6);
    EXPECT_NEAR(length(run), 128, 1e-6);
}

TEST(Scout, BodiesAreSeenFromTheFront) {
    Volume v = ball_volume();
    v.body_part = BodyPart::Chest;
    const Scout scout = make_scout(v, 1.5);
    EXPECT_FALSE(scout.lateral);
    // The gradient along x shows only from the front.
    const int row = scout.hu.height_px / 2, middle = scout.hu.width_px / 2;
    EXPECT_GT(scout.hu.view<float>()(row, middle + 20), scout.hu.view<float>()(row, middle - 20) + 15);
}

}  // namespace
}  // namespace radforge::film
