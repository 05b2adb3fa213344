// SPDX-License-Identifier: Apache-2.0
/// Static obstacles with exact signed distances, and the meshes that show them.
#pragma once
#include "physics/height_field.h"
#include "synth/base/mesh.h"
#include "synth/base/vec.h"

#include <memory>
#include <string>

namespace radforge::physics {

/// A half-space (local y <= 0), a box, or a cylinder or capsule about the local y axis; edges of box and
/// cylinder are rounded by `edge_radius_m`.
struct Collider {
    enum class Kind { HalfSpace, Box, Cylinder, Capsule, Heights };
    Kind kind = Kind::HalfSpace;
    Pose pose;             ///< world from local
    Vec3d half_extents_m;  ///< all rounding included; Cylinder, Capsule: x = radius, y = half length
    double edge_radius_m = 0.003;
    std::shared_ptr<const HeightField> heights;  ///< Heights: in the world frame, whatever the pose

    static Collider half_space(Vec3d point_m, Vec3d outward_normal);
    static Collider box(const Pose& pose, Vec3d half_extents_m, double edge_radius_m);
    /// A cylinder whose axis has the direction `axis` (unit length).
    static Collider cylinder(Vec3d center_m, Vec3d axis, double radius_m, double half_length_m,
                             double edge_radius_m);
    /// What lies below a surface; its distance holds near it and where it is not steep.
    static Collider on_heights(std::shared_ptr<const HeightField> heights);
    /// All points within `radius_m` of the segment.
    static Collider capsule(Vec3d from_m, Vec3d to_m, double radius_m);
};

/// Signed distance (negative inside) and its gradient, the unit outward normal.
struct SurfacePoint {
    double distance_m;
    Vec3d normal;
};
SurfacePoint nearest_surface(const Collider& collider, Vec3d point_m);

/// Rotation whose second column (local y) is `up` (unit length).
Mat3d rotation_with_up(Vec3d up);

/// Renderable surface of a box, cylinder or capsule with outward faces; uv in metres along the surface.
Mesh surface_mesh(const Collider& collider);
/// Square patch of a half-space about its pose's origin; uv in metres.
Mesh patch_mesh(const Collider& half_space, double half_side_m);

}  // namespace radforge::physics
