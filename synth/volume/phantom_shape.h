// SPDX-License-Identifier: Apache-2.0
/// Building blocks of procedural anatomy: approximate signed distances (mm, negative inside) and smooth
/// noise. Distances and smooth minimum after I. Quilez, "Distance functions" (iquilezles.org); noise after K.
/// Perlin, "Improving noise", SIGGRAPH 2002, with hashed gradients.
#pragma once
#include "synth/base/vec.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace radforge::volume {

/// Smooth noise of about zero mean and unit deviation with features of about one unit; a pure function.
float gradient_noise(Vec3f p, uint32_t seed);
/// Cheaper and blockier: trilinear value noise of unit deviation, for texture.
float value_noise(Vec3f p, uint32_t seed);

/// Avalanche hash of a 32-bit word (constants of C. Wellons' "lowbias32" search).
inline uint32_t mix_bits(uint32_t h) {
    h ^= h >> 16;
    h *= 0x7feb352du;
    h ^= h >> 15;
    h *= 0x846ca68bu;
    return h ^ (h >> 16);
}

inline float ellipsoid_distance(Vec3f p, Vec3f centre, Vec3f radii) {
    const Vec3f q = p - centre, u{q.x / radii.x, q.y / radii.y, q.z / radii.z};
    const Vec3f g{u.x / radii.x, u.y / radii.y, u.z / radii.z};
    const float k0 = std::sqrt(dot(u, u)), k1 = std::sqrt(dot(g, g));
    return k0 < 1e-4f ? -std::min(radii.x, std::min(radii.y, radii.z)) : k0 * (k0 - 1) / k1;
}

/// Round cone from `a` (radius ra) to `b` (radius rb), radius linear along the axis.
inline float tube_distance(Vec3f p, Vec3f a, Vec3f b, float ra, float rb) {
    const Vec3f pa = p - a, ba = b - a;
    const float t = std::clamp(dot(pa, ba) / dot(ba, ba), 0.0f, 1.0f);
    const Vec3f d = pa - ba * t;
    return std::sqrt(dot(d, d)) - (ra + (rb - ra) * t);
}

inline float box_distance(Vec3f p, Vec3f centre, Vec3f half, float rounding) {
    const Vec3f q{std::abs(p.x - centre.x) - half.x + rounding, std::abs(p.y - centre.y) - half.y + rounding,
                  std::abs(p.z - centre.z) - half.z + rounding};
    const Vec3f o{std::max(q.x, 0.0f), std::max(q.y, 0.0f), std::max(q.z, 0.0f)};
    return std::sqrt(dot(o, o)) + std::min(std::max(q.x, std::max(q.y, q.z)), 0.0f) - rounding;
}

/// Minimum with a fillet of width k mm.
inline float smooth_min(float a, float b, float k) {
    const float h = std::max(k - std::abs(a - b), 0.0f) / k;
    return std::min(a, b) - h * h * k * 0.25f;
}
inline float smooth_max(float a, float b, float k) { return -smooth_min(-a, -b, k); }

/// exp(-|p - c|^2 / (2 s^2)), a local bump in [0,1].
inline float bump(Vec3f p, Vec3f centre, float sigma) {
    const Vec3f d = p - centre;
    return std::exp(-0.5f * dot(d, d) / (sigma * sigma));
}
inline float smooth_step(float lo, float hi, float x) {
    const float t = std::clamp((x - lo) / (hi - lo), 0.0f, 1.0f);
    return t * t * (3 - 2 * t);
}

}  // namespace radforge::volume
