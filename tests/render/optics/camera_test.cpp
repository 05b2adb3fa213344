// SPDX-License-Identifier: Apache-2.0
#include "render/optics/camera.h"

#include "synth/base/error.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace radforge::optics {
namespace {

Camera phone() {
    Camera c;
    c.width_px = 640;
    c.height_px = 480;
    c.fx_px = 520;
    c.fy_px = 515;
    c.cx_px = 322.3;
    c.cy_px = 236.1;
    return c;
}

Camera strong(double k1, double k2, double k3, double p1, double p2) {
    Camera c = phone();
    c.k1 = k1;
    c.k2 = k2;
    c.k3 = k3;
    c.p1 = p1;
    c.p2 = p2;
    return c;
}

double worst_round_trip_px(const Camera& c) {
    double worst = 0;
    for (int r = 0; r <= c.height_px; r += 16)
        for (int col = 0; col <= c.width_px; col += 16) {
            const Vec2d px{double(col), double(r)};
            const Vec2d back = c.project_local(c.direction_local(px) * 0.37);
            const double error = length(back - px);
            if (!(error <= worst)) worst = error;
        }
    return worst;
}

TEST(Camera, PixelCentresFollowTheEdgeBasedConvention) {
    Camera c;
    const Vec2d px = c.project({0, 0, 2});
    EXPECT_DOUBLE_EQ(px.x, 224);
    EXPECT_DOUBLE_EQ(px.y, 224);
    const Vec2d right_down = c.project({0.002, 0.004, 1});
    EXPECT_NEAR(right_down.x, 225, 1e-12);
    EXPECT_NEAR(right_down.y, 226, 1e-12);
}

TEST(Camera, DistortionAgreesWithTheFormulaWorkedByHand) {
    const Camera c = strong(0.1, -0.05, 0.02, 0.003, -0.002);
    const double x = 0.3, y = -0.2, r2 = 0.13;
    const double radial = 1 + 0.1 * r2 - 0.05 * r2 * r2 + 0.02 * r2 * r2 * r2;
    const Vec2d px = c.project_local({x, y, 1});
    EXPECT_NEAR(px.x, 520 * (x * radial + 2 * 0.003 * x * y - 0.002 * (r2 + 2 * x * x)) + 322.3, 1e-10);
    EXPECT_NEAR(px.y, 515 * (y * radial + 0.003 * (r2 + 2 * y * y) + 2 * -0.002 * x * y) + 236.1, 1e-10);
}

TEST(Camera, InverseDistortionReturnsToThePixelWithin1e9) {
    EXPECT_LT(worst_round_trip_px(phone()), 1e-9);
    EXPECT_LT(worst_round_trip_px(strong(-0.25, 0.05, 0, 0.004, -0.006)), 1e-9);
    EXPECT_LT(worst_round_trip_px(strong(0.4, 0.3, 0.1, -0.01, 0.01)), 1e-9);
    EXPECT_LT(worst_round_trip_px(strong(-0.15, 0.1, -0.03, 0, 0)), 1e-9);
}

TEST(Camera, PixelDirectionsDerivativesAreItsDifferences) {
    const Camera c = strong(-0.25, 0.05, 0, 0.004, -0.006);
    for (const Vec2d px : {Vec2d{10.5, 20.5}, {224.5, 300.5}, {440.5, 3.5}}) {
        const PixelDirection d = c.pixel_direction(px);
        constexpr double h = 1e-3;
        const auto change = [&](Vec2d step) {
            return (c.direction_local(px + step) - c.direction_local(px - step)) * (0.5 / h);
        };
        EXPECT_EQ(d.centre.z, 1);
        EXPECT_LT(length(d.right - change({h, 0})), 1e-8);
        EXPECT_LT(length(d.down - change({0, h})), 1e-8);
        EXPECT_GT(length(d.right), 1e-4);
    }
}

TEST(Camera, FoldInsideTheFrameIsRefused) {
    EXPECT_NO_THROW(strong(-0.2, 0, 0, 0, 0).validate());
    // r (1 + k1 r2) peaks at r = sqrt(-1 / (3 k1)) with value 2/3 r = 0.4714 for k1 = -2/3; the corner needs
    // 0.76.
    EXPECT_THROW(strong(-2.0 / 3, 0, 0, 0, 0).validate(), Error);
    // Dips and grows again before the corner: the ends look harmless.
    EXPECT_THROW(strong(-3, 4, 0, 0, 0).validate(), Error);
}

TEST(Camera, PointsBeyondTheFoldOrBehindAreNotImaged) {
    const Camera c = strong(-0.3, 0, 0, 0, 0);
    const double fold = std::sqrt(1 / 0.9);
    EXPECT_FALSE(std::isnan(c.project_local({0.999 * fold, 0, 1}).x));
    EXPECT_TRUE(std::isnan(c.project_local({1.001 * fold, 0, 1}).x));
    // 1 + k1 r2 < 0: the point would appear mirrored through the axis, with a positive Jacobian.
    EXPECT_TRUE(std::isnan(c.project_local({2.5, 0, 1}).x));
    EXPECT_TRUE(std::isnan(c.project({0, 0, -1}).x));
    EXPECT_TRUE(std::isnan(c.project({0, 0, 0}).y));
    EXPECT_TRUE(std::isnan(c.direction_local({c.cx_px + c.fx_px * 0.75, c.cy_px}).x));
}

TEST(Camera, WorldPointLiesOnTheRayThroughItsPixel) {
    Camera c = strong(-0.1, 0.02, 0, 0.001, 0.001);
    c.pose.rotation = rotation_about(normalized(Vec3d{1, 2, -1}), 0.7);
    c.pose.translation_m = {0.3, -0.2, 1.1};
    const Vec3d world = c.pose.to_world({0.2, -0.15, 0.9});
    const Ray ray = c.ray(c.project(world));
    const Vec3d offset = world - ray.origin_m;
    EXPECT_NEAR(length(ray.direction), 1, 1e-12);
    EXPECT_LT(length(cross(offset, ray.direction)), 1e-11);
    EXPECT_GT(dot(offset, ray.direction), 0);
}

TEST(Camera, EveryLensPointMeetsTheChiefRayInTheFocusPlane) {
    Camera c = phone();
    c.aperture_radius_m = 0.01;
    c.focus_distance_m = 0.6;
    const Vec3d sharp = c.direction_local({100, 400}) * 0.6;
    double widest = 0;
    for (double a : {0.0, 0.1, 0.5, 0.9, 1.0})
        for (double b : {0.0, 0.3, 0.5, 1.0}) {
            const Ray ray = c.ray({100, 400}, {a, b});
            EXPECT_LT(length(cross(sharp - ray.origin_m, ray.direction)), 1e-12);
            EXPECT_LE(length(ray.origin_m), 0.01 + 1e-15);
            widest = std::max(widest, length(ray.origin_m));
        }
    EXPECT_NEAR(widest, 0.01, 1e-12);
}

TEST(Camera, RollingShutterRaysAndProjectionUndoEachOther) {
    Camera camera;
    camera.k1 = -0.05;
    camera.pose.translation_m = {0.1, 0.2, -0.3};
    camera.motion.turn_rad_per_s = {0.4, -0.7, 0.3};
    camera.motion.velocity_m_per_s = {0.2, 0.1, -0.3};
    camera.motion.readout_s = 0.03;
    for (const double x : {3.0, 200.0, 440.0})
        for (const double y : {1.0, 150.5, 447.0}) {
            const Ray ray = camera.ray({x, y});
            const Vec2d px = camera.project(ray.origin_m + ray.direction * 0.7);
            EXPECT_NEAR(px.x, x, 1e-6);
            EXPECT_NEAR(px.y, y, 1e-6);
        }
    // A pan to the right by 0.7 rad/s: between the first and the last row the picture moves by f x angle.
    Camera pan;
    pan.motion.turn_rad_per_s = {0, 0.7, 0};
    pan.motion.readout_s = 0.03;
    Camera still;
    const auto shift = [&](double y) {
        const Ray ray = still.ray({224, y});
        return pan.project(ray.origin_m + ray.direction).x - 224;
    };
    EXPECT_NEAR(shift(0) - shift(448), 500 * 0.7 * 0.03, 0.2);
    EXPECT_NEAR(shift(224), 0, 1e-9);
}

TEST(Camera, PoseAtTurnsAboutTheCamerasOwnAxes) {
    Camera camera;
    camera.pose.rotation = {{{0, 0, 1}, {1, 0, 0}, {0, 1, 0}}};
    camera.motion.turn_rad_per_s = {0, 0, 3.14159265358979323846};
    camera.motion.velocity_m_per_s = {1, 0, 0};
    const Pose half = camera.pose_at(0.5);  // a quarter turn about the view axis
    EXPECT_LT(length(half.rotation.column(2) - camera.pose.rotation.column(2)), 1e-12);
    EXPECT_LT(length(half.rotation.column(0) - camera.pose.rotation.column(1)), 1e-12);
    EXPECT_LT(length(half.translation_m - camera.pose.rotation.column(0) * 0.5), 1e-12);
}

TEST(Camera, PolygonalApertureIsUniformOverItsPolygon) {
    Camera camera;
    camera.aperture_radius_m = 2;
    camera.aperture_blades = 5;
    camera.aperture_turn_rad = 0.3;
    double sum_x = 0, sum_y = 0, second = 0;
    constexpr int n = 400;
    for (int i = 0; i < n; ++i)
        for (int j = 0; j < n; ++j) {
            const Vec2d p = camera.lens_point_m({(i + 0.5) / n, (j + 0.5) / n});
            sum_x += p.x / (n * n), sum_y += p.y / (n * n);
            second += dot(p, p) / (n * n);
            for (int k = 0; k < 5; ++k) {  // inside every side
                const double angle = 0.3 + (k + 0.5) * 2 * M_PI / 5;
                ASSERT_LE(p.x * std::cos(angle) + p.y * std::sin(angle), 2 * std::cos(M_PI / 5) + 1e-9);
            }
        }
    EXPECT_NEAR(sum_x, 0, 1e-3);
    EXPECT_NEAR(sum_y, 0, 1e-3);
    // Regular polygon of circumradius R: mean of r^2 is R^2 (2 + cos(2 pi / n)) / 6.
    EXPECT_NEAR(second, 4 * (2 + std::cos(2 * M_PI / 5)) / 6, 1e-3);
}

TEST(Camera, ImpossibleNumbersAreNamed) {
    Camera c = phone();
    c.fx_px = -1;
    try {
        c.validate();
        FAIL() << "a negative focal length passed";
    } catch (const Error& e) {
        EXPECT_NE(std::string(e.what()).find("focal length fx"), std::string::npos);
    }
}

TEST(Camera, FourTogetherHaveTheBitsOfEachAlone) {
    Camera moving = strong(0.08, -0.3, 0.1, 0.002, -0.003);
    moving.pose = {rotation_about(normalized(Vec3d{0.2, 1, -0.4}), 0.7), {0.1, -0.3, 0.2}};
    moving.motion.velocity_m_per_s = {0.1, -0.2, 0.05};
    moving.motion.turn_rad_per_s = {0.3, 0.2, -0.5};
    moving.motion.readout_s = 0.03;
    Camera still = phone(), shifting = moving;
    shifting.motion.turn_rad_per_s = {};
    int nowhere = 0, somewhere = 0;
    for (const Camera& c : {moving, still, shifting, strong(-0.3, 0, 0, 0, 0)})
        for (int i = 0; i < 500; ++i) {
            std::array<Vec3d, Camera::kTogether> world, velocities;
            std::array<Vec2d, Camera::kTogether> px;
            for (size_t k = 0; k < px.size(); ++k) {
                const double a = 0.37 * i + 1.9 * double(k);
                px[k] = {(0.5 + 0.8 * std::sin(a)) * c.width_px,
                         (0.5 + 0.8 * std::cos(2.3 * a)) * c.height_px};
                world[k] = c.pose.to_world({std::sin(a), std::cos(1.3 * a), 0.7 + std::sin(0.9 * a)});
                velocities[k] = k == 1 || i % 3 == 0 ? Vec3d{} : Vec3d{std::cos(a), 0.3, std::sin(3 * a)};
            }
            const auto projected = c.project(world, velocities);
            const auto directions = c.pixel_directions(px);
            for (size_t k = 0; k < px.size(); ++k) {
                const Vec2d alone = c.project(world[k], velocities[k]);
                const PixelDirection way = c.pixel_direction(px[k]);
                ++(std::isnan(alone.x) || std::isnan(way.centre.x) ? nowhere : somewhere);
                if (!std::isnan(alone.x)) {
                    ASSERT_EQ(projected[k], alone);
                } else {
                    ASSERT_TRUE(std::isnan(projected[k].x) && std::isnan(projected[k].y));
                }
                if (!std::isnan(way.centre.x)) {
                    ASSERT_EQ(directions[k].centre, way.centre);
                    ASSERT_EQ(directions[k].right, way.right);
                    ASSERT_EQ(directions[k].down, way.down);
                } else {
                    ASSERT_TRUE(std::isnan(directions[k].centre.x) && std::isnan(directions[k].down.y));
                }
            }
        }
    EXPECT_GT(nowhere, 500);
    EXPECT_GT(somewhere, 1000);
}

}  // namespace
}  // namespace radforge::optics
