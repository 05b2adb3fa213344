// SPDX-License-Identifier: Apache-2.0
/// Contact of the film's nodes with static obstacles, no overlap and Coulomb friction, as one more term of
/// the alternating direction method (see Membrane): every node keeps an allowed position z and a scaled force
/// u.
#pragma once
#include "physics/setup.h"

#include <vector>

namespace radforge::physics {

class Contacts {
public:
    /// @param clearance_m       distance kept between the film's middle surface and an obstacle
    /// @param penalty_n_per_m   weight of a node in the matrix; 0 is used when there are no obstacles
    Contacts(const std::vector<NamedCollider>& colliders, size_t nodes, double clearance_m,
             double penalty_n_per_m);
    double penalty_n_per_m() const { return colliders_.empty() ? 0.0 : penalty_; }
    /// Begins a step: nodes that touch nothing are expected at `predicted`.
    void begin(const std::vector<Vec3d>& predicted);
    /// Adds the pull towards the allowed positions to the right-hand side, newtons per node.
    void add_pull(std::vector<Vec3d>& pull_n) const;
    bool touching(size_t node) const { return touching_[node] != 0; }
    /// New allowed positions and forces from solved positions; friction opposes motion since `before`.
    void update(const std::vector<Vec3d>& x, const std::vector<Vec3d>& before, double friction);

private:
    std::vector<Collider> colliders_;
    double clearance_m_, penalty_;
    std::vector<Vec3d> allowed_m_, force_m_;  ///< z and u by node
    std::vector<char> touching_;
};

}  // namespace radforge::physics
