// SPDX-License-Identifier: Apache-2.0
/// Motion of the film on one grid: prediction, implicit bending, inextensible links, contacts
/// (film-physics 5.2).
#pragma once
#include "physics/bending.h"
#include "physics/contact.h"
#include "physics/membrane.h"
#include "physics/setup.h"
#include "physics/sheet.h"

#include <vector>

namespace radforge::physics {

struct StepOptions {
    double dt_s = 1.0 / 240;
    int sweeps = 8;  ///< passes over all lines in each step, there and back
    double membrane_n_per_m =
        2e4;  ///< stretching stiffness; the true E h = 8.6e5 would only stiffen the grid
    double link_penalty_n_per_m = 350, contact_penalty_n_per_m = 5;  ///< see Membrane, Contacts
    double clearance_m = 3e-4;       ///< from the film's middle surface to obstacles
    double gravity_m_per_s2 = 9.81;  ///< along -y
};

/// State of one film. A pure function of its inputs; an object belongs to one thread.
class FilmSolver {
public:
    FilmSolver(const FilmGrid& grid, const SheetSpec& sheet, const SheetSetup& setup,
               const StepOptions& options, double start_time_s);
    /// Sets positions (row-major) with zero velocity; held nodes follow their grips.
    void place(std::vector<Vec3d> positions_m);
    /// Advances by dt; velocities lose exp(-damping dt).
    void step(double damping_per_s);

    const FilmGrid& grid() const { return grid_; }
    const std::vector<Vec3d>& positions_m() const { return x_; }
    const std::vector<char>& held() const { return held_; }
    double time_s() const { return time_s_; }
    double rms_speed_m_per_s() const;
    /// Kinetic + gravity + bending + stretching, joules.
    double energy_j() const;

private:
    void move_grips();
    FilmGrid grid_;
    StepOptions options_;
    std::vector<Grip> grips_;
    double friction_, time_s_;
    int steps_ = 0;
    std::vector<char> held_;
    std::vector<double> mass_kg_;
    Membrane membrane_;
    Contacts contacts_;
    BendingSolver bending_;
    std::vector<Vec3d> x_, before_, v_, predicted_, pull_n_;
};

}  // namespace radforge::physics
