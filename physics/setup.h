// SPDX-License-Identifier: Apache-2.0
/// What a scenario hands to the solver: start shape, grips, obstacles.
#pragma once
#include "physics/collider.h"
#include "physics/crease.h"
#include "physics/film_grid.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace radforge::physics {

/// A rectangle of the film held flat, or bent about the film's v axis, and moved along a path.
struct Grip {
    FilmRect held;
    /// World from film frame (x along u, y along v, z = u x v out of the back side, origin at the film's
    /// top-left corner) at a time.
    std::function<Pose(double time_s)> path;
    double curvature_per_m = 0;  ///< of the held rectangle along u; positive: image side hollow

    /// Where the grip holds a film point at a time.
    Vec3d position_m(Vec2d film_point_m, double time_s) const;
};

struct NamedCollider {
    std::string role;  ///< what the renderer takes it for: "desk", "wall", "cylinder"
    Collider collider;
};

/// Things that are seen but touch the film only where it is held.
struct Decoration {
    std::string role;  ///< "clip", "grip"
    Collider shape;
};

/// Where in the world each film point lies.
using FilmShape = std::function<Vec3d(Vec2d film_point_m)>;

struct SheetSetup {
    FilmShape start;  ///< first shape, roughly isometric
    /// In place of `start` where creases make it depend on the grid.
    std::function<FilmShape(const FilmGrid& grid)> start_on;
    std::vector<Grip> grips;
    std::vector<NamedCollider> colliders;
    std::vector<Decoration> decorations;
    std::vector<Crease> creases;
    std::vector<Mesh> others;       ///< films below, at rest
    bool self_contact = false;      ///< the film may come to lie on itself
    double motion_s = 0;            ///< grips stand still after this time
    std::optional<double> taken_s;  ///< the frame is taken in motion, at this time
    /// Air moving over the film; empty: its drag is left out.
    std::function<Vec3d(double time_s)> wind_m_per_s;
    std::optional<double> friction;  ///< Coulomb coefficient where it is not the sheet's own
    double least_height_m = -1e9;    ///< a sheet whose highest point ends below has slipped off: refused
};

/// The film frame for a film whose u axis is `right` and v axis is `down` in the world (unit, orthogonal);
/// the image side faces down x right.
Pose film_pose(Vec3d origin_m, Vec3d right, Vec3d down);

/// The film frame that puts `film_point_m` at `world_m`.
Pose film_pose_at(Vec2d film_point_m, Vec3d world_m, Vec3d right, Vec3d down);

/// Smooth step from 0 at time 0 to 1 at `duration_s`, at rest at both ends.
double ease(double time_s, double duration_s);

/// Half the angle of the circular arc whose chord is `chord_ratio` times its length: sin(a)/a = ratio, 0 <
/// ratio <= 1.
double half_arc_rad(double chord_ratio);

/// A rounded box around a grip, for the eye: margins beyond the held rectangle, thickness across the film.
Collider grip_box(const Grip& grip, double time_s, double margin_m, double half_thickness_m,
                  double edge_radius_m);

}  // namespace radforge::physics
