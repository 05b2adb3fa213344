// SPDX-License-Identifier: Apache-2.0
#include "physics/penetration.h"

#include <BulletCollision/CollisionShapes/btBoxShape.h>
#include <BulletCollision/CollisionShapes/btCapsuleShape.h>
#include <BulletCollision/CollisionShapes/btCylinderShape.h>
#include <BulletCollision/CollisionShapes/btTriangleShape.h>
#include <BulletCollision/NarrowPhaseCollision/btGjkEpaPenetrationDepthSolver.h>
#include <BulletCollision/NarrowPhaseCollision/btGjkPairDetector.h>
#include <BulletCollision/NarrowPhaseCollision/btPointCollector.h>
#include <BulletCollision/NarrowPhaseCollision/btVoronoiSimplexSolver.h>

#include <algorithm>
#include <cmath>
#include <memory>

namespace radforge::physics {
namespace {

btVector3 bt(Vec3d v) { return {v.x, v.y, v.z}; }

btTransform transform_of(const Pose& pose) {
    const Vec3d* r = pose.rotation.rows;
    return btTransform(btMatrix3x3(r[0].x, r[0].y, r[0].z, r[1].x, r[1].y, r[1].z, r[2].x, r[2].y, r[2].z),
                       bt(pose.translation_m));
}

std::unique_ptr<btConvexShape> shape_of(const Collider& c) {
    if (c.kind == Collider::Kind::Capsule)
        return std::make_unique<btCapsuleShape>(c.half_extents_m.x,
                                                2 * (c.half_extents_m.y - c.half_extents_m.x));
    // Bullet shrinks these shapes by their margin and sweeps a sphere of that radius: exactly our rounded
    // edges.
    std::unique_ptr<btConvexInternalShape> shape;
    if (c.kind == Collider::Kind::Box)
        shape = std::make_unique<btBoxShape>(bt(c.half_extents_m));
    else
        shape = std::make_unique<btCylinderShape>(bt(c.half_extents_m));
    shape->setMargin(c.edge_radius_m);
    return shape;
}

/// Signed distance of a triangle and a convex shape, positive when apart.
double separation_m(const btConvexShape& shape, const btTransform& pose, const btTriangleShape& triangle) {
    btVoronoiSimplexSolver simplex;
    btGjkEpaPenetrationDepthSolver deep;
    btGjkPairDetector detector(&triangle, &shape, &simplex, &deep);
    btGjkPairDetector::ClosestPointInput input;
    input.m_transformA.setIdentity();
    input.m_transformB = pose;
    btPointCollector nearest;
    detector.getClosestPoints(input, nearest, nullptr);
    return nearest.m_hasResult ? nearest.m_distance : BT_LARGE_FLOAT;
}

double depth_in(const Collider& collider, const Mesh& mesh) {
    std::vector<double> distance;
    distance.reserve(mesh.positions_m.size());
    for (const Vec3f& p : mesh.positions_m)
        distance.push_back(nearest_surface(collider, to_double(p)).distance_m);
    // A triangle is deepest at a corner; the cells of a film are smaller than what smooth heights can hide.
    if (collider.kind == Collider::Kind::HalfSpace || collider.kind == Collider::Kind::Heights)
        return std::max(0.0, -*std::min_element(distance.begin(), distance.end()));
    const std::unique_ptr<btConvexShape> shape = shape_of(collider);
    const btTransform pose = transform_of(collider.pose);
    double depth = 0;
    for (const Tri& f : mesh.faces) {
        const Vec3d a = to_double(mesh.positions_m[f[0]]), b = to_double(mesh.positions_m[f[1]]),
                    c = to_double(mesh.positions_m[f[2]]);
        // No point of the triangle is farther from its corners than its longest side.
        const double reach = std::max({length(b - a), length(c - b), length(a - c)});
        if (std::min({distance[f[0]], distance[f[1]], distance[f[2]]}) > reach) continue;
        btTriangleShape triangle(bt(a), bt(b), bt(c));
        triangle.setMargin(0);
        depth = std::max(depth, -separation_m(*shape, pose, triangle));
    }
    return depth;
}

}  // namespace

double deepest_penetration_m(const Mesh& mesh, const std::vector<NamedCollider>& colliders) {
    double depth = 0;
    for (const NamedCollider& c : colliders) depth = std::max(depth, depth_in(c.collider, mesh));
    return depth;
}

}  // namespace radforge::physics
