// SPDX-License-Identifier: Apache-2.0
#include "physics/contact.h"

namespace radforge::physics {

Contacts::Contacts(const std::vector<NamedCollider>& colliders, size_t nodes, double clearance_m,
                   double penalty_n_per_m)
    : clearance_m_(clearance_m),
      penalty_(penalty_n_per_m),
      allowed_m_(nodes),
      force_m_(nodes),
      touching_(nodes, 0) {
    for (const NamedCollider& c : colliders) colliders_.push_back(c.collider);
}

void Contacts::begin(const std::vector<Vec3d>& predicted) {
    for (size_t i = 0; i < allowed_m_.size(); ++i)
        if (!touching_[i]) allowed_m_[i] = predicted[i];
}

void Contacts::add_pull(std::vector<Vec3d>& pull_n) const {
    if (colliders_.empty()) return;
    for (size_t i = 0; i < allowed_m_.size(); ++i) pull_n[i] += (allowed_m_[i] - force_m_[i]) * penalty_;
}

void Contacts::update(const std::vector<Vec3d>& x, const std::vector<Vec3d>& before, double friction) {
    for (size_t i = 0; i < allowed_m_.size() && !colliders_.empty(); ++i) {
        const Vec3d wish = x[i] + force_m_[i];
        Vec3d allowed = wish;
        touching_[i] = 0;
        for (const Collider& c : colliders_) {
            const SurfacePoint s = nearest_surface(c, allowed);
            const double depth = clearance_m_ - s.distance_m;
            if (depth <= 0) continue;
            touching_[i] = 1;
            allowed += s.normal * depth;
            const Vec3d moved = allowed - before[i], slip = moved - s.normal * dot(s.normal, moved);
            const double size = length(slip), most = friction * depth;
            allowed -= size > most ? slip * (most / size) : slip;
        }
        force_m_[i] = wish - allowed;
        allowed_m_[i] = allowed;
    }
}

}  // namespace radforge::physics
