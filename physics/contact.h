// SPDX-License-Identifier: Apache-2.0
/// Contact of the film's nodes with static obstacles: no overlap, Coulomb friction, multipliers kept between
/// steps.
#pragma once
#include "physics/setup.h"

#include <vector>

namespace radforge::physics {

class Contacts {
public:
    /// @param clearance_m  distance kept between the film's middle surface and an obstacle
    Contacts(const std::vector<NamedCollider>& colliders, size_t nodes, double clearance_m);
    /// Finds the planes near x and moves predicted positions by the last step's multipliers.
    void push(const std::vector<Vec3d>& x, const std::vector<char>& held, std::vector<Vec3d>& predicted);
    /// Projects x out of the planes; tangential motion since `before` is stopped as far as the friction cone
    /// allows.
    void project(std::vector<Vec3d>& x, const std::vector<Vec3d>& before, double friction);

private:
    struct Plane {
        size_t slot;  ///< collider * nodes + node
        size_t node;
        Vec3d normal;
        double offset_m;  ///< gap = normal . x + offset
    };
    std::vector<Collider> colliders_;
    size_t nodes_;
    double clearance_m_;
    std::vector<Plane> planes_;
    std::vector<double> normal_m_;  ///< accumulated normal displacement of a step, by slot
    std::vector<Vec3d> tangent_m_;  ///< accumulated friction displacement of a step, by slot
};

}  // namespace radforge::physics
