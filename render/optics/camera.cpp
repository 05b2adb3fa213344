// SPDX-License-Identifier: Apache-2.0
#include "render/optics/camera.h"

#include "render/optics/doubles4.h"
#include "synth/base/error.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace radforge::optics {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kPi = 3.14159265358979323846;
constexpr int kMostSteps = 50;

/// A distorted point with the Jacobian of the distortion there; T is double or Doubles4.
template <class T>
struct Distorted {
    Vec2<T> at;
    T dxx, dxy, dyy;  ///< d x'/d x, d x'/d y = d y'/d x, d y'/d y
    T determinant() const { return dxx * dyy - dxy * dxy; }
    /// Change of the point that changes the distorted one by `miss`.
    Vec2<T> newton_step(Vec2<T> miss) const {
        const T inverse = 1 / determinant();
        return {(dyy * miss.x - dxy * miss.y) * inverse, (dxx * miss.y - dxy * miss.x) * inverse};
    }
};

template <class T>
Distorted<T> distort(const Camera& c, Vec2<T> n) {
    const T r2 = dot(n, n);
    const T radial = 1 + r2 * (c.k1 + r2 * (c.k2 + r2 * c.k3));
    const T slope = c.k1 + r2 * (2 * c.k2 + r2 * 3 * c.k3);
    const T xy = n.x * n.y;
    return {{n.x * radial + 2 * c.p1 * xy + c.p2 * (r2 + 2 * n.x * n.x),
             n.y * radial + c.p1 * (r2 + 2 * n.y * n.y) + 2 * c.p2 * xy},
            radial + 2 * n.x * n.x * slope + 2 * c.p1 * n.y + 6 * c.p2 * n.x,
            2 * xy * slope + 2 * c.p1 * n.x + 2 * c.p2 * n.y,
            radial + 2 * n.y * n.y * slope + 6 * c.p1 * n.y + 2 * c.p2 * n.x};
}

/// Up to where the distortion is that of a lens.
class Fold {
public:
    explicit Fold(const Camera& c) : k1_(c.k1), k2_(c.k2), k3_(c.k3) {
        const double qa = 21 * k3_, qb = 10 * k2_, qc = 3 * k1_;
        const auto dip = [&](double r2) {
            if (r2 > 0 && slope(r2) <= 0) first_dip_r2_ = std::min(first_dip_r2_, r2);
        };
        if (qa == 0) {
            if (qb != 0) dip(-qc / qb);
            return;
        }
        const double discriminant = qb * qb - 4 * qa * qc;
        if (discriminant <= 0) return;
        const double sqrt_discriminant = std::sqrt(discriminant);
        dip((-qb + sqrt_discriminant) / (2 * qa));
        dip((-qb - sqrt_discriminant) / (2 * qa));
    }
    /// Whether r (1 + k1 r2 + k2 r4 + k3 r6) grows all the way from the axis to n, and n moves with its
    /// image.
    template <class T>
    auto before(Vec2<T> n, const Distorted<T>& d) const {
        const T r2 = dot(n, n);
        return (d.determinant() > T(0)) & (slope(r2) > T(0)) & (r2 <= T(first_dip_r2_));
    }

private:
    template <class T>
    T slope(T r2) const {
        return 1 + r2 * (3 * k1_ + r2 * (5 * k2_ + r2 * 7 * k3_));
    }
    double k1_, k2_, k3_, first_dip_r2_ = std::numeric_limits<double>::infinity();
};

template <class T>
Vec2<T> project_local(const Camera& c, const Fold& fold, Vec3<T> local_m) {
    const Vec2<T> n{local_m.x / local_m.z, local_m.y / local_m.z};
    const Distorted<T> d = distort(c, n);
    const auto seen = (local_m.z > T(0)) & fold.before(n, d);
    return {select(seen, c.fx_px * d.at.x + c.cx_px, T(kNaN)),
            select(seen, c.fy_px * d.at.y + c.cy_px, T(kNaN))};
}

template <class T>
Vec3<T> for_each(Vec3d v) {
    return {v.x, v.y, v.z};
}

template <class T>
Vec2<T> project_moving(const Camera& camera, Vec3<T> world_m, Vec3<T> velocity_m_per_s) {
    const Fold fold(camera);
    const Mat3d to_local = camera.pose.rotation.transposed();
    const Mat3<T> turned{
        {for_each<T>(to_local.rows[0]), for_each<T>(to_local.rows[1]), for_each<T>(to_local.rows[2])}};
    const Vec3<T> local_m = turned * (world_m - for_each<T>(camera.pose.translation_m));
    Vec2<T> px = project_local(camera, fold, local_m);
    const bool moves = camera.moves() || any(dot(velocity_m_per_s, velocity_m_per_s) != T(0));
    if (!moves || camera.motion.readout_s == 0) return px;
    // What pose_at() and to_local() say, in the frame of time 0: the point goes on there, and turns the other
    // way.
    const Vec3<T> drift = turned * velocity_m_per_s - for_each<T>(camera.motion.velocity_m_per_s);
    const double turn_rad_per_s = length(camera.motion.turn_rad_per_s);
    const Vec3<T> axis =
        for_each<T>(turn_rad_per_s > 0 ? camera.motion.turn_rad_per_s / turn_rad_per_s : Vec3d{});
    const auto project_at = [&](T time_s) {
        const Vec3<T> p = local_m + drift * time_s;
        if (turn_rad_per_s == 0) return project_local(camera, fold, p);
        T c, s;
        turn(turn_rad_per_s * time_s, c, s);
        return project_local(camera, fold, p * c - cross(axis, p) * s + axis * (dot(axis, p) * (1 - c)));
    };
    // The row decides the pose, the pose the row: hand and film move by far less than a row in a row's time.
    // That change is nearly linear in time: a secant step takes most of what is left.
    T row = px.y, last_row = 0, last_px = 0;
    auto searching = px.y == px.y;  // not where there is no pixel, NaN
    for (int step = 0; step < kMostSteps && any(searching); ++step) {
        const Vec2<T> next = project_at((row / camera.height_px - 0.5) * camera.motion.readout_s);
        px = {select(searching, next.x, px.x), select(searching, next.y, px.y)};
        searching = searching & (magnitude(px.y - row) >= T(1e-9));
        const auto further = (row != last_row) & (T(step) > T(0));
        const T slope = select(further, (px.y - last_px) / (row - last_row), T(0));
        last_row = row;
        last_px = px.y;
        const T least = select(slope < T(-0.5), T(-0.5), slope), held = select(least > T(0.5), T(0.5), least);
        row = row + (px.y - row) / (1 - held);
    }
    return px;
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
    return optics::project_local(*this, Fold(*this), local_m);
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
    return project_moving(*this, world_m, velocity_m_per_s);
}

