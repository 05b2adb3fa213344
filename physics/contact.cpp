// SPDX-License-Identifier: Apache-2.0
#include "physics/contact.h"

#include <algorithm>

namespace radforge::physics {
namespace {

constexpr double kReach_m = 0.02;  // planes farther than this cannot be met within one step below 4 m/s

}  // namespace

Contacts::Contacts(const std::vector<NamedCollider>& colliders, size_t nodes, double clearance_m)
    : nodes_(nodes), clearance_m_(clearance_m) {
    for (const NamedCollider& c : colliders) colliders_.push_back(c.collider);
    normal_m_.assign(colliders_.size() * nodes, 0.0);
    tangent_m_.assign(colliders_.size() * nodes, Vec3d{});
}

void Contacts::push(const std::vector<Vec3d>& x, const std::vector<char>& held,
                    std::vector<Vec3d>& predicted) {
    planes_.clear();
    for (size_t c = 0; c < colliders_.size(); ++c)
        for (size_t i = 0; i < nodes_; ++i) {
            if (held[i]) continue;
            const SurfacePoint s = nearest_surface(colliders_[c], x[i]);
            const size_t slot = c * nodes_ + i;
            if (s.distance_m > kReach_m) {
                normal_m_[slot] = 0;
                tangent_m_[slot] = {};
                continue;
            }
            planes_.push_back({slot, i, s.normal, s.distance_m - clearance_m_ - dot(s.normal, x[i])});
            Vec3d& t = tangent_m_[slot];
            t -= s.normal * dot(s.normal, t);  // the plane may have turned
            predicted[i] += s.normal * normal_m_[slot] + t;
        }
}

void Contacts::project(std::vector<Vec3d>& x, const std::vector<Vec3d>& before, double friction) {
    for (const Plane& p : planes_) {
        double& normal = normal_m_[p.slot];
        const double gap = dot(p.normal, x[p.node]) + p.offset_m;
        if (normal == 0 && gap >= 0) continue;
        const double wanted_normal = std::max(0.0, normal - gap);
        x[p.node] += p.normal * (wanted_normal - normal);
        normal = wanted_normal;

        Vec3d& tangent = tangent_m_[p.slot];
        const Vec3d moved = x[p.node] - before[p.node];
        Vec3d wanted = tangent - (moved - p.normal * dot(p.normal, moved));
        const double size = length(wanted), most = friction * normal;
        if (size > most) wanted *= most / size;
        x[p.node] += wanted - tangent;
        tangent = wanted;
    }
}

}  // namespace radforge::physics
