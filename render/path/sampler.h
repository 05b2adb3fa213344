// SPDX-License-Identifier: Apache-2.0
/// Sample points as a pure function of (seed, pixel, sample, dimension): no state is carried between calls.
/// One Sobol sequence of 16 dimensions for the first vertices, so that pixel, light and direction are
/// stratified together and not only each by itself, with Owen scrambling by hashing.
/// Sources: Joe and Kuo, "Constructing Sobol sequences with better two-dimensional projections", SIAM J. Sci.
/// Comput. 30(5), 2008; Burley, "Practical hash-based Owen scrambling", JCGT 9(4), 2020; scramble of Laine
/// and Karras, 2011.
#pragma once
#include "synth/base/vec.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

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

constexpr uint32_t reverse_bits(uint32_t x) {
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

/// Direction numbers with their bits reversed, from the primitive polynomials and first odd numbers of Joe
/// and Kuo's table.
class SobolDirections {
public:
    static constexpr uint32_t kDimensions = 16;

    constexpr SobolDirections() {
        struct Row {
            int degree;
            uint32_t polynomial, first[6];
        };
        constexpr Row rows[kDimensions] = {
            {0, 0, {}},
            {1, 0, {1}},
            {2, 1, {1, 3}},
            {3, 1, {1, 3, 1}},
            {3, 2, {1, 1, 1}},
            {4, 1, {1, 1, 3, 3}},
            {4, 4, {1, 3, 5, 13}},
            {5, 2, {1, 1, 5, 5, 17}},
            {5, 4, {1, 1, 5, 5, 5}},
            {5, 7, {1, 1, 7, 11, 19}},
            {5, 11, {1, 1, 5, 1, 1}},
            {5, 13, {1, 1, 1, 3, 11}},
            {5, 14, {1, 3, 5, 5, 31}},
            {6, 1, {1, 3, 3, 9, 7, 49}},
            {6, 13, {1, 1, 1, 15, 21, 21}},
            {6, 16, {1, 3, 1, 13, 27, 49}},
        };
        for (uint32_t d = 0; d < kDimensions; ++d) {
            const Row& row = rows[d];
            uint32_t v[32] = {};
            for (int i = 0; i < 32; ++i) {
                if (d == 0) {
                    v[i] = 1u << (31 - i);
                } else if (i < row.degree) {
                    v[i] = row.first[i] << (31 - i);
                } else {
                    v[i] = v[i - row.degree] ^ (v[i - row.degree] >> row.degree);
                    for (int k = 1; k < row.degree; ++k)
                        if ((row.polynomial >> (row.degree - 1 - k)) & 1u) v[i] ^= v[i - k];
                }
                reversed_[d][uint32_t(i)] = reverse_bits(v[i]);
            }
        }
    }
    /// Point `index` of a dimension, reversed.
    constexpr uint32_t reversed(uint32_t dimension, uint32_t index) const {
        uint32_t x = 0;
        for (; index != 0; index &= index - 1) x ^= reversed_[dimension][uint32_t(__builtin_ctz(index))];
        return x;
    }

private:
    std::array<std::array<uint32_t, 32>, kDimensions> reversed_{};
};
inline constexpr SobolDirections kSobol;

constexpr float unit_float(uint32_t bits) { return float(bits >> 8) * 0x1p-24f; }

struct BitPair {
    uint32_t x, y;
};

enum class SampleSequence { Sobol, Random };

/// The sequence's points before scrambling, which all pixels share.
class SobolTable {
public:
    using Row = std::array<uint32_t, SobolDirections::kDimensions>;
    /// @param samples  the first ones are kept, up to kMost
    explicit SobolTable(uint32_t samples) : rows_(std::min(samples, kMost)) {
        for (uint32_t k = 0; k < rows_.size(); ++k)
            for (uint32_t d = 0; d < SobolDirections::kDimensions; ++d) rows_[k][d] = kSobol.reversed(d, k);
    }
    /// Reversed point of each dimension; null where it was not kept.
    const Row* row(uint32_t sample) const { return sample < rows_.size() ? &rows_[sample] : nullptr; }

private:
    static constexpr uint32_t kMost = 1024;
    std::vector<Row> rows_;
};

/// The points of one camera sample. `pair` numbers the two-dimensional point within the path.
class Sampler {
public:
    Sampler() = default;  ///< to be overwritten
    /// @param points  row `sample` of a SobolTable, for speed
    Sampler(SampleSequence sequence, uint64_t seed, uint32_t pixel, uint32_t sample,
            const SobolTable::Row* points = nullptr)
        : sequence_(sequence),
          sample_(sample),
          points_(points),
          pixel_key_(combine_bits(combine_bits(uint32_t(seed), uint32_t(seed >> 32)), pixel)),
          random_key_(combine_bits(pixel_key_ ^ 0x5bd1e995u, sample)) {}

    /// Bits of point `pair`; 32 uniform bits each. Paths of one sample that run side by side differ in the
    /// upper 16 bits of `pair`: the same dimensions, scrambled anew.
    BitPair bits(uint32_t pair) const {
        const uint32_t place = pair & 0xffffu;
        if (sequence_ == SampleSequence::Random || place >= kPlaces.size()) {
            const uint32_t a = combine_bits(random_key_, pair);
            return {a, mix_bits(a + 0x68bc21ebu)};
        }
        const uint32_t key = combine_bits(pixel_key_, pair), d = 2 * kPlaces[place];
        return {reverse_bits(scramble_reversed(reversed(d), mix_bits(key + 0x3c6ef372u))),
                reverse_bits(scramble_reversed(reversed(d + 1), mix_bits(key + 0x1b873593u)))};
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
    uint32_t reversed(uint32_t dimension) const {
        return points_ != nullptr ? (*points_)[dimension] : kSobol.reversed(dimension, sample_);
    }

    /// Pairs of Sobol dimensions by importance: light and direction at the first vertex, pixel, second
    /// vertex, lens, third vertex. Deeper dimensions add noise of their own size whatever the points: hashed
    /// numbers cost a fifth.
    static constexpr std::array<uint32_t, 8> kPlaces{2, 5, 0, 1, 3, 4, 6, 7};
    SampleSequence sequence_ = SampleSequence::Random;
    uint32_t sample_ = 0;
    const SobolTable::Row* points_ = nullptr;
    uint32_t pixel_key_ = 0, random_key_ = 0;
};

}  // namespace radforge::path
