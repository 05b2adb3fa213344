// SPDX-License-Identifier: Apache-2.0
/// From a recipe to a film at rest: settle coarse, polish fine, refine, measure, accept or refuse.
#pragma once
#include "physics/physics_config.h"
#include "physics/scenario.h"
#include "synth/base/mesh.h"

#include <cstdint>
#include <string>
#include <vector>

namespace radforge::physics {

/// World metres, y up; faces counter-clockwise seen from outside, uv in metres along the surface.
struct Obstacle {
    std::string role;  ///< "desk", "wall", "panel", "cylinder", "clip", "block", "grip", "film"
    Mesh mesh;
};

/// What film-physics 5.4 asks of a shape. Strains and penetration are of the refined mesh.
struct ShapeReport {
    double strain_p99 = 0, strain_max = 0, strain_max_free = 0;  ///< free: farther than 10 mm from grips
    double angle_defect_rms_deg = 0;                             ///< per node of the solver's grid
    double largest_curvature_per_m = 0;                          ///< of the refined mesh
    double rms_speed_m_per_s = 0, penetration_m = 0;
    double energy_rise_j = 0;  ///< over the last 0.5 s, above the lowest value before
    double imbalance = 0;      ///< norm of the forces left on the nodes over the film's weight
    bool touches_itself = false;
    int64_t crossings = 0;  ///< sides of triangles of one film that pierce another one of the stack
    double simulated_s = 0, cpu_s = 0;
    bool moving = false;  ///< taken in motion: speed, energy and imbalance are told but not judged
    bool accepted = false;
    std::string reason;  ///< what was refused, empty when accepted
    int redraws = 0;     ///< shapes refused before this one
};

/// A film at rest. uv (0,0) is the film's top-left corner, u along the width, v down the height.
struct SettledSheet {
    Mesh mesh;  ///< grid_mesh of columns x rows
    int columns = 0, rows = 0;
    std::vector<Vec3f> velocities_m_per_s;  ///< of the mesh's vertices when taken in motion, else empty
    std::vector<Obstacle> obstacles;
    Vec3d viewing_normal{0, 0, 1};  ///< mean outward normal of the image side, unit length
    Vec3d centroid_m;
    ScenarioRecipe recipe;
    ShapeReport report;
};

struct SolverOptions {
    int long_side_nodes = 65;   ///< 33 draft, 65 default, 129 final
    int max_iterations = 3000;  ///< of Newton on each coarse grid; a tenth of that on the last
    double refine_cell_m = 1.7e-3;
};

/// Where a sheet was on one grid when the solver left it.
struct GridState {
    FilmGrid grid;
    std::vector<Vec3d> positions_m, velocities_m_per_s;
    double time_s = 0;
};

/// A settled sheet with what it takes to go on from there.
struct Simulation {
    SettledSheet sheet;
    SheetSetup setup;
    std::vector<GridState> grids;  ///< coarse to fine
};

/// A pure function of its arguments (but for cpu_s); thread-safe.
/// @throws Error when the recipe lacks a number or an option is out of range
SettledSheet settle(const ScenarioRecipe& recipe, const SolverOptions& options);

/// The same for a setup that is no scenario of its own; the recipe stays empty.
SettledSheet settle(const SheetSpec& sheet, const SheetSetup& setup, const SolverOptions& options);

/// settle() that keeps what it went through.
Simulation simulate(const ScenarioRecipe& recipe, const SolverOptions& options);

/// Another shape of the same sheet: from where `first` came to rest, grips move to where a varied() recipe
/// has them, rest curvature and creases change to its own, and the sheet settles again; a sheet in motion
/// goes on to the recipe's moment.
/// @throws Error when the recipe holds the sheet elsewhere than the first one does
Simulation simulate_further(const Simulation& first, const ScenarioRecipe& recipe,
                            const SolverOptions& options);

/// A sheet in motion at a later moment, on the finest grid alone, from where `before` left it: frame after
/// frame of one burst.
/// @throws Error when the sheet came to rest, `later_s` is not positive, or the shape is not acceptable
Simulation follow_motion(const Simulation& before, double later_s, const PhysicsConfig& config);

/// Draws sheet and scenario from `config` until a shape is accepted; refused ones are counted in the report.
/// @throws Error when `config.max_redraws` shapes were refused
SettledSheet settle_accepted(const PhysicsConfig& config, double width_m, double height_m, Rng& rng);
Simulation simulate_accepted(const PhysicsConfig& config, double width_m, double height_m, Rng& rng);
/// Draws variations of the first shape until one is accepted, with the same count and limit.
Simulation simulate_further_accepted(const Simulation& first, const PhysicsConfig& config, Rng& rng);
/// The same for one scenario and one sheet.
SettledSheet settle_accepted(const std::string& name, const SheetSpec& sheet, const SolverOptions& options,
                             Rng& rng, int max_redraws = 8);

}  // namespace radforge::physics
