// SPDX-License-Identifier: Apache-2.0
/// Four numbers in one register: three channels with the fourth idle, or one number of each of four things.
/// What is written for a template's T means the same for float and Rgbx, bit for bit: every lane rounds as
/// the operation on one number does.
#pragma once
#include "synth/base/vec.h"

#include <cmath>
#include <cstdint>
#include <cstring>

#ifdef __SSE4_1__
#include <immintrin.h>
#endif

namespace radforge::path {

using Rgbx = float __attribute__((vector_size(16)));
using RgbxBits = int32_t __attribute__((vector_size(16)));
using Rgbx3 = Vec3<Rgbx>;

inline Vec3f to_vec3(Rgbx c) { return {c[0], c[1], c[2]}; }
inline Rgbx to_rgbx(Vec3f c) { return Rgbx{c.x, c.y, c.z, 0}; }
/// The same in every lane.
inline Rgbx all_of(float x) { return Rgbx{x, x, x, x}; }
inline Rgbx3 all_of(Vec3f v) { return {all_of(v.x), all_of(v.y), all_of(v.z)}; }

inline RgbxBits bits_of(Rgbx x) {
    RgbxBits bits;
    std::memcpy(&bits, &x, sizeof bits);
    return bits;
}
inline Rgbx from_bits(RgbxBits bits) {
    Rgbx x;
    std::memcpy(&x, &bits, sizeof x);
    return x;
}

/// As std::min and std::max do: the first where the two are equal.
template <class T>
T least_of(T a, T b) {
    return b < a ? b : a;
}
template <class T>
T most_of(T a, T b) {
    return a < b ? b : a;
}

inline float floor_of(float x) { return std::floor(x); }
inline float root_of(float x) { return std::sqrt(x); }
inline float magnitude_of(float x) { return std::fabs(x); }
inline float with_sign_of(float x, float sign) { return std::copysign(x, sign); }
#ifdef __SSE4_1__
inline Rgbx floor_of(Rgbx x) { return _mm_floor_ps(x); }
inline Rgbx root_of(Rgbx x) { return _mm_sqrt_ps(x); }
#else
inline Rgbx floor_of(Rgbx x) {
    return Rgbx{std::floor(x[0]), std::floor(x[1]), std::floor(x[2]), std::floor(x[3])};
}
inline Rgbx root_of(Rgbx x) {
    return Rgbx{std::sqrt(x[0]), std::sqrt(x[1]), std::sqrt(x[2]), std::sqrt(x[3])};
}
#endif
inline Rgbx magnitude_of(Rgbx x) { return from_bits(bits_of(x) & 0x7fffffff); }
inline Rgbx with_sign_of(Rgbx x, Rgbx sign) {
    return from_bits((bits_of(x) & 0x7fffffff) | (bits_of(sign) & int32_t(0x80000000u)));
}

/// 2^k. @pre whole, -126 <= k <= 127
inline float power_of_two(float k) {
    const uint32_t bits = uint32_t(int32_t(k) + 127) << 23;
    float x;
    std::memcpy(&x, &bits, sizeof x);
    return x;
}
inline Rgbx power_of_two(Rgbx k) { return from_bits((__builtin_convertvector(k, RgbxBits) + 127) << 23); }

/// x = mantissa 2^exponent. @pre x > 0, normal
template <class T>
struct Parts {
    T mantissa, exponent;  // mantissa in (sqrt(1/2), sqrt(2)]
};
inline Parts<float> parts_of(float x) {
    uint32_t bits;
    std::memcpy(&bits, &x, sizeof bits);
    int32_t exponent = int32_t(bits >> 23) - 127;
    bits = (bits & 0x007fffffu) | 0x3f800000u;
    float m;
    std::memcpy(&m, &bits, sizeof m);
    if (m > 1.41421356f) m *= 0.5f, ++exponent;
    return {m, float(exponent)};
}
inline Parts<Rgbx> parts_of(Rgbx x) {
    const RgbxBits bits = bits_of(x), exponent = (bits >> 23) - 127;
    const Rgbx m = from_bits((bits & 0x007fffff) | 0x3f800000);
    const RgbxBits high = m > 1.41421356f;  // all bits set, -1, where it holds
    return {high ? m * 0.5f : m, __builtin_convertvector(exponent - high, Rgbx)};
}

}  // namespace radforge::path
