// SPDX-License-Identifier: Apache-2.0
/// On top of a stack of two to four films on the desk, askew, sometimes with a corner lifted by two fingers.
/// The films below are solved first, from the desk upwards, each under the weight of all above it.
#include "physics/scenarios/scenarios.h"
#include "physics/settle.h"

#include <array>
#include <cmath>

namespace radforge::physics::scenarios {
namespace {

constexpr double kRadPerDeg = 3.14159265358979323846 / 180;
constexpr double kRaster_m = 0.005;
constexpr double kStart_m = 0.002;  // of each film above the highest point below it
constexpr double kMotion_s = 0.8;
constexpr double kCornerGrip_m = 0.022;
constexpr double kFinger_m = 0.008, kFilmGap_m = 6e-4, kReach_m = 0.07;
constexpr int kLowerNodes = 33;

std::string key(int film, const char* name) { return "film" + std::to_string(film) + "_" + name; }

void draw_numbers(ScenarioRecipe& recipe, Rng& rng) {
    const int films = int(2 + rng.below(3));
    recipe.parameters.emplace_back("films", double(films));
    for (int k = 0; k + 1 < films; ++k) {  // from the desk upwards, relative to the one on top
        recipe.parameters.emplace_back(key(k, "offset_x_m"), rng.uniform(-0.05, 0.05));
        recipe.parameters.emplace_back(key(k, "offset_z_m"), rng.uniform(-0.05, 0.05));
        recipe.parameters.emplace_back(key(k, "askew_deg"), rng.uniform(-12, 12));
        recipe.parameters.emplace_back(key(k, "curl_per_m"), rng.uniform(-1, 1));
        recipe.parameters.emplace_back(key(k, "curl_axis_deg"), rng.uniform(0, 180));
    }
    recipe.parameters.emplace_back("lifted", double(rng.below(2)));
    recipe.parameters.emplace_back("lift_m", rng.uniform(0.010, 0.060));
    recipe.parameters.emplace_back("lift_deg", rng.uniform(5, 30));
    recipe.parameters.emplace_back("corner", double(rng.below(4)));
}

/// A film with its middle at (x, z), `turn` about the vertical, at a height.
Pose lying(const SheetSpec& sheet, double x, double z, double turn_rad, double height_m) {
    const Mat3d turn = rotation_about({0, 1, 0}, turn_rad);
    return film_pose_at({sheet.width_m / 2, sheet.height_m / 2}, {x, height_m, z}, turn * Vec3d{1, 0, 0},
                        turn * Vec3d{0, 0, 1});
}

void put_on(SheetSetup& setup, const std::vector<Mesh>& below) {
    setup.colliders.push_back({"desk", Collider::half_space({0, 0, 0}, {0, 1, 0})});
    if (!below.empty())
        setup.colliders.push_back(
            {"films", Collider::on_heights(std::make_shared<const HeightField>(below, kRaster_m))});
}

double highest_m(const std::vector<Mesh>& below) {
    double y = 0;
    for (const Mesh& mesh : below)
        for (const Vec3f& p : mesh.positions_m) y = std::max(y, double(p.y));
    return y;
}

/// Lifts one corner of the top film between a thumb and a finger.
void lift_corner(SheetSetup& setup, const ScenarioRecipe& recipe, const SheetSpec& sheet, const Pose& pose,
                 double top_m) {
    const int corner = int(recipe.at("corner"));
    const double u = corner % 2 == 0 ? 0 : sheet.width_m, v = corner / 2 == 0 ? 0 : sheet.height_m;
    const double su = u > 0 ? -1 : 1, sv = v > 0 ? -1 : 1;  // inwards
    const Vec2d middle{u + 0.5 * su * kCornerGrip_m, v + 0.5 * sv * kCornerGrip_m};
    Grip grip;
    grip.held = {std::min(u, u + su * kCornerGrip_m), std::max(u, u + su * kCornerGrip_m),
                 std::min(v, v + sv * kCornerGrip_m), std::max(v, v + sv * kCornerGrip_m)};
    // It rises and turns about the diagonal's normal in the film, so that its tip points up.
    const Vec3d inwards = pose.rotation * normalized(Vec3d{su, sv, 0}), up{0, 1, 0},
                hinge = normalized(cross(inwards, up));
    const double lift = recipe.at("lift_m"), turn = recipe.at("lift_deg") * kRadPerDeg;
    const Vec3d start = pose.to_world({middle.x, middle.y, 0});
    grip.path = [=](double t) {
        const double s = ease(t, kMotion_s);
        const Mat3d rotation = rotation_about(hinge, -turn * s) * pose.rotation;
        const Vec3d at{start.x + 0.3 * lift * s * inwards.x, top_m + kStart_m + lift * s,
                       start.z + 0.3 * lift * s * inwards.z};
        return film_pose_at(middle, at, rotation.column(0), rotation.column(1));
    };
    setup.grips.push_back(grip);
    setup.motion_s = kMotion_s;
    const Pose held = grip.path(kMotion_s);
    for (const double side : {-1.0, 1.0}) {
        const double z = side * (kFinger_m + kFilmGap_m);
        const Vec3d tip = held.to_world({middle.x, middle.y, z}),
                    root =
                        held.to_world({u - su * 0.5 * kReach_m, v - sv * 0.5 * kReach_m, z + side * 0.006});
        setup.decorations.push_back(
            {"grip", Collider::capsule({root.x, std::max(root.y, 0.009), root.z}, tip, kFinger_m)});
    }
}

SheetSetup build(const ScenarioRecipe& recipe) {
    const SheetSpec sheet = recipe.sheet();
    const int films = int(recipe.at("films"));
    std::vector<Mesh> below;
    for (int k = 0; k + 1 < films; ++k) {
        SheetSpec lower = sheet;
        lower.material.density_kg_per_m3 *= films - k;  // carries those above
        lower.curl_per_m = recipe.at(key(k, "curl_per_m"));
        lower.curl_axis_deg = recipe.at(key(k, "curl_axis_deg"));
        SheetSetup setup;
        put_on(setup, below);
        const Pose pose = lying(lower, recipe.at(key(k, "offset_x_m")), recipe.at(key(k, "offset_z_m")),
                                recipe.at(key(k, "askew_deg")) * kRadPerDeg, highest_m(below) + kStart_m);
        setup.start = [pose](Vec2d p) { return pose.to_world({p.x, p.y, 0}); };
        SolverOptions options;
        options.long_side_nodes = kLowerNodes;
        options.refine_cell_m = kRaster_m;
        below.push_back(settle(lower, setup, options).mesh);
    }
    SheetSetup setup;
    put_on(setup, below);
    const double top_m = highest_m(below);
    const Pose pose = lying(sheet, 0, 0, 0, top_m + kStart_m);
    setup.start = [pose](Vec2d p) { return pose.to_world({p.x, p.y, 0}); };
    if (recipe.at("lifted") > 0.5) lift_corner(setup, recipe, sheet, pose, top_m);
    setup.others = std::move(below);
    return setup;
}

void vary_numbers(ScenarioRecipe& recipe, Rng& rng) {
    vary_curl(recipe, rng);
    recipe.nudge("lift_m", 0.012, 0.01, 0.06, rng);
    recipe.nudge("lift_deg", 6, 5, 30, rng);
}

}  // namespace

const Scenario kStack{"stack", "on top of a stack of films", draw_numbers, build, vary_numbers};

}  // namespace radforge::physics::scenarios
