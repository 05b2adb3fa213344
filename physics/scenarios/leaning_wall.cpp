// SPDX-License-Identifier: Apache-2.0
/// Standing on a desk and leaning on a wall (z = 0), a little askew.
#include "physics/scenarios/scenarios.h"

#include <cmath>

namespace radforge::physics::scenarios {
namespace {

constexpr double kRadPerDeg = 3.14159265358979323846 / 180;

void draw_numbers(ScenarioRecipe& recipe, Rng& rng) {
    recipe.parameters.emplace_back("foot_m", rng.uniform(0.050, 0.200));
    recipe.parameters.emplace_back("contact_friction", rng.uniform(0.6, 1.0));
    recipe.parameters.emplace_back("lean_deg", rng.uniform(-4, 4));
}

SheetSetup build(const ScenarioRecipe& recipe) {
    const SheetSpec sheet = recipe.sheet();
    const double foot = recipe.at("foot_m"), tilt = std::asin(std::min(0.9, foot / sheet.height_m)),
                 lean = recipe.at("lean_deg") * kRadPerDeg;
    const Vec3d level{1, 0, 0}, steep{0, -std::cos(tilt), std::sin(tilt)};
    const Vec3d right = level * std::cos(lean) + steep * std::sin(lean),
                down = steep * std::cos(lean) - level * std::sin(lean);
    // The lower of the two bottom corners stands on the desk.
    const double lift = 0.5 * sheet.width_m * std::abs(std::sin(lean)) * std::cos(tilt) + 0.001;
    const Pose pose = film_pose_at({sheet.width_m / 2, sheet.height_m}, {0, lift, foot + 0.003}, right, down);
    SheetSetup setup;
    setup.start = [pose](Vec2d p) { return pose.to_world({p.x, p.y, 0}); };
    setup.colliders.push_back({"desk", Collider::half_space({0, 0, 0}, {0, 1, 0})});
    setup.colliders.push_back({"wall", Collider::half_space({0, 0, 0}, {0, 0, 1})});
    setup.friction = recipe.at("contact_friction");
    return setup;
}

}  // namespace

const Scenario kLeaningWall{"leaning_wall", "leaning on a wall", draw_numbers, build};

}  // namespace radforge::physics::scenarios
