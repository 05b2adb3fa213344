// SPDX-License-Identifier: Apache-2.0
#include "synth/film/stage.h"

#include "synth/base/error.h"
#include "synth/film/procedural.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace radforge::film {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kFlat_m = 0.02;  // a sheet no higher than this lies flat enough for a light table

bool has(const physics::SettledSheet& sheet, const std::string& role) {
    return std::any_of(sheet.obstacles.begin(), sheet.obstacles.end(),
                       [&](const physics::Obstacle& o) { return o.role == role; });
}

/// Extent of the sheet's points and of the films that it lies on, along three axes.
struct Extent {
    double lo[3], hi[3];
};

Extent extent(Span<const Vec3f> points_m, const std::vector<physics::Obstacle>& obstacles,
              const Vec3d (&axes)[3]) {
    Extent e{{1e30, 1e30, 1e30}, {-1e30, -1e30, -1e30}};
    const auto add = [&](Span<const Vec3f> points) {
        for (const Vec3f& p : points)
            for (int k = 0; k < 3; ++k) {
                const double x = dot(to_double(p), axes[k]);
                e.lo[k] = std::min(e.lo[k], x);
                e.hi[k] = std::max(e.hi[k], x);
            }
    };
    add(points_m);
    for (const physics::Obstacle& o : obstacles)
        if (o.role == "film") add(o.mesh.positions_m);
    return e;
}

Mesh box(const Vec3d (&axes)[3], const double (&lo)[3], const double (&hi)[3]) {
    Mesh mesh;
    for (int k = 0; k < 8; ++k)
        mesh.positions_m.push_back(to_float(axes[0] * (k & 1 ? hi[0] : lo[0]) +
                                            axes[1] * (k & 2 ? hi[1] : lo[1]) +
                                            axes[2] * (k & 4 ? hi[2] : lo[2])));
    mesh.faces = {{0, 2, 3}, {0, 3, 1}, {4, 5, 7}, {4, 7, 6}, {0, 1, 5}, {0, 5, 4},
                  {2, 6, 7}, {2, 7, 3}, {0, 4, 6}, {0, 6, 2}, {1, 3, 7}, {1, 7, 5}};
    return mesh;
}

/// A luminous panel behind the sheet with a bezel around it. axes: panel's right, up, and outward normal.
void add_lightbox(path::SceneDescription& scene, const Extent& e, const Vec3d (&axes)[3],
                  double panel_level_m, const StageRecipe& recipe, float room_luminance) {
    constexpr double kBezelWidth_m = 0.035, kBezelHeight_m = 0.012;
    const double x0 = e.lo[0] - recipe.lightbox_margin_m, x1 = e.hi[0] + recipe.lightbox_margin_m;
    const double y0 = e.lo[1] - recipe.lightbox_margin_m, y1 = e.hi[1] + recipe.lightbox_margin_m;
    float rgb[3];
    black_body_rgb(recipe.lightbox_kelvin, rgb);
    const auto level = float(recipe.lightbox_ratio) * room_luminance;
    path::PanelLight panel;
    panel.corner_m = axes[0] * x0 + axes[1] * y0 + axes[2] * panel_level_m;
    panel.edge_u_m = axes[0] * (x1 - x0);
    panel.edge_v_m = axes[1] * (y1 - y0);
    panel.radiance = {rgb[0] * level, rgb[1] * level, rgb[2] * level};
    panel.edge_falloff = recipe.lightbox_falloff;
    panel.albedo = {0.7f, 0.7f, 0.7f};
    panel.flicker_depth = recipe.lightbox_flicker;
    panel.flicker_hz = recipe.lightbox_flicker_hz;
    panel.flicker_turns = recipe.lightbox_flicker_turns;
    scene.panels.push_back(panel);

    const double back = panel_level_m - 0.06, front = panel_level_m + kBezelHeight_m;
    const double sides[4][4] = {{x0 - kBezelWidth_m, x0, y0 - kBezelWidth_m, y1 + kBezelWidth_m},
                                {x1, x1 + kBezelWidth_m, y0 - kBezelWidth_m, y1 + kBezelWidth_m},
                                {x0, x1, y0 - kBezelWidth_m, y0},
                                {x0, x1, y1, y1 + kBezelWidth_m}};
    for (const auto& s : sides) {
        path::OpaqueObject object;
        object.name = "bezel";
        object.mesh = box(axes, {s[0], s[2], back}, {s[1], s[3], front});
        object.material.albedo = {0.35f, 0.35f, 0.36f};
        object.material.coat = {1.45, 0.25};
        scene.objects.push_back(std::move(object));
    }
}

