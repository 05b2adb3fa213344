// SPDX-License-Identifier: Apache-2.0
/// Hanging from one corner in a clip; the clip leans a little in the film's plane and out of it.
#include "physics/scenarios/scenarios.h"

#include <cmath>

namespace radforge::physics::scenarios {
namespace {

constexpr double kRadPerDeg = 3.14159265358979323846 / 180;
constexpr double kUpright = 0.7;  // films hung by one of the upper corners for sure

void draw_numbers(ScenarioRecipe& recipe, Rng& rng) {
    recipe.parameters.emplace_back("corner", double(rng.below(rng.uniform() < kUpright ? 2 : 4)));
    recipe.parameters.emplace_back("clip_m", rng.uniform(0.015, 0.030));
    recipe.parameters.emplace_back("roll_deg", rng.uniform(-5, 5));
    recipe.parameters.emplace_back("pitch_deg", rng.uniform(-20, 20));
}

SheetSetup build(const ScenarioRecipe& recipe) {
    const SheetSpec sheet = recipe.sheet();
    const int corner = int(recipe.at("corner"));
    const double clip = recipe.at("clip_m");
    const double u = corner % 2 == 0 ? 0 : sheet.width_m, v = corner / 2 == 0 ? 0 : sheet.height_m;
    // In the plane of an upright film (x right, y up) the centre lies towards d; turn d to point straight
    // down.
    const double dx = sheet.width_m / 2 - u, dy = v - sheet.height_m / 2;
    const double turn = -90 * kRadPerDeg - std::atan2(dy, dx) + recipe.at("roll_deg") * kRadPerDeg;
    const Mat3d lean = rotation_about({1, 0, 0}, recipe.at("pitch_deg") * kRadPerDeg);
    const Vec3d right = lean * Vec3d{std::cos(turn), std::sin(turn), 0};
    const Vec3d down = lean * Vec3d{std::sin(turn), -std::cos(turn), 0};
    const Pose pose = film_pose_at({u, v}, {0, 0.6, 0}, right, down);
    Grip grip;
    grip.held = {u > 0 ? u - clip : 0, u > 0 ? u : clip, v > 0 ? v - clip : 0, v > 0 ? v : clip};
    grip.path = [pose](double) { return pose; };
    SheetSetup setup;
    setup.start = [pose](Vec2d p) { return pose.to_world({p.x, p.y, 0}); };
    setup.decorations.push_back({"clip", grip_box(grip, 0, 0.003, 0.004, 0.0015)});
    setup.grips.push_back(grip);
    return setup;
}

void vary_numbers(ScenarioRecipe& recipe, Rng& rng) {
    vary_curl(recipe, rng);
    recipe.nudge("roll_deg", 3, -5, 5, rng);
    recipe.nudge("pitch_deg", 8, -20, 20, rng);
}

}  // namespace

const Scenario kHangingCorner{"hanging_corner", "hanging from one corner", draw_numbers, build, vary_numbers};

}  // namespace radforge::physics::scenarios
