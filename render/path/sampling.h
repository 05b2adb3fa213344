// SPDX-License-Identifier: Apache-2.0
/// Warps of the unit square to directions, with their densities per steradian. Local frames have the normal
/// along +z.
#pragma once
#include "render/path/elementary.h"
#include "synth/base/vec.h"

#include <cmath>

namespace radforge::path {

/// Right-handed orthonormal frame about a unit normal.
/// Source: Duff et al., "Building an orthonormal basis, revisited", JCGT 6(1), 2017.
struct Frame {
    Vec3f x, y, z;
    explicit Frame(Vec3f normal) : z(normal) {
        const float sign = std::copysign(1.0f, normal.z), a = -1.0f / (sign + normal.z),
                    b = normal.x * normal.y * a;
        x = {1.0f + sign * normal.x * normal.x * a, sign * b, -sign * normal.x};
        y = {b, sign + normal.y * normal.y * a, -normal.y};
    }
    Vec3f to_local(Vec3f v) const { return {dot(v, x), dot(v, y), dot(v, z)}; }
    Vec3f to_world(Vec3f v) const { return x * v.x + y * v.y + z * v.z; }
};

/// Area-preserving map of the unit square to the unit disk (polar).
inline Vec2f disk_from_square(Vec2f u) {
    const float r = std::sqrt(u.x);
    const SinCos s = sincos_turns(u.y - 0.5f);
    return {r * s.cos, r * s.sin};
}

/// Density cos(theta) / pi on the upper hemisphere.
inline Vec3f sample_cosine(Vec2f u) {
    const Vec2f d = disk_from_square(u);
    return {d.x, d.y, std::sqrt(std::fmax(0.0f, 1.0f - u.x))};
}
inline float cosine_pdf(float cosine) { return cosine > 0 ? cosine * kInvPi : 0; }

/// A rectangle as seen from a point: directions uniform in solid angle.
/// Source: Urena, Fajardo and King, "An area-preserving parametrization for spherical rectangles", EGSR 2013.
class SphericalRectangle {
public:
    /// @param corner,edge_u,edge_v world metres, edges at right angles; @param origin the point that sees it
    SphericalRectangle(Vec3f corner, Vec3f edge_u, Vec3f edge_v, Vec3f origin);
    float solid_angle() const { return solid_angle_; }
    /// A point of the rectangle, relative to origin (metres, not unit length).
    Vec3f sample(Vec2f u) const;

private:
    Vec3f x_, y_, z_;
    float x0_, x1_, y0_, y1_, z0_, b0_, b1_, k_, solid_angle_;
};

}  // namespace radforge::path
