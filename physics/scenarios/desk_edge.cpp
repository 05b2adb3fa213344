// SPDX-License-Identifier: Apache-2.0
/// Lying on a desk with its lower part hanging over the edge (the line z = 0): a heavy cantilever.
#include "physics/scenarios/scenarios.h"

#include <algorithm>

namespace radforge::physics::scenarios {
namespace {

constexpr double kRadPerDeg = 3.14159265358979323846 / 180;

void draw_numbers(ScenarioRecipe& recipe, Rng& rng) {
    // Beyond 0.42 of its length a flat film would tip off.
    recipe.parameters.emplace_back(
        "overhang_m", rng.uniform(0.10, std::max(0.11, std::min(0.30, 0.42 * recipe.at("height_m")))));
    recipe.parameters.emplace_back("edge_deg", rng.uniform(-20, 20));
    recipe.parameters.emplace_back("edge_radius_m", rng.uniform(0.003, 0.008));
}

SheetSetup build(const ScenarioRecipe& recipe) {
    const SheetSpec sheet = recipe.sheet();
    const Mat3d turn = rotation_about({0, 1, 0}, recipe.at("edge_deg") * kRadPerDeg);
    const Pose pose = film_pose_at({sheet.width_m / 2, sheet.height_m}, {0, 0.001, recipe.at("overhang_m")},
                                   turn * Vec3d{1, 0, 0}, turn * Vec3d{0, 0, 1});
    SheetSetup setup;
    setup.start = [pose](Vec2d p) { return pose.to_world({p.x, p.y, 0}); };
    setup.colliders.push_back(
        {"desk", Collider::box({Mat3d{}, {0, -0.02, -0.6}}, {1.0, 0.02, 0.6}, recipe.at("edge_radius_m"))});
    // A weight on the far end: the edge pushes a drooping film outwards, and a light one would creep off the
    // desk.
    Grip weight;
    weight.held = {sheet.width_m / 2 - 0.04, sheet.width_m / 2 + 0.04, 0.02, 0.08};
    weight.path = [pose](double) { return Pose{pose.rotation, pose.translation_m + Vec3d{0, -0.0007, 0}}; };
    setup.decorations.push_back({"block", grip_box(weight, 0, 0, 0.012, 0.002)});
    setup.grips.push_back(weight);
    return setup;
}

void vary_numbers(ScenarioRecipe& recipe, Rng& rng) {
    vary_curl(recipe, rng);
    recipe.nudge("edge_deg", 4, -20, 20, rng);
}

}  // namespace

const Scenario kDeskEdge{"desk_edge", "over the edge of a desk", draw_numbers, build, vary_numbers};

}  // namespace radforge::physics::scenarios
