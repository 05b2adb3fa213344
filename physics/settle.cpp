// SPDX-License-Identifier: Apache-2.0
#include "physics/settle.h"

#include "physics/film_solver.h"
#include "physics/measure.h"
#include "physics/penetration.h"
#include "physics/refine.h"
#include "physics/self_contact.h"
#include "synth/base/error.h"

#include <time.h>

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
constexpr double kEnergyTolerance_j = 2e-5;                           // lifts a 14x17 inch film by 0.06 mm
constexpr double kSettledImbalance = 2e-3, kLargestImbalance = 0.01;  // of the film's weight
constexpr double kSelfDistance = 0.75, kSelfApart = 3;  // cells of the refined mesh, of the solver's grid
constexpr int kCoarseLimit = 24;  // grids with a longer side start from one of half the nodes
constexpr double kPatchHalfSide_m = 1.5;

double thread_cpu_s() {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return double(t.tv_sec) + 1e-9 * double(t.tv_nsec);
}

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

/// Follows the grips for `moving_s`, then lets the sheet come to rest with growing steps: a long step at rest
/// is the static equilibrium.
/// @returns the largest rise of the energy over the last half second (at least three steps) above its lowest
/// value before
double relax(FilmSolver& solver, double moving_s, double first_step_s, int max_iterations) {
    struct Point {
        double time_s, energy_j;
    };
    std::vector<Point> points;
    const double start_s = solver.time_s();
    double dt_s = first_step_s, tolerance_m = kTolerance_m;
    int spent = 0;  // Newton iterations: they are the cost, and a sheet that snaps through on a fine grid
                    // takes too many
    for (int steps = 0; spent < max_iterations;) {
        const bool moving = solver.time_s() - start_s < moving_s;
        const int iterations = solver.step(dt_s, kDamping_per_s, moving ? kMovingTolerance_m : tolerance_m);
        points.push_back({solver.time_s(), solver.energy_j()});
        spent += iterations;
        if (moving) continue;
        ++steps;
        const bool slow = steps >= 3 && solver.rms_speed_m_per_s() < kSettledSpeed_m_per_s;
        if (slow && solver.imbalance() < kSettledImbalance) break;
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
    return rise;
}

std::string refusal(const ShapeReport& r) {
    if (!std::isfinite(r.strain_max) || !std::isfinite(r.rms_speed_m_per_s)) return "not finite";
    if (r.strain_p99 > 0.005) return "strain p99";
    if (r.strain_max_free > 0.01) return "strain max";
    if (r.strain_max > 0.03) return "strain at grip";
    if (r.angle_defect_rms_deg > 0.1) return "angle defect";
    if (r.penetration_m > 1e-3) return "penetration";
    if (r.touches_itself) return "touches itself";
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

}  // namespace

SettledSheet settle(const ScenarioRecipe& recipe, const SolverOptions& options) {
    check(options);
    const double cpu_start = thread_cpu_s();
    SettledSheet settled = settle(recipe.sheet(), scenario(recipe.name).build(recipe), options);
    settled.recipe = recipe;
    settled.report.cpu_s = thread_cpu_s() - cpu_start;
    return settled;
}

SettledSheet settle(const SheetSpec& sheet, const SheetSetup& setup, const SolverOptions& options) {
    check(options);
    const double cpu_start = thread_cpu_s();
    const FilmGrid target = grid_for(sheet, options.long_side_nodes);
    std::vector<FilmGrid> levels{target};
    while (std::max(levels.back().columns, levels.back().rows) > kCoarseLimit)
        levels.push_back(half_grid(levels.back()));
    std::reverse(levels.begin(), levels.end());

    FilmGrid grid = levels.front();
    std::vector<Vec3d> x = first_shape(setup, grid);

    SettledSheet result;
    double time_s = 0;
    std::vector<Vec3d> v(x.size());
    result.report.moving = setup.taken_s.has_value();
    for (size_t level = 0; level < levels.size(); ++level) {
        if (level > 0) x = on_finer_grid(setup, grid, x, levels[level]);
        if (level > 0) v = interpolate(grid, v, levels[level]);
        grid = levels[level];
        StepOptions step;
        step.membrane_n_per_m = level + 1 == levels.size() ? kMembrane_n_per_m : kCoarseMembrane_n_per_m;
        if (!setup.taken_s) {  // in motion each step counts
            step.max_newton = kNewton;
            step.relative_tolerance = kRelativeTolerance;
        }
        FilmSolver solver(grid, sheet, setup, step, time_s);
        const size_t finer = levels.size() - 1 - level;
        if (setup.taken_s) {
            solver.place(std::move(x), std::move(v));
            follow(solver, *setup.taken_s - (finer == 0 ? 0.0 : kLead_s[std::min<size_t>(finer, 2) - 1]));
        } else {
            solver.place(std::move(x));
            result.report.energy_rise_j = relax(
                solver, level == 0 ? setup.motion_s : 0.0, level == 0 ? kMotionStep_s : kResampledStep_s,
                finer == 0 && level > 0 ? options.max_iterations / 10 : options.max_iterations);
        }
        v = solver.velocities_m_per_s();
        result.report.imbalance = solver.imbalance();
        time_s = solver.time_s();
        x = solver.positions_m();
        result.report.rms_speed_m_per_s = solver.rms_speed_m_per_s();
    }
    result.report.simulated_s = time_s;
    std::vector<char> creased;
    for (int j = 0; j < grid.rows; ++j)
        for (int i = 0; i < grid.columns; ++i)
            creased.push_back(in_crease(setup.creases, grid, grid.film_point_m(i, j)));
    result.report.angle_defect_rms_deg = angle_defect_rms_deg(grid, x, creased);

    const FilmGrid fine = refined_grid(grid, options.refine_cell_m);
    const std::vector<Vec3d> surface = resample(grid, x, fine);
    if (setup.taken_s)
        for (const Vec3d& speed : interpolate(grid, v, fine))
            result.velocities_m_per_s.push_back(to_float(speed));
    std::vector<FilmRect> grips;
    for (const Grip& g : setup.grips) grips.push_back(g.held);
    const Strain strain = measure_strain(fine, surface, grips);
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
    describe_view(result);
    double highest_m = -1e9;
    for (const Vec3d& node : x) highest_m = std::max(highest_m, node.y);
    result.obstacles = obstacles_of(setup);
    result.report.reason = highest_m < setup.least_height_m ? "slipped off" : refusal(result.report);
    result.report.accepted = result.report.reason.empty();
    result.report.cpu_s = thread_cpu_s() - cpu_start;
    return result;
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

SettledSheet settle_accepted(const std::string& name, const SheetSpec& sheet, const SolverOptions& options,
                             Rng& rng, int max_redraws) {
    std::string reason;
    for (int redraws = 0; redraws <= max_redraws; ++redraws) {
        SettledSheet settled = settle(draw(name, sheet, rng), options);
        settled.report.redraws = redraws;
        if (settled.report.accepted) return settled;
        reason = settled.report.reason;
    }
    throw Error(ErrorKind::Failed, "no acceptable shape")
        .where("physics." + name)
        .got("refused for " + reason)
        .hint("raise physics.max_redraws or physics.long_side_nodes");
}

SettledSheet settle_accepted(const PhysicsConfig& config, double width_m, double height_m, Rng& rng) {
    const SheetSpec sheet = draw_sheet(config, width_m, height_m, rng);
    const std::string name = config.scenario.draw(rng);
    SolverOptions options;
    options.long_side_nodes = config.long_side_nodes;
    options.refine_cell_m = 1e-3 * config.refine_cell_mm;
    return settle_accepted(name, sheet, options, rng, config.max_redraws);
}

}  // namespace radforge::physics
