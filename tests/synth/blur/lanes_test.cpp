// SPDX-License-Identifier: Apache-2.0
#include "synth/blur/lanes.h"

#include "synth/base/rng.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace radforge::blur::lanes {
namespace {

TEST(Lanes, BlocksAreThoseOfThePhiloxOfBase) {
    uint64_t key[8], index[8];
    uint32_t stream[8];
    for (uint64_t i = 0; i < 8; ++i) {
        key[i] = 0x123456789abcdefull * (i + 1);
        index[i] = 0xfedcba987654321ull * (i + 3);
        stream[i] = uint32_t(i) * 3;
    }
    const Counter counter(key, stream, index);
    for (const uint32_t t : {0u, 1u, 77u, 1998u, 0xffffffffu}) {
        const Block block = counter.block(t);
        for (size_t k = 0; k < 4; ++k) {
            uint32_t words[8];
            store(words, block.word[k]);
            for (size_t i = 0; i < 8; ++i)
                EXPECT_EQ(words[i],
                          philox(key[i], {t, stream[i], uint32_t(index[i]), uint32_t(index[i] >> 32)})[k]);
        }
    }
}

TEST(Lanes, NormalsAreBoxMullerToFloatRounding) {
    Rng rng({{9}, 1}, Stream::Noise);
    double worst = 0;
    for (int trial = 0; trial < 20000; ++trial) {
        uint32_t radius[8], angle[8];
        for (int i = 0; i < 8; ++i) radius[i] = rng.next_u32(), angle[i] = rng.next_u32();
        if (trial == 0)
            radius[0] = 0, radius[1] = 0xffffffffu, angle[2] = 0x3fffffffu, angle[3] = 0x80000000u;
        Floats n1, n2;
        normals(load(radius), load(angle), n1, n2);
        float a[8], b[8];
        store(a, n1);
        store(b, n2);
        for (int i = 0; i < 8; ++i) {
            const double u = std::min(1.0, (double(radius[i] >> 8) + 0.5) * 0x1p-24);
            const double r = std::sqrt(-2 * std::log(u));
            // Angle: the quadrant, and within it the low 30 bits about its middle.
            const double phi =
                (double(angle[i] >> 30) + double(int32_t(angle[i] << 2)) * 0x1p-32) * 1.5707963267948966;
            // Near u = 1 the half in u is rounded away: absolute accuracy there is that of u.
            worst = std::max({worst, std::abs(double(a[i]) - r * std::cos(phi)),
                              std::abs(double(b[i]) - r * std::sin(phi))});
        }
    }
    EXPECT_LT(worst, 4e-4);
}

TEST(Lanes, NormalsHaveTheMomentsOfTheNormalDistribution) {
    constexpr int kTrials = 50000, kCount = kTrials * 16;
    Rng rng({{9}, 2}, Stream::Noise);
    double sums[5] = {};
    for (int trial = 0; trial < kTrials; ++trial) {
        uint32_t radius[8], angle[8];
        for (int i = 0; i < 8; ++i) radius[i] = rng.next_u32(), angle[i] = rng.next_u32();
        Floats n[2];
        normals(load(radius), load(angle), n[0], n[1]);
        for (const Floats& f : n) {
            float v[8];
            store(v, f);
            for (const float x : v)
                for (int p = 1; p <= 4; ++p) sums[p] += std::pow(double(x), p);
        }
    }
    const double root = std::sqrt(double(kCount));
    EXPECT_NEAR(sums[1] / kCount, 0, 4 / root);
    EXPECT_NEAR(sums[2] / kCount, 1, 4 * std::sqrt(2.0) / root);
    EXPECT_NEAR(sums[3] / kCount, 0, 4 * std::sqrt(15.0) / root);
    EXPECT_NEAR(sums[4] / kCount, 3, 4 * std::sqrt(96.0) / root);
}

TEST(Lanes, BelowComparesWithoutSign) {
    const uint32_t a[8] = {0, 1, 5, 0x80000000u, 0xffffffffu, 7, 7, 0x7fffffffu};
    const uint32_t limit[8] = {0, 2, 5, 0x7fffffffu, 0, 8, 6, 0x80000000u};
    EXPECT_EQ(below(load(a), limit), 0b10100010);
}

TEST(Lanes, TransposeSwapsRowsAndColumns) {
    Floats rows[8];
    for (int i = 0; i < 8; ++i) {
        float values[8];
        for (int j = 0; j < 8; ++j) values[j] = float(10 * i + j);
        rows[i] = load(values);
    }
    transpose(rows);
    for (int i = 0; i < 8; ++i) {
        float values[8];
        store(values, rows[i]);
        for (int j = 0; j < 8; ++j) EXPECT_EQ(values[j], float(10 * j + i));
    }
}

}  // namespace
}  // namespace radforge::blur::lanes
