// SPDX-License-Identifier: Apache-2.0
/// Crumpled and smoothed out again: plastic creases all over a film that lies on the desk.
#include "physics/scenarios/scenarios.h"

#include <cmath>

namespace radforge::physics::scenarios {
namespace {

constexpr double kPi = 3.14159265358979323846, kRadPerDeg = kPi / 180;
constexpr double kFade_m = 0.03;

std::string key(int crease, const char* name) { return "crease" + std::to_string(crease) + "_" + name; }

void draw_numbers(ScenarioRecipe& recipe, Rng& rng) {
    const int creases = int(3 + rng.below(13));
    const double softening = rng.uniform(0.0, 0.5);
    recipe.parameters.emplace_back("creases", double(creases));
    recipe.parameters.emplace_back("softening", softening);
    for (int k = 0; k < creases; ++k) {
        recipe.parameters.emplace_back(key(k, "u"), rng.uniform(0.1, 0.9));
        recipe.parameters.emplace_back(key(k, "v"), rng.uniform(0.1, 0.9));
        recipe.parameters.emplace_back(key(k, "direction_deg"), rng.uniform(0, 180));
        recipe.parameters.emplace_back(key(k, "half_length_m"), rng.uniform(0.05, 0.20));
        // Each side of a crease keeps half of its turn as residual slope.
        recipe.parameters.emplace_back(key(k, "slope_deg"),
                                       (rng.below(2) == 0 ? -1.0 : 1.0) * rng.uniform(2, 15));
    }
}

SheetSetup build(const ScenarioRecipe& recipe) {
    const SheetSpec sheet = recipe.sheet();
    SheetSetup setup;
    for (int k = 0; k < int(recipe.at("creases")); ++k) {
        const double a = recipe.at(key(k, "direction_deg")) * kRadPerDeg;
        const Vec2d along{std::cos(a), std::sin(a)};
        const Vec2d middle{recipe.at(key(k, "u")) * sheet.width_m, recipe.at(key(k, "v")) * sheet.height_m};
        const double half = recipe.at(key(k, "half_length_m"));
        Crease crease;
        crease.from_m = middle - along * half;
        crease.to_m = middle + along * half;
        crease.angle_rad = 2 * recipe.at(key(k, "slope_deg")) * kRadPerDeg;
        crease.softening = recipe.at("softening");
        crease.fade_m = kFade_m;
        setup.creases.push_back(crease);
    }
    const Pose pose =
        film_pose_at({sheet.width_m / 2, sheet.height_m / 2}, {0, 0.002, 0}, {1, 0, 0}, {0, 0, 1});
    setup.start = [pose](Vec2d p) { return pose.to_world({p.x, p.y, 0}); };
    setup.colliders.push_back({"desk", Collider::half_space({0, 0, 0}, {0, 1, 0})});
    return setup;
}

void vary_numbers(ScenarioRecipe& recipe, Rng& rng) {
    vary_curl(recipe, rng);
    for (int k = 0; k < int(recipe.at("creases")); ++k) recipe.nudge(key(k, "slope_deg"), 2, -15, 15, rng);
}

}  // namespace

const Scenario kCrumpled{"crumpled", "crumpled and smoothed out", draw_numbers, build, vary_numbers};

}  // namespace radforge::physics::scenarios
