// SPDX-License-Identifier: Apache-2.0
/// Folds that a film keeps: a band along a line with plastic rest curvature and lowered stiffness
/// (film-physics 5.2).
#pragma once
#include "physics/film_grid.h"
#include "synth/base/vec.h"

#include <functional>
#include <vector>

namespace radforge::physics {

/// A fold along a line through the film. Its rest curvature rises and falls as a raised cosine across the
/// band.
struct Crease {
    Vec2d from_m, to_m;     ///< film points; the band runs along the whole line unless it fades
    double angle_rad = 0;   ///< turn at rest; positive: the image side is hollow
    double width_m = 0.01;  ///< of the band; a grid may need a wider one
    double softening = 0;   ///< share of the bending stiffness lost at the line, [0, 1)
    double fade_m = 0;      ///< > 0: ends at from and to, fading over this length

    Vec2d across() const;                         ///< unit vector from the line to its positive side
    double distance_m(Vec2d film_point_m) const;  ///< from the line, signed
    /// The band that `grid` can carry: a few cells, and no sharp turn at any node.
    double band_m(const FilmGrid& grid) const;
};

/// Rest curvature tensor (positive: image side hollow) and what is left of the stiffness, at a film point.
struct CreaseState {
    double uu = 0, vv = 0, uv = 0, stiffness = 1;
};
CreaseState crease_state(const std::vector<Crease>& creases, const FilmGrid& grid, Vec2d film_point_m);

/// True within the band of any crease: these points are left out of the angle defect (film-physics 5.4).
bool in_crease(const std::vector<Crease>& creases, const FilmGrid& grid, Vec2d film_point_m);

/// The exact isometry of a flat film folded at one crease to `angle_rad`: film point to (u, v, height), the
/// side where distance_m is negative stays in the plane; positive height lies on the image side.
std::function<Vec3d(Vec2d film_point_m)> folded_shape(const Crease& crease, double angle_rad, double band_m);

}  // namespace radforge::physics
