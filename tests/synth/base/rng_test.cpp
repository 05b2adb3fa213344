// SPDX-License-Identifier: Apache-2.0
#include "synth/base/rng.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

namespace radforge {
namespace {

// Known answers of Philox4x32-10 (Random123's kat_vectors), seen alike in two other implementations.
TEST(Philox, KnownAnswers) {
    using Block = std::array<uint32_t, 4>;
    constexpr uint32_t kOnes = 0xffffffff;
    EXPECT_EQ(philox(0, {0, 0, 0, 0}), (Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
    EXPECT_EQ(philox(~uint64_t(0), {kOnes, kOnes, kOnes, kOnes}),
              (Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
    EXPECT_EQ(philox(0x299f31d0a4093822, {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}),
              (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

// The counter layout is part of the dataset format: {block, stream, index low, index high}.
TEST(Rng, ReadsTheBlocksOfItsKeyAndStreamInOrder) {
    const SampleKey key{Seed{0x0123456789abcdef}, 0x1122334455667788};
    Rng rng(key, Stream::Light);
    for (uint32_t block = 0; block < 3; ++block)
        for (const uint32_t word : philox(key.root.value, {block, 2, 0x55667788, 0x11223344}))
            EXPECT_EQ(rng.next_u32(), word);
}

TEST(Rng, StreamsSeedsAndSamplesAreAllDifferent) {
    std::set<uint64_t> seen;
    for (const uint64_t seed : {1, 2})
        for (const uint64_t index : {0, 1})
            for (uint32_t stream = 0; stream <= uint32_t(Stream::Split); ++stream)
                seen.insert(Rng({Seed{seed}, index}, Stream(stream)).next_u64());
    EXPECT_EQ(seen.size(), 2u * 2u * (uint32_t(Stream::Split) + 1));
}

TEST(Rng, UniformHasTheMomentsOfTheUnitInterval) {
    Rng rng({Seed{3}, 0}, Stream::Source);
    constexpr int kDraws = 100000;
    double sum = 0, squares = 0;
    for (int i = 0; i < kDraws; ++i) {
        const double x = rng.uniform();
        ASSERT_GE(x, 0);
        ASSERT_LT(x, 1);
        sum += x;
        squares += x * x;
    }
    // 5 standard errors: deviation 1/sqrt(12) of x, sqrt(4/45) of x^2.
    EXPECT_NEAR(sum / kDraws, 1. / 2, 5 * std::sqrt(1. / 12 / kDraws));
    EXPECT_NEAR(squares / kDraws, 1. / 3, 5 * std::sqrt(4. / 45 / kDraws));
}

TEST(Rng, NormalHasTheMomentsOfTheNormalLaw) {
    Rng rng({Seed{4}, 0}, Stream::Source);
    constexpr int kDraws = 100000;
    double moments[5] = {};
    for (int i = 0; i < kDraws; ++i) {
        const double x = rng.normal();
        for (int k = 1; k < 5; ++k) moments[k] += std::pow(x, k) / kDraws;
    }
    // E[x^2k] = (2k-1)!!; 5 standard errors with Var[x^k] = E[x^2k] - E[x^k]^2.
    const double root = std::sqrt(double(kDraws));
    EXPECT_NEAR(moments[1], 0, 5 * 1 / root);
    EXPECT_NEAR(moments[2], 1, 5 * std::sqrt(2.) / root);
    EXPECT_NEAR(moments[3], 0, 5 * std::sqrt(15.) / root);
    EXPECT_NEAR(moments[4], 3, 5 * std::sqrt(96.) / root);
}

TEST(Rng, BelowIsEvenByChiSquare) {
    for (const uint64_t n : {2, 3, 7, 10}) {
        Rng rng({Seed{5}, n}, Stream::Source);
        constexpr int kDraws = 70000;
        std::vector<int> counts(n);
        for (int i = 0; i < kDraws; ++i) ++counts.at(rng.below(n));
        double chi2 = 0;
        const double expected = double(kDraws) / double(n);
        for (const int count : counts) chi2 += (count - expected) * (count - expected) / expected;
        const double freedom = double(n - 1);
        EXPECT_LT(chi2, freedom + 5 * std::sqrt(2 * freedom)) << n;
    }
}

// Plain x % n would put 2/3 of all draws into the lower half of n = 3 * 2^62; rejection makes it 1/2.
TEST(Rng, BelowHasNoModuloBias) {
    const uint64_t n = 3ull << 62;
    Rng rng({Seed{6}, 0}, Stream::Source);
    constexpr int kDraws = 20000;
    int low = 0;
    for (int i = 0; i < kDraws; ++i) {
        const uint64_t x = rng.below(n);
        ASSERT_LT(x, n);
        low += x < n / 3;
    }
    EXPECT_NEAR(double(low) / kDraws, 1. / 3, 5 * std::sqrt(2. / 9 / kDraws));
}

TEST(Rng, BelowOneIsZeroAndBelowZeroIsRefused) {
    Rng rng({Seed{7}, 0}, Stream::Source);
    EXPECT_EQ(rng.below(1), 0u);
    EXPECT_THROW(rng.below(0), std::logic_error);
}

}  // namespace
}  // namespace radforge
