// SPDX-License-Identifier: Apache-2.0
/// Pinched at the middle of an edge between a thumb and one to three fingers; the rest hangs over them.
#include "physics/scenarios/pinch.h"
#include "physics/scenarios/scenarios.h"

namespace radforge::physics::scenarios {
namespace {

SheetSetup build(const ScenarioRecipe& recipe) {
    const Pinch hand = pinch(recipe);
    const Pose pose = hand.film;
    SheetSetup setup;
    setup.start = [pose](Vec2d p) { return pose.to_world({p.x, p.y, 0}); };
    setup.grips.push_back({hand.held, [pose](double) { return pose; }});
    for (const Collider& finger : hand.shapes(pose)) setup.colliders.push_back({"grip", finger});
    return setup;
}

void vary_numbers(ScenarioRecipe& recipe, Rng& rng) {
    vary_curl(recipe, rng);
    recipe.nudge("hold_deg", 15, -60, 60, rng);
    recipe.nudge("roll_deg", 3, -8, 8, rng);
}

}  // namespace

const Scenario kPinched{"pinched", "pinched at the middle of an edge", draw_pinch, build, vary_numbers};

}  // namespace radforge::physics::scenarios
