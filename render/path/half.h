// SPDX-License-Identifier: Apache-2.0
/// Three non-negative numbers in half precision (IEEE 754 binary16), padded to one 8-byte load.
#pragma once
#include "render/path/rgbx.h"
#include "synth/base/vec.h"

#include <cstdint>
#include <cstring>

#ifdef __F16C__
#include <immintrin.h>
#endif

namespace radforge::path {

inline constexpr float kMaxHalf = 65504.0f;

/// Round to nearest even; by integer arithmetic, so independent of the processor's flush-to-zero mode.
/// @pre finite, in [0, kMaxHalf]
inline uint16_t half_from_float(float value) {
    uint32_t x;
    std::memcpy(&x, &value, 4);
    if (x < 0x38800000u) {  // subnormal half: the sum aligns the bits and rounds
        const float sum = value + 0.5f;
        uint32_t y;
        std::memcpy(&y, &sum, 4);
        return uint16_t(y - 0x3f000000u);
    }
    return uint16_t((x + 0xc8000fffu + ((x >> 13) & 1u)) >> 13);
}

inline float float_from_half(uint16_t h) {
    const uint32_t exponent = h >> 10, mantissa = h & 0x3ffu;
    if (exponent == 0) return float(mantissa) * 0x1p-24f;
    const uint32_t bits = ((exponent + 112u) << 23) | (mantissa << 13);
    float value;
    std::memcpy(&value, &bits, 4);
    return value;
}

struct HalfRgb {
    uint16_t value[4] = {0, 0, 0, 0};

    HalfRgb() = default;
    explicit HalfRgb(Vec3f v) {
#ifdef __F16C__  // rounds like half_from_float, whatever the flush-to-zero mode
        const __m128i h = _mm_cvtps_ph(_mm_set_ps(0, v.z, v.y, v.x), _MM_FROUND_TO_NEAREST_INT);
        _mm_storel_epi64(reinterpret_cast<__m128i*>(value), h);
#else
        value[0] = half_from_float(v.x);
        value[1] = half_from_float(v.y);
        value[2] = half_from_float(v.z);
#endif
    }
    Rgbx load() const {
#ifdef __F16C__
        return _mm_cvtph_ps(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(value)));
#else
        return Rgbx{float_from_half(value[0]), float_from_half(value[1]), float_from_half(value[2]), 0};
#endif
    }
};

}  // namespace radforge::path
