// SPDX-License-Identifier: Apache-2.0
#include "render/path/sampling.h"

#include <algorithm>

namespace radforge::path {

namespace {

float acos_rad(float c) {
    c = std::min(1.0f, std::max(-1.0f, c));
    return kTwoPi * atan2_turns(std::sqrt((1 - c) * (1 + c)), c);
}

}  // namespace

SphericalRectangle::SphericalRectangle(Vec3f corner, Vec3f edge_u, Vec3f edge_v, Vec3f origin) {
    const float u_length = length(edge_u), v_length = length(edge_v);
    x_ = edge_u * (1 / u_length);
    y_ = edge_v * (1 / v_length);
    z_ = cross(x_, y_);
    const Vec3f d = corner - origin;
    z0_ = dot(d, z_);
    if (z0_ > 0) {  // the paper looks along -z
        z_ = -z_;
        z0_ = -z0_;
    }
    x0_ = dot(d, x_);
    y0_ = dot(d, y_);
    x1_ = x0_ + u_length;
    y1_ = y0_ + v_length;
    // Normals of the four planes through origin and an edge; only the components below are not zero.
    const auto normal = [this](float a) { return -a / std::sqrt(z0_ * z0_ + a * a); };
    const float n0 = normal(y0_), n2 = -normal(y1_), n1 = -normal(x1_), n3 = normal(x0_);
    // Angles between the planes at the corners: cos g = -n_i . n_(i+1), where only the z components meet.
    const float g0 = acos_rad(-n0 * n1), g1 = acos_rad(-n1 * n2), g2 = acos_rad(-n2 * n3),
                g3 = acos_rad(-n3 * n0);
    b0_ = n0;
    b1_ = n2;
    k_ = kTwoPi - g2 - g3;
    solid_angle_ = std::max(0.0f, g0 + g1 - k_);
}

Vec3f SphericalRectangle::sample(Vec2f u) const {
    const float au = u.x * solid_angle_ + k_;
    const SinCos s = sincos_turns(au * (1 / kTwoPi));
    const float sine = std::copysign(std::max(std::fabs(s.sin), 1e-9f), s.sin);
    const float fu = (s.cos * b0_ - b1_) / sine;
    float cu = std::copysign(1.0f, fu) / std::sqrt(fu * fu + b0_ * b0_);
    cu = std::min(1.0f, std::max(-1.0f, cu));
    float x = -(cu * z0_) / std::sqrt(std::max(1e-12f, 1 - cu * cu));
    x = std::min(x1_, std::max(x0_, x));
    const float d = std::sqrt(x * x + z0_ * z0_);
    const float h0 = y0_ / std::sqrt(d * d + y0_ * y0_), h1 = y1_ / std::sqrt(d * d + y1_ * y1_);
    const float hv = h0 + u.y * (h1 - h0), hv2 = hv * hv;
    const float y = hv2 < 1 - 1e-6f ? hv * d / std::sqrt(1 - hv2) : y1_;
    return x_ * x + y_ * std::min(y1_, std::max(y0_, y)) + z_ * z0_;
}

}  // namespace radforge::path
