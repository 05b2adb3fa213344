// SPDX-License-Identifier: Apache-2.0
/// Implicit solids for skulls: shapes joined and cut with fillets, mirrored in the plane x = 0. Distances are
/// approximate, negative inside, in skull lengths. Fillets after I. Quilez (phantom_shape.h).
#pragma once
#include "synth/base/span.h"
#include "synth/base/vec.h"

#include <functional>
#include <vector>

namespace radforge::volume {

struct SolidBox {
    Vec3f lo{1e9f, 1e9f, 1e9f}, hi{-1e9f, -1e9f, -1e9f};
    void include(Vec3f p, float margin);
    void include(const SolidBox& other);
    bool touches(const SolidBox& other, float margin) const;
};

/// Joined to, or cut from, what stands before it in a Solid.
struct SolidShape {
    SolidBox bounds;  ///< of the matter with x >= 0, or beyond on both sides of it
    std::function<float(Vec3f)> distance;
    float blend = 0.01f;  ///< width of the fillet
    bool cut = false;
};

/// Const methods are thread-safe.
class Solid {
public:
    Solid& join(SolidShape shape, float blend);
    Solid& cut(SolidShape shape, float blend);
    const std::vector<SolidShape>& shapes() const { return shapes_; }
    /// Of all that was joined.
    SolidBox bounds() const;
    /// @param p  with x >= 0
    float distance(Vec3f p) const;

private:
    std::vector<SolidShape> shapes_;
};

/// The shapes that matter within `margin` of a box: the same distances there, sooner.
class NearbySolid {
public:
    NearbySolid(const Solid& solid, const SolidBox& box, float margin);
    bool empty() const { return shapes_.empty(); }
    /// @param p  with x >= 0
    float distance(Vec3f p) const;

private:
    std::vector<const SolidShape*> shapes_;
};

/// A point of a path and the radius there.
struct Bead {
    Vec3f at;
    float radius;
};
/// Catmull-Rom spline through the beads, `pieces` for each gap.
std::vector<Bead> smooth_path(Span<const Bead> beads, int pieces);

SolidShape make_ellipsoid(Vec3f centre, Vec3f radii, float pitch_rad = 0);
/// Round cones from bead to bead. @param stretch  of cross-sections along the axes, each >= 1
SolidShape make_path(std::vector<Bead> beads, Vec3f stretch = {1, 1, 1});

/// Cross-section of a loft at one place along y: a rounded box whose width changes with height.
struct Station {
    float y, z_low, z_high, half_low, half_high;
};
/// Body along y through stations of ascending y. @param roundness  of the edges, 0..1
SolidShape make_loft(Span<const Station> stations, float roundness);

/// A corner of an outline in the y-z plane.
struct Corner {
    float y, z;
};
/// A plate with a smooth outline. Its middle lies at x = x0 + slope_y * y + slope_z * z, half as thick as
/// `thickness` on either side, which falls towards `thickness_high` at z_high.
struct PlateForm {
    float x0 = 0, slope_y = 0, slope_z = 0;
    float thickness = 0.03f, thickness_high = 0.03f, z_low = 0, z_high = 1;
    float rounding = 0.01f;
};
SolidShape make_plate(Span<const Corner> outline, const PlateForm& form);

/// The same shape grown by `by` on all sides (or shrunk).
SolidShape grown(SolidShape shape, float by);

}  // namespace radforge::volume
