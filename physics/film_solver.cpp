// SPDX-License-Identifier: Apache-2.0
#include "physics/film_solver.h"

#include "synth/base/error.h"

#include <cmath>

namespace radforge::physics {
namespace {

constexpr int kChordInterval = 4;  // steps between updates of chord lengths: they change slowly

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
      friction_(setup.friction.value_or(sheet.friction)),
      time_s_(start_time_s),
      held_(held_nodes(grid, setup.grips)),
      mass_kg_(node_masses(grid, sheet)),
      membrane_(grid, held_, options.membrane_n_per_m, options.link_penalty_n_per_m),
      contacts_(setup.colliders, grid.size(), options.clearance_m, options.contact_penalty_n_per_m),
      bending_(grid, bend_stencils(grid, sheet, held_), membrane_, contacts_.penalty_n_per_m(), mass_kg_,
               held_, options.dt_s) {}

void FilmSolver::place(std::vector<Vec3d> positions_m) {
    RADFORGE_ASSERT(positions_m.size() == grid_.size());
    x_ = std::move(positions_m);
    v_.assign(x_.size(), Vec3d{});
    move_grips();
    membrane_.shorten_chords(x_);
    membrane_.reset(x_);
}

void FilmSolver::move_grips() {
    for (const Grip& grip : grips_) {
        const Pose pose = grip.path(time_s_);
        const NodeRange r = grip.held.nodes(grid_);
        for (int j = r.row0; j <= r.row1; ++j)
            for (int i = r.column0; i <= r.column1; ++i) {
                const Vec2d p = grid_.film_point_m(i, j);
                x_[size_t(grid_.id(i, j))] = pose.to_world({p.x, p.y, 0});
            }
    }
}

void FilmSolver::step(double damping_per_s) {
    const double dt = options_.dt_s, keep = std::exp(-damping_per_s * dt),
                 fall = options_.gravity_m_per_s2 * dt * dt;
    before_ = x_;
    time_s_ += dt;
    move_grips();
    predicted_ = x_;
    for (size_t i = 0; i < x_.size(); ++i)
        if (!held_[i])
            predicted_[i] +=
                contacts_.touching(i) ? Vec3d{0, -fall, 0} : v_[i] * (keep * dt) - Vec3d{0, fall, 0};
    contacts_.begin(predicted_);
    for (int s = 0; s < options_.sweeps; ++s) {
        pull_n_.assign(x_.size(), Vec3d{});
        membrane_.add_pull(pull_n_);
        contacts_.add_pull(pull_n_);
        bending_.solve(predicted_, pull_n_, x_);
        membrane_.update(x_);
        contacts_.update(x_, before_, friction_);
    }
    // Contact is plastic: what touches brings no speed into the next step, so nothing bounces.
    for (size_t i = 0; i < x_.size(); ++i) v_[i] = (x_[i] - before_[i]) / dt;
    if (++steps_ % kChordInterval == 0) membrane_.shorten_chords(x_);
}

double FilmSolver::rms_speed_m_per_s() const {
    double sum = 0;
    for (const Vec3d& v : v_) sum += dot(v, v);
    return std::sqrt(sum / double(v_.size()));
}

double FilmSolver::energy_j() const {
    double sum = bending_.energy_j(x_) + membrane_.energy_j(x_);
    for (size_t i = 0; i < x_.size(); ++i)
        sum += mass_kg_[i] * (0.5 * dot(v_[i], v_[i]) + options_.gravity_m_per_s2 * x_[i].y);
    return sum;
}

}  // namespace radforge::physics
