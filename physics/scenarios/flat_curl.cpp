// SPDX-License-Identifier: Apache-2.0
/// Flat on a desk; only the curl that the film kept from the roll lifts its edges or its middle.
#include "physics/scenarios/scenarios.h"

namespace radforge::physics::scenarios {
namespace {

void draw_numbers(ScenarioRecipe& recipe, Rng& rng) {
    recipe.parameters.emplace_back("drop_height_m", rng.uniform(0.001, 0.004));
}

SheetSetup build(const ScenarioRecipe& recipe) {
    const SheetSpec sheet = recipe.sheet();
    const Pose pose = film_pose_at({sheet.width_m / 2, sheet.height_m / 2},
                                   {0, recipe.at("drop_height_m"), 0}, {1, 0, 0}, {0, 0, 1});
    SheetSetup setup;
    setup.start = [pose](Vec2d p) { return pose.to_world({p.x, p.y, 0}); };
    setup.colliders.push_back({"desk", Collider::half_space({0, 0, 0}, {0, 1, 0})});
    return setup;
}

}  // namespace

void vary_curl(ScenarioRecipe& recipe, Rng& rng) {
    recipe.nudge("curl_per_m", 0.6, -10, 10, rng);
    recipe.nudge("curl_axis_deg", 12, -360, 360, rng);
}

const Scenario kFlatCurl{"flat_curl", "flat on the desk with residual curl", draw_numbers, build, vary_curl};

}  // namespace radforge::physics::scenarios
