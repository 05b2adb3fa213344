// SPDX-License-Identifier: Apache-2.0
/// Long kept in a roll: strong rest curvature, held down by a weight on one end or on both.
#include "physics/scenarios/scenarios.h"

#include <algorithm>
#include <cmath>

namespace radforge::physics::scenarios {
namespace {

constexpr double kMotion_s = 0.8;
constexpr double kWeightHalf_m = 0.045, kWeightDepth_m = 0.030, kWeightInset_m = 0.006;
constexpr double kHeldHeight_m = 0.0006;

void draw_numbers(ScenarioRecipe& recipe, Rng& rng) {
    const double side = rng.below(2) == 0 ? -1.0 : 1.0;
    const bool along_height = rng.below(2) == 1;
    recipe.set("curl_per_m", side * rng.uniform(3, 10));
    recipe.set("curl_axis_deg", (along_height ? 90 : 0) + rng.uniform(-12, 12));
    recipe.parameters.emplace_back("along_height", along_height);
    recipe.parameters.emplace_back("weights", double(1 + rng.below(2)));
    recipe.parameters.emplace_back("end", double(rng.below(2)));
    recipe.parameters.emplace_back("sideways", rng.uniform(-0.5, 0.5));
    recipe.parameters.emplace_back("slack", rng.uniform(0.0, 0.10));
}

SheetSetup build(const ScenarioRecipe& recipe) {
    const SheetSpec sheet = recipe.sheet();
    const bool along_height = recipe.at("along_height") > 0.5;
    const double w = sheet.width_m, h = sheet.height_m, length_m = along_height ? h : w,
                 across_m = along_height ? w : h;
    const int weights = int(recipe.at("weights"));
    const double sideways = recipe.at("sideways") * (0.5 * across_m - kWeightHalf_m);
    // With two weights the roll may keep some slack: its middle stands up between them.
    const double slack = weights == 2 ? recipe.at("slack") * length_m : 0;
    const Vec3d right{1, 0, 0}, down{0, 0, 1}, axis = along_height ? down : right;
    SheetSetup setup;
    for (int k = 0; k < weights; ++k) {
        const bool far = (k == 1) != (recipe.at("end") > 0.5);
        const double from = far ? length_m - kWeightInset_m - kWeightDepth_m : kWeightInset_m,
                     to = from + kWeightDepth_m, lo = 0.5 * across_m + sideways - kWeightHalf_m,
                     hi = lo + 2 * kWeightHalf_m;
        Grip grip;
        grip.held = along_height ? FilmRect{lo, hi, from, to} : FilmRect{from, to, lo, hi};
        grip.path = [=](double t) {
            const double shift = (far ? -0.5 : 0.5) * slack * ease(t, kMotion_s);
            return film_pose_at({w / 2, h / 2}, axis * shift + Vec3d{0, kHeldHeight_m, 0}, right, down);
        };
        setup.decorations.push_back({"block", grip_box(grip, kMotion_s, 0, 0.012, 0.002)});
        setup.grips.push_back(grip);
    }
    const Pose pose = film_pose_at({w / 2, h / 2}, {0, kHeldHeight_m, 0}, right, down);
    setup.start = [pose](Vec2d p) { return pose.to_world({p.x, p.y, 0}); };
    setup.motion_s = weights == 2 ? kMotion_s : 0;
    setup.colliders.push_back({"desk", Collider::half_space({0, 0, 0}, {0, 1, 0})});
    return setup;
}

void vary_numbers(ScenarioRecipe& recipe, Rng& rng) {
    vary_curl(recipe, rng);
    recipe.nudge("slack", 0.02, 0, 0.1, rng);
}

}  // namespace

const Scenario kRolledMemory{"rolled_memory", "kept in a roll, weights on its ends", draw_numbers, build,
                             vary_numbers};

}  // namespace radforge::physics::scenarios
