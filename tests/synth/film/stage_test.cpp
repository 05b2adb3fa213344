// SPDX-License-Identifier: Apache-2.0
#include "synth/film/stage.h"

#include "synth/base/error.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace radforge::film {
namespace {

physics::SettledSheet sheet_with(const std::vector<std::string>& roles, float height_m) {
    physics::SettledSheet sheet;
    sheet.mesh = grid_mesh(2, 2, {{0, 0, 0}, {0.35f, height_m, 0}, {0, 0, 0.43f}, {0.35f, height_m, 0.43f}});
    sheet.columns = sheet.rows = 2;
    sheet.viewing_normal = {0, 1, 0};
    for (const std::string& role : roles) sheet.obstacles.push_back({role, sheet.mesh});
    return sheet;
}

LightboxSubject subject_of(const physics::SettledSheet& sheet) {
    return {sheet.mesh.positions_m, sheet.viewing_normal};
}

std::set<std::string> modes(const physics::SettledSheet& sheet, const Weights& weights) {
    std::set<std::string> seen;
    for (int k = 0; k < 100; ++k) seen.insert(pick_viewing(sheet, weights, k / 100.0));
    return seen;
}

TEST(Viewing, ModesFollowFromWhereTheSheetIs) {
    const Weights all{{{"desk", 1}, {"lightbox", 1}, {"window", 1}, {"room", 1}, {"wall", 1}}};
    EXPECT_EQ(modes(sheet_with({"desk"}, 0.005f), all), (std::set<std::string>{"desk", "lightbox"}));
    EXPECT_EQ(modes(sheet_with({"desk"}, 0.1f), all), (std::set<std::string>{"desk"}));
    EXPECT_EQ(modes(sheet_with({"desk", "cylinder"}, 0.005f), all), (std::set<std::string>{"desk"}));
    EXPECT_EQ(modes(sheet_with({"desk", "wall"}, 0.2f), all), (std::set<std::string>{"wall"}));
    EXPECT_EQ(modes(sheet_with({"clip"}, 0.2f), all), (std::set<std::string>{"lightbox", "room", "window"}));
}

TEST(Viewing, WeightsDecideAndZeroExcludes) {
    const Weights weights{{{"window", 3}, {"room", 1}}};
    int windows = 0;
    for (int k = 0; k < 1000; ++k)
        windows += pick_viewing(sheet_with({"clip"}, 0.2f), weights, (k + 0.5) / 1000) == "window";
    EXPECT_EQ(windows, 750);
    EXPECT_THROW(pick_viewing(sheet_with({"desk"}, 0.1f), weights, 0.5), Error);
}

TEST(WindowAzimuth, FindsTheBrightBandAndItsDirection) {
    Image map(64, 128, 3, PixelType::F32, ColorSpace::Linear);
    for (float& v : map.values<float>()) v = 0.1f;
    const auto p = map.view<float>();
    for (int r = 28; r < 36; ++r)
        for (int c = 90; c < 96; ++c)
            for (int k = 0; k < 3; ++k) p(r, c, k) = 50;
    EXPECT_NEAR(window_azimuth_rad(map), (93.0 / 128 - 0.5) * 2 * 3.14159265, 1e-6);
}

TEST(WindowAzimuth, FindsABandAcrossTheSeamAndTheMiddleOfAnEvenMap) {
    Image map(64, 128, 3, PixelType::F32, ColorSpace::Linear);
    for (float& v : map.values<float>()) v = 0.1f;
    EXPECT_NEAR(window_azimuth_rad(map), 0, 1e-12);
    const auto p = map.view<float>();
    for (int r = 28; r < 36; ++r)
        for (int c = 126; c < 134; ++c)
            for (int k = 0; k < 3; ++k) p(r, c % 128, k) = 50;
    EXPECT_NEAR(window_azimuth_rad(map), (130.0 / 128 - 1.5) * 2 * 3.14159265, 1e-6);
}

TEST(Stage, WindowStandsBehindTheFilm) {
    Image map(64, 128, 3, PixelType::F32, ColorSpace::Linear);
    for (float& v : map.values<float>()) v = 0.01f;
    const auto p = map.view<float>();
    for (int r = 28; r < 36; ++r)
        for (int c = 20; c < 24; ++c)
            for (int k = 0; k < 3; ++k) p(r, c, k) = 50;
    Surroundings around;
    around.environment = std::make_shared<const path::EnvironmentMap>(map);
    around.window_azimuth_rad = window_azimuth_rad(map);
    const path::SceneDescription scene = set_stage(sheet_with({"clip"}, 0.2f), {}, "window", {}, around);
    // The map is turned so that what the camera (looking along -z) sees behind the film is the window.
    const double turn = scene.environment->heading_rad;
    const Vec3f into_map{float(std::sin(-turn)), 0, float(-std::cos(-turn))};
    EXPECT_GT(around.environment->radiance(into_map).x, 10);
}

TEST(Stage, LightBoxShinesTowardsTheViewerFromBehindTheFilm) {
    Image map(8, 16, 3, PixelType::F32, ColorSpace::Linear);
    for (float& v : map.values<float>()) v = 1;
    Surroundings around;
    around.environment = std::make_shared<const path::EnvironmentMap>(map);
    StageRecipe recipe;
    recipe.lightbox_ratio = 12;
    const physics::SettledSheet sheet = sheet_with({"desk"}, 0.005f);
    const path::SceneDescription scene = set_stage(sheet, subject_of(sheet), "lightbox", recipe, around);
    ASSERT_EQ(scene.panels.size(), 1u);
    const path::PanelLight& panel = scene.panels[0];
    EXPECT_GT(normalized(cross(panel.edge_u_m, panel.edge_v_m)).y, 0.999);
    EXPECT_LT(panel.corner_m.y, 0);
    EXPECT_GE(length(panel.edge_u_m), 0.35);
    EXPECT_GE(length(panel.edge_v_m), 0.43);
    EXPECT_NEAR(luminance(panel.radiance.x, panel.radiance.y, panel.radiance.z), 12, 0.1);
    for (const path::OpaqueObject& o : scene.objects) EXPECT_EQ(o.name, "bezel");
}

TEST(Stage, LightBoxLeansAsTheFilmDoes) {
    Image map(8, 16, 3, PixelType::F32, ColorSpace::Linear);
    for (float& v : map.values<float>()) v = 1;
    Surroundings around;
    around.environment = std::make_shared<const path::EnvironmentMap>(map);
    physics::SettledSheet sheet = sheet_with({"grip"}, 0);
    const double lean = 0.8;
    const Vec3d out{0.1, std::sin(lean), std::cos(lean)};
    sheet.viewing_normal = normalized(out);
    const path::SceneDescription scene = set_stage(sheet, subject_of(sheet), "lightbox", {}, around);
    const path::PanelLight& panel = scene.panels.at(0);
    const Vec3d shines = normalized(cross(panel.edge_u_m, panel.edge_v_m));
    EXPECT_GT(dot(shines, sheet.viewing_normal), 0.9999);
    for (const Vec3f& p : sheet.mesh.positions_m) {
        const Vec3d from = to_double(p) - panel.corner_m;
        EXPECT_GT(dot(from, shines), 0);
        for (const Vec3d& edge : {panel.edge_u_m, panel.edge_v_m}) {
            EXPECT_GT(dot(from, edge), 0);
            EXPECT_LT(dot(from, edge), dot(edge, edge));
        }
    }
}

TEST(Stage, FilmsBelowAreLeftToThePrinterAndLieOnTheLightTableToo) {
    physics::SettledSheet sheet = sheet_with({"desk", "film"}, 0.005f);
    for (Vec3f& p : sheet.obstacles[1].mesh.positions_m) p = p + Vec3f{0.1f, -0.003f, 0};
    EXPECT_EQ(modes(sheet, {{{"desk", 1}, {"lightbox", 1}}}), (std::set<std::string>{"desk", "lightbox"}));
    Image map(8, 16, 3, PixelType::F32, ColorSpace::Linear);
    for (float& v : map.values<float>()) v = 1;
    Surroundings around;
    around.environment = std::make_shared<const path::EnvironmentMap>(map);
    const path::SceneDescription scene = set_stage(sheet, subject_of(sheet), "lightbox", {}, around);
    for (const path::OpaqueObject& o : scene.objects) EXPECT_EQ(o.name, "bezel");
    ASSERT_EQ(scene.panels.size(), 1u);
    EXPECT_LT(scene.panels[0].corner_m.y, -0.003) << "below the lowest film";
    EXPECT_GE(length(scene.panels[0].edge_u_m), 0.45) << "and as wide as both";
}

TEST(Stage, TableIsMadeOnlyWhereItIsShown) {
    EXPECT_TRUE(shows_tabletop(sheet_with({"desk"}, 0.005f), "desk"));
    EXPECT_FALSE(shows_tabletop(sheet_with({"desk"}, 0.005f), "lightbox")) << "a light table in its place";
    EXPECT_TRUE(shows_tabletop(sheet_with({"desk", "wall"}, 0.2f), "wall"));
    EXPECT_FALSE(shows_tabletop(sheet_with({"clip", "panel", "film"}, 0.2f), "lightbox"));
    EXPECT_FALSE(shows_tabletop(sheet_with({"grip"}, 0.2f), "window"));
}

}  // namespace
}  // namespace radforge::film
