// SPDX-License-Identifier: Apache-2.0
/// Pinched at the middle of an edge between a thumb and one to three fingers; the rest hangs over them.
#include "physics/scenarios/scenarios.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace radforge::physics::scenarios {
namespace {

constexpr double kRadPerDeg = 3.14159265358979323846 / 180;
constexpr double kFinger_m = 0.008, kThumb_m = 0.010;  // radii
constexpr double kFilmGap_m = 6e-4;                    // from a finger to the film's middle surface
constexpr double kHand_m = 0.06;                       // how far the fingers reach beyond the film's edge

void draw_numbers(ScenarioRecipe& recipe, Rng& rng) {
    recipe.parameters.emplace_back("edge", double(rng.below(4)));
    recipe.parameters.emplace_back("grip_width_m", rng.uniform(0.020, 0.060));
    recipe.parameters.emplace_back("grip_depth_m", rng.uniform(0.020, 0.030));
    recipe.parameters.emplace_back("fingers", double(1 + rng.below(3)));
    recipe.parameters.emplace_back("fingers_behind", double(rng.below(2)));
    recipe.parameters.emplace_back("hold_deg", rng.uniform(-60, 60));
    recipe.parameters.emplace_back("roll_deg", rng.uniform(-8, 8));
}

SheetSetup build(const ScenarioRecipe& recipe) {
    const SheetSpec sheet = recipe.sheet();
    const int edge = int(recipe.at("edge"));  // top, bottom, left, right
    const double w = sheet.width_m, h = sheet.height_m, half = 0.5 * recipe.at("grip_width_m"),
                 depth = recipe.at("grip_depth_m");
    // The film turned so that its held edge is on top.
    const double turn =
        kRadPerDeg * (std::array<double, 4>{0, 180, -90, 90}[size_t(edge)] + recipe.at("roll_deg"));
    const Mat3d lean = rotation_about({1, 0, 0}, recipe.at("hold_deg") * kRadPerDeg);
    const Vec3d right = lean * Vec3d{std::cos(turn), std::sin(turn), 0},
                down = lean * Vec3d{std::sin(turn), -std::cos(turn), 0};
    const std::array<Vec2d, 4> middle{{{w / 2, 0}, {w / 2, h}, {0, h / 2}, {w, h / 2}}};
    const std::array<Vec2d, 4> inwards{{{0, 1}, {0, -1}, {1, 0}, {-1, 0}}};
    const Vec2d at = middle[size_t(edge)], in = inwards[size_t(edge)], along{in.y, in.x};
    const Pose pose = film_pose_at(at, {0, 0.6, 0}, right, down);
    Grip grip;
    const Vec2d a = at + along * half, b = at - along * half + in * depth;
    grip.held = {std::min(a.x, b.x), std::max(a.x, b.x), std::min(a.y, b.y), std::max(a.y, b.y)};
    grip.path = [pose](double) { return pose; };
    SheetSetup setup;
    setup.start = [pose](Vec2d p) { return pose.to_world({p.x, p.y, 0}); };
    setup.grips.push_back(grip);

    const auto finger = [&](double sideways, double side, double radius, double spread) {
        const Vec2d tip = at + along * sideways + in * (depth - radius),
                    root = at + along * (sideways * spread) - in * kHand_m;
        const double z = side * (radius + kFilmGap_m);
        setup.colliders.push_back(
            {"grip", Collider::capsule(pose.to_world({root.x, root.y, z + side * 0.012}),
                                       pose.to_world({tip.x, tip.y, z}), radius)});
    };
    const int fingers = int(recipe.at("fingers"));
    const double behind = recipe.at("fingers_behind") > 0.5 ? 1.0 : -1.0;
    for (int k = 0; k < fingers; ++k) {
        const double across = fingers == 1
                                  ? 0
                                  : (2.0 * k / (fingers - 1) - 1) *
                                        std::max(half - kFinger_m, 0.5 * (fingers - 1) * 2.1 * kFinger_m);
        finger(across, behind, kFinger_m, 0.9);
    }
    finger(0, -behind, kThumb_m, 1);
    return setup;
}

}  // namespace

const Scenario kPinched{"pinched", "pinched at the middle of an edge", draw_numbers, build};

}  // namespace radforge::physics::scenarios
