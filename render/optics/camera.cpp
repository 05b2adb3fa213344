// SPDX-License-Identifier: Apache-2.0
#include "render/optics/camera.h"

#include "synth/base/error.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace radforge::optics {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kPi = 3.14159265358979323846;

/// A distorted point with the Jacobian of the distortion there.
struct Distorted {
    Vec2d at;
    double dxx, dxy, dyy;  ///< d x'/d x, d x'/d y = d y'/d x, d y'/d y
    double determinant() const { return dxx * dyy - dxy * dxy; }
};

Distorted distort(const Camera& c, Vec2d n) {
    const double r2 = dot(n, n);
    const double radial = 1 + r2 * (c.k1 + r2 * (c.k2 + r2 * c.k3));
    const double slope = c.k1 + r2 * (2 * c.k2 + r2 * 3 * c.k3);
    const double xy = n.x * n.y;
    return {{n.x * radial + 2 * c.p1 * xy + c.p2 * (r2 + 2 * n.x * n.x),
             n.y * radial + c.p1 * (r2 + 2 * n.y * n.y) + 2 * c.p2 * xy},
            radial + 2 * n.x * n.x * slope + 2 * c.p1 * n.y + 6 * c.p2 * n.x,
            2 * xy * slope + 2 * c.p1 * n.x + 2 * c.p2 * n.y,
            radial + 2 * n.y * n.y * slope + 6 * c.p1 * n.y + 2 * c.p2 * n.x};
}

/// Whether r (1 + k1 r2 + k2 r4 + k3 r6) grows all the way from the axis to radius sqrt(r2).
bool grows_up_to(const Camera& c, double r2) {
    const auto slope = [&](double s) { return 1 + s * (3 * c.k1 + s * (5 * c.k2 + s * 7 * c.k3)); };
    if (slope(r2) <= 0) return false;
    const double qa = 21 * c.k3, qb = 10 * c.k2, qc = 3 * c.k1;
    const auto dips_at = [&](double s) { return s > 0 && s < r2 && slope(s) <= 0; };
    if (qa == 0) return qb == 0 || !dips_at(-qc / qb);
    const double discriminant = qb * qb - 4 * qa * qc;
    if (discriminant <= 0) return true;
    const double root = std::sqrt(discriminant);
    return !dips_at((-qb + root) / (2 * qa)) && !dips_at((-qb - root) / (2 * qa));
}

bool before_fold(const Camera& c, Vec2d n, const Distorted& d) {
    return d.determinant() > 0 && grows_up_to(c, dot(n, n));
}

Vec2d concentric_disk(Vec2d unit_square) {
    const double a = 2 * unit_square.x - 1, b = 2 * unit_square.y - 1;
    if (a == 0 && b == 0) return {0, 0};
    const bool wide = std::abs(a) > std::abs(b);
    const double radius = wide ? a : b;
    const double angle = wide ? kPi / 4 * (b / a) : kPi / 2 - kPi / 4 * (a / b);
    return {radius * std::cos(angle), radius * std::sin(angle)};
}

}  // namespace

Vec2d Camera::project_local(Vec3d local_m) const {
    if (!(local_m.z > 0)) return {kNaN, kNaN};
    const Vec2d n{local_m.x / local_m.z, local_m.y / local_m.z};
    const Distorted d = distort(*this, n);
    if (!before_fold(*this, n, d)) return {kNaN, kNaN};
    return {fx_px * d.at.x + cx_px, fy_px * d.at.y + cy_px};
}

Pose Camera::pose_at(double time_s) const {
    const Vec3d turn = motion.turn_rad_per_s * time_s;
    const double angle = length(turn);
    Pose moved{pose.rotation, pose.to_world(motion.velocity_m_per_s * time_s)};
    if (angle == 0) return moved;
    // Rodrigues' formula, column by column.
    const Vec3d axis = turn / angle;
    const double c = std::cos(angle), s = std::sin(angle);
    Vec3d columns[3];
    for (int k = 0; k < 3; ++k) {
        const Vec3d e{k == 0 ? 1.0 : 0.0, k == 1 ? 1.0 : 0.0, k == 2 ? 1.0 : 0.0};
        columns[k] = pose.rotation * (e * c + cross(axis, e) * s + axis * (dot(axis, e) * (1 - c)));
    }
    moved.rotation = {{{columns[0].x, columns[1].x, columns[2].x},
                       {columns[0].y, columns[1].y, columns[2].y},
                       {columns[0].z, columns[1].z, columns[2].z}}};
    return moved;
}

Vec2d Camera::lens_point_m(Vec2d u) const {
    if (aperture_blades == 0) return concentric_disk(u) * aperture_radius_m;
    // One of the triangles from the centre to a side, then uniform in it.
    const double scaled = std::min(u.x, 1 - 1e-12) * aperture_blades, blade = std::floor(scaled);
    const double step = 2 * kPi / aperture_blades, from = aperture_turn_rad + blade * step, to = from + step;
    const double out = std::sqrt(scaled - blade) * aperture_radius_m;
    return {out * ((1 - u.y) * std::cos(from) + u.y * std::cos(to)),
            out * ((1 - u.y) * std::sin(from) + u.y * std::sin(to))};
}

