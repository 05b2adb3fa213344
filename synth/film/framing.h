// SPDX-License-Identifier: Apache-2.0
/// Where the photographer stands: a camera that sees the whole film, and the world frame that follows from
/// it.
#pragma once
#include "render/optics/camera.h"
#include "synth/base/dist.h"
#include "synth/base/span.h"
#include "synth/base/vec.h"

namespace radforge::film {

/// No film is farther from the camera: what `depth` and `distance` hold.
constexpr double kFarthest_m = 100;

/// Drawn numbers of one view.
struct FramingRecipe {
    double focal_length_35mm = 28;  ///< 35 mm equivalent of the lens
    double yaw_deg = 0, pitch_deg = 0,
           roll_deg = 0;              ///< away from the film's mean normal; about the view axis
    double coverage = 0.8;            ///< larger of film width / frame width and height / height
    double shift_x = 0, shift_y = 0;  ///< centre of the film in the frame, part of the free margin, [-1,1]
    double k1 = 0, k2 = 0, k3 = 0, p1 = 0, p2 = 0;
    double f_number = 0;  ///< 0: pinhole
    int aperture_blades = 0;
    double shake_x_deg_per_s = 0, shake_y_deg_per_s = 0, shake_z_deg_per_s = 0;  ///< about the camera's axes
    double exposure_s = 0, readout_s = 0;
    template <class V>
    void visit(V& v) {
        v("focal_length_35mm", focal_length_35mm);
        v("yaw_deg", yaw_deg);
        v("pitch_deg", pitch_deg);
        v("roll_deg", roll_deg);
        v("coverage", coverage);
        v("shift_x", shift_x);
        v("shift_y", shift_y);
        v("k1", k1);
        v("k2", k2);
        v("k3", k3);
        v("p1", p1);
        v("p2", p2);
        v("f_number", f_number);
        v("aperture_blades", aperture_blades);
        v("shake_x_deg_per_s", shake_x_deg_per_s);
        v("shake_y_deg_per_s", shake_y_deg_per_s);
        v("shake_z_deg_per_s", shake_z_deg_per_s);
        v("exposure_s", exposure_s);
        v("readout_s", readout_s);
    }
};

/// The film as the photographer finds it, in the frame of the simulation (y up, metres).
struct Subject {
    Span<const Vec3f> vertices_m;
    Vec3d facing;             ///< unit, from the film towards the viewer
    Vec3d up;                 ///< towards the top of the printed page, any length, not parallel to `facing`
    double floor_y_m = -1e9;  ///< the camera stays at least 0.1 m above
    double wall_z_m = -1e9;   ///< and as far before
    bool upright =
        true;  ///< page hangs in space: the camera's up is the world's; false: it lies, up is the page's
    Span<const Vec3f> velocities_m_per_s{};  ///< of the vertices; empty: at rest
};

/// A camera whose projection of all vertices has the asked coverage and place in the frame (lens distortion
/// included).
/// @throws Error when the film cannot be framed from there (the shape wraps around the camera, the lens
/// folds, the distance would be impossible)
optics::Camera frame(const FramingRecipe& recipe, int width_px, int height_px, const Subject& subject);

/// Rotation about y that gives the camera's azimuth heading zero: its horizontal view direction becomes -z
/// (for a camera that looks straight down or up, the horizontal direction of its image's top).
Mat3d heading_to_zero(const optics::Camera& camera);

}  // namespace radforge::film
