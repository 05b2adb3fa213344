// SPDX-License-Identifier: Apache-2.0
/// In a moving hand, perhaps in a draught: the frame is taken in motion.
#include "physics/scenarios/pinch.h"
#include "physics/scenarios/scenarios.h"

#include <array>
#include <cmath>

namespace radforge::physics::scenarios {
namespace {

constexpr double kPi = 3.14159265358979323846, kRadPerDeg = kPi / 180;
constexpr double kStartUp_s = 0.5;
constexpr double kLeastLater_s = 0.1, kMostLater_s = 1.2;  // another moment of the same motion
constexpr const char* kAxes[] = {"x", "y", "z"};

void draw_numbers(ScenarioRecipe& recipe, Rng& rng) {
    draw_pinch(recipe, rng);
    recipe.set("hold_deg", 0.5 * recipe.at("hold_deg"));
    for (const char* axis : kAxes) {
        const std::string name = axis;
        recipe.parameters.emplace_back("sway_" + name + "_m", rng.uniform(0.0, 0.040));
        recipe.parameters.emplace_back("turn_" + name + "_deg", rng.uniform(0.0, 10.0));
        recipe.parameters.emplace_back("rate_" + name + "_hz", rng.uniform(0.4, 1.6));
        recipe.parameters.emplace_back("phase_" + name, rng.uniform(0.0, 1.0));
    }
    recipe.parameters.emplace_back("wind_m_per_s", rng.uniform(0.0, 2.0));
    recipe.parameters.emplace_back("wind_deg", rng.uniform(-180, 180));
    recipe.parameters.emplace_back("gust_hz", rng.uniform(0.3, 1.5));
    recipe.parameters.emplace_back("taken_s", rng.uniform(0.9, 1.8));
}

SheetSetup build(const ScenarioRecipe& recipe) {
    const Pinch hand = pinch(recipe);
    std::array<double, 3> sway_m{}, turn_rad{}, rate_hz{}, phase{};
    for (size_t k = 0; k < 3; ++k) {
        const std::string name = kAxes[k];
        sway_m[k] = recipe.at("sway_" + name + "_m");
        turn_rad[k] = recipe.at("turn_" + name + "_deg") * kRadPerDeg;
        rate_hz[k] = recipe.at("rate_" + name + "_hz");
        phase[k] = recipe.at("phase_" + name);
    }
    const Vec3d held_at = hand.film.to_world(
        {0.5 * (hand.held.u0_m + hand.held.u1_m), 0.5 * (hand.held.v0_m + hand.held.v1_m), 0});
    const auto path = [=](double t) {
        Vec3d shift;
        Mat3d turn;
        const std::array<Vec3d, 3> axes{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
        for (size_t k = 0; k < 3; ++k) {
            const double swing = ease(t, kStartUp_s) * std::sin(2 * kPi * (rate_hz[k] * t + phase[k]));
            shift[int(k)] = sway_m[k] * swing;
            turn = rotation_about(axes[k], turn_rad[k] * swing) * turn;
        }
        return Pose{turn * hand.film.rotation, turn * (hand.film.translation_m - held_at) + held_at + shift};
    };
    SheetSetup setup;
    setup.start = [pose = path(0)](Vec2d p) { return pose.to_world({p.x, p.y, 0}); };
    setup.grips.push_back({hand.held, path});
    setup.taken_s = recipe.at("taken_s");
    for (const Collider& finger : hand.shapes(path(*setup.taken_s)))
        setup.decorations.push_back({"grip", finger});
    const double speed = recipe.at("wind_m_per_s"), from = recipe.at("wind_deg") * kRadPerDeg,
                 gust_hz = recipe.at("gust_hz");
    setup.wind_m_per_s = [=](double t) {
        return Vec3d{std::sin(from), 0, std::cos(from)} *
               (speed * (0.6 + 0.4 * std::sin(2 * kPi * gust_hz * t)));
    };
    return setup;
}

void vary_numbers(ScenarioRecipe& recipe, Rng& rng) {
    recipe.set("taken_s", recipe.at("taken_s") + rng.uniform(kLeastLater_s, kMostLater_s));
}

}  // namespace

const Scenario kInHand{"in_hand", "in a moving hand", draw_numbers, build, vary_numbers};

}  // namespace radforge::physics::scenarios
