// SPDX-License-Identifier: Apache-2.0
/// On an upright light-box (z = 0, viewer towards +z): the top strip under its clips, the rest hanging before
/// the panel.
#include "physics/scenarios/scenarios.h"

#include <cmath>

namespace radforge::physics::scenarios {
namespace {

constexpr double kRadPerDeg = 3.14159265358979323846 / 180;
constexpr double kStrip_m = 0.015, kClipDepth_m = 0.012, kFilmGap_m = 6e-4;

void draw_numbers(ScenarioRecipe& recipe, Rng& rng) {
    recipe.parameters.emplace_back("bow_m", rng.uniform(0.0, 0.010));
    recipe.parameters.emplace_back("hollow", double(rng.below(2)));
    recipe.parameters.emplace_back("wedge_deg", rng.uniform(0.0, 6.0));
    recipe.parameters.emplace_back("askew_deg", rng.uniform(-2.0, 2.0));
    recipe.parameters.emplace_back("panel_lean_deg", rng.uniform(0.0, 8.0));
}

SheetSetup build(const ScenarioRecipe& recipe) {
    const SheetSpec sheet = recipe.sheet();
    const double w = sheet.width_m, bow = recipe.at("bow_m");
    // A panel that leans back carries the film; its plane passes through the x axis.
    const Mat3d lean = rotation_about({1, 0, 0}, -recipe.at("panel_lean_deg") * kRadPerDeg);
    const Mat3d strip = lean * rotation_about({1, 0, 0}, -recipe.at("wedge_deg") * kRadPerDeg) *
                        rotation_about({0, 0, 1}, recipe.at("askew_deg") * kRadPerDeg);
    // The strip arches out of the panel's plane by `bow`: sagitta of an arc of length w.
    const double curvature = 8 * bow / (w * w) * (recipe.at("hollow") > 0.5 ? 1 : -1);
    const Vec3d top = lean * Vec3d{0, sheet.height_m, 0.0025 + (curvature < 0 ? bow : 0.0)};
    const Pose pose = film_pose_at({w / 2, 0}, top, strip * Vec3d{1, 0, 0}, strip * Vec3d{0, -1, 0});
    Grip grip;
    grip.held = {0, w, 0, kStrip_m};
    grip.path = [pose](double) { return pose; };
    grip.curvature_per_m = curvature;
    SheetSetup setup;
    setup.start = [grip](Vec2d p) { return grip.position_m(p, 0); };
    setup.colliders.push_back({"panel", Collider::half_space({0, 0, 0}, lean * Vec3d{0, 0, 1})});
    const Vec3d bar = strip * Vec3d{0, 0, kFilmGap_m + 0.5 * kClipDepth_m + (curvature > 0 ? bow : 0.0)};
    setup.decorations.push_back(
        {"clip", Collider::box({strip, pose.to_world({w / 2, 0.5 * kStrip_m - 0.006, 0}) + bar},
                               {0.5 * w + 0.03, 0.5 * kStrip_m, 0.5 * kClipDepth_m}, 0.002)});
    setup.grips.push_back(grip);
    return setup;
}

void vary_numbers(ScenarioRecipe& recipe, Rng& rng) {
    vary_curl(recipe, rng);
    recipe.nudge("wedge_deg", 2, 0, 6, rng);
    recipe.nudge("askew_deg", 0.7, -2, 2, rng);
}

}  // namespace

const Scenario kLightboxClips{"lightbox_clips", "under the clips of a light-box", draw_numbers, build,
                              vary_numbers};

}  // namespace radforge::physics::scenarios
