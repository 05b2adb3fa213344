// SPDX-License-Identifier: Apache-2.0
/// Camera rays of one pixel and the pixel filter that spreads them.
#pragma once
#include "render/optics/camera.h"
#include "render/path/elementary.h"
#include "render/path/sampling.h"

#include <array>
#include <cmath>
#include <string>

namespace radforge::path {

/// Inverse of the cumulative of a one-dimensional pixel filter, on [0,1) -> offset in pixels.
class PixelFilter {
public:
    PixelFilter(const std::string& name, float radius) {
        constexpr int kFine = 4096;
        const auto density = [&](float x) {  // x in [-1, 1]
            if (name == "box") return 1.0f;
            if (name == "gaussian") return exp2_approx(-6.4921277f * x * x);  // sigma = radius / 3
            const float t = 0.5f * (x + 1);                                   // 4-term Blackman-Harris window
            return 0.35875f - 0.48829f * sincos_turns(t).cos + 0.14128f * sincos_turns(2 * t).cos -
                   0.01168f * sincos_turns(3 * t).cos;
        };
        std::array<double, kFine + 1> cumulative{};
        for (int k = 0; k < kFine; ++k)
            cumulative[size_t(k) + 1] =
                cumulative[size_t(k)] + double(density((2 * (float(k) + 0.5f)) / kFine - 1));
        int k = 0;
        for (int i = 0; i <= kSteps; ++i) {
            const double wanted = cumulative[kFine] * i / kSteps;
            while (k + 1 < kFine && cumulative[size_t(k) + 1] < wanted) ++k;
            const double f =
                (wanted - cumulative[size_t(k)]) / (cumulative[size_t(k) + 1] - cumulative[size_t(k)]);
            offset_[size_t(i)] = radius * float(2 * (k + f) / kFine - 1);
        }
    }
    float operator()(float u) const {
        const float t = u * kSteps;
        const int k = int(t);
        const float f = t - float(k);
        return offset_[size_t(k)] * (1 - f) + offset_[size_t(k) + 1] * f;
    }

private:
    static constexpr int kSteps = 1024;
    std::array<float, kSteps + 1> offset_{};
};

/// Rays of one pixel, linear about its centre: distortion bends by less than 1e-3 px over a filter's radius.
struct PixelRays {
    Vec3f origin, forward, right,
        down;  // direction = forward + dx * right + dy * down, camera z = 1 before rotation
    Vec3f lens_x, lens_y, velocity, turn;  // world frame, over the exposure
    float focus_m = 0, spread_rad = 0;
    float row_time_s = 0, exposure_s = 0;
    bool moves = false;
    const optics::Camera* camera;

    PixelRays(const optics::Camera& c, int row, int column) {
        const double x = column + 0.5, y = row + 0.5;
        camera = &c;
        moves = c.moves();
        const optics::CameraMotion& motion = c.motion;
        row_time_s = float(c.row_time_s(y));
        exposure_s = float(motion.exposure_s);
        const Pose pose = moves ? c.pose_at(c.row_time_s(y)) : c.pose;
        velocity = to_float(pose.rotation * motion.velocity_m_per_s * motion.exposure_s);
        turn = to_float(pose.rotation * motion.turn_rad_per_s * motion.exposure_s);
        const Mat3d& r = pose.rotation;
        const optics::PixelDirection local = c.pixel_direction({x, y});
        origin = to_float(pose.translation_m);
        forward = to_float(r * local.centre);
        right = to_float(r * local.right);
        down = to_float(r * local.down);
        lens_x = to_float(r.column(0));
        lens_y = to_float(r.column(1));
        focus_m = c.aperture_radius_m > 0 ? float(c.focus_distance_m) : 0;
        // Half a pixel: the pixel filter does the rest of the smoothing.
        spread_rad = 0.5f * std::sqrt(length(cross(right, down))) / length(forward);
    }
    /// Of the scene, for a time in [0,1) within the row's exposure.
    float time_s(float time) const { return row_time_s + (time - 0.5f) * exposure_s; }
    /// @param time  [0,1) within the row's exposure
    void at(Vec2f offset_px, Vec2f lens, float time, Vec3f& from, Vec3f& direction) const {
        direction = forward + right * offset_px.x + down * offset_px.y;
        from = origin;
        if (focus_m > 0) {
            const Vec2d d = camera->lens_point_m({double(lens.x), double(lens.y)});
            const Vec3f shift = lens_x * float(d.x) + lens_y * float(d.y);
            from += shift;
            direction = direction - shift * (1 / focus_m);
        }
        if (moves) {  // to first order: a turn of a milliradian errs by a thousandth of a pixel
            from += velocity * (time - 0.5f);
            direction += cross(turn, direction) * (time - 0.5f);
        }
        direction = normalized(direction);
    }
};

}  // namespace radforge::path