/// What has a material of its own; the rest is made of what the table is.
bool has_own_material(const std::string& role) {
    return role == "clip" || role == "block" || role == "grip" || role == "wall" || role == "cylinder";
}

bool on_light_table(const physics::SettledSheet& sheet, const std::string& viewing) {
    return viewing == "lightbox" && has(sheet, "desk");
}

/// Obstacles that stand in the scene as they are: not the films below, which the generator prints, not the
/// light-box, and not the table under a light-box.
bool stands(const std::string& role, bool light_table) {
    return role != "film" && role != "panel" && !(light_table && role == "desk");
}

path::LambertMaterial material_of(const std::string& role, const StageRecipe& recipe,
                                  const Surroundings& around) {
    path::LambertMaterial material;
    const auto tint = float(recipe.tabletop_tint);
    if (role == "clip" || role == "block") {  // black plastic, and a weight of grey enamel
        material.albedo =
            role == "clip" ? Vec3f{0.05f, 0.05f, 0.055f} : Vec3f{0.3f * tint, 0.32f * tint, 0.34f * tint};
        material.coat = {1.5, 0.15};
        return material;
    }
    if (role == "grip") {  // fingers
        material.albedo = {0.62f * tint, 0.42f * tint, 0.33f * tint};
        material.coat = {1.4, 0.4};
        return material;
    }
    if (role == "wall") {
        material.albedo = {0.78f * tint, 0.77f * tint, 0.74f * tint};
        return material;
    }
    if (role == "cylinder") {
        material.albedo = {0.5f * tint, 0.55f * tint, 0.6f * tint};
        material.coat = {1.5, 0.08};
        return material;
    }
    RADFORGE_ASSERT(!has_own_material(role) && around.tabletop);
    material.albedo = {tint, tint, tint};
    material.texture = around.tabletop;
    material.uv_scale = {1 / recipe.tabletop_size_m, 1 / recipe.tabletop_size_m};
    material.uv_rotation_rad = recipe.tabletop_rotation_deg * kPi / 180;
    material.uv_offset = {recipe.tabletop_u, recipe.tabletop_v};
    material.coat = {1 + 0.5 * recipe.tabletop_gloss, 0.35 - 0.25 * recipe.tabletop_gloss};
    return material;
}

}  // namespace

double window_azimuth_rad(const Image& radiance) {
    const auto p = radiance.view<float>();
    const int w = p.width_px, h = p.height_px;
    std::vector<double> column(static_cast<size_t>(w), 0.0);
    for (int r = int(h * (90.0 - 35) / 180); r < int(h * (90.0 + 35) / 180); ++r)
        for (int c = 0; c < w; ++c) column[size_t(c)] += luminance(p(r, c, 0), p(r, c, 1), p(r, c, 2));
    const int half = std::max(1, w / 24);  // 15 degrees
    std::vector<double> band(column.size(), 0.0);
    for (int c = 0; c < w; ++c)
        for (int k = -half; k <= half; ++k) band[size_t(c)] += column[size_t(((c + k) % w + w) % w)];
    // A window narrower than the band gives a plateau, equal up to rounding: its middle.
    const double high = *std::max_element(band.begin(), band.end()) * (1 - 1e-9);
    const auto is_high = [&](int c) { return band[size_t((c + w) % w)] >= high; };
    int first = 0, width = 0;
    while (first < w && !(is_high(first) && !is_high(first - 1))) ++first;
    while (width < w && is_high((first + width) % w)) ++width;
    const double turns = (first + 0.5 * width) / w;
    return (turns - std::floor(turns) - 0.5) * 2 * kPi;
}