std::array<Vec2d, Camera::kTogether> Camera::project(
    const std::array<Vec3d, kTogether>& world_m,
    const std::array<Vec3d, kTogether>& velocities_m_per_s) const {
    Vec3<Doubles4> at, velocity;
    for (size_t k = 0; k < kTogether; ++k)
        for (int i = 0; i < 3; ++i) {
            at[i].set(int(k), world_m[k][i]);
            velocity[i].set(int(k), velocities_m_per_s[k][i]);
        }
    const Vec2<Doubles4> px = project_moving(*this, at, velocity);
    std::array<Vec2d, kTogether> all;
    for (size_t k = 0; k < kTogether; ++k) all[k] = {px.x[int(k)], px.y[int(k)]};
    return all;
}

PixelDirection Camera::pixel_direction(Vec2d px) const {
    constexpr PixelDirection kNone{{kNaN, kNaN, kNaN}, {kNaN, kNaN, kNaN}, {kNaN, kNaN, kNaN}};
    const Vec2d target{(px.x - cx_px) / fx_px, (px.y - cy_px) / fy_px};
    const double tolerance = 1e-10 / std::max(fx_px, fy_px);
    Vec2d n = target;
    const Fold fold(*this);
    Distorted<double> d = distort(*this, n);
    for (int halvings = 0; !fold.before(n, d); d = distort(*this, n)) {
        if (++halvings > kMostSteps) return kNone;
        n = n * 0.5;
    }
    for (int step = 0; step < kMostSteps; ++step) {
        const Vec2d miss = target - d.at;
        const double error = length(miss);
        if (error <= tolerance) {
            const double inverse = 1 / d.determinant();
            return {{n.x, n.y, 1},
                    {d.dyy * inverse / fx_px, -d.dxy * inverse / fx_px, 0},
                    {-d.dxy * inverse / fy_px, d.dxx * inverse / fy_px, 0}};
        }
        const Vec2d newton = d.newton_step(miss);
        double scale = 1;
        Vec2d next = n + newton;
        Distorted<double> there = distort(*this, next);
        while (!fold.before(next, there) || length(target - there.at) >= error) {
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

std::array<PixelDirection, Camera::kTogether> Camera::pixel_directions(
    const std::array<Vec2d, kTogether>& px) const {
    Vec2<Doubles4> target;
    for (size_t k = 0; k < kTogether; ++k) {
        target.x.set(int(k), (px[k].x - cx_px) / fx_px);
        target.y.set(int(k), (px[k].y - cy_px) / fy_px);
    }
    const Fold fold(*this);
    const Doubles4 tolerance = 1e-10 / std::max(fx_px, fy_px);
    Vec2<Doubles4> n = target;
    Distorted<Doubles4> d = distort(*this, n);
    // Lanes in which Newton's whole step does what it should; pixel_direction() makes shorter ones.
    Doubles4::Mask plain = fold.before(n, d), searching = plain;
    for (int step = 0; step < kMostSteps && any(searching); ++step) {
        const Vec2<Doubles4> miss = target - d.at;
        const Doubles4 error = root(dot(miss, miss));
        searching = searching & (error > tolerance);
        const Vec2<Doubles4> next = n + d.newton_step(miss);
        const Distorted<Doubles4> there = distort(*this, next);
        const Vec2<Doubles4> left = target - there.at;
        const Doubles4::Mask better = fold.before(next, there) & (root(dot(left, left)) < error);
        plain = plain & (better | ~searching);
        searching = searching & plain;
        n = {select(searching, next.x, n.x), select(searching, next.y, n.y)};
        d = {{select(searching, there.at.x, d.at.x), select(searching, there.at.y, d.at.y)},
             select(searching, there.dxx, d.dxx),
             select(searching, there.dxy, d.dxy),
             select(searching, there.dyy, d.dyy)};
    }
    plain = plain & ~searching;
    const Doubles4 inverse = 1 / d.determinant();
    const Doubles4 xx = d.dyy * inverse / fx_px, xy = -d.dxy * inverse / fx_px, yx = -d.dxy * inverse / fy_px,
                   yy = d.dxx * inverse / fy_px;
    std::array<PixelDirection, kTogether> all;
    for (size_t k = 0; k < kTogether; ++k) {
        const int lane = int(k);
        all[k] =
            plain[lane] != 0
                ? PixelDirection{{n.x[lane], n.y[lane], 1}, {xx[lane], xy[lane], 0}, {yx[lane], yy[lane], 0}}
                : pixel_direction(px[k]);
    }
    return all;
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
