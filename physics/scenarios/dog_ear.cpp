// SPDX-License-Identifier: Apache-2.0
/// Flat on the desk with a dog-eared corner, bent up or down.
#include "physics/scenarios/folded.h"
#include "physics/scenarios/scenarios.h"

#include <algorithm>
#include <cmath>

namespace radforge::physics::scenarios {
namespace {

constexpr double kLeansBack_deg = 90;  // the corner may come to lie on the film
constexpr double kRadPerDeg = 3.14159265358979323846 / 180;

void draw_numbers(ScenarioRecipe& recipe, Rng& rng) {
    const bool down = rng.below(4) == 0;
    recipe.parameters.emplace_back("corner", double(rng.below(4)));
    recipe.parameters.emplace_back("leg_u_m", rng.uniform(0.020, 0.080));
    recipe.parameters.emplace_back("leg_ratio", rng.uniform(0.6, 1.0 / 0.6));
    recipe.parameters.emplace_back("radius_m", rng.uniform(0.005, 0.030));
    // A corner bent down carries the film; one bent up may stand or lean back over it.
    recipe.parameters.emplace_back("rest_deg", down ? -rng.uniform(15, 60) : rng.uniform(20, 120));
    recipe.parameters.emplace_back("softening", rng.uniform(0.0, 0.5));
}

SheetSetup build(const ScenarioRecipe& recipe) {
    const SheetSpec sheet = recipe.sheet();
    const int corner = int(recipe.at("corner"));
    const double w = sheet.width_m, h = sheet.height_m;
    const double leg_u = recipe.at("leg_u_m"),
                 leg_v = std::clamp(leg_u * recipe.at("leg_ratio"), 0.020, 0.080);
    const bool right = corner % 2 == 1, bottom = corner / 2 == 1;
    const Vec2d tip{right ? w : 0, bottom ? h : 0};
    const Vec2d on_u{right ? w - leg_u : leg_u, tip.y}, on_v{tip.x, bottom ? h - leg_v : leg_v};
    Crease crease;
    crease.from_m = on_u;
    crease.to_m = on_v;
    if (crease.distance_m(tip) < 0) std::swap(crease.from_m, crease.to_m);
    crease.angle_rad = recipe.at("rest_deg") * kRadPerDeg;
    // The mean radius of a raised cosine is its width over its turn; the band stays on the corner's side of
    // twice the line.
    crease.width_m =
        std::min(recipe.at("radius_m") * std::abs(crease.angle_rad), 1.5 * crease.distance_m(tip));
    crease.softening = recipe.at("softening");
    SheetSetup setup;
    lay_folded(setup, sheet, crease, 0);
    setup.self_contact = std::abs(recipe.at("rest_deg")) > kLeansBack_deg;
    return setup;
}

void vary_numbers(ScenarioRecipe& recipe, Rng& rng) {
    vary_curl(recipe, rng);
    const bool down = recipe.at("rest_deg") < 0;
    recipe.nudge("rest_deg", 8, down ? -60 : 20, down ? -15 : 120, rng);
}

}  // namespace

const Scenario kDogEar{"dog_ear", "a dog-eared corner", draw_numbers, build, vary_numbers};

}  // namespace radforge::physics::scenarios
