// SPDX-License-Identifier: Apache-2.0
/// An arch on the desk: two opposite edges held on planks and pushed together, one of them lifted.
#include "physics/scenarios/scenarios.h"

#include <cmath>

namespace radforge::physics::scenarios {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kMotion_s = 0.8;
constexpr double kGripDepth_m = 0.012;
constexpr double kGripHeight_m = 0.006;  // the turned strip must clear the desk
constexpr double kFilmGap_m = 6e-4, kPlankEdge_m = 0.002;

void draw_numbers(ScenarioRecipe& recipe, Rng& rng) {
    recipe.parameters.emplace_back("along_height", double(rng.below(2)));
    recipe.parameters.emplace_back("compression", rng.uniform(0.01, 0.20));
    recipe.parameters.emplace_back("end_turn_ratio", rng.uniform(0.0, 0.8));
    recipe.parameters.emplace_back("lift_m", rng.uniform(0.0, 0.040));
    recipe.parameters.emplace_back("lifted_end", rng.below(2) == 0 ? -1.0 : 1.0);
}

SheetSetup build(const ScenarioRecipe& recipe) {
    const SheetSpec sheet = recipe.sheet();
    const bool along_height = recipe.at("along_height") > 0.5;
    const double w = sheet.width_m, h = sheet.height_m, span = along_height ? h : w;
    const double ratio = 1 - recipe.at("compression"),
                 turn = recipe.at("end_turn_ratio") * half_arc_rad(ratio);
    const double lift = recipe.at("lift_m"), lifted_end = recipe.at("lifted_end");
    const Vec3d up{0, 1, 0}, right{1, 0, 0}, down{0, 0, 1}, axis = along_height ? down : right;
    SheetSetup setup;
    for (const double side : {-1.0, 1.0}) {
        const double at = side < 0 ? kGripDepth_m / 2 : span - kGripDepth_m / 2;
        const double lo = at - kGripDepth_m / 2, hi = at + kGripDepth_m / 2;
        Grip grip;
        grip.held = along_height ? FilmRect{0, w, lo, hi} : FilmRect{lo, hi, 0, h};
        grip.path = [=](double t) {
            const double s = ease(t, kMotion_s),
                         reach = 0.5 * (span - kGripDepth_m) - 0.5 * span * (1 - ratio) * s,
                         a = -side * turn * s;
            const Vec3d along = axis * std::cos(a) + up * std::sin(a);
            const Vec3d world =
                axis * (side * reach) + up * (kGripHeight_m + (side == lifted_end ? lift * s : 0.0));
            return film_pose_at(along_height ? Vec2d{w / 2, at} : Vec2d{at, h / 2}, world,
                                along_height ? right : along, along_height ? along : down);
        };
        // Taped on a plank whose foot stands in the desk.
        const Pose strip = grip.path(kMotion_s);
        const FilmRect& held = grip.held;
        const Vec3d back = strip.rotation * Vec3d{0, 0, 1},
                    middle =
                        strip.to_world({0.5 * (held.u0_m + held.u1_m), 0.5 * (held.v0_m + held.v1_m), 0});
        const double length_m = (middle.y + kGripDepth_m) / -back.y;
        Collider plank = grip_box(grip, kMotion_s, 0, 0.5 * length_m, kPlankEdge_m);
        plank.pose.translation_m += back * (0.5 * length_m + kFilmGap_m);
        setup.decorations.push_back({"block", plank});
        setup.grips.push_back(grip);
    }
    // A slight bow makes it buckle upwards.
    setup.start = [=](Vec2d p) {
        const double s = along_height ? p.y : p.x;
        return right * (p.x - w / 2) + down * (p.y - h / 2) +
               up * (kGripHeight_m + 0.004 * std::sin(kPi * s / span));
    };
    setup.motion_s = kMotion_s;
    setup.colliders.push_back({"desk", Collider::half_space({0, 0, 0}, {0, 1, 0})});
    return setup;
}

void vary_numbers(ScenarioRecipe& recipe, Rng& rng) {
    vary_curl(recipe, rng);
    recipe.nudge("compression", 0.03, 0.01, 0.2, rng);
    recipe.nudge("end_turn_ratio", 0.15, 0, 0.8, rng);
    recipe.nudge("lift_m", 0.01, 0, 0.04, rng);
}

}  // namespace

const Scenario kBuckledArch{"buckled_arch", "buckled arch on the desk", draw_numbers, build, vary_numbers};

}  // namespace radforge::physics::scenarios
