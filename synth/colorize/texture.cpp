// SPDX-License-Identifier: Apache-2.0
#include "synth/colorize/texture.h"

#include "synth/volume/phantom_shape.h"

#include <cmath>

namespace radforge::colorize {
namespace {

using volume::gradient_noise;
using volume::mix_bits;

/// A frame whose first axis is `along`.
struct Axes {
    Vec3f along, second, third;
};
Axes axes_of(Vec3f along) {
    const Vec3f helper = std::abs(along.z) < 0.8f ? Vec3f{0, 0, 1} : Vec3f{1, 0, 0};
    Vec3f second = cross(along, helper);
    second = second / std::sqrt(dot(second, second));
    return {along, second, cross(along, second)};
}

}  // namespace

float fraction(uint32_t bits, uint32_t part) {
    return float(mix_bits(bits + part * 0x9e3779b9u) >> 8) * 0x1p-24f;
}

Cell cell_at(Vec3f p, uint32_t seed) {
    const Vec3f low{std::floor(p.x), std::floor(p.y), std::floor(p.z)};
    const int32_t ix = int32_t(low.x), iy = int32_t(low.y), iz = int32_t(low.z);
    const Vec3f f = p - low;
    float best = 1e9f, second = 1e9f;
    uint32_t id = 0;
    for (int k = -1; k <= 1; ++k)
        for (int j = -1; j <= 1; ++j)
            for (int i = -1; i <= 1; ++i) {
                const uint32_t h = mix_bits(uint32_t(ix + i) * 0x8da6b343u ^ uint32_t(iy + j) * 0xd8163841u ^
                                            uint32_t(iz + k) * 0xcb1ab31fu ^ seed);
                // 10 bits an axis; centres keep clear of the cell's faces, so that 27 cells suffice.
                const Vec3f centre{float(i) + 0.15f + 0.7f * float(h & 1023u) / 1023.0f,
                                   float(j) + 0.15f + 0.7f * float(h >> 10 & 1023u) / 1023.0f,
                                   float(k) + 0.15f + 0.7f * float(h >> 20 & 1023u) / 1023.0f};
                const Vec3f d = centre - f;
                const float d2 = dot(d, d);
                if (d2 < best)
                    second = best, best = d2, id = h;
                else if (d2 < second)
                    second = d2;
            }
    return {std::sqrt(best), std::sqrt(second), id};
}

float tube_distance(Vec3f p, uint32_t seed) {
    const float a = gradient_noise(p, seed), b = gradient_noise(p, seed + 0x51ed27u);
    return 0.45f * std::sqrt(a * a + b * b);  // gradients of unit noise are about 2.2 per unit
}

Vec3f warped(Vec3f p, float scale, float by, uint32_t seed) {
    const Vec3f q = p * (1 / scale);
    return p + Vec3f{gradient_noise(q, seed), gradient_noise(q, seed + 1), gradient_noise(q, seed + 2)} *
                   (0.5f * by);
}

float fibre_noise(Vec3f p, Vec3f along, float width, float ratio, uint32_t seed) {
    const Axes a = axes_of(along);
    const float across = 1 / width;
    return gradient_noise(
        {dot(p, a.along) * across / ratio, dot(p, a.second) * across, dot(p, a.third) * across}, seed);
}

Vec3f fibre_direction(uint32_t bits) {
    const float turn = 6.2831853f * fraction(bits, 1), tilt = 0.2f + 1.0f * fraction(bits, 2);
    const float s = std::sin(tilt);
    return {s * std::cos(turn), s * std::sin(turn), std::cos(tilt)};
}

}  // namespace radforge::colorize
