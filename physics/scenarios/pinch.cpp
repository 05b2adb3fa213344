// SPDX-License-Identifier: Apache-2.0
#include "physics/scenarios/pinch.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace radforge::physics::scenarios {
namespace {

constexpr double kRadPerDeg = 3.14159265358979323846 / 180;
constexpr double kFinger_m = 0.008, kThumb_m = 0.010;  // radii
constexpr double kFilmGap_m = 6e-4;                    // from a finger to the film's middle surface
constexpr double kHand_m = 0.06;                       // how far the fingers reach beyond the film's edge
constexpr double kUpright = 0.7;
constexpr double kSpread_m = 0.012;  // a finger's root stands off the film by this much more

}  // namespace

void draw_pinch(ScenarioRecipe& recipe, Rng& rng) {
    // Who shows a film holds it upright more often than not.
    recipe.parameters.emplace_back("edge", rng.uniform() < kUpright ? 0 : double(rng.below(4)));
    recipe.parameters.emplace_back("grip_width_m", rng.uniform(0.020, 0.060));
    recipe.parameters.emplace_back("grip_depth_m", rng.uniform(0.020, 0.030));
    recipe.parameters.emplace_back("fingers", double(1 + rng.below(3)));
    recipe.parameters.emplace_back("fingers_behind", double(rng.below(2)));
    recipe.parameters.emplace_back("hold_deg", rng.uniform(-60, 60));
    recipe.parameters.emplace_back("roll_deg", rng.uniform(-8, 8));
}

std::vector<Collider> Pinch::shapes(const Pose& pose) const {
    std::vector<Collider> all;
    for (const Finger& f : fingers)
        all.push_back(Collider::capsule(pose.to_world(f.root_m), pose.to_world(f.tip_m), f.radius_m));
    return all;
}

Pinch pinch(const ScenarioRecipe& recipe) {
    const SheetSpec sheet = recipe.sheet();
    const auto edge = size_t(recipe.at("edge"));  // top, bottom, left, right
    const double w = sheet.width_m, h = sheet.height_m, half = 0.5 * recipe.at("grip_width_m"),
                 depth = recipe.at("grip_depth_m");
    const std::array<double, 4> turn_deg{0, 180, -90, 90};
    const std::array<Vec2d, 4> middle{{{w / 2, 0}, {w / 2, h}, {0, h / 2}, {w, h / 2}}};
    const std::array<Vec2d, 4> inwards{{{0, 1}, {0, -1}, {1, 0}, {-1, 0}}};
    const Vec2d at = middle[edge], in = inwards[edge], along{in.y, in.x};

    Pinch pinch;
    const double turn = kRadPerDeg * (turn_deg[edge] + recipe.at("roll_deg"));
    const Mat3d lean = rotation_about({1, 0, 0}, recipe.at("hold_deg") * kRadPerDeg);
    pinch.film = film_pose_at(at, {0, 0.6, 0}, lean * Vec3d{std::cos(turn), std::sin(turn), 0},
                              lean * Vec3d{std::sin(turn), -std::cos(turn), 0});
    const Vec2d a = at + along * half, b = at - along * half + in * depth;
    pinch.held = {std::min(a.x, b.x), std::max(a.x, b.x), std::min(a.y, b.y), std::max(a.y, b.y)};

    const auto finger = [&](double sideways, double side, double radius) {
        const Vec2d tip = at + along * sideways + in * (depth - radius),
                    root = at + along * (0.9 * sideways) - in * kHand_m;
        const double z = side * (radius + kFilmGap_m);
        pinch.fingers.push_back({{root.x, root.y, z + side * kSpread_m}, {tip.x, tip.y, z}, radius});
    };
    const int fingers = int(recipe.at("fingers"));
    const double behind = recipe.at("fingers_behind") > 0.5 ? 1.0 : -1.0;
    // Side by side at least, spread over the grip at most.
    const double reach = std::max(half - kFinger_m, (fingers - 1) * 1.05 * kFinger_m);
    for (int k = 0; k < fingers; ++k)
        finger(fingers == 1 ? 0.0 : (2.0 * k / (fingers - 1) - 1) * reach, behind, kFinger_m);
    finger(0, -behind, kThumb_m);
    return pinch;
}

}  // namespace radforge::physics::scenarios
