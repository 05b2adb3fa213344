// SPDX-License-Identifier: Apache-2.0
#include "physics/contact.h"

#include <algorithm>
#include <cmath>

namespace radforge::physics {
namespace {

constexpr double kStiffness_n_per_m = 500;  // a node weighs below 3 mN: it sinks by micrometres
constexpr double kStick_m = 2e-5;           // elastic travel before an anchor gives way

struct Slip {
    Vec3d along;
    double size;
};

Slip slip_of(Vec3d position, Vec3d anchor, Vec3d normal) {
    const Vec3d moved = position - anchor, along = moved - normal * dot(normal, moved);
    return {along, length(along)};
}

}  // namespace

Contacts::Contacts(const std::vector<NamedCollider>& colliders, size_t nodes, double clearance_m,
                   double friction)
    : nodes_(nodes), clearance_m_(clearance_m), friction_(friction), sticks_(colliders.size()) {
    for (const NamedCollider& c : colliders) colliders_.push_back(c.collider);
}

double Contacts::energy_j(const std::vector<Vec3d>& x) const {
    double sum = 0;
    for (const Collider& c : colliders_)
        for (const Vec3d& p : x) {
            const double depth = clearance_m_ - nearest_surface(c, p).distance_m;
            if (depth > 0) sum += 0.5 * kStiffness_n_per_m * depth * depth;
        }
    for (const auto& list : sticks_)
        for (const Stick& s : list) {
            const double y = slip_of(x[size_t(s.node)], s.anchor_m, s.normal).size;
            sum += s.limit_n * (y < kStick_m ? y * y / kStick_m - y * y * y / (3 * kStick_m * kStick_m)
                                             : y - kStick_m / 3);
        }
    return sum;
}

void Contacts::add_to(Stiffness& system, const std::vector<Vec3d>& x) const {
    for (const Collider& c : colliders_)
        for (size_t i = 0; i < nodes_; ++i) {
            const SurfacePoint s = nearest_surface(c, x[i]);
            const double depth = clearance_m_ - s.distance_m;
            if (depth <= 0) continue;
            system.add_gradient(int(i), s.normal * (-kStiffness_n_per_m * depth));
            system.add_block(int(i), int(i), {kStiffness_n_per_m, 0, s.normal}, 1);
        }
    for (const auto& list : sticks_)
        for (const Stick& s : list) {
            const Slip slip = slip_of(x[size_t(s.node)], s.anchor_m, s.normal);
            const double y = slip.size;
            const double per_metre = s.limit_n * (y < kStick_m ? (2 - y / kStick_m) / kStick_m : 1 / y);
            system.add_gradient(s.node, slip.along * per_metre);
            system.add_block(s.node, s.node, {0, per_metre, s.normal}, 1);
            // Along the slip the pull grows more slowly than across it, and not at all once the node slides.
            if (y > 0) {
                const double growth = s.limit_n * (y < kStick_m ? 2 * (1 - y / kStick_m) / kStick_m : 0.0);
                system.add_block(s.node, s.node, {growth - per_metre, 0, slip.along / y}, 1);
            }
        }
}

void Contacts::advance(const std::vector<Vec3d>& x) {
    for (size_t k = 0; k < colliders_.size(); ++k) {
        std::vector<Stick> next;
        size_t old = 0;
        for (size_t i = 0; i < nodes_; ++i) {
            const SurfacePoint s = nearest_surface(colliders_[k], x[i]);
            const double depth = clearance_m_ - s.distance_m;
            while (old < sticks_[k].size() && sticks_[k][old].node < int(i)) ++old;
            if (depth <= 0) continue;
            Stick stick{int(i), x[i], s.normal, friction_ * kStiffness_n_per_m * depth};
            if (old < sticks_[k].size() && sticks_[k][old].node == int(i)) {
                const Slip slip = slip_of(x[i], sticks_[k][old].anchor_m, s.normal);
                stick.anchor_m = slip.size <= kStick_m ? sticks_[k][old].anchor_m
                                                       : x[i] - slip.along * (kStick_m / slip.size);
            }
            next.push_back(stick);
        }
        sticks_[k] = std::move(next);
    }
}

}  // namespace radforge::physics
