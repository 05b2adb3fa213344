// SPDX-License-Identifier: Apache-2.0
/// Held by both sides, hands closer than the film is wide, with a twist between them.
#include "physics/scenarios/scenarios.h"

#include <cmath>

namespace radforge::physics::scenarios {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kRadPerDeg = kPi / 180;
constexpr double kMotion_s = 0.8;

void draw_numbers(ScenarioRecipe& recipe, Rng& rng) {
    recipe.parameters.emplace_back("grip_width_m", rng.uniform(0.030, 0.060));
    recipe.parameters.emplace_back("grip_depth_m", rng.uniform(0.015, 0.025));
    recipe.parameters.emplace_back("distance_ratio", rng.uniform(0.85, 0.995));
    recipe.parameters.emplace_back("twist_deg", rng.uniform(-15, 15));
    recipe.parameters.emplace_back("pitch_deg", rng.uniform(0, 45));
    recipe.parameters.emplace_back("grip_turn_ratio", rng.uniform(0.6, 1.0));
    recipe.parameters.emplace_back("bow", rng.below(2) == 0 ? -1.0 : 1.0);
}

SheetSetup build(const ScenarioRecipe& recipe) {
    const SheetSpec sheet = recipe.sheet();
    const double width = sheet.width_m, height = sheet.height_m, ratio = recipe.at("distance_ratio"),
                 bow = recipe.at("bow");
    const double half_grip = recipe.at("grip_width_m") / 2, depth = recipe.at("grip_depth_m");
    const double pitch = recipe.at("pitch_deg") * kRadPerDeg, twist = recipe.at("twist_deg") * kRadPerDeg;
    const double turn = bow * recipe.at("grip_turn_ratio") * half_arc_rad(ratio);
    const Vec3d right{1, 0, 0}, down{0, -std::cos(pitch), std::sin(pitch)}, out = cross(down, right),
                                                                            middle{0, 0.6, 0};
    SheetSetup setup;
    for (const double side : {-1.0, 1.0}) {
        Grip grip;
        grip.held = {side < 0 ? 0 : width - depth, side < 0 ? depth : width, height / 2 - half_grip,
                     height / 2 + half_grip};
        grip.path = [=](double t) {
            const double s = ease(t, kMotion_s),
                         reach = 0.5 * (width - depth) - 0.5 * width * (1 - ratio) * s, a = -side * turn * s;
            const Mat3d wring = rotation_about(right, 0.5 * side * twist * s);
            const Vec3d along = wring * (right * std::cos(a) + out * std::sin(a));
            return film_pose_at({side < 0 ? depth / 2 : width - depth / 2, height / 2},
                                middle + right * (side * reach), along, wring * down);
        };
        setup.decorations.push_back({"grip", grip_box(grip, kMotion_s, 0.004, 0.009, 0.0085)});
        setup.grips.push_back(grip);
    }
    // A slight bow decides the side on which the film buckles.
    setup.start = [=](Vec2d p) {
        return middle + right * (p.x - width / 2) + down * (p.y - height / 2) +
               out * (bow * 0.004 * std::sin(kPi * p.x / width));
    };
    setup.motion_s = kMotion_s;
    return setup;
}

void vary_numbers(ScenarioRecipe& recipe, Rng& rng) {
    vary_curl(recipe, rng);
    recipe.nudge("distance_ratio", 0.02, 0.85, 0.995, rng);
    recipe.nudge("twist_deg", 5, -15, 15, rng);
    recipe.nudge("pitch_deg", 12, 0, 45, rng);
    recipe.nudge("grip_turn_ratio", 0.1, 0.6, 1.0, rng);
}

}  // namespace

const Scenario kHeldSides{"held_sides", "held by both sides", draw_numbers, build, vary_numbers};

}  // namespace radforge::physics::scenarios
