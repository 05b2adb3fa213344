// SPDX-License-Identifier: Apache-2.0
/// Pinhole camera with radial-tangential (Brown-Conrady) distortion and an optional thin lens.
/// Pixel coordinates are edge based: pixel (row r, column c) has its centre at (c + 0.5, r + 0.5).
#pragma once
#include "synth/base/vec.h"

namespace radforge::optics {

struct Ray {
    Vec3d origin_m, direction;  ///< direction has unit length
};

/// Camera frame: x right, y down, z forward (OpenCV). Distortion: x' = x (1 + k1 r2 + k2 r4 + k3 r6) + 2 p1 x y + p2 (r2 + 2 x2),
/// y' = y (...) + p1 (r2 + 2 y2) + 2 p2 x y, on normalised coordinates (x, y) = (X/Z, Y/Z); then px = fx x' + cx.
struct Camera {
    int width_px = 448, height_px = 448;
    double fx_px = 500, fy_px = 500, cx_px = 224, cy_px = 224;
    double k1 = 0, k2 = 0, k3 = 0, p1 = 0, p2 = 0;
    double aperture_radius_m = 0, focus_distance_m = 1;  ///< radius 0: pinhole
    Pose pose;                                           ///< world from camera

    /// Pixel of a point in the camera frame with z > 0.
    Vec2d project_local(Vec3d local_m) const;
    /// Pixel of a world point; NaN when it lies behind the camera.
    Vec2d project(Vec3d world_m) const;
    /// Direction in the camera frame scaled to z = 1, distortion inverted by Newton to 1e-9 px.
    Vec3d direction_local(Vec2d px) const;
    /// Ray through a pixel position. lens01: point of the unit square mapped to the aperture, ignored by a pinhole.
    Ray ray(Vec2d px, Vec2d lens01 = {0.5, 0.5}) const;
    /// @throws Error when sizes or focal lengths are not positive, or the distortion folds inside the frame
    void validate() const;
};

}  // namespace radforge::optics