Vec2d Camera::project(Vec3d world_m, Vec3d velocity_m_per_s) const {
    const Vec3d local_m = pose.to_local(world_m);
    Vec2d px = project_local(local_m);
    if ((!moves() && length(velocity_m_per_s) == 0) || motion.readout_s == 0) return px;
    // What pose_at() and to_local() say, in the frame of time 0: the point goes on there, and turns the other
    // way.
    const Vec3d drift = pose.rotation.transposed() * velocity_m_per_s - motion.velocity_m_per_s;
    const double turn = length(motion.turn_rad_per_s);
    const Vec3d axis = turn > 0 ? motion.turn_rad_per_s / turn : Vec3d{};
    const auto project_at = [&](double time_s) {
        const Vec3d p = local_m + drift * time_s;
        if (turn == 0) return project_local(p);
        const double c = std::cos(turn * time_s), s = std::sin(turn * time_s);
        return project_local(p * c - cross(axis, p) * s + axis * (dot(axis, p) * (1 - c)));
    };
    // The row decides the pose, the pose the row: hand and film move by far less than a row in a row's time.
    // That change is nearly linear in time: a secant step takes most of what is left.
    constexpr int kMostSteps = 50;
    double row = px.y, last_row = 0, last_px = 0;
    for (int step = 0; step < kMostSteps && !std::isnan(px.y); ++step) {
        px = project_at(row_time_s(row));
        if (std::abs(px.y - row) < 1e-9) break;
        const double slope = step > 0 && row != last_row ? (px.y - last_px) / (row - last_row) : 0;
        last_row = row;
        last_px = px.y;
        row += (px.y - row) / (1 - std::clamp(slope, -0.5, 0.5));
    }
    return px;
}

PixelDirection Camera::pixel_direction(Vec2d px) const {
    constexpr PixelDirection kNone{{kNaN, kNaN, kNaN}, {kNaN, kNaN, kNaN}, {kNaN, kNaN, kNaN}};
    const Vec2d target{(px.x - cx_px) / fx_px, (px.y - cy_px) / fy_px};
    const double tolerance = 1e-10 / std::max(fx_px, fy_px);
    constexpr int kMostSteps = 50;
    Vec2d n = target;
    Distorted d = distort(*this, n);
    for (int halvings = 0; !before_fold(*this, n, d); d = distort(*this, n)) {
        if (++halvings > kMostSteps) return kNone;
        n = n * 0.5;
    }
    for (int step = 0; step < kMostSteps; ++step) {
        const Vec2d miss = target - d.at;
        const double error = length(miss);
        const double inverse = 1 / d.determinant();
        if (error <= tolerance)
            return {{n.x, n.y, 1},
                    {d.dyy * inverse / fx_px, -d.dxy * inverse / fx_px, 0},
                    {-d.dxy * inverse / fy_px, d.dxx * inverse / fy_px, 0}};
        const Vec2d newton{(d.dyy * miss.x - d.dxy * miss.y) * inverse,
                           (d.dxx * miss.y - d.dxy * miss.x) * inverse};
        double scale = 1;
        Vec2d next = n + newton;
        Distorted there = distort(*this, next);
        while (!before_fold(*this, next, there) || length(target - there.at) >= error) {
            scale *= 0.5;
            if (scale < 1e-6) return kNone;
            next = n + newton * scale;
            there = distort(*this, next);
        }
        n = next;
        d = there;
    }
    return kNone;
}

Ray Camera::ray(Vec2d px, Vec2d lens01) const {
    const Vec3d direction = direction_local(px);
    const Pose at = moves() ? pose_at(row_time_s(px.y)) : pose;
    if (aperture_radius_m == 0) return {at.translation_m, normalized(at.rotation * direction)};
    const Vec2d lens = lens_point_m(lens01);
    const Vec3d origin{lens.x, lens.y, 0};
    return {at.to_world(origin), normalized(at.rotation * (direction * focus_distance_m - origin))};
}

void Camera::validate() const {
    const auto require = [](bool good, const char* what, double got, const char* expected) {
        if (!good) throw Error(ErrorKind::BadData, what).got(std::to_string(got)).expected(expected);
    };
    require(width_px > 0, "camera width", width_px, "at least 1 px");
    require(height_px > 0, "camera height", height_px, "at least 1 px");
    require(fx_px > 0 && std::isfinite(fx_px), "camera focal length fx", fx_px, "a positive number of px");
    require(fy_px > 0 && std::isfinite(fy_px), "camera focal length fy", fy_px, "a positive number of px");
    require(std::isfinite(cx_px), "camera principal point cx", cx_px, "a finite number of px");
    require(std::isfinite(cy_px), "camera principal point cy", cy_px, "a finite number of px");
    require(aperture_radius_m >= 0, "lens aperture radius", aperture_radius_m, "0 m or more");
    require(focus_distance_m > 0, "lens focus distance", focus_distance_m, "more than 0 m");
    require(aperture_blades == 0 || (aperture_blades >= 3 && aperture_blades <= 32), "aperture blades",
            aperture_blades, "0 or 3..32");
    require(motion.exposure_s >= 0 && motion.exposure_s <= 10, "exposure time", motion.exposure_s, "0..10 s");
    require(motion.readout_s >= 0 && motion.readout_s <= 10, "readout time", motion.readout_s, "0..10 s");
    require(length(motion.turn_rad_per_s) <= 10, "camera turn", length(motion.turn_rad_per_s), "0..10 rad/s");
    require(length(motion.velocity_m_per_s) <= 100, "camera velocity", length(motion.velocity_m_per_s),
            "0..100 m/s");
    constexpr int kCells = 32;  // the corners, where radial distortion is strongest, are among these
    for (int i = 0; i <= kCells; ++i)
        for (int j = 0; j <= kCells; ++j) {
            const Vec2d px{double(width_px) * j / kCells, double(height_px) * i / kCells};
            if (!std::isnan(direction_local(px).x)) continue;
            throw Error(ErrorKind::BadData, "lens distortion folds inside the frame")
                .got("no direction reaches pixel (" + std::to_string(px.x) + ", " + std::to_string(px.y) +
                     ")")
                .expected("a distortion that grows from the axis to the corners")
                .hint("make k1, k2, k3, p1, p2 smaller or the focal length longer");
        }
}

}  // namespace radforge::optics
