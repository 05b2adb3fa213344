// SPDX-License-Identifier: Apache-2.0
/// Sample points as a pure function of (seed, pixel, sample, dimension): no state is carried between calls.
/// Sobol (0,2)-sequence pairs with Owen scrambling by hashing and a shuffled index per pair (padding).
/// Source: Burley, "Practical hash-based Owen scrambling", JCGT 9(4), 2020; scramble of Laine and Karras,
/// 2011.
#pragma once
#include "synth/base/vec.h"

#include <cstdint>

namespace radforge::path {

/// Bijective 32-bit mix, two multiplications.
inline uint32_t mix_bits(uint32_t x) {
    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= x >> 15;
    x *= 0x846ca68bu;
    return x ^ (x >> 16);
}
inline uint32_t combine_bits(uint32_t a, uint32_t b) { return mix_bits(a ^ (b * 0x9e3779b9u + 0x7f4a7c15u)); }

inline uint32_t reverse_bits(uint32_t x) {
    x = __builtin_bswap32(x);
    x = ((x >> 4) & 0x0f0f0f0fu) | ((x & 0x0f0f0f0fu) << 4);
    x = ((x >> 2) & 0x33333333u) | ((x & 0x33333333u) << 2);
    return ((x >> 1) & 0x55555555u) | ((x & 0x55555555u) << 1);
}

/// Scramble in which every bit depends on lower bits only: Owen's nested scramble of reversed digits.
inline uint32_t scramble_reversed(uint32_t x, uint32_t seed) {
    x += seed;
    x ^= x * 0x6c50b47cu;
    x ^= x * 0xb82f1e52u;
    x ^= x * 0xc7afe638u;
    x ^= x * 0x8d22f6e6u;
    return x;
}

/// Second Sobol dimension with its bits reversed: digit j is the parity of the index digits k with C(k, j)
/// odd, which by Lucas' theorem is a sum over supersets.
inline uint32_t sobol_second_reversed(uint32_t index) {
    uint32_t y = index;
    y ^= (y >> 1) & 0x55555555u;
    y ^= (y >> 2) & 0x33333333u;
    y ^= (y >> 4) & 0x0f0f0f0fu;
    y ^= (y >> 8) & 0x00ff00ffu;
    return y ^ ((y >> 16) & 0x0000ffffu);
}

constexpr float unit_float(uint32_t bits) { return float(bits >> 8) * 0x1p-24f; }

struct BitPair {
    uint32_t x, y;
};

enum class SampleSequence { Sobol, Random };

/// The points of one camera sample. `pair` numbers the two-dimensional point within the path.
class Sampler {
public:
    Sampler(SampleSequence sequence, uint64_t seed, uint32_t pixel, uint32_t sample)
        : sequence_(sequence),
          sample_(sample),
          pixel_key_(combine_bits(combine_bits(uint32_t(seed), uint32_t(seed >> 32)), pixel)),
          random_key_(combine_bits(pixel_key_ ^ 0x5bd1e995u, sample)) {}

    /// Bits of point `pair`; 32 uniform bits each. Paths of one sample that run side by side differ in the
    /// upper 16 bits of `pair`.
    BitPair bits(uint32_t pair) const {
        if (sequence_ == SampleSequence::Random || (pair & 0xffffu) >= kSobolPairs) {
            const uint32_t a = combine_bits(random_key_, pair);
            return {a, mix_bits(a + 0x68bc21ebu)};
        }
        const uint32_t key = combine_bits(pixel_key_, pair);
        const uint32_t index = reverse_bits(scramble_reversed(reverse_bits(sample_), key));
        return {reverse_bits(scramble_reversed(index, mix_bits(key + 0x3c6ef372u))),
                reverse_bits(scramble_reversed(sobol_second_reversed(index), mix_bits(key + 0x1b873593u)))};
    }
    Vec2f point(uint32_t pair) const {
        const BitPair b = bits(pair);
        return {unit_float(b.x), unit_float(b.y)};
    }
    /// Uniform bits outside the sequence, for choices that gain nothing from stratification.
    BitPair extra_bits(uint32_t pair) const {
        const uint32_t a = combine_bits(random_key_ ^ 0x85ebca6bu, pair);
        return {a, mix_bits(a + 0x68bc21ebu)};
    }

private:
    /// Deeper dimensions add noise of their own size whatever the points: hashed numbers cost a fifth.
    static constexpr uint32_t kSobolPairs = 10;
    SampleSequence sequence_;
    uint32_t sample_, pixel_key_, random_key_;
};

}  // namespace radforge::path
