// SPDX-License-Identifier: Apache-2.0
/// Leaning on a wall (z = 0) with its foot forward on the desk, a little askew. A film taller than about 2.7
/// bending lengths cannot stand straight under its own weight: it slumps into the corner between desk and
/// wall.
#include "physics/scenarios/scenarios.h"

#include <algorithm>
#include <cmath>

namespace radforge::physics::scenarios {
namespace {

constexpr double kPi = 3.14159265358979323846, kRadPerDeg = kPi / 180;

void draw_numbers(ScenarioRecipe& recipe, Rng& rng) {
    recipe.parameters.emplace_back("foot_m", recipe.at("height_m") * rng.uniform(0.28, 0.5));
    recipe.parameters.emplace_back("contact_friction", rng.uniform(0.5, 1.0));
    recipe.parameters.emplace_back("askew_deg", rng.uniform(-8, 8));
}

SheetSetup build(const ScenarioRecipe& recipe) {
    const SheetSpec sheet = recipe.sheet();
    const double foot = recipe.at("foot_m"), askew = recipe.at("askew_deg") * kRadPerDeg;
    const double radius = std::min(0.06, 0.8 * foot), bend = radius * 0.5 * kPi, lying = foot - radius;
    const double away = 0.5 * sheet.width_m * std::abs(std::sin(askew)) + 0.001;
    SheetSetup setup;
    setup.start = [=](Vec2d p) {
        // Along the film from its foot: flat on the desk, round the corner, up the wall.
        const double s = sheet.height_m - p.y, turned = std::clamp((s - lying) / bend, 0.0, 1.0) * 0.5 * kPi;
        const double rise = std::max(0.0, s - lying - bend);
        const double z = foot - std::min(s, lying) - radius * std::sin(turned),
                     y = radius * (1 - std::cos(turned)) + rise;
        const double x = p.x - 0.5 * sheet.width_m;
        return Vec3d{x * std::cos(askew), y + 0.001, z + x * std::sin(askew) + away};
    };
    setup.colliders.push_back({"desk", Collider::half_space({0, 0, 0}, {0, 1, 0})});
    setup.colliders.push_back({"wall", Collider::half_space({0, 0, 0}, {0, 0, 1})});
    setup.friction = recipe.at("contact_friction");
    setup.least_height_m = 0.3 * sheet.height_m;
    return setup;
}

}  // namespace

const Scenario kLeaningWall{"leaning_wall", "leaning on a wall", draw_numbers, build, vary_curl};

}  // namespace radforge::physics::scenarios
