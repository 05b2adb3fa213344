// SPDX-License-Identifier: Apache-2.0
/// Draped over a bottle or tube that lies on a desk.
#include "physics/scenarios/scenarios.h"

namespace radforge::physics::scenarios {
namespace {

constexpr double kRadPerDeg = 3.14159265358979323846 / 180;

void draw_numbers(ScenarioRecipe& recipe, Rng& rng) {
    recipe.parameters.emplace_back("radius_m", rng.uniform(0.030, 0.150));
    recipe.parameters.emplace_back("axis_deg", rng.uniform(-90, 90));
    recipe.parameters.emplace_back("offset_m", rng.uniform(-0.040, 0.040));
    recipe.parameters.emplace_back("half_length_m", rng.uniform(0.15, 0.30));
}

SheetSetup build(const ScenarioRecipe& recipe) {
    const SheetSpec sheet = recipe.sheet();
    const double radius = recipe.at("radius_m");
    const Mat3d turn = rotation_about({0, 1, 0}, recipe.at("axis_deg") * kRadPerDeg);
    const Pose pose =
        film_pose_at({sheet.width_m / 2, sheet.height_m / 2}, {0, 2 * radius + 0.001, recipe.at("offset_m")},
                     turn * Vec3d{1, 0, 0}, turn * Vec3d{0, 0, 1});
    SheetSetup setup;
    setup.start = [pose](Vec2d p) { return pose.to_world({p.x, p.y, 0}); };
    setup.colliders.push_back({"desk", Collider::half_space({0, 0, 0}, {0, 1, 0})});
    setup.colliders.push_back({"cylinder", Collider::cylinder({0, radius, 0}, {1, 0, 0}, radius,
                                                              recipe.at("half_length_m"), 0.004)});
    setup.least_height_m = 1.9 * radius;
    return setup;
}

}  // namespace

const Scenario kOverCylinder{"over_cylinder", "draped over a cylinder on the desk", draw_numbers, build,
                             vary_curl};

}  // namespace radforge::physics::scenarios
