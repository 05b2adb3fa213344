// SPDX-License-Identifier: Apache-2.0
#include "physics/collider.h"

#include "synth/base/error.h"

#include <algorithm>
#include <cmath>

namespace radforge::physics {
namespace {

constexpr double kPi = 3.14159265358979323846;

/// Distance to the box [-core, core] in any dimension, given q = |p| - core: outside part, or the largest
/// (inside).
SurfacePoint box_point(Vec3d p, Vec3d half, double radius) {
    const Vec3d core = half - Vec3d{radius, radius, radius};
    Vec3d q, sign;
    for (int k = 0; k < 3; ++k) {
        q[k] = std::abs(p[k]) - core[k];
        sign[k] = p[k] < 0 ? -1.0 : 1.0;
    }
    const Vec3d out{std::max(q.x, 0.0), std::max(q.y, 0.0), std::max(q.z, 0.0)};
    const double far = length(out);
    if (far > 0) return {far - radius, (out / far) * sign};
    const int axis = q.x > q.y ? (q.x > q.z ? 0 : 2) : (q.y > q.z ? 1 : 2);
    Vec3d n;
    n[axis] = sign[axis];
    return {q[axis] - radius, n};
}

SurfacePoint cylinder_point(Vec3d p, double full_radius, double half_length, double radius) {
    const double rho = std::hypot(p.x, p.z);
    const Vec3d radial = rho > 0 ? Vec3d{p.x / rho, 0, p.z / rho} : Vec3d{1, 0, 0};
    const double qr = rho - (full_radius - radius), qy = std::abs(p.y) - (half_length - radius);
    const Vec3d up{0, p.y < 0 ? -1.0 : 1.0, 0};
    const double far = std::hypot(std::max(qr, 0.0), std::max(qy, 0.0));
    if (far > 0) return {far - radius, radial * (std::max(qr, 0.0) / far) + up * (std::max(qy, 0.0) / far)};
    return qr > qy ? SurfacePoint{qr - radius, radial} : SurfacePoint{qy - radius, up};
}

SurfacePoint capsule_point(Vec3d p, double radius, double half_length) {
    const double core = half_length - radius;
    const Vec3d out = p - Vec3d{0, std::clamp(p.y, -core, core), 0};
    const double far = length(out);
    return {far - radius, far > 0 ? out / far : Vec3d{1, 0, 0}};
}

/// A profile (radial, height) swept about y by `segments`, or a rounded rectangle: quads between rings.
void connect_rings(Mesh& mesh, uint32_t ring, uint32_t rings) {
    for (uint32_t r = 0; r + 1 < rings; ++r)
        for (uint32_t k = 0; k + 1 < ring; ++k) {
            const uint32_t a = r * ring + k, b = a + 1, c = a + ring, d = c + 1;
            mesh.faces.push_back({a, c, d});
            mesh.faces.push_back({a, d, b});
        }
}

/// Cylinder or capsule.
Mesh round_mesh(const Collider& c) {
    const bool capsule = c.kind == Collider::Kind::Capsule;
    const int segments = capsule ? 48 : 128, corner = capsule ? 12 : 6;
    const double radius = c.half_extents_m.x, half = c.half_extents_m.y, e = c.edge_radius_m;
    std::vector<Vec2d> profile{{0, half}};
    for (int k = 0; k <= corner; ++k) {
        const double a = kPi / 2 * k / corner;
        profile.push_back({radius - e + e * std::sin(a), half - e + e * std::cos(a)});
    }
    for (int k = 0; k <= corner; ++k) {
        const double a = kPi / 2 * k / corner;
        profile.push_back({radius - e + e * std::cos(a), -half + e - e * std::sin(a)});
    }
    profile.push_back({0, -half});
    Mesh mesh;
    double run = 0;
    for (size_t r = 0; r < profile.size(); ++r) {
        if (r > 0) run += length(profile[r] - profile[r - 1]);
        for (int s = 0; s <= segments; ++s) {
            const double a = 2 * kPi * s / segments;
            const Vec3d local{profile[r].x * std::cos(a), profile[r].y, profile[r].x * std::sin(a)};
            mesh.positions_m.push_back(to_float(c.pose.to_world(local)));
            mesh.uv.push_back({float(a * radius), float(run)});
        }
    }
    connect_rings(mesh, uint32_t(segments) + 1, uint32_t(profile.size()));
    for (Tri& f : mesh.faces) std::swap(f[1], f[2]);
    return mesh;
}

/// Six rounded faces: each face a grid whose points are pulled onto the rounded box.
Mesh box_mesh(const Collider& c) {
    constexpr int kCorner = 4;
    const Vec3d h = c.half_extents_m;
    const double e = c.edge_radius_m;
    Mesh mesh;
    for (int axis = 0; axis < 3; ++axis)
        for (const double sign : {-1.0, 1.0}) {
            const int a = (axis + 1) % 3, b = (axis + 2) % 3;
            const auto ticks = [&](double half) {
                std::vector<double> t;
                for (int k = 0; k <= kCorner; ++k)
                    t.push_back(-half + e - e * std::tan(kPi / 4 * (1 - double(k) / kCorner)));
                for (int k = 0; k <= kCorner; ++k)
                    t.push_back(half - e + e * std::tan(kPi / 4 * double(k) / kCorner));
                return t;
            };
            const std::vector<double> ta = ticks(h[a]), tb = ticks(h[b]);
            const auto first = uint32_t(mesh.positions_m.size());
            for (const double y : tb)
                for (const double x : ta) {
                    Vec3d p;
                    p[axis] = sign * h[axis];
                    p[a] = x;
                    p[b] = y;
                    Vec3d core;
                    for (int k = 0; k < 3; ++k) core[k] = std::clamp(p[k], -(h[k] - e), h[k] - e);
                    const Vec3d on = e > 0 ? core + normalized(p - core) * e : p;
                    mesh.positions_m.push_back(to_float(c.pose.to_world(on)));
                    mesh.uv.push_back({float(x + h[a]), float(y + h[b])});
                }
            const auto na = uint32_t(ta.size()), nb = uint32_t(tb.size());
            for (uint32_t j = 0; j + 1 < nb; ++j)
                for (uint32_t i = 0; i + 1 < na; ++i) {
                    const uint32_t p = first + j * na + i;
                    Tri one{p, p + 1, p + na + 1}, two{p, p + na + 1, p + na};
                    if (sign < 0) {
                        std::swap(one[1], one[2]);
                        std::swap(two[1], two[2]);
                    }
                    mesh.faces.push_back(one);
                    mesh.faces.push_back(two);
                }
        }
    return mesh;
}

}  // namespace

Mat3d rotation_with_up(Vec3d up) {
    const Vec3d helper = std::abs(up.z) < 0.9 ? Vec3d{0, 0, 1} : Vec3d{1, 0, 0};
    const Vec3d x = normalized(cross(up, helper)), z = cross(x, up);
    return Mat3d{{x, up, z}}.transposed();
}

Collider Collider::half_space(Vec3d point_m, Vec3d outward_normal) {
    Collider c;
    c.pose = {rotation_with_up(outward_normal), point_m};
    return c;
}

Collider Collider::box(const Pose& pose, Vec3d half_extents_m, double edge_radius_m) {
    RADFORGE_ASSERT(std::min({half_extents_m.x, half_extents_m.y, half_extents_m.z}) > edge_radius_m);
    return {Kind::Box, pose, half_extents_m, edge_radius_m, nullptr};
}

Collider Collider::cylinder(Vec3d center_m, Vec3d axis, double radius_m, double half_length_m,
                            double edge_radius_m) {
    RADFORGE_ASSERT(std::min(radius_m, half_length_m) > edge_radius_m);
    return {Kind::Cylinder,
            {rotation_with_up(axis), center_m},
            {radius_m, half_length_m, radius_m},
            edge_radius_m,
            nullptr};
}

Collider Collider::capsule(Vec3d from_m, Vec3d to_m, double radius_m) {
    RADFORGE_ASSERT(radius_m > 0 && length(to_m - from_m) > 0);
    return {Kind::Capsule,
            {rotation_with_up(normalized(to_m - from_m)), (from_m + to_m) * 0.5},
            {radius_m, 0.5 * length(to_m - from_m) + radius_m, radius_m},
            radius_m,
            nullptr};
}

Collider Collider::on_heights(std::shared_ptr<const HeightField> heights) {
    Collider c;
    c.kind = Kind::Heights;
    c.heights = std::move(heights);
    return c;
}

SurfacePoint nearest_surface(const Collider& c, Vec3d point_m) {
    if (c.kind == Collider::Kind::Heights) {
        const HeightField::Point below = c.heights->at(point_m.x, point_m.z);
        const Vec3d normal = normalized(Vec3d{-below.slope_x, 1, -below.slope_z});
        return {(point_m.y - below.height_m) * normal.y, normal};
    }
    const Vec3d p = c.pose.to_local(point_m);
    SurfacePoint s{p.y, {0, 1, 0}};
    if (c.kind == Collider::Kind::Box) s = box_point(p, c.half_extents_m, c.edge_radius_m);
    if (c.kind == Collider::Kind::Cylinder)
        s = cylinder_point(p, c.half_extents_m.x, c.half_extents_m.y, c.edge_radius_m);
    if (c.kind == Collider::Kind::Capsule) s = capsule_point(p, c.half_extents_m.x, c.half_extents_m.y);
    return {s.distance_m, c.pose.rotation * s.normal};
}

Mesh surface_mesh(const Collider& collider) {
    RADFORGE_ASSERT(collider.kind != Collider::Kind::HalfSpace && collider.kind != Collider::Kind::Heights);
    return collider.kind == Collider::Kind::Box ? box_mesh(collider) : round_mesh(collider);
}

Mesh patch_mesh(const Collider& half_space, double half_side_m) {
    Mesh mesh;
    for (const double z : {-half_side_m, half_side_m})
        for (const double x : {-half_side_m, half_side_m}) {
            mesh.positions_m.push_back(to_float(half_space.pose.to_world({x, 0, z})));
            mesh.uv.push_back({float(x + half_side_m), float(z + half_side_m)});
        }
    mesh.faces = {{0, 2, 3}, {0, 3, 1}};
    return mesh;
}

}  // namespace radforge::physics
