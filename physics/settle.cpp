// SPDX-License-Identifier: Apache-2.0
#include "physics/settle.h"

#include "physics/crossing.h"
#include "physics/film_solver.h"
#include "physics/measure.h"
#include "physics/penetration.h"
#include "physics/refine.h"
#include "physics/self_contact.h"
#include "synth/base/cpu_clock.h"
#include "synth/base/error.h"

#include <algorithm>
#include <cmath>

namespace radforge::physics {
namespace {

constexpr double kMotionStep_s = 1.0 / 60, kLongestStep_s = 0.5;
constexpr double kResampledStep_s = 0.2;  // a resampled shape is near its equilibrium already
constexpr double kDamping_per_s = 4, kMovingTolerance_m = 1e-4, kTolerance_m = 5e-6,
                 kFinestTolerance_m = 1e-10;
constexpr double kMovingDamping_per_s = 1;  // inside the film; the air's drag comes on top
constexpr double kLead_s[] = {0.05, 0.15};  // before the end, on the finest grid and the one before it
// Contacts, chords and normals follow after each step: solving one to the last digit is wasted.
constexpr int kNewton = 8, kPatience = 20;  // iterations a step; steps before unsolved ones get shorter
constexpr double kRelativeTolerance = 0.1;
// Far below the film's E h = 8.6e5: stretched by its weight it gains 1e-4 at most, and Newton's steps stay
// long.
constexpr double kMembrane_n_per_m = 2e4, kCoarseMembrane_n_per_m = 5e3;
constexpr double kSettledSpeed_m_per_s = 2e-4;
constexpr double kEnergyWindow_s = 0.5;
constexpr double kEnergyTolerance_j = 2e-5;  // lifts a 14x17 inch film by 0.06 mm
// Of the film's weight. What creeps on under friction is done at half of what is accepted; a grid that only
// starts the next one need not come closer.
constexpr double kSettledImbalance = 2e-3, kCreepingImbalance = 5e-3, kLargestImbalance = 0.01;
constexpr int kCreepingSteps = 8;
constexpr int kCoarseShare = 5;  // of the iterations, for grids that only start the next one
constexpr double kSelfDistance = 0.75, kSelfApart = 3;  // cells of the refined mesh, of the solver's grid
constexpr double kChange_s = 0.4;                       // in which grips move from one shape to the next
// A film that is still on its way after so many iterations found no equilibrium near that of the grid before:
// it snaps into another, which the grid before finds sooner.
constexpr int kAdriftIterations = 32;
constexpr double kAdriftSpeed_m_per_s = 0.01;
constexpr int kCoarseLimit = 24;  // grids with a longer side start from one of half the nodes
constexpr double kPatchHalfSide_m = 1.5;

FilmGrid grid_for(const SheetSpec& sheet, int long_side_nodes) {
    const double longer = std::max(sheet.width_m, sheet.height_m),
                 shorter = std::min(sheet.width_m, sheet.height_m);
    // An even number of cells on both sides, so that the half grid has its nodes here too.
    const int cells = 2 * ((long_side_nodes - 1) / 2);
    const int short_cells = std::max(4, 2 * int(std::lround(0.5 * cells * shorter / longer)));
    if (sheet.width_m >= sheet.height_m) return {cells + 1, short_cells + 1, sheet.width_m, sheet.height_m};
    return {short_cells + 1, cells + 1, sheet.width_m, sheet.height_m};
}

FilmGrid half_grid(const FilmGrid& g) {
    return {(g.columns - 1) / 2 + 1, (g.rows - 1) / 2 + 1, g.width_m, g.height_m};
}

/// Follows a moving film until `end_s`.
void follow(FilmSolver& solver, double end_s) {
    const double span_s = end_s - solver.time_s();
    const int steps = std::max(1, int(std::lround(span_s / kMotionStep_s)));
    for (int k = 0; k < steps; ++k) solver.step(span_s / steps, kMovingDamping_per_s, kMovingTolerance_m);
}

struct Relaxed {
    double energy_rise_j = 0;
    bool adrift = false;  ///< given up: it goes far from where it started
};

/// Follows the grips for `moving_s`, then lets the sheet come to rest with growing steps: a long step at rest
/// is the static equilibrium.
/// @returns the largest rise of the energy over the last half second (at least three steps) above its lowest
/// value before
/// @param imbalance   at which it is done
/// @param may_give_up  on a film that goes adrift
Relaxed relax(FilmSolver& solver, double moving_s, double first_step_s, int max_iterations, double imbalance,
              bool may_give_up) {
    struct Point {
        double time_s, energy_j;
    };
    std::vector<Point> points;
    const double start_s = solver.time_s();
    double dt_s = first_step_s, tolerance_m = kTolerance_m;
    int slow_steps = 0;
    int spent = 0;  // Newton iterations: they are the cost, and a sheet that snaps through on a fine grid
                    // takes too many
    for (int steps = 0; spent < max_iterations;) {
        const bool moving = solver.time_s() - start_s < moving_s;
        const int iterations = solver.step(dt_s, kDamping_per_s, moving ? kMovingTolerance_m : tolerance_m);
        points.push_back({solver.time_s(), solver.energy_j()});
        spent += iterations;
        if (moving) continue;
        if (may_give_up && spent >= kAdriftIterations && solver.rms_speed_m_per_s() > kAdriftSpeed_m_per_s)
            return {0, true};
        ++steps;
        const bool slow = steps >= 3 && solver.rms_speed_m_per_s() < kSettledSpeed_m_per_s;
        slow_steps = slow ? slow_steps + 1 : 0;
        if (slow && solver.imbalance() <
                        (slow_steps > kCreepingSteps ? std::max(imbalance, kCreepingImbalance) : imbalance))
            break;
        // Nothing moves by more than the tolerance, but stiff directions still carry force: look closer.
        if (slow && iterations == 1) {
            tolerance_m *= 0.1;
            if (tolerance_m < kFinestTolerance_m) break;
        }
        if (iterations < kNewton)
            dt_s = std::min(1.5 * dt_s, kLongestStep_s);
        else if (steps > kPatience)
            dt_s = std::max(0.5 * dt_s, 0.25 * kMotionStep_s);
    }
    size_t first = points.size() - std::min<size_t>(points.size(), 3);
    while (first > 0 && points.back().time_s - points[first].time_s < kEnergyWindow_s) --first;
    double lowest = points[first].energy_j, rise = 0;
    for (size_t k = first; k < points.size(); ++k) {
        rise = std::max(rise, points[k].energy_j - lowest);
        lowest = std::min(lowest, points[k].energy_j);
    }
    return {rise, false};
}

std::string refusal(const ShapeReport& r) {
    if (!std::isfinite(r.strain_max) || !std::isfinite(r.rms_speed_m_per_s)) return "not finite";
    if (r.strain_p99 > 0.005) return "strain p99";
    if (r.strain_max_free > 0.01) return "strain max";
    if (r.strain_max > 0.03) return "strain at grip";
    if (r.angle_defect_rms_deg > 0.1) return "angle defect";
    if (r.penetration_m > 1e-3) return "penetration";
    if (r.touches_itself) return "touches itself";
    if (r.crossings > 0) return "passes through another film";
    if (r.moving) return "";
    if (r.rms_speed_m_per_s > 5e-3) return "speed";
    if (r.energy_rise_j > kEnergyTolerance_j) return "energy";
    if (r.imbalance > kLargestImbalance) return "imbalance of forces";
    return "";
}

std::vector<Vec3d> first_shape(const SheetSetup& setup, const FilmGrid& grid) {
    const FilmShape shape = setup.start_on ? setup.start_on(grid) : setup.start;
    std::vector<Vec3d> x;
    x.reserve(grid.size());
    for (int j = 0; j < grid.rows; ++j)
        for (int i = 0; i < grid.columns; ++i) x.push_back(shape(grid.film_point_m(i, j)));
    return x;
}

/// Folds get sharper on a finer grid: only the way that the nodes went from their first shape is resampled.
std::vector<Vec3d> on_finer_grid(const SheetSetup& setup, const FilmGrid& from, std::vector<Vec3d> x,
                                 const FilmGrid& to) {
    if (!setup.start_on) return resample(from, x, to);
    const std::vector<Vec3d> coarse = first_shape(setup, from);
    for (size_t k = 0; k < x.size(); ++k) x[k] -= coarse[k];
    std::vector<Vec3d> fine = interpolate(from, x, to);
    const std::vector<Vec3d> first = first_shape(setup, to);
    for (size_t k = 0; k < fine.size(); ++k) fine[k] += first[k];
    return fine;
}

void describe_view(SettledSheet& sheet) {
    Vec3d sum, normal;
    for (const Vec3f& p : sheet.mesh.positions_m) sum += to_double(p);
    sheet.centroid_m = sum / double(sheet.mesh.positions_m.size());
    for (const Tri& f : sheet.mesh.faces) {
        const Vec3d a = to_double(sheet.mesh.positions_m[f[0]]);
        // Faces run u then v, which turns about the back side's normal.
        normal -=
            cross(to_double(sheet.mesh.positions_m[f[1]]) - a, to_double(sheet.mesh.positions_m[f[2]]) - a);
    }
    if (length(normal) > 0) sheet.viewing_normal = normalized(normal);
}

std::vector<Obstacle> obstacles_of(const SheetSetup& setup) {
    std::vector<Obstacle> all;
    for (const NamedCollider& c : setup.colliders) {
        if (c.collider.kind == Collider::Kind::Heights) continue;  // seen as the films themselves
        all.push_back({c.role, c.collider.kind == Collider::Kind::HalfSpace
                                   ? patch_mesh(c.collider, kPatchHalfSide_m)
                                   : surface_mesh(c.collider)});
    }
    for (const Mesh& film : setup.others) all.push_back({"film", film});
    for (const Decoration& d : setup.decorations) all.push_back({d.role, surface_mesh(d.shape)});
    return all;
}

void check(const SolverOptions& o) {
    if (o.long_side_nodes < 9 || o.long_side_nodes > 1025 || o.max_iterations < 100 || !(o.refine_cell_m > 0))
        throw Error(ErrorKind::BadData, "solver options out of range")
            .where("physics")
            .expected("9 to 1025 nodes, 100 or more iterations, positive cells");
}

std::vector<FilmGrid> grids_for(const SheetSpec& sheet, int long_side_nodes) {
    std::vector<FilmGrid> grids{grid_for(sheet, long_side_nodes)};
    while (std::max(grids.back().columns, grids.back().rows) > kCoarseLimit)
        grids.push_back(half_grid(grids.back()));
    std::reverse(grids.begin(), grids.end());
    return grids;
}

/// Where the solver starts on a grid.
/// @param coarse  the state it left on the grid before, null on the first
/// @param before  the states of the shape that this one goes on from, empty when there is none
GridState start_on(const SheetSetup& setup, const FilmGrid& grid, const GridState* coarse,
                   const std::vector<GridState>& before, size_t level) {
    const std::vector<Vec3d> at_rest(grid.size());
    if (!coarse && before.empty()) return {grid, first_shape(setup, grid), at_rest, 0};
    if (!coarse)  // grips that move anew start at time 0
        return {grid, before[0].positions_m, setup.taken_s ? before[0].velocities_m_per_s : at_rest,
                setup.taken_s ? before[0].time_s : 0};
    const std::vector<Vec3d> v = interpolate(coarse->grid, coarse->velocities_m_per_s, grid);
    if (before.empty() || setup.taken_s)
        return {grid, on_finer_grid(setup, coarse->grid, coarse->positions_m, grid), v, coarse->time_s};
    // A small change is smooth: the coarse grid's own errors are left out with its old shape.
    std::vector<Vec3d> moved = coarse->positions_m;
    for (size_t k = 0; k < moved.size(); ++k) moved[k] -= before[level - 1].positions_m[k];
    std::vector<Vec3d> x = interpolate(coarse->grid, moved, grid);
    for (size_t k = 0; k < x.size(); ++k) x[k] += before[level].positions_m[k];
    return {grid, x, v, coarse->time_s};
}

/// Lets a film that is adrift come to rest on the grid before and carries it there: what that grid left out
/// of its shape stays.
void drift(FilmSolver& solver, const FilmGrid& coarse, const SheetSpec& sheet, const SheetSetup& setup,
           const SolverOptions& options, StepOptions step) {
    const FilmGrid& grid = solver.grid();
    std::vector<Vec3d> x = solver.positions_m(), start;
    for (int j = 0; j < coarse.rows; ++j)
        for (int i = 0; i < coarse.columns; ++i) start.push_back(x[size_t(grid.id(2 * i, 2 * j))]);
    step.membrane_n_per_m = kCoarseMembrane_n_per_m;
    FilmSolver below(coarse, sheet, setup, step, solver.time_s());
    below.place(start);
    relax(below, 0, kResampledStep_s, options.max_iterations / kCoarseShare, kCreepingImbalance, false);
    std::vector<Vec3d> moved = below.positions_m();
    for (size_t k = 0; k < moved.size(); ++k) moved[k] -= start[k];
    moved = interpolate(coarse, moved, grid);
    for (size_t k = 0; k < x.size(); ++k) x[k] += moved[k];
    solver.place(std::move(x));
}

/// Settles the sheet on one grid after the other.
std::vector<GridState> settle_on_grids(const SheetSpec& sheet, const SheetSetup& setup,
                                       const SolverOptions& options, const std::vector<GridState>& before,
                                       ShapeReport& report) {
    const std::vector<FilmGrid> grids = grids_for(sheet, options.long_side_nodes);
    std::vector<GridState> states;
    report.moving = setup.taken_s.has_value();
    for (size_t level = 0; level < grids.size(); ++level) {
        GridState start = start_on(setup, grids[level], level > 0 ? &states.back() : nullptr, before, level);
        StepOptions step;
        step.membrane_n_per_m = level + 1 == grids.size() ? kMembrane_n_per_m : kCoarseMembrane_n_per_m;
        if (!setup.taken_s) {  // in motion each step counts
            step.max_newton = kNewton;
            step.relative_tolerance = kRelativeTolerance;
        }
        FilmSolver solver(grids[level], sheet, setup, step, start.time_s);
        const size_t finer = grids.size() - 1 - level;
        if (setup.taken_s) {
            solver.place(std::move(start.positions_m), std::move(start.velocities_m_per_s));
            follow(solver, *setup.taken_s - (finer == 0 ? 0.0 : kLead_s[std::min<size_t>(finer, 2) - 1]));
        } else {
            solver.place(std::move(start.positions_m));
            const bool coarse = finer > 0;
            const int most = coarse && level > 0 ? options.max_iterations / kCoarseShare
                             : level > 0         ? options.max_iterations / 10
                                                 : options.max_iterations;
            const auto come_to_rest = [&](bool may_give_up) {
                return relax(solver, level == 0 ? setup.motion_s : 0.0,
                             level == 0 ? kMotionStep_s : kResampledStep_s, most,
                             coarse ? kCreepingImbalance : kSettledImbalance, may_give_up);
            };
            Relaxed relaxed = come_to_rest(level > 0);
            if (relaxed.adrift) {
                drift(solver, grids[level - 1], sheet, setup, options, step);
                relaxed = come_to_rest(false);
            }
            report.energy_rise_j = relaxed.energy_rise_j;
        }
        report.imbalance = solver.imbalance();
        report.rms_speed_m_per_s = solver.rms_speed_m_per_s();
        states.push_back({grids[level], solver.positions_m(), solver.velocities_m_per_s(), solver.time_s()});
    }
    report.simulated_s = states.back().time_s;
    return states;
}

/// Refines and judges the last state.
SettledSheet finish(const SheetSetup& setup, const SolverOptions& options, const GridState& last,
                    ShapeReport report) {
    const FilmGrid& grid = last.grid;
    const std::vector<Vec3d>& x = last.positions_m;
    SettledSheet result;
    result.report = std::move(report);
    std::vector<char> creased;
    for (int j = 0; j < grid.rows; ++j)
        for (int i = 0; i < grid.columns; ++i)
            creased.push_back(in_crease(setup.creases, grid, grid.film_point_m(i, j)));
    result.report.angle_defect_rms_deg = angle_defect_rms_deg(grid, x, creased);

    const FilmGrid fine = refined_grid(grid, options.refine_cell_m);
    const std::vector<Vec3d> surface = resample(grid, x, fine);
    if (setup.taken_s)
        for (const Vec3d& speed : interpolate(grid, last.velocities_m_per_s, fine))
            result.velocities_m_per_s.push_back(to_float(speed));
    std::vector<FilmRect> grips;
    for (const Grip& g : setup.grips) grips.push_back(g.held);
    const Strain strain = measure_strain(fine, surface, grips);
    result.report.largest_curvature_per_m = largest_curvature_per_m(fine, surface);
    result.report.strain_p99 = strain.p99;
    result.report.strain_max = strain.max;
    result.report.strain_max_free = strain.max_free;

    result.report.touches_itself =
        touches_itself(fine, surface, kSelfDistance * std::max(fine.dx_m(), fine.dy_m()),
                       kSelfApart * std::max(grid.dx_m(), grid.dy_m()));
    std::vector<Vec3f> positions;
    positions.reserve(surface.size());
    for (const Vec3d& p : surface) positions.push_back(to_float(p));
    result.columns = fine.columns;
    result.rows = fine.rows;
    result.mesh = grid_mesh(fine.columns, fine.rows, std::move(positions));
    result.report.penetration_m = deepest_penetration_m(result.mesh, setup.colliders);
    for (size_t k = 0; k < setup.others.size(); ++k) {
        result.report.crossings += crossings(result.mesh, setup.others[k]);
        for (size_t j = 0; j < k; ++j) result.report.crossings += crossings(setup.others[k], setup.others[j]);
    }
    describe_view(result);
    double highest_m = -1e9;
    for (const Vec3d& node : x) highest_m = std::max(highest_m, node.y);
    result.obstacles = obstacles_of(setup);
    result.report.reason = highest_m < setup.least_height_m ? "slipped off" : refusal(result.report);
    result.report.accepted = result.report.reason.empty();
    return result;
}

struct RotationAbout {
    Vec3d axis{1, 0, 0};
    double angle_rad = 0;
};

/// The rotation that follows `from` to make `to`; less than half a turn.
RotationAbout rotation_from(const Mat3d& from, const Mat3d& to) {
    const Mat3d r = to * from.transposed();
    // Twice the sine of the angle along the axis (Rodrigues).
    const Vec3d twice{r.rows[2].y - r.rows[1].z, r.rows[0].z - r.rows[2].x, r.rows[1].x - r.rows[0].y};
    const double sine = 0.5 * length(twice), cosine = 0.5 * (r.rows[0].x + r.rows[1].y + r.rows[2].z - 1);
    if (sine < 1e-12) return {};
    return {normalized(twice), std::atan2(sine, cosine)};
}

/// Each grip moves from where it ended to where `setup` has it in the end.
/// @throws Error when the film is not held at the same places
void move_grips_from(const SheetSetup& before, SheetSetup& setup) {
    const auto differs = [](const Grip& a, const Grip& b) {
        return a.held.u0_m != b.held.u0_m || a.held.u1_m != b.held.u1_m || a.held.v0_m != b.held.v0_m ||
               a.held.v1_m != b.held.v1_m || a.curvature_per_m != b.curvature_per_m;
    };
    bool moves = false;
    if (setup.grips.size() != before.grips.size())
        throw Error(ErrorKind::BadData, "a further shape must be held like the first one");
    for (size_t k = 0; k < setup.grips.size(); ++k) {
        Grip& grip = setup.grips[k];
        if (differs(grip, before.grips[k]))
            throw Error(ErrorKind::BadData, "a further shape must be held like the first one");
        const Pose from = before.grips[k].path(before.motion_s), to = grip.path(setup.motion_s);
        const Vec3d middle{0.5 * (grip.held.u0_m + grip.held.u1_m), 0.5 * (grip.held.v0_m + grip.held.v1_m),
                           0};
        const RotationAbout turn = rotation_from(from.rotation, to.rotation);
        const Vec3d start = from.to_world(middle), way = to.to_world(middle) - start;
        moves = moves || turn.angle_rad != 0 || length(way) > 0;
        grip.path = [=](double t) {
            const double s = ease(t, kChange_s);
            const Mat3d rotation =
                s < 1 ? rotation_about(turn.axis, s * turn.angle_rad) * from.rotation : to.rotation;
            return Pose{rotation, start + way * s - rotation * middle};
        };
    }
    setup.motion_s = moves ? kChange_s : 0;
}

/// @param first  where to go on from; null: from the scenario's start
Simulation simulated(const ScenarioRecipe& recipe, const SolverOptions& options, const Simulation* first) {
    check(options);
    const double cpu_start = thread_cpu_s();
    Simulation made;
    made.setup = scenario(recipe.name).build(recipe);
    if (first && !made.setup.taken_s) move_grips_from(first->setup, made.setup);
    ShapeReport report;
    made.grids = settle_on_grids(recipe.sheet(), made.setup, options,
                                 first ? first->grids : std::vector<GridState>(), report);
    made.sheet = finish(made.setup, options, made.grids.back(), report);
    made.sheet.recipe = recipe;
    made.sheet.report.cpu_s = thread_cpu_s() - cpu_start;
    return made;
}

}  // namespace

Simulation simulate(const ScenarioRecipe& recipe, const SolverOptions& options) {
    return simulated(recipe, options, nullptr);
}

SettledSheet settle(const ScenarioRecipe& recipe, const SolverOptions& options) {
    return simulate(recipe, options).sheet;
}

SettledSheet settle(const SheetSpec& sheet, const SheetSetup& setup, const SolverOptions& options) {
    check(options);
    const double cpu_start = thread_cpu_s();
    ShapeReport report;
    const std::vector<GridState> states = settle_on_grids(sheet, setup, options, {}, report);
    SettledSheet settled = finish(setup, options, states.back(), report);
    settled.report.cpu_s = thread_cpu_s() - cpu_start;
    return settled;
}

Simulation simulate_further(const Simulation& first, const ScenarioRecipe& recipe,
                            const SolverOptions& options) {
    return simulated(recipe, options, &first);
}

SheetSpec draw_sheet(const PhysicsConfig& config, double width_m, double height_m, Rng& rng) {
    SheetSpec s;
    s.width_m = width_m;
    s.height_m = height_m;
    s.material.thickness_m = 1e-6 * config.thickness_um.draw(rng);
    s.material.youngs_modulus_pa = 1e9 * config.youngs_modulus_gpa.draw(rng);
    s.friction = config.friction.draw(rng);
    s.curl_per_m = config.curl_per_m.draw(rng);
    s.curl_axis_deg = config.curl_axis_deg.draw(rng);
    return s;
}

namespace {

ShapeReport& report_of(SettledSheet& sheet) { return sheet.report; }
ShapeReport& report_of(Simulation& simulation) { return simulation.sheet.report; }

/// Makes shapes until one is accepted. @throws Error when max_redraws were refused
template <class Make>
auto first_accepted(const std::string& name, int max_redraws, const Make& make) {
    std::string reason;
    for (int redraws = 0; redraws <= max_redraws; ++redraws) {
        auto made = make();
        ShapeReport& report = report_of(made);
        report.redraws = redraws;
        if (report.accepted) return made;
        reason = report.reason;
    }
    throw Error(ErrorKind::Failed, "no acceptable shape")
        .where("physics." + name)
        .got("refused for " + reason)
        .hint("raise physics.max_redraws or physics.long_side_nodes");
}

SolverOptions options_of(const PhysicsConfig& config) {
    SolverOptions options;
    options.long_side_nodes = config.long_side_nodes;
    options.refine_cell_m = 1e-3 * config.refine_cell_mm;
    return options;
}

}  // namespace

SettledSheet settle_accepted(const std::string& name, const SheetSpec& sheet, const SolverOptions& options,
                             Rng& rng, int max_redraws) {
    return first_accepted(name, max_redraws, [&] { return settle(draw(name, sheet, rng), options); });
}

Simulation simulate_accepted(const PhysicsConfig& config, double width_m, double height_m, Rng& rng) {
    const SheetSpec sheet = draw_sheet(config, width_m, height_m, rng);
    const std::string name = config.scenario.draw(rng);
    return first_accepted(name, config.max_redraws,
                          [&] { return simulate(draw(name, sheet, rng), options_of(config)); });
}

SettledSheet settle_accepted(const PhysicsConfig& config, double width_m, double height_m, Rng& rng) {
    return simulate_accepted(config, width_m, height_m, rng).sheet;
}

Simulation simulate_further_accepted(const Simulation& first, const PhysicsConfig& config, Rng& rng) {
    const ScenarioRecipe& recipe = first.sheet.recipe;
    return first_accepted(recipe.name, config.max_redraws,
                          [&] { return simulate_further(first, varied(recipe, rng), options_of(config)); });
}

Simulation follow_motion(const Simulation& before, double later_s, const PhysicsConfig& config) {
    const double cpu_start = thread_cpu_s();
    if (!before.setup.taken_s || !(later_s > 0))
        throw Error(ErrorKind::BadData, "only a sheet in motion has a later moment")
            .where(before.sheet.recipe.name);
    ScenarioRecipe recipe = before.sheet.recipe;
    recipe.set("taken_s", *before.setup.taken_s + later_s);
    Simulation made;
    made.setup = scenario(recipe.name).build(recipe);
    const GridState& start = before.grids.back();
    StepOptions step;
    step.membrane_n_per_m = kMembrane_n_per_m;
    FilmSolver solver(start.grid, recipe.sheet(), made.setup, step, start.time_s);
    solver.place(start.positions_m, start.velocities_m_per_s);
    follow(solver, *made.setup.taken_s);
    ShapeReport report;
    report.moving = true;
    report.redraws = before.sheet.report.redraws;
    report.imbalance = solver.imbalance();
    report.rms_speed_m_per_s = solver.rms_speed_m_per_s();
    report.simulated_s = solver.time_s();
    made.grids = before.grids;
    made.grids.back() = {start.grid, solver.positions_m(), solver.velocities_m_per_s(), solver.time_s()};
    made.sheet = finish(made.setup, options_of(config), made.grids.back(), report);
    made.sheet.recipe = recipe;
    made.sheet.report.cpu_s = thread_cpu_s() - cpu_start;
    if (!made.sheet.report.accepted)
        throw Error(ErrorKind::Failed, "a later frame has no acceptable shape")
            .where("physics." + recipe.name)
            .got("refused for " + made.sheet.report.reason)
            .hint("raise physics.long_side_nodes");
    return made;
}

}  // namespace radforge::physics
