// SPDX-License-Identifier: Apache-2.0
/// Folded at a half, at a third or obliquely, then reopened: it lies on the desk as a valley or as a tent.
#include "physics/scenarios/folded.h"
#include "physics/scenarios/scenarios.h"

#include <cmath>

namespace radforge::physics::scenarios {
namespace {

constexpr double kRadPerDeg = 3.14159265358979323846 / 180;

void draw_numbers(ScenarioRecipe& recipe, Rng& rng) {
    const uint64_t kind = rng.below(3);  // half, third, oblique
    recipe.parameters.emplace_back("position", kind == 0   ? 0.5
                                               : kind == 1 ? 1.0 / 3
                                                           : rng.uniform(0.35, 0.65));
    recipe.parameters.emplace_back("oblique_deg", kind == 2 ? rng.uniform(-35, 35) : 0.0);
    recipe.parameters.emplace_back("along_height", double(rng.below(2)));
    recipe.parameters.emplace_back("rest_deg", rng.uniform(10, 90));
    recipe.parameters.emplace_back("tent", double(rng.below(2)));
    recipe.parameters.emplace_back("larger_part", double(rng.below(2)));
    recipe.parameters.emplace_back("softening", rng.uniform(0.0, 0.5));
}

SheetSetup build(const ScenarioRecipe& recipe) {
    const SheetSpec sheet = recipe.sheet();
    const bool along_height = recipe.at("along_height") > 0.5, tent = recipe.at("tent") > 0.5;
    const double span = along_height ? sheet.height_m : sheet.width_m,
                 across = along_height ? sheet.width_m : sheet.height_m;
    double position = recipe.at("position");
    if (recipe.at("larger_part") > 0.5) position = 1 - position;
    const double slant = std::tan(recipe.at("oblique_deg") * kRadPerDeg) * 0.5 * across,
                 middle = position * span;
    Crease crease;
    // Its positive side is the one of growing u or v.
    crease.from_m = along_height ? Vec2d{0, middle - slant} : Vec2d{middle - slant, across};
    crease.to_m = along_height ? Vec2d{across, middle + slant} : Vec2d{middle + slant, 0};
    const double rest = recipe.at("rest_deg") * kRadPerDeg;
    crease.angle_rad = tent ? -rest : rest;
    crease.softening = recipe.at("softening");
    SheetSetup setup;
    lay_folded(setup, sheet, crease, tent ? 0.5 * rest : 0.0);
    return setup;
}

void vary_numbers(ScenarioRecipe& recipe, Rng& rng) {
    vary_curl(recipe, rng);
    recipe.nudge("rest_deg", 8, 10, 90, rng);
}

}  // namespace

const Scenario kReopenedFold{"reopened_fold", "folded and reopened", draw_numbers, build, vary_numbers};

}  // namespace radforge::physics::scenarios