std::string pick_viewing(const physics::SettledSheet& sheet, const Weights& weights, double pick) {
    std::vector<std::string> suitable;
    if (has(sheet, "panel")) {
        suitable = {"lightbox"};
    } else if (has(sheet, "wall")) {
        suitable = {"wall"};
    } else if (has(sheet, "desk")) {
        suitable = {"desk"};
        const Vec3d axes[3] = {{1, 0, 0}, {0, 0, -1}, {0, 1, 0}};
        const Extent e = extent(sheet.mesh.positions_m, sheet.obstacles, axes);
        const bool free =
            std::all_of(sheet.obstacles.begin(), sheet.obstacles.end(),
                        [](const physics::Obstacle& o) { return o.role == "desk" || o.role == "film"; });
        if (e.hi[2] - e.lo[2] < kFlat_m && free) suitable.push_back("lightbox");
    } else {
        suitable = {"window", "room", "lightbox"};
    }
    double total = 0;
    const auto weight = [&](const std::string& name) {
        const auto found = weights.of.find(name);
        return found == weights.of.end() ? 0.0 : std::max(0.0, found->second);
    };
    for (const std::string& name : suitable) total += weight(name);
    if (!(total > 0)) {
        std::string names;
        for (const std::string& name : suitable) names += (names.empty() ? "" : ", ") + name;
        throw Error(ErrorKind::Usage, "no suitable viewing mode has a positive weight")
            .where("light.viewing")
            .expected("one of " + names)
            .hint("give one of them a weight, or take the scenario out of physics.scenario");
    }
    double left = pick * total;
    for (const std::string& name : suitable) {
        left -= weight(name);
        if (left < 0) return name;
    }
    return suitable.back();
}

bool shows_tabletop(const physics::SettledSheet& sheet, const std::string& viewing) {
    const bool light_table = on_light_table(sheet, viewing);
    return std::any_of(sheet.obstacles.begin(), sheet.obstacles.end(), [&](const physics::Obstacle& o) {
        return stands(o.role, light_table) && !has_own_material(o.role);
    });
}

path::SceneDescription set_stage(const physics::SettledSheet& sheet, const LightboxSubject& subject,
                                 const std::string& viewing, const StageRecipe& recipe,
                                 const Surroundings& around) {
    path::SceneDescription scene;
    path::Environment environment;
    environment.map = around.environment;
    environment.scale = recipe.light_scale;
    environment.heading_rad = recipe.heading_deg * kPi / 180;
    if (viewing == "window")
        environment.heading_rad = recipe.window_offset_deg * kPi / 180 - around.window_azimuth_rad;
    scene.environment = environment;

    const bool light_table = on_light_table(sheet, viewing);
    const physics::Obstacle* panel = nullptr;
    for (const physics::Obstacle& obstacle : sheet.obstacles) {
        if (obstacle.role == "panel") panel = &obstacle;
        if (!stands(obstacle.role, light_table)) continue;
        path::OpaqueObject object;
        object.name = obstacle.role;
        object.mesh = obstacle.mesh;
        object.material = material_of(obstacle.role, recipe, around);
        object.smooth = obstacle.role == "cylinder";
        scene.objects.push_back(std::move(object));
    }
    if (viewing != "lightbox") return scene;

    Vec3d out{0, 1, 0}, right{1, 0, 0};
    if (panel) {
        const auto corner = [&](size_t k) {
            return to_double(panel->mesh.positions_m[panel->mesh.faces[0][k]]);
        };
        out = normalized(cross(corner(1) - corner(0), corner(2) - corner(0)));
        right = normalized(cross(Vec3d{0, 1, 0}, out));
    } else if (!light_table) {
        // As the film leans, so that the camera sees the panel behind all of it.
        out = subject.viewing_normal;
        right = normalized(cross(Vec3d{0, 1, 0}, out));
    }
    const Vec3d axes[3] = {right, cross(out, right), out};
    const Extent e = extent(subject.points_m, sheet.obstacles, axes);
    const double level_m = panel ? dot(to_double(panel->mesh.positions_m[panel->mesh.faces[0][0]]), out)
                           : light_table ? e.lo[2] - 5e-4
                                         : e.lo[2] - recipe.lightbox_gap_m;
    add_lightbox(scene, e, axes, level_m, recipe,
                 around.environment->mean_luminance() * float(recipe.light_scale));
    return scene;
}

}  // namespace radforge::film
