// SPDX-License-Identifier: Apache-2.0
#include "synth/film/framing.h"

#include "synth/base/error.h"
#include "synth/base/rng.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

namespace radforge::film {
namespace {

std::vector<Vec3f> bowed_page() {
    std::vector<Vec3f> vertices;
    for (int j = 0; j <= 20; ++j)
        for (int i = 0; i <= 16; ++i) {
            const double x = (i / 16.0 - 0.5) * 0.35, y = (0.5 - j / 20.0) * 0.43;
            vertices.push_back(to_float(Vec3d{x, 1.2 + y, 0.05 * std::cos(6 * x)}));
        }
    return vertices;
}

TEST(Framing, FilmCoversTheAskedPartOfTheFrameAtTheAskedPlace) {
    const std::vector<Vec3f> vertices = bowed_page();
    const Subject subject{vertices, {0, 0, 1}, {0, 1, 0}};
    Rng rng({{7}, 0}, Stream::Camera);
    for (int k = 0; k < 40; ++k) {
        FramingRecipe recipe;
        recipe.focal_length_35mm = rng.uniform(24, 50);
        recipe.yaw_deg = rng.uniform(-40, 40);
        recipe.pitch_deg = rng.uniform(-30, 30);
        recipe.roll_deg = rng.uniform(-20, 20);
        recipe.coverage = rng.uniform(0.6, 0.94);
        recipe.shift_x = rng.uniform(-1, 1);
        recipe.shift_y = rng.uniform(-1, 1);
        recipe.k1 = rng.uniform(-0.08, 0.08);
        const optics::Camera camera = frame(recipe, 448, 336, subject);
        Vec2d lo{1e9, 1e9}, hi{-1e9, -1e9};
        for (const Vec3f& v : vertices) {
            const Vec2d p = camera.project(to_double(v));
            lo = {std::min(lo.x, p.x), std::min(lo.y, p.y)};
            hi = {std::max(hi.x, p.x), std::max(hi.y, p.y)};
        }
        EXPECT_NEAR(std::max((hi.x - lo.x) / 448, (hi.y - lo.y) / 336), recipe.coverage, 0.005);
        EXPECT_NEAR(0.5 * (lo.x + hi.x), 224 + recipe.shift_x * 0.4 * (1 - recipe.coverage) * 448, 1.5);
        EXPECT_GE(lo.x, 0);
        EXPECT_LE(hi.y, 336);
    }
}

TEST(Framing, CoverageIsMetWithShortAndLongLenses) {
    const std::vector<Vec3f> vertices = bowed_page();
    for (const auto& [focal, coverage, yaw, pitch] : {std::array{24.0, 0.94, 0.0, 0.0},
                                                      {24.0, 0.94, 25.0, -20.0},
                                                      {12.0, 0.9, 0.0, 0.0},
                                                      {24.0, 0.94, 45.0, 35.0},
                                                      {200.0, 0.1, 0.0, 0.0},
                                                      {200.0, 0.98, 60.0, 0.0}}) {
        FramingRecipe recipe;
        recipe.focal_length_35mm = focal;
        recipe.coverage = coverage;
        recipe.yaw_deg = yaw;
        recipe.pitch_deg = pitch;
        const optics::Camera camera = frame(recipe, 448, 448, {vertices, {0, 0, 1}, {0, 1, 0}});
        Vec2d lo{1e9, 1e9}, hi{-1e9, -1e9};
        for (const Vec3f& v : vertices) {
            const Vec2d p = camera.project(to_double(v));
            lo = {std::min(lo.x, p.x), std::min(lo.y, p.y)};
            hi = {std::max(hi.x, p.x), std::max(hi.y, p.y)};
        }
        EXPECT_NEAR(std::max(hi.x - lo.x, hi.y - lo.y) / 448 / coverage, 1, 1e-3) << focal << " mm, " << yaw;
    }
}

TEST(Framing, CoverageThatNoDistanceGivesIsRefused) {
    std::vector<Vec3f> vertices = bowed_page();
    for (Vec3f& v : vertices) v *= 40;  // 17 m: more than 100 m away
    FramingRecipe recipe;
    recipe.focal_length_35mm = 200;
    recipe.coverage = 0.5;
    EXPECT_THROW(frame(recipe, 448, 448, {vertices, {0, 0, 1}, {0, 1, 0}}), Error);
}

TEST(Framing, UnrolledCameraShowsThePageUprightAndUnmirrored) {
    const std::vector<Vec3f> vertices = bowed_page();
    const optics::Camera camera = frame({}, 400, 500, {vertices, {0, 0, 1}, {0, 1, 0}});
    const Vec2d top_left = camera.project(to_double(vertices[0])),
                top_right = camera.project(to_double(vertices[16]));
    const Vec2d bottom_left = camera.project(to_double(vertices[20 * 17]));
    EXPECT_LT(top_left.x + 100, top_right.x);
    EXPECT_LT(top_left.y + 100, bottom_left.y);
}

TEST(Framing, CameraBelowTheTableIsRefused) {
    const std::vector<Vec3f> vertices = bowed_page();
    Subject subject{vertices, {0, 0, 1}, {0, 1, 0}};
    subject.floor_y_m = 3;
    EXPECT_THROW(frame({}, 400, 400, subject), Error);
}

TEST(Framing, CameraBehindTheWallIsRefused) {
    const std::vector<Vec3f> vertices = bowed_page();
    Subject subject{vertices, {0, 0, 1}, {0, 1, 0}};
    subject.wall_z_m = 0;
    FramingRecipe recipe;
    EXPECT_NO_THROW(frame(recipe, 400, 400, subject));
    subject.facing = {0, 0.6, 0.8};  // as a sheet that leans: seen from above, over the wall
    recipe.pitch_deg = 70;
    EXPECT_THROW(frame(recipe, 400, 400, subject), Error);
    subject.wall_z_m = -5;
    EXPECT_NO_THROW(frame(recipe, 400, 400, subject));
}

TEST(Framing, HeadingZeroIsTheViewDirection) {
    const std::vector<Vec3f> vertices = bowed_page();
    FramingRecipe recipe;
    recipe.yaw_deg = 33;
    const optics::Camera camera = frame(recipe, 400, 400, {vertices, {0, 0, 1}, {0, 1, 0}});
    const Vec3d ahead = heading_to_zero(camera) * camera.pose.rotation.column(2);
    EXPECT_NEAR(ahead.x, 0, 1e-12);
    EXPECT_LT(ahead.z, -0.5);
    EXPECT_NEAR(heading_to_zero(camera).column(1).y, 1, 1e-12);
}

}  // namespace
}  // namespace radforge::film
