// SPDX-License-Identifier: Apache-2.0
#include "physics/film_solver.h"

#include "synth/base/error.h"

#include <algorithm>
#include <cmath>

namespace radforge::physics {
namespace {

constexpr double kContraction = 0.3;
constexpr double kAir_kg_per_m3 = 1.2, kDragCoefficient = 1.2;  // a flat plate across the wind

std::vector<char> held_nodes(const FilmGrid& grid, const std::vector<Grip>& grips) {
    std::vector<char> held(grid.size(), 0);
    for (const Grip& grip : grips) {
        const NodeRange r = grip.held.nodes(grid);
        for (int j = r.row0; j <= r.row1; ++j)
            for (int i = r.column0; i <= r.column1; ++i) held[size_t(grid.id(i, j))] = 1;
    }
    return held;
}

std::vector<double> node_masses(const FilmGrid& grid, const SheetSpec& sheet) {
    std::vector<double> mass(grid.size());
    for (int j = 0; j < grid.rows; ++j)
        for (int i = 0; i < grid.columns; ++i) {
            const double share =
                (i == 0 || i + 1 == grid.columns ? 0.5 : 1.0) * (j == 0 || j + 1 == grid.rows ? 0.5 : 1.0);
            mass[size_t(grid.id(i, j))] =
                share * grid.dx_m() * grid.dy_m() * sheet.material.areal_density_kg_per_m2();
        }
    return mass;
}

}  // namespace

FilmSolver::FilmSolver(const FilmGrid& grid, const SheetSpec& sheet, const SheetSetup& setup,
                       const StepOptions& options, double start_time_s)
    : grid_(grid),
      options_(options),
      grips_(setup.grips),
      wind_m_per_s_(setup.wind_m_per_s),
      time_s_(start_time_s),
      held_(held_nodes(grid, setup.grips)),
      mass_kg_(node_masses(grid, sheet)),
      membrane_(grid, held_, options.membrane_n_per_m),
      contacts_(setup.colliders, grid.size(), options.clearance_m, setup.friction.value_or(sheet.friction)),
      bending_(grid, sheet, held_, setup.creases),
      system_(grid, held_) {
    if (setup.self_contact)
        self_.emplace(grid, std::min(options.self_distance_m, 0.7 * std::min(grid.dx_m(), grid.dy_m())),
                      setup.friction.value_or(sheet.friction));
}

void FilmSolver::place(std::vector<Vec3d> positions_m) {
    std::vector<Vec3d> at_rest(positions_m.size());
    place(std::move(positions_m), std::move(at_rest));
}

void FilmSolver::place(std::vector<Vec3d> positions_m, std::vector<Vec3d> velocities_m_per_s) {
    RADFORGE_ASSERT(positions_m.size() == grid_.size() && velocities_m_per_s.size() == grid_.size());
    x_ = std::move(positions_m);
    v_ = std::move(velocities_m_per_s);
    move_grips();
    membrane_.shorten_chords(x_);
    bending_.refer_to(x_);
    contacts_.advance(x_);
    if (self_) {
        self_->look(x_);
        self_->advance(x_);
    }
}

void FilmSolver::move_grips() {
    for (const Grip& grip : grips_) {
        const NodeRange r = grip.held.nodes(grid_);
        for (int j = r.row0; j <= r.row1; ++j)
            for (int i = r.column0; i <= r.column1; ++i)
                x_[size_t(grid_.id(i, j))] = grip.position_m(grid_.film_point_m(i, j), time_s_);
    }
}

Vec3d FilmSolver::drag_n(int node) const {
    const int i = node % grid_.columns, j = node / grid_.columns;
    const auto at = [&](int a, int b) {
        return x_[size_t(grid_.id(std::clamp(a, 0, grid_.columns - 1), std::clamp(b, 0, grid_.rows - 1)))];
    };
    // The node's share of the film as an area vector: half of it at a border, by the one-sided differences.
    const Vec3d area = cross(at(i + 1, j) - at(i - 1, j), at(i, j + 1) - at(i, j - 1)) * 0.25;
    const double size = length(area);
    if (!(size > 0)) return {};
    const Vec3d normal = area / size;
    const double across = dot(wind_m_per_s_(time_s_) - v_[size_t(node)], normal);
    return normal * (0.5 * kAir_kg_per_m3 * kDragCoefficient * size * across * std::abs(across));
}

double FilmSolver::potential_j(const std::vector<Vec3d>& x) const {
    double sum = bending_.energy_j(x) + membrane_.energy_j(x);
    for (size_t i = 0; i < x.size(); ++i) sum += mass_kg_[i] * options_.gravity_m_per_s2 * x[i].y;
    return sum;
}

double FilmSolver::objective_j(const std::vector<Vec3d>& x, const std::vector<Vec3d>& predicted,
                               double dt_s) const {
    double sum = potential_j(x) + contacts_.energy_j(x) + (self_ ? self_->energy_j(x) : 0.0);
    for (size_t i = 0; i < x.size(); ++i) {
        const Vec3d d = x[i] - predicted[i];
        if (!held_[i]) sum += 0.5 * mass_kg_[i] / (dt_s * dt_s) * dot(d, d);
    }
    return sum;
}

void FilmSolver::assemble(const std::vector<Vec3d>& x, bool keep_matrix, bool exact) {
    system_.clear(keep_matrix);
    bending_.add_to(system_, x);
    membrane_.add_to(system_, x, exact);
    contacts_.add_to(system_, x);
    if (self_) self_->add_to(system_, x);
    for (size_t i = 0; i < x.size(); ++i)
        system_.add_gradient(int(i), {0, mass_kg_[i] * options_.gravity_m_per_s2, 0});
}

void FilmSolver::newton_step(const std::vector<Vec3d>& predicted, double dt_s, bool& exact,
                             std::vector<Vec3d>& direction) {
    const Block unit{1, 1, {1, 0, 0}};
    for (;;) {
        assemble(x_, !refactor_, exact);
        for (size_t i = 0; i < x_.size(); ++i) {
            const double inertia = mass_kg_[i] / (dt_s * dt_s);
            system_.add_gradient(int(i), (x_[i] - predicted[i]) * inertia);
            system_.add_block(int(i), int(i), unit, inertia);
        }
        if (system_.solve(direction)) return;
        if (!exact) throw Error(ErrorKind::Failed, "the film's stiffness is not positive definite");
        exact = false;
    }
}

int FilmSolver::step(double dt_s, double damping_per_s, double tolerance_m) {
    const double keep = std::exp(-damping_per_s * dt_s);
    const std::vector<Vec3d> before = x_;
    std::vector<Vec3d> pushed(x_.size());  // by the air, within this step
    if (wind_m_per_s_)
        for (size_t i = 0; i < x_.size(); ++i) pushed[i] = drag_n(int(i)) * (dt_s * dt_s / mass_kg_[i]);
    time_s_ += dt_s;
    move_grips();
    bending_.refer_to(x_);
    std::vector<Vec3d> predicted = x_, direction(x_.size()), trial(x_.size());
    for (size_t i = 0; i < x_.size(); ++i)
        if (!held_[i]) predicted[i] += v_[i] * (keep * dt_s) + pushed[i];

    double value = 0;
    int iterations = 0;
    bool exact = true;
    double longest_before = 0, first_m = 0;
    while (iterations < options_.max_newton) {
        ++iterations;
        if (self_) self_->look(x_);
        if (self_ || iterations == 1) value = objective_j(x_, predicted, dt_s);
        newton_step(predicted, dt_s, exact, direction);
        double longest = 0;
        for (const Vec3d& d : direction) longest = std::max(longest, length(d));
        // No node jumps farther than a cell: beyond that the quadratic model says nothing.
        const double most_m = self_ && self_->any() ? self_->longest_move_m() : grid_.dx_m();
        double share = std::min(1.0, most_m / std::max(longest, 1e-30));
        bool lower = false;
        for (int halving = 0; halving < 12 && !lower; ++halving) {
            for (size_t i = 0; i < x_.size(); ++i) trial[i] = x_[i] + direction[i] * share;
            const double tried = objective_j(trial, predicted, dt_s);
            lower = tried < value;
            if (lower)
                value = tried;
            else
                share *= 0.5;
        }
        const bool old_factor = !refactor_;
        // A factor serves as long as each step is a small part of the one before.
        // The Hessian without its negative part converges slowly however fresh its factor is.
        refactor_ = share < 1 ||
                    (longest_before > 0 && longest > kContraction * longest_before && (exact || old_factor));
        longest_before = longest;
        if (!lower) {
            if (old_factor) {
                refactor_ = true;
                continue;
            }
            break;  // at the minimum to rounding
        }
        x_.swap(trial);
        if (iterations == 1) first_m = share * longest;
        if (share * longest < std::max(tolerance_m, options_.relative_tolerance * first_m)) break;
    }
    for (size_t i = 0; i < x_.size(); ++i) v_[i] = (x_[i] - before[i]) / dt_s;
    contacts_.advance(x_);
    if (self_) self_->advance(x_);
    membrane_.shorten_chords(x_);
    return iterations;
}

double FilmSolver::imbalance() {
    bending_.refer_to(x_);
    assemble(x_, true, true);
    double weight_n = 0;
    for (const double m : mass_kg_) weight_n += m * options_.gravity_m_per_s2;
    return system_.gradient_norm_n() / weight_n;
}

double FilmSolver::rms_speed_m_per_s() const {
    double sum = 0;
    for (const Vec3d& v : v_) sum += dot(v, v);
    return std::sqrt(sum / double(v_.size()));
}

double FilmSolver::energy_j() const {
    double sum = potential_j(x_);
    for (size_t i = 0; i < x_.size(); ++i) sum += 0.5 * mass_kg_[i] * dot(v_[i], v_[i]);
    return sum;
}

}  // namespace radforge::physics
