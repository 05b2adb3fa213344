// SPDX-License-Identifier: Apache-2.0
/// Four doubles side by side. What is written for a template's T means the same for T = double and T =
/// Doubles4, bit for bit: every lane rounds as the operation on one double does.
#pragma once
#include <cmath>
#include <cstdint>

#ifdef __AVX__
#include <immintrin.h>
#else  // nothing here is called from elsewhere
#pragma GCC diagnostic ignored "-Wpsabi"
#endif

namespace radforge::optics {

struct Doubles4 {
    static constexpr int kLanes = 4;
    using Native = double __attribute__((vector_size(32)));
    /// All bits of a lane are set where a comparison holds.
    using Mask = int64_t __attribute__((vector_size(32)));

    Native value{};

    Doubles4() = default;
    Doubles4(double all) : value{all, all, all, all} {}
    explicit Doubles4(Native v) : value(v) {}
    double operator[](int lane) const { return value[lane]; }
    void set(int lane, double v) { value[lane] = v; }

    friend Doubles4 operator+(Doubles4 a, Doubles4 b) { return Doubles4(a.value + b.value); }
    friend Doubles4 operator-(Doubles4 a, Doubles4 b) { return Doubles4(a.value - b.value); }
    friend Doubles4 operator*(Doubles4 a, Doubles4 b) { return Doubles4(a.value * b.value); }
    friend Doubles4 operator/(Doubles4 a, Doubles4 b) { return Doubles4(a.value / b.value); }
    friend Doubles4 operator-(Doubles4 a) { return Doubles4(-a.value); }
    friend Mask operator<(Doubles4 a, Doubles4 b) { return a.value < b.value; }
    friend Mask operator<=(Doubles4 a, Doubles4 b) { return a.value <= b.value; }
    friend Mask operator>(Doubles4 a, Doubles4 b) { return a.value > b.value; }
    friend Mask operator>=(Doubles4 a, Doubles4 b) { return a.value >= b.value; }
    friend Mask operator==(Doubles4 a, Doubles4 b) { return a.value == b.value; }
    friend Mask operator!=(Doubles4 a, Doubles4 b) { return a.value != b.value; }
};

inline double select(bool which, double yes, double no) { return which ? yes : no; }
inline Doubles4 select(Doubles4::Mask which, Doubles4 yes, Doubles4 no) {
    return Doubles4(which ? yes.value : no.value);
}
inline bool any(bool mask) { return mask; }
inline bool any(Doubles4::Mask mask) { return (mask[0] | mask[1] | mask[2] | mask[3]) != 0; }

inline double root(double a) { return std::sqrt(a); }
inline Doubles4 root(Doubles4 a) {
#ifdef __AVX__
    return Doubles4(_mm256_sqrt_pd(a.value));
#else
    for (int k = 0; k < Doubles4::kLanes; ++k) a.set(k, std::sqrt(a[k]));
    return a;
#endif
}
inline double magnitude(double a) { return std::fabs(a); }
inline Doubles4 magnitude(Doubles4 a) {
    constexpr int64_t kAllButSign = INT64_MAX;
    return Doubles4(Doubles4::Native(Doubles4::Mask(a.value) & kAllButSign));
}

inline void turn(double angle_rad, double& cosine, double& sine) {
    cosine = std::cos(angle_rad);
    sine = std::sin(angle_rad);
}
inline void turn(Doubles4 angle_rad, Doubles4& cosine, Doubles4& sine) {
    for (int k = 0; k < Doubles4::kLanes; ++k) {
        const double at = angle_rad[k];
        cosine.set(k, std::cos(at));
        sine.set(k, std::sin(at));
    }
}

}  // namespace radforge::optics
