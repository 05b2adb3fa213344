// SPDX-License-Identifier: Apache-2.0
#include "render/path/sampler.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <vector>

namespace radforge::path {
namespace {

TEST(Sampler, SecondSobolDimensionFollowsItsDirectionNumbers) {
    for (uint32_t index = 0; index < 5000; ++index) {
        uint32_t direction = 1u << 31, expected = 0;
        for (uint32_t i = index; i != 0; i >>= 1, direction ^= direction >> 1)
            if (i & 1u) expected ^= direction;
        ASSERT_EQ(reverse_bits(kSobol.reversed(1, index)), expected) << index;
    }
}

TEST(Sampler, EachDimensionIsANetAndEachPairOfDimensionsNearlyOne) {
    // 2^m points: one in each interval of 2^-m. Two dimensions: with quality t, 2^(m-t) boxes of any shape
    // hold 2^t points each; Joe and Kuo chose the numbers for small t.
    for (uint32_t d = 0; d < SobolDirections::kDimensions; ++d) {
        std::set<uint32_t> cells;
        for (uint32_t s = 0; s < 1024; ++s) cells.insert(reverse_bits(kSobol.reversed(d, s)) >> 22);
        EXPECT_EQ(cells.size(), 1024u) << d;
        for (uint32_t e = 0; e < d; ++e)
            for (uint32_t k = 0; k <= 5; ++k) {
                std::map<std::pair<uint32_t, uint32_t>, int> boxes;
                for (uint32_t s = 0; s < 1024; ++s)
                    ++boxes[{uint32_t(uint64_t(reverse_bits(kSobol.reversed(d, s))) >> (32 - k)),
                             uint32_t(uint64_t(reverse_bits(kSobol.reversed(e, s))) >> (27 + k))}];
                EXPECT_EQ(boxes.size(), 32u) << d << " " << e;
                for (const auto& [box, count] : boxes) ASSERT_EQ(count, 32) << d << " " << e << " " << k;
            }
    }
}

TEST(Sampler, ScrambledPointsStayAnElementaryNet) {
    // 256 points of the first vertex's light: every elementary interval 2^-k x 2^-(8-k) holds exactly one.
    for (uint32_t pixel = 0; pixel < 20; ++pixel)
        for (int k = 0; k <= 8; ++k) {
            std::set<std::pair<uint32_t, uint32_t>> cells;
            for (uint32_t s = 0; s < 256; ++s) {
                const BitPair b = Sampler(SampleSequence::Sobol, 77, pixel, s).bits(2);
                cells.insert({k == 0 ? 0 : b.x >> (32 - k), k == 8 ? 0 : b.y >> (24 + k)});
            }
            ASSERT_EQ(cells.size(), 256u) << pixel << " " << k;
        }
}

TEST(Sampler, TableOfPointsChangesNoBit) {
    const SobolTable table(40);
    EXPECT_EQ(table.row(40), nullptr);
    for (uint32_t s = 0; s < 48; ++s)
        for (uint32_t pair = 0; pair < 9; ++pair) {
            const BitPair a = Sampler(SampleSequence::Sobol, 3, 12, s).bits(pair),
                          b = Sampler(SampleSequence::Sobol, 3, 12, s, table.row(s)).bits(pair);
            ASSERT_EQ(a.x, b.x) << s << " " << pair;
            ASSERT_EQ(a.y, b.y) << s << " " << pair;
        }
}

TEST(Sampler, PixelsPairsAndSeedsAreUncorrelated) {
    const auto correlation = [](auto a, auto b) {
        double sum = 0;
        const int n = 20000;
        for (int i = 0; i < n; ++i)
            sum += (double(unit_float(a(uint32_t(i)))) - 0.5) * (double(unit_float(b(uint32_t(i)))) - 0.5);
        return sum / n * 12;
    };
    const auto of = [](SampleSequence q, uint64_t seed, uint32_t pixel, uint32_t pair) {
        return [=](uint32_t s) { return Sampler(q, seed, pixel, s).bits(pair).x; };
    };
    // Pixels share the sequence, each scrambled by itself: it is over pixels that a sample must not repeat.
    const auto over_pixels = [](SampleSequence q, uint64_t seed, uint32_t step, uint32_t pair) {
        return [=](uint32_t pixel) { return Sampler(q, seed, pixel + step, 3).bits(pair).x; };
    };
    for (const SampleSequence q : {SampleSequence::Sobol, SampleSequence::Random}) {
        EXPECT_NEAR(correlation(over_pixels(q, 1, 0, 2), over_pixels(q, 1, 1, 2)), 0, 0.03);
        EXPECT_NEAR(correlation(over_pixels(q, 1, 0, 2), over_pixels(q, 2, 0, 2)), 0, 0.03);
        EXPECT_NEAR(correlation(over_pixels(q, 1, 0, 2), over_pixels(q, 1, 0, 0x10002)), 0, 0.03);
        EXPECT_NEAR(correlation(of(q, 1, 5, 2), of(q, 1, 5, 3)), 0, 0.03);
        EXPECT_NEAR(
            correlation(of(q, 1, 5, 2),
                        [](uint32_t s) { return Sampler(SampleSequence::Random, 1, 5, s).extra_bits(2).x; }),
            0, 0.03);
    }
}

TEST(Sampler, FirstSampleIsUniformOverPixels) {
    for (uint32_t pair = 0; pair < 12; ++pair) {
        std::vector<double> bins(64);
        const int n = 64000;
        for (int p = 0; p < n; ++p) {
            const Vec2f u = Sampler(SampleSequence::Sobol, 9, uint32_t(p), 0).point(pair);
            ++bins[size_t(int(u.x * 8) * 8 + int(u.y * 8))];
        }
        double chi = 0;
        for (const double b : bins) chi += (b - n / 64.0) * (b - n / 64.0) / (n / 64.0);
        EXPECT_LT(chi, 120) << "pair " << pair;  // 63 degrees of freedom: p = 2e-5
    }
}

TEST(Sampler, SobolIntegratesASmoothFunctionBetterThanHashedNumbers) {
    const auto error = [](SampleSequence q) {
        double square = 0;
        for (uint32_t pixel = 0; pixel < 64; ++pixel) {
            double sum = 0;
            for (uint32_t s = 0; s < 256; ++s) {
                const Vec2f u = Sampler(q, 3, pixel, s).point(4);
                sum += double(u.x * u.y);
            }
            square += (sum / 256 - 0.25) * (sum / 256 - 0.25);
        }
        return std::sqrt(square / 64);
    };
    EXPECT_LT(error(SampleSequence::Sobol), 0.1 * error(SampleSequence::Random));
}

}  // namespace
}  // namespace radforge::path
