// SPDX-License-Identifier: Apache-2.0
/// Puts the settled sheet into a place: what it lies on or hangs before, and the light that it is looked at
/// in.
#pragma once
#include "physics/settle.h"
#include "render/path/scene.h"
#include "synth/base/dist.h"

#include <memory>
#include <string>
#include <vector>

namespace radforge::film {

/// How a film is looked at (film-physics section 4). Which ones suit follows from where the sheet came to
/// rest.
struct StageRecipe {
    double viewing_pick = 0;  ///< [0,1): picks among the suitable modes by weight
    double heading_deg = 0;   ///< of the environment where the mode leaves it free
    double window_offset_deg = 0;
    double light_scale = 1;
    double lightbox_ratio = 10, lightbox_kelvin = 5800, lightbox_falloff = 0.05;
    double lightbox_gap_m = 0.01, lightbox_margin_m = 0.05;
    double lightbox_flicker = 0, lightbox_flicker_hz = 100, lightbox_flicker_turns = 0;
    double tabletop_size_m = 0.7, tabletop_rotation_deg = 0, tabletop_u = 0, tabletop_v = 0,
           tabletop_gloss = 0.5, tabletop_tint = 1;

    /// Takes everything but the table from another recipe.
    void set_light(const StageRecipe& other) {
        const StageRecipe own = *this;
        *this = other;
        tabletop_size_m = own.tabletop_size_m;
        tabletop_rotation_deg = own.tabletop_rotation_deg;
        tabletop_u = own.tabletop_u;
        tabletop_v = own.tabletop_v;
        tabletop_gloss = own.tabletop_gloss;
        tabletop_tint = own.tabletop_tint;
    }

    template <class V>
    void visit(V& v) {
        v("viewing_pick", viewing_pick);
        v("heading_deg", heading_deg);
        v("window_offset_deg", window_offset_deg);
        v("light_scale", light_scale);
        v("lightbox_ratio", lightbox_ratio);
        v("lightbox_kelvin", lightbox_kelvin);
        v("lightbox_falloff", lightbox_falloff);
        v("lightbox_gap_m", lightbox_gap_m);
        v("lightbox_margin_m", lightbox_margin_m);
        v("lightbox_flicker", lightbox_flicker);
        v("lightbox_flicker_hz", lightbox_flicker_hz);
        v("lightbox_flicker_turns", lightbox_flicker_turns);
        v("tabletop_size_m", tabletop_size_m);
        v("tabletop_rotation_deg", tabletop_rotation_deg);
        v("tabletop_u", tabletop_u);
        v("tabletop_v", tabletop_v);
        v("tabletop_gloss", tabletop_gloss);
        v("tabletop_tint", tabletop_tint);
    }
};

/// Shared inputs of one stage.
struct Surroundings {
    std::shared_ptr<const path::EnvironmentMap> environment;
    double window_azimuth_rad = 0;  ///< where the map is brightest near the horizon, from -z towards +x
    std::shared_ptr<const path::Texture> tabletop;  ///< null where none is shown
};

/// Azimuth of the brightest 30 degree wide band between 35 degrees below and above the horizon, from -z
/// towards +x; of equally bright bands side by side the one in the middle.
/// @param radiance  f32 [H,W,3] lat-long
/// @return          [-pi, pi); 0 where all directions are equally bright
double window_azimuth_rad(const Image& radiance);

/// Modes of `weights` that suit the sheet: over a wall "wall"; on a table "desk", and "lightbox" when it lies
/// nearly flat; in the air "window", "room" and "lightbox".
/// @throws Error when none of them has a positive weight
std::string pick_viewing(const physics::SettledSheet& sheet, const Weights& weights, double pick);

/// True when the stage shows a table, or something else that looks like one.
bool shows_tabletop(const physics::SettledSheet& sheet, const std::string& viewing);

/// What a light-box is put up for: it stands still while the film before it may move.
struct LightboxSubject {
    std::vector<Vec3f> points_m;  ///< everywhere the film is in its photos
    Vec3d viewing_normal{0, 0, 1};
};

/// The scene without its films, neither the sample nor those that it lies on: obstacles, table, light-box,
/// environment. `sheet` is already in the world frame, in which the camera's azimuth is zero; `subject`, too,
/// which only the viewing "lightbox" asks for.
path::SceneDescription set_stage(const physics::SettledSheet& sheet, const LightboxSubject& subject,
                                 const std::string& viewing, const StageRecipe& recipe,
                                 const Surroundings& surroundings);

}  // namespace radforge::film
