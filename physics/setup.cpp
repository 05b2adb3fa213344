// SPDX-License-Identifier: Apache-2.0
#include "physics/setup.h"

#include "synth/base/error.h"

#include <algorithm>
#include <cmath>

namespace radforge::physics {

Pose film_pose(Vec3d origin_m, Vec3d right, Vec3d down) {
    return {Mat3d{{right, down, cross(right, down)}}.transposed(), origin_m};
}

Pose film_pose_at(Vec2d film_point_m, Vec3d world_m, Vec3d right, Vec3d down) {
    return film_pose(world_m - right * film_point_m.x - down * film_point_m.y, right, down);
}

Vec3d Grip::position_m(Vec2d p, double time_s) const {
    const Pose pose = path(time_s);
    if (curvature_per_m == 0) return pose.to_world({p.x, p.y, 0});
    // The middle of the rectangle stays in the film's plane; the image side looks along -z.
    const double middle = 0.5 * (held.u0_m + held.u1_m), a = curvature_per_m * (p.x - middle);
    return pose.to_world({middle + std::sin(a) / curvature_per_m, p.y, -(1 - std::cos(a)) / curvature_per_m});
}

double ease(double time_s, double duration_s) {
    const double t = std::min(1.0, std::max(0.0, time_s / duration_s));
    return t * t * (3 - 2 * t);
}

double half_arc_rad(double chord_ratio) {
    RADFORGE_ASSERT(chord_ratio > 0 && chord_ratio <= 1);
    double lo = 0, hi = 3.14159265358979323846;
    for (int k = 0; k < 60; ++k) {
        const double a = 0.5 * (lo + hi);
        (std::sin(a) > chord_ratio * a ? lo : hi) = a;
    }
    return lo;
}

Collider grip_box(const Grip& grip, double time_s, double margin_m, double half_thickness_m,
                  double edge_radius_m) {
    const Pose film = grip.path(time_s);
    const FilmRect& r = grip.held;
    const Vec3d center{0.5 * (r.u0_m + r.u1_m), 0.5 * (r.v0_m + r.v1_m), 0};
    const Vec3d half{0.5 * (r.u1_m - r.u0_m) + margin_m, 0.5 * (r.v1_m - r.v0_m) + margin_m,
                     half_thickness_m};
    return Collider::box({film.rotation, film.to_world(center)}, half, edge_radius_m);
}

}  // namespace radforge::physics
