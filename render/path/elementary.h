// SPDX-License-Identifier: Apache-2.0
/// Elementary functions made of + - * / sqrt in a fixed order: the same bits on every machine, where libm's
/// differ. Coefficients: Chebyshev interpolation of the functions on the stated intervals, done for this
/// project.
#pragma once
#include "render/path/rgbx.h"

#include <cmath>
#include <cstdint>
#include <cstring>

namespace radforge::path {

inline constexpr float kPi = 3.14159265358979f, kTwoPi = 6.28318530717959f, kInvPi = 0.318309886183791f;

/// sin(2 pi x) for |x| <= 0.25, error below 2e-7.
template <class T>
T sin_quarter(T x) {
    const T y = x * x;
    return x * (6.28318531f +
                y * (-41.3417021f +
                     y * (81.6052262f + y * (-76.7042813f + y * (42.0098054f + y * -14.3941327f)))));
}

template <class T>
struct SinCosOf {
    T sin, cos;
};
using SinCos = SinCosOf<float>;
/// Sine and cosine of 2 pi t for |t| < 1e6 turns, error below 3e-7 plus the rounding of t.
template <class T>
SinCosOf<T> sincos_turns(T t) {
    const T x = t - floor_of(t + 0.5f), a = magnitude_of(x), b = 0.5f - a;
    return {sin_quarter(with_sign_of(a < b ? a : b, x)), sin_quarter(0.25f - a)};
}

/// condition ? -x : x, and condition ? x : 0. Without branches, as no processor foretells directions at
/// random.
inline float negated_if(bool condition, float x) {
    uint32_t bits;
    std::memcpy(&bits, &x, 4);
    bits ^= uint32_t(condition) << 31;
    std::memcpy(&x, &bits, 4);
    return x;
}
inline float kept_if(bool condition, float x) {
    uint32_t bits;
    std::memcpy(&bits, &x, 4);
    bits &= 0u - uint32_t(condition);
    std::memcpy(&x, &bits, 4);
    return x;
}

/// atan2(y, x) / (2 pi) in [-0.5, 0.5], error below 1e-7; 0 at the origin.
inline float atan2_turns(float y, float x) {
    const float ax = std::fabs(x), ay = std::fabs(y), big = ax < ay ? ay : ax, small = ay < ax ? ay : ax;
    if (!(big > 0)) return 0;
    const float r = small / big, q = r * r;
    float a = 0.000451055347f;
    a = a * q + -0.00254727974f;
    a = a * q + 0.00677802827f;
    a = a * q + -0.011929372f;
    a = a * q + 0.0169289199f;
    a = a * q + -0.022604093f;
    a = a * q + 0.0318190259f;
    a = a * q + -0.0530512235f;
    a = (a * q + 0.159154941f) * r;
    a = negated_if(ay > ax, a) + kept_if(ay > ax, 0.25f);
    a = negated_if(x < 0, a) + kept_if(x < 0, 0.5f);
    return negated_if(y < 0, a);
}

/// 2^x for -126 <= x <= 127, relative error below 2e-7; 0 below.
template <class T>
T exp2_approx(T x) {
    const T k = floor_of(x + 0.5f), f = x - k;
    const T p =
        1.0f +
        f * (0.693147207f +
             f * (0.240226512f +
                  f * (0.0555032721f + f * (0.0096180256f + f * (0.00134004322f + f * 0.000154697322f)))));
    return x < -126.0f ? T{} : p * power_of_two(most_of(k, T{} - 126.0f));
}

/// log2(x) for normal x > 0, absolute error below 2e-7 * max(1, |log2 x|). Series of atanh.
template <class T>
T log2_approx(T x) {
    const Parts<T> parts = parts_of(x);
    const T s = (parts.mantissa - 1.0f) / (parts.mantissa + 1.0f), q = s * s;
    const T series = 1.0f + q * (0.333333333f + q * (0.2f + q * (0.142857143f + q * 0.111111111f)));
    return parts.exponent + 2.88539008f * s * series;
}

}  // namespace radforge::path
