// SPDX-License-Identifier: Apache-2.0
/// Contact of the film's nodes with static obstacles: a stiff one-sided spring along the normal, and Coulomb
/// friction as a spring to an anchor that slips when it pulls harder than friction allows. Source of the
/// smooth friction: Li et al., Incremental Potential Contact, SIGGRAPH 2020, section 5 (lagged normal force).
#pragma once
#include "physics/setup.h"
#include "physics/stiffness.h"

#include <vector>

namespace radforge::physics {

class Contacts {
public:
    /// @param clearance_m  distance kept between the film's middle surface and an obstacle
    Contacts(const std::vector<NamedCollider>& colliders, size_t nodes, double clearance_m, double friction);
    double energy_j(const std::vector<Vec3d>& x) const;
    void add_to(Stiffness& system, const std::vector<Vec3d>& x) const;
    /// Ends a step: normal forces for the friction of the next one, anchors of slipping nodes move along.
    void advance(const std::vector<Vec3d>& x);

private:
    /// A node held by friction against one obstacle.
    struct Stick {
        int node;
        Vec3d anchor_m, normal;
        double limit_n;  ///< friction coefficient times normal force
    };
    std::vector<Collider> colliders_;
    size_t nodes_;
    double clearance_m_, friction_;
    std::vector<std::vector<Stick>> sticks_;  ///< by collider
};

}  // namespace radforge::physics
