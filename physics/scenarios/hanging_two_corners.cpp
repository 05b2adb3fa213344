// SPDX-License-Identifier: Apache-2.0
/// Hanging from the two upper corners; clips closer together than the film is wide make it bow.
#include "physics/scenarios/scenarios.h"

#include <cmath>

namespace radforge::physics::scenarios {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kMotion_s = 0.8;

void draw_numbers(ScenarioRecipe& recipe, Rng& rng) {
    recipe.parameters.emplace_back("clip_m", rng.uniform(0.015, 0.030));
    recipe.parameters.emplace_back("distance_ratio", rng.uniform(0.80, 1.0));
    recipe.parameters.emplace_back("height_difference_m", rng.uniform(-0.040, 0.040));
    recipe.parameters.emplace_back("clip_turn_ratio", rng.uniform(0.4, 1.0));
    recipe.parameters.emplace_back("bow", rng.below(2) == 0 ? -1.0 : 1.0);
}

SheetSetup build(const ScenarioRecipe& recipe) {
    const SheetSpec sheet = recipe.sheet();
    const double clip = recipe.at("clip_m"), ratio = recipe.at("distance_ratio"), bow = recipe.at("bow"),
                 width = sheet.width_m;
    const double slope = std::asin(recipe.at("height_difference_m") / (ratio * width));
    const double turn = bow * recipe.at("clip_turn_ratio") * half_arc_rad(ratio);
    const Vec3d right{std::cos(slope), std::sin(slope), 0}, down{std::sin(slope), -std::cos(slope), 0},
        out{0, 0, 1};
    const Vec3d middle{0, 0.6, 0};
    SheetSetup setup;
    for (const double side : {-1.0, 1.0}) {
        Grip grip;
        grip.held = {side < 0 ? 0 : width - clip, side < 0 ? clip : width, 0, clip};
        grip.path = [=](double t) {
            const double s = ease(t, kMotion_s), reach = 0.5 * (width - clip) - 0.5 * width * (1 - ratio) * s,
                         a = -side * turn * s;
            const Vec3d along = right * std::cos(a) + out * std::sin(a);
            return film_pose_at({side < 0 ? clip / 2 : width - clip / 2, clip / 2},
                                middle + right * (side * reach) + down * (clip / 2), along, down);
        };
        setup.decorations.push_back({"clip", grip_box(grip, kMotion_s, 0.003, 0.004, 0.0015)});
        setup.grips.push_back(grip);
    }
    // A slight bow decides the side on which the film buckles.
    setup.start = [=](Vec2d p) {
        return middle + right * (p.x - width / 2) + down * p.y +
               out * (bow * 0.004 * std::sin(kPi * p.x / width));
    };
    setup.motion_s = kMotion_s;
    return setup;
}

void vary_numbers(ScenarioRecipe& recipe, Rng& rng) {
    vary_curl(recipe, rng);
    recipe.nudge("distance_ratio", 0.03, 0.8, 1.0, rng);
    recipe.nudge("height_difference_m", 0.012, -0.04, 0.04, rng);
    recipe.nudge("clip_turn_ratio", 0.15, 0.4, 1.0, rng);
}

}  // namespace

const Scenario kHangingTwoCorners{"hanging_two_corners", "hanging from two corners", draw_numbers, build,
                                  vary_numbers};

}  // namespace radforge::physics::scenarios
