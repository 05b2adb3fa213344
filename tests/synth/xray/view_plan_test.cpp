// SPDX-License-Identifier: Apache-2.0
#include "synth/xray/view_plan.h"

#include "synth/base/error.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <tuple>

namespace radforge::xray {
namespace {

constexpr double kPi = 3.14159265358979323846;

ViewConfig with(const std::string& directions, int count, const std::string& mirror = "rows") {
    ViewConfig config;
    config.directions = directions;
    config.count = count;
    config.mirror = mirror;
    return config;
}

void expect_near(Vec3d a, Vec3d b) {
    EXPECT_NEAR(a.x, b.x, 1e-12);
    EXPECT_NEAR(a.y, b.y, 1e-12);
    EXPECT_NEAR(a.z, b.z, 1e-12);
}

TEST(Fibonacci, PointsCoverTheHalfSphereEvenly) {
    // Each point owns 2 pi / n of the sphere: a cap of that area has the radius acos(1 - 1/n).
    const int n = 1332;
    const double own = std::acos(1 - 1. / n);
    Vec3d sum{};
    double nearest_of_all = kPi, farthest_nearest = 0;
    for (int i = 0; i < n; ++i) {
        const Vec3d a = fibonacci_direction(i, n);
        EXPECT_NEAR(length(a), 1, 1e-12);
        EXPECT_GT(a.z, 0);
        sum += a;
        double nearest = kPi;
        for (int j = 0; j < n; ++j)
            if (j != i)
                nearest = std::min(nearest, std::acos(std::min(1., dot(a, fibonacci_direction(j, n)))));
        nearest_of_all = std::min(nearest_of_all, nearest);
        farthest_nearest = std::max(farthest_nearest, nearest);
    }
    EXPECT_GT(nearest_of_all, own);  // no two closer than half of what hexagonal packing allows (1.9)
    EXPECT_LT(farthest_nearest, 2.2 * own);
    EXPECT_NEAR(sum.x / n, 0, 1e-3);
    EXPECT_NEAR(sum.y / n, 0, 1e-3);
    EXPECT_NEAR(sum.z / n, .5, 1e-6);
}

TEST(ViewPlan, EveryFirstPartOfTheViewsIsSpreadOverTheHalfSphere) {
    const int n = 1332;
    const ViewPlan plan(with("fibonacci", n, "none"));
    const auto direction = [&](int i) { return plan.draw({{1}, uint64_t(i)}).source_direction; };
    std::set<std::tuple<double, double, double>> all;
    for (int i = 0; i < n; ++i) all.emplace(direction(i).x, direction(i).y, direction(i).z);
    EXPECT_EQ(all.size(), size_t(n));
    // Of as many Fibonacci points alone, the largest holes have radii of 41, 26 and 13 degrees.
    for (const auto& [count, hole_deg] : {std::pair{12, 48.}, {24, 38.}, {96, 19.}}) {
        double farthest = 0;
        for (int k = 0; k < n; ++k) {
            double nearest = kPi;
            for (int i = 0; i < count; ++i)
                nearest = std::min(
                    nearest, std::acos(std::clamp(dot(fibonacci_direction(k, n), direction(i)), -1., 1.)));
            farthest = std::max(farthest, nearest);
        }
        EXPECT_LT(farthest * 180 / kPi, hole_deg) << count;
    }
}

TEST(ViewPlan, RandomDirectionsAreUniformOnTheHalfSphere) {
    const ViewPlan plan(with("random", 4000, "none"));
    int octants[4] = {}, high = 0;
    for (uint64_t i = 0; i < 4000; ++i) {
        const Vec3d d = plan.draw({{1}, i}).source_direction;
        EXPECT_NEAR(length(d), 1, 1e-12);
        EXPECT_GE(d.z, 0);
        ++octants[(d.x > 0) + 2 * (d.y > 0)];
        high += d.z > .5;
    }
    for (const int count : octants) EXPECT_NEAR(count, 1000, 5 * std::sqrt(750.));
    EXPECT_NEAR(high, 2000, 5 * std::sqrt(1000.));
}

TEST(ViewPlan, IndexNamesVolumeViewAndMirrorWithPairsAdjacent) {
    const ViewPlan plan(with("fibonacci", 1332));
    EXPECT_EQ(plan.samples_per_volume(), 2664u);
    std::set<std::tuple<uint64_t, int, bool>> seen;
    for (uint64_t i = 0; i < 3 * 2664; ++i) {
        const Place place = plan.place(i);
        EXPECT_EQ(place.volume, i / 2664);
        EXPECT_EQ(place.mirrored, i % 2 == 1);
        seen.emplace(place.volume, place.view, place.mirrored);
        EXPECT_EQ(plan.place(i - i % 2).view, place.view);
    }
    EXPECT_EQ(seen.size(), 3u * 2664);
}

TEST(ViewPlan, GroupsNeverLeaveAVolume) {
    for (const auto& [count, at_most, group] :
         {std::tuple{1332, 12, 24}, {1332, 32, 36}, {7, 4, 2}, {7, 7, 14}, {1, 12, 2}}) {
        ViewConfig config = with("fibonacci", count);
        config.views_per_launch = at_most;
        const ViewPlan plan(config);
        EXPECT_EQ(plan.samples_per_launch(), group);
        EXPECT_EQ(plan.samples_per_volume() % uint64_t(plan.samples_per_launch()), 0u);
    }
}

TEST(ViewPlan, BothSamplesOfAPairDrawTheSameNumbers) {
    ViewConfig config = with("random", 20);
    config.roll_deg = Dist<double>::uniform(-180, 180);
    config.geometry = "cone";
    config.source_center_mm = Dist<double>::uniform(500, 900);
    const ViewPlan plan(config);
    for (uint64_t i = 0; i < 40; i += 2) {
        const ViewRecipe a = plan.draw({{5}, i}), b = plan.draw({{5}, i + 1});
        EXPECT_TRUE(a.source_direction == b.source_direction);
        EXPECT_EQ(a.roll_deg, b.roll_deg);
        EXPECT_EQ(a.source_center_mm, b.source_center_mm);
        EXPECT_FALSE(a.mirrored);
        EXPECT_TRUE(b.mirrored);
    }
}

// The front view of a standing patient (LPS): left at the right of the image, head up, back away.
TEST(ViewPlan, TheViewFromTheFrontIsTheAnteroPosteriorOne) {
    const ViewPlan plan(with("fibonacci", 4));
    ViewRecipe recipe;
    recipe.source_direction = {0, 0, 1};
    const Mat3d axes = view_axes(plan.view(recipe, {}, 100, 8));
    expect_near(axes.column(0), {1, 0, 0});
    expect_near(axes.column(1), {0, 0, -1});
    expect_near(axes.column(2), {0, 1, 0});
    recipe.radiograph = "ap";
    const Mat3d named = view_axes(plan.view(recipe, {}, 100, 8));
    for (int k = 0; k < 3; ++k) expect_near(named.column(k), axes.column(k));
}

TEST(ViewPlan, RollTurnsTheImageAboutTheBeamAndMirrorsReverseOneAxis) {
    const ViewPlan rows(with("fibonacci", 4)), columns(with("fibonacci", 4, "columns"));
    ViewRecipe recipe;
    recipe.source_direction = normalized(Vec3d{.3, -.4, .7});
    const View straight = rows.view(recipe, {1, 2, 3}, 100, 16);
    recipe.roll_deg = 90;
    const View rolled = rows.view(recipe, {1, 2, 3}, 100, 16);
    const Mat3d a = view_axes(straight), b = view_axes(rolled);
    expect_near(b.column(2), a.column(2));
    expect_near(b.column(0), a.column(1));  // what was down is right after a quarter turn
    expect_near(rolled.detector_centre_mm(), straight.detector_centre_mm());
    recipe.roll_deg = 0;
    recipe.mirrored = true;
    const View up_down = rows.view(recipe, {1, 2, 3}, 100, 16),
               sides = columns.view(recipe, {1, 2, 3}, 100, 16);
    expect_near(up_down.pixel_mm(0, 5), straight.pixel_mm(15, 5));
    expect_near(sides.pixel_mm(4, 0), straight.pixel_mm(4, 15));
}

TEST(ViewPlan, ConeFieldIsMeasuredInTheMiddleOfTheVolume) {
    ViewConfig config = with("fibonacci", 4);
    config.geometry = "cone";
    const ViewPlan plan(config);
    const ViewRecipe recipe = plan.draw({{1}, 0});
    const View view = plan.view(recipe, {10, 0, 0}, 200, 50);
    // 200 mm at 1000 mm from the spot are 300 mm at 1500 mm.
    EXPECT_NEAR(length(view.column_step_mm) * 50, 300, 1e-9);
    EXPECT_NEAR(length(view.source_mm - Vec3d{10, 0, 0}), 1000, 1e-9);
    config.source_center_mm = 1500.;
    EXPECT_THROW(ViewPlan{config}, Error);
}

TEST(ViewPlan, TiltedTubesLookFromTheHead) {
    const ViewPlan plan(with("radiographs", 4));
    ViewRecipe recipe;
    recipe.radiograph = "ap";
    recipe.tilt_deg = 20;
    // The beam runs to the back and to the feet: the tube is above.
    const Vec3d beam = view_axes(plan.view(recipe, {}, 100, 8)).column(2);
    expect_near(beam, {0, std::cos(20 * kPi / 180), -std::sin(20 * kPi / 180)});
}

}  // namespace
}  // namespace radforge::xray
