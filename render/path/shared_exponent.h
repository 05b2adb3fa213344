// SPDX-License-Identifier: Apache-2.0
/// Three non-negative numbers in four bytes: nine bits of each over one exponent of five, as RGB9_E5 of
/// OpenGL (EXT_texture_shared_exponent). Pictures of the Radiance format, eight bits over one exponent, lose
/// nothing.
#pragma once
#include "synth/base/vec.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace radforge::path {

struct SharedExponent {
    /// Numbers reach to here; what lies below 1/2 is 0.
    static constexpr float kLargest = 511 * 0x1p31f;
    static constexpr uint32_t kMantissa = 511, kBits = 9, kExponentAt = 27;

    uint32_t bits = 0;

    SharedExponent() = default;
    /// Rounds to nearest. @pre finite, in [0, kLargest]
    explicit SharedExponent(Vec3f v) {
        const float most = std::max({v.x, v.y, v.z});
        int exponent = 0;
        if (most > 0) std::frexp(most, &exponent);  // most < 2^exponent
        exponent = std::clamp(exponent - int(kBits), 0, 31);
        // 511.5 and more would round up to the next power of two.
        if (exponent < 31 && std::floor(std::ldexp(most, -exponent) + 0.5f) > float(kMantissa)) ++exponent;
        bits = uint32_t(exponent) << kExponentAt;
        for (uint32_t c = 0; c < 3; ++c) {
            const float m = std::floor(std::ldexp(v[int(c)], -exponent) + 0.5f);
            bits |= std::min(uint32_t(m), kMantissa) << (c * kBits);
        }
    }
    /// Of several colours at once, by their `bits` in lanes of int32_t: the mantissas of a channel, and what
    /// scales them.
    template <class Floats, class Bits>
    static Floats mantissa(Bits bits, int channel) {
        return __builtin_convertvector((bits >> (channel * int(kBits))) & int(kMantissa), Floats);
    }
    template <class Floats, class Bits>
    static Floats scale(Bits bits) {
        const Bits scale_bits = (((bits >> int(kExponentAt)) & 31) + 127) << 23;
        Floats scale;
        std::memcpy(&scale, &scale_bits, sizeof scale);
        return scale;
    }
    Vec3f value() const {
        const float scale = std::ldexp(1.0f, int(bits >> kExponentAt));
        return Vec3f{float(bits & kMantissa), float((bits >> kBits) & kMantissa),
                     float((bits >> (2 * kBits)) & kMantissa)} *
               scale;
    }
};

}  // namespace radforge::path
