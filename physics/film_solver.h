// SPDX-License-Identifier: Apache-2.0
/// Motion of the film on one grid. Each step minimises inertia + bending + stretching + contact + friction -
/// gravity (implicit Euler as an optimisation) by Newton's method with a direct factorisation, so a long step
/// at rest is the static equilibrium itself. Sources: Baraff and Witkin, Large Steps in Cloth Simulation,
/// SIGGRAPH 1998 (implicit Euler); Martin et al., Example-Based Elastic Materials, SIGGRAPH 2011, section 5
/// (the step as a minimisation).
#pragma once
#include "physics/bending.h"
#include "physics/contact.h"
#include "physics/membrane.h"
#include "physics/self_push.h"
#include "physics/setup.h"
#include "physics/sheet.h"
#include "physics/stiffness.h"

#include <optional>
#include <vector>

namespace radforge::physics {

struct StepOptions {
    double membrane_n_per_m =
        2e4;  ///< stretching stiffness; the true E h = 8.6e5 would only stiffen the grid
    double self_distance_m = 2e-3;   ///< between parts of one film, at most 0.7 cells (film-physics 5.2)
    double clearance_m = 5e-4;       ///< from the film's middle surface to obstacles
    double gravity_m_per_s2 = 9.81;  ///< along -y
    int max_newton = 20;
    double relative_tolerance =
        0;  ///< Newton stops when it moves less than this share of its first iteration
};

/// State of one film. A pure function of its inputs; an object belongs to one thread.
class FilmSolver {
public:
    FilmSolver(const FilmGrid& grid, const SheetSpec& sheet, const SheetSetup& setup,
               const StepOptions& options, double start_time_s);
    /// Sets positions (row-major) with zero velocity; held nodes follow their grips.
    void place(std::vector<Vec3d> positions_m);
    /// The same for a film in motion.
    void place(std::vector<Vec3d> positions_m, std::vector<Vec3d> velocities_m_per_s);
    /// Advances by dt; velocities lose exp(-damping dt).
    /// @param tolerance_m  Newton stops when no node moves more (see relative_tolerance, too)
    /// @returns            the iterations it took
    int step(double dt_s, double damping_per_s, double tolerance_m = 1e-6);

    const FilmGrid& grid() const { return grid_; }
    const std::vector<Vec3d>& positions_m() const { return x_; }
    const std::vector<Vec3d>& velocities_m_per_s() const { return v_; }
    const std::vector<char>& held() const { return held_; }
    double time_s() const { return time_s_; }
    double rms_speed_m_per_s() const;
    /// Kinetic + gravity + bending + stretching, joules.
    double energy_j() const;
    /// Norm of what is left of all forces on the free nodes, as a share of the film's weight: 0 at
    /// equilibrium.
    double imbalance();

private:
    void move_grips();
    /// Force of the air on a node, newtons.
    Vec3d drag_n(int node) const;
    double potential_j(const std::vector<Vec3d>& x) const;
    double objective_j(const std::vector<Vec3d>& x, const std::vector<Vec3d>& predicted, double dt_s) const;
    void assemble(const std::vector<Vec3d>& x, bool keep_matrix, bool exact);
    /// The Newton step of implicit Euler from x_; the exact Hessian is tried unless `exact` is false, and it
    /// is made false where that is not positive definite.
    void newton_step(const std::vector<Vec3d>& predicted, double dt_s, bool& exact,
                     std::vector<Vec3d>& direction);
    FilmGrid grid_;
    StepOptions options_;
    std::vector<Grip> grips_;
    std::function<Vec3d(double time_s)> wind_m_per_s_;
    double time_s_;
    std::vector<char> held_;
    std::vector<double> mass_kg_;
    Membrane membrane_;
    Contacts contacts_;
    std::optional<SelfPush> self_;
    Bending bending_;
    Stiffness system_;
    bool refactor_ = true;  ///< the last factor no longer serves
    std::vector<Vec3d> x_, v_;
};

}  // namespace radforge::physics
