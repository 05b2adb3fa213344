// SPDX-License-Identifier: Apache-2.0
/// Rectangles by solid angle (sampling.h); those that look small by area, where the solid angle loses its
/// digits.
#include "render/path/elementary.h"
#include "render/path/light.h"
#include "render/path/sampling.h"

#include <algorithm>
#include <cmath>

namespace radforge::path {

namespace {

constexpr float kSmallSolidAngle = 0.02f;
/// A point this close to the plane (relative to the panel's size) sees the rectangle edge-on.
constexpr float kGrazing = 1e-6f;

}  // namespace

AreaLight::AreaLight(const PanelLight& p)
    : corner_(to_float(p.corner_m)),
      edge_u_(to_float(p.edge_u_m)),
      edge_v_(to_float(p.edge_v_m)),
      normal_(to_float(normalized(cross(p.edge_u_m, p.edge_v_m)))),
      radiance_(p.radiance),
      albedo_(p.albedo),
      area_(float(length(p.edge_u_m) * length(p.edge_v_m))),
      falloff_(float(p.edge_falloff)),
      flicker_depth_(float(p.flicker_depth)),
      flicker_hz_(float(p.flicker_hz)),
      flicker_turns_(float(p.flicker_turns)) {}

float AreaLight::wave(float time_s) const { return sincos_turns(flicker_hz_ * time_s + flicker_turns_).sin; }

Vec3f AreaLight::radiance(Vec3f at) const {
    if (falloff_ == 0) return radiance_;
    const Vec3f d = at - corner_;
    const float s = 2 * dot(d, edge_u_) / dot(edge_u_, edge_u_) - 1,
                t = 2 * dot(d, edge_v_) / dot(edge_v_, edge_v_) - 1;
    return radiance_ * (1 - falloff_ * 0.5f * (s * s + t * t));
}

AreaLight::Sample AreaLight::sample(Vec3f from, Vec2f u) const {
    Sample s;
    if (dot(from - corner_, normal_) <= kGrazing * std::sqrt(area_)) return s;
    const SphericalRectangle seen(corner_, edge_u_, edge_v_, from);
    const bool small = seen.solid_angle() < kSmallSolidAngle;
    const Vec3f to = small ? corner_ + edge_u_ * u.x + edge_v_ * u.y - from : seen.sample(u);
    s.distance_m = length(to);
    s.direction = to * (1 / s.distance_m);
    const float cosine = -dot(s.direction, normal_);
    if (cosine <= 0) return s;
    s.pdf = small ? s.distance_m * s.distance_m / (area_ * cosine) : 1 / seen.solid_angle();
    s.radiance = radiance(from + to);
    return s;
}

float AreaLight::pdf(Vec3f from, Vec3f at) const {
    if (dot(from - corner_, normal_) <= kGrazing * std::sqrt(area_)) return 0;
    const float solid_angle = SphericalRectangle(corner_, edge_u_, edge_v_, from).solid_angle();
    if (solid_angle >= kSmallSolidAngle) return 1 / solid_angle;
    const Vec3f to = at - from;
    const float d2 = dot(to, to), cosine = -dot(to, normal_) / std::sqrt(d2);
    return cosine > 0 ? d2 / (area_ * cosine) : 0;
}

}  // namespace radforge::path
