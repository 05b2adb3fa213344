// SPDX-License-Identifier: Apache-2.0
/// Eight numbers at a time in AVX2 registers: Philox4x32-10 and standard normals for eight keys. Every
/// operation used is exactly rounded or made of such (no reciprocal estimates), so bits agree on every
/// processor.
#pragma once
#include <immintrin.h>

#include <cstdint>

namespace radforge::blur::lanes {

constexpr int kLanes = 8;
using Floats = __m256;
using Ints = __m256i;

inline Floats load(const float* p) { return _mm256_loadu_ps(p); }
inline void store(float* p, Floats a) { _mm256_storeu_ps(p, a); }
inline Ints load(const uint32_t* p) { return _mm256_loadu_si256(reinterpret_cast<const Ints*>(p)); }
inline void store(uint32_t* p, Ints a) { _mm256_storeu_si256(reinterpret_cast<Ints*>(p), a); }
inline Floats splat(float x) { return _mm256_set1_ps(x); }
inline Floats root(Floats a) { return _mm256_sqrt_ps(a); }

/// Bit i is set where a[i] < limit[i], unsigned.
inline int below(Ints a, const uint32_t* limit) {
    const Ints b = load(limit);
    const Ints at_least = _mm256_cmpeq_epi32(_mm256_max_epu32(a, b), a);
    return ~_mm256_movemask_ps(_mm256_castsi256_ps(at_least)) & 0xff;
}

/// Four random words for each lane.
struct Block {
    Ints word[4];
};

/// The random blocks of eight streams: the same numbers as philox() of base.
class Counter {
public:
    Counter() = default;
    Counter(const uint64_t* key, const uint32_t* stream, const uint64_t* index) {
        alignas(32) uint32_t words[5][kLanes];
        for (int i = 0; i < kLanes; ++i) {
            words[0][i] = stream[i];
            words[1][i] = uint32_t(index[i]);
            words[2][i] = uint32_t(index[i] >> 32);
            words[3][i] = uint32_t(key[i]);
            words[4][i] = uint32_t(key[i] >> 32);
        }
        for (int k = 0; k < 3; ++k) counter_[k] = load(words[k]);
        for (int k = 0; k < 2; ++k) key_[k] = load(words[3 + k]);
    }

    /// Block t of each lane's stream.
    Block block(uint32_t t) const {
        Ints c0 = _mm256_set1_epi32(int(t)), c1 = counter_[0], c2 = counter_[1], c3 = counter_[2];
        Ints k0 = key_[0], k1 = key_[1];
        for (int round = 0; round < 10; ++round) {
            Ints low0, high0, low1, high1;
            multiply(c0, 0xD2511F53u, low0, high0);
            multiply(c2, 0xCD9E8D57u, low1, high1);
            c0 = _mm256_xor_si256(_mm256_xor_si256(high1, c1), k0);
            c2 = _mm256_xor_si256(_mm256_xor_si256(high0, c3), k1);
            c1 = low1;
            c3 = low0;
            k0 = _mm256_add_epi32(k0, _mm256_set1_epi32(int(0x9E3779B9u)));
            k1 = _mm256_add_epi32(k1, _mm256_set1_epi32(int(0xBB67AE85u)));
        }
        return {{c0, c1, c2, c3}};
    }

private:
    static void multiply(Ints a, uint32_t factor, Ints& low, Ints& high) {
        const Ints m = _mm256_set1_epi32(int(factor));
        const Ints even = _mm256_mul_epu32(a, m), odd = _mm256_mul_epu32(_mm256_srli_epi64(a, 32), m);
        low = _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xAA);
        high = _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA);
    }

    Ints counter_[3], key_[2];
};

/// Natural logarithm of x in (0, 1], to 2e-7 of max(1, |ln x|): ln m = 2 artanh((m - 1) / (m + 1)) for the
/// significand.
inline Floats logarithm(Floats x) {
    const Ints bits = _mm256_castps_si256(x);
    // The exponent is taken relative to 2/3, so that m lies in [2/3, 4/3).
    const Ints shifted = _mm256_sub_epi32(bits, _mm256_set1_epi32(0x3f2aaaab));
    const Ints exponent = _mm256_srai_epi32(shifted, 23);
    const Floats m = _mm256_castsi256_ps(_mm256_sub_epi32(bits, _mm256_slli_epi32(exponent, 23)));
    const Floats s = (m - splat(1)) / (m + splat(1)), z = s * s;
    const Floats series =
        splat(2) + z * (splat(2.f / 3) + z * (splat(2.f / 5) + z * (splat(2.f / 7) + z * splat(2.f / 9))));
    return _mm256_cvtepi32_ps(exponent) * splat(0.693147181f) + s * series;
}

/// Box-Muller: two independent standard normals from two random words.
inline void normals(Ints radius_word, Ints angle_word, Floats& n1, Floats& n2) {
    const Floats u = (_mm256_cvtepi32_ps(_mm256_srli_epi32(radius_word, 8)) + splat(0.5f)) * splat(0x1p-24f);
    const Floats radius = root(splat(-2) * logarithm(u));
    // The top two bits are the quadrant, the others an angle a within +-pi/4.
    const Floats a = _mm256_cvtepi32_ps(_mm256_slli_epi32(angle_word, 2)) * splat(1.57079637f * 0x1p-32f);
    const Floats z = a * a;
    const Floats sine =
        a * (splat(1) + z * (splat(-1.f / 6) +
                             z * (splat(1.f / 120) + z * (splat(-1.f / 5040) + z * splat(1.f / 362880)))));
    const Floats cosine =
        splat(1) +
        z * (splat(-0.5f) + z * (splat(1.f / 24) + z * (splat(-1.f / 720) + z * splat(1.f / 40320))));
    const Floats odd = _mm256_castsi256_ps(_mm256_slli_epi32(angle_word, 1));
    const Floats high = _mm256_castsi256_ps(angle_word), sign = splat(-0.0f);
    const Floats along = _mm256_blendv_ps(cosine, sine, odd), across = _mm256_blendv_ps(sine, cosine, odd);
    n1 = radius * _mm256_xor_ps(along, _mm256_and_ps(_mm256_xor_ps(high, odd), sign));
    n2 = radius * _mm256_xor_ps(across, _mm256_and_ps(high, sign));
}

/// a[i][j] and a[j][i] change places.
inline void transpose(Floats (&a)[8]) {
    Floats b[8], c[8];
    for (int i = 0; i < 8; i += 2) {
        b[i] = _mm256_unpacklo_ps(a[i], a[i + 1]);
        b[i + 1] = _mm256_unpackhi_ps(a[i], a[i + 1]);
    }
    for (int i = 0; i < 8; i += 4) {
        c[i] = _mm256_shuffle_ps(b[i], b[i + 2], 0x44);
        c[i + 1] = _mm256_shuffle_ps(b[i], b[i + 2], 0xEE);
        c[i + 2] = _mm256_shuffle_ps(b[i + 1], b[i + 3], 0x44);
        c[i + 3] = _mm256_shuffle_ps(b[i + 1], b[i + 3], 0xEE);
    }
    for (int i = 0; i < 4; ++i) {
        a[i] = _mm256_permute2f128_ps(c[i], c[i + 4], 0x20);
        a[i + 4] = _mm256_permute2f128_ps(c[i], c[i + 4], 0x31);
    }
}

}  // namespace radforge::blur::lanes
