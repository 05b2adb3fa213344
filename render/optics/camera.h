// SPDX-License-Identifier: Apache-2.0
/// Pinhole camera with radial-tangential (Brown-Conrady) distortion and an optional thin lens.
/// Pixel coordinates are edge based: pixel (row r, column c) has its centre at (c + 0.5, r + 0.5).
/// Source: Brown, "Close-range camera calibration", Photogrammetric Engineering 37(8), 1971.
#pragma once
#include "synth/base/vec.h"

#include <array>

namespace radforge::optics {

struct Ray {
    Vec3d origin_m, direction;  ///< direction has unit length
};

/// The direction that reaches a pixel position, camera frame, z = 1, and its change per pixel.
struct PixelDirection {
    Vec3d centre, right, down;
};

/// How the hand moves the camera while it takes the picture, constant over the frame. Rows are exposed one
/// after the other, from top to bottom (rolling shutter).
struct CameraMotion {
    Vec3d velocity_m_per_s;  ///< camera frame
    Vec3d turn_rad_per_s;    ///< about the camera's axes
    double exposure_s = 0;   ///< of each row; blurs the photo, not what project() and ray() say
    double readout_s = 0;    ///< from the first row's exposure to the last one's
};

/// Camera frame: x right, y down, z forward (OpenCV). Distortion: x' = x (1 + k1 r2 + k2 r4 + k3 r6) + 2 p1 x
/// y + p2 (r2 + 2 x2), y' = y (...) + p1 (r2 + 2 y2) + 2 p2 x y, on normalised coordinates (x, y) = (X/Z,
/// Y/Z); then px = fx x' + cx. The polynomial is a lens only up to the radius where it turns back (the fold);
/// what lies beyond is not imaged.
struct Camera {
    int width_px = 448, height_px = 448;
    double fx_px = 500, fy_px = 500, cx_px = 224, cy_px = 224;
    double k1 = 0, k2 = 0, k3 = 0, p1 = 0, p2 = 0;
    double aperture_radius_m = 0, focus_distance_m = 1;  ///< radius 0: pinhole
    int aperture_blades = 0;                             ///< corners of the aperture; 0: round
    double aperture_turn_rad = 0;
    Pose pose;  ///< world from camera, in the middle of the middle row's exposure
    CameraMotion motion;

    bool moves() const { return length(motion.velocity_m_per_s) + length(motion.turn_rad_per_s) > 0; }
    Pose pose_at(double time_s) const;  ///< time 0: that of `pose`
    /// The place of pose_at().
    Vec3d position_at(double time_s) const { return pose.to_world(motion.velocity_m_per_s * time_s); }
    /// Middle of the exposure of the row at y (edge based).
    double row_time_s(double y_px) const { return (y_px / height_px - 0.5) * motion.readout_s; }
    /// Point of the aperture, metres, for a point of the unit square; uniform.
    Vec2d lens_point_m(Vec2d lens01) const;

    /// Pixel of a point in the camera frame; NaN when z <= 0 or the direction lies beyond the fold.
    Vec2d project_local(Vec3d local_m) const;
    /// Pixel of a world point at its row's mid-exposure; NaN when it lies behind the camera or beyond the
    /// fold.
    /// @param world_m where the point is at time 0; @param velocity_m_per_s in the world
    Vec2d project(Vec3d world_m, Vec3d velocity_m_per_s = {}) const;
    /// Direction in the camera frame scaled to z = 1, distortion inverted by Newton to 1e-9 px; NaN when no
    /// direction short of the fold reaches that pixel (never inside the frame of a camera that validate()
    /// accepts).
    Vec3d direction_local(Vec2d px) const { return pixel_direction(px).centre; }
    /// The same with its derivatives by the pixel position.
    PixelDirection pixel_direction(Vec2d px) const;
    /// The same as project() and pixel_direction() of each, bit for bit, in less time.
    static constexpr size_t kTogether = 4;
    std::array<Vec2d, kTogether> project(const std::array<Vec3d, kTogether>& world_m,
                                         const std::array<Vec3d, kTogether>& velocities_m_per_s) const;
    std::array<PixelDirection, kTogether> pixel_directions(const std::array<Vec2d, kTogether>& px) const;
    /// Ray through a pixel position at its row's mid-exposure. lens01: point of the unit square mapped to the
    /// aperture (concentric map of Shirley and Chiu, 1997), ignored by a pinhole. Points at z =
    /// focus_distance_m are sharp.
    Ray ray(Vec2d px, Vec2d lens01 = {0.5, 0.5}) const;
    /// @throws Error when sizes, focal lengths, aperture or focus are impossible, or the distortion folds
    /// inside the frame
    void validate() const;
};

}  // namespace radforge::optics
