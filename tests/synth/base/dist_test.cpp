// SPDX-License-Identifier: Apache-2.0
#include "synth/base/dist.h"

#include "synth/base/error.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

namespace radforge {
namespace {

/// Kolmogorov-Smirnov distance of `draws` values to a cumulative law, times sqrt(draws).
double ks_distance(const Dist<double>& dist, const std::function<double(double)>& cdf) {
    constexpr int kDraws = 20000;
    Rng rng({Seed{21}, 0}, Stream::Source);
    std::vector<double> x(kDraws);
    for (double& v : x) v = dist.draw(rng);
    std::sort(x.begin(), x.end());
    double distance = 0;
    for (int i = 0; i < kDraws; ++i)
        distance = std::max({distance, std::abs(cdf(x[size_t(i)]) - double(i) / kDraws),
                             std::abs(cdf(x[size_t(i)]) - double(i + 1) / kDraws)});
    return distance * std::sqrt(double(kDraws));
}

constexpr double kKsLimit = 2.3;  // exceeded with probability 2 exp(-2 * 2.3^2) = 5e-5

TEST(Dist, UniformFollowsItsLaw) {
    EXPECT_LT(ks_distance(Dist<double>::uniform(-2, 6), [](double x) { return (x + 2) / 8; }), kKsLimit);
}

TEST(Dist, LogUniformFollowsItsLaw) {
    EXPECT_LT(ks_distance(Dist<double>::log_uniform(0.01, 10),
                          [](double x) { return std::log(x / 0.01) / std::log(1000.); }),
              kKsLimit);
}

TEST(Dist, NormalFollowsTheTruncatedLaw) {
    const auto phi = [](double z) { return 0.5 * std::erfc(-z / std::sqrt(2.)); };
    const double lo = phi((0 - 1) / 2.), hi = phi((4 - 1) / 2.);
    EXPECT_LT(ks_distance(Dist<double>::normal(1, 2, 0, 4),
                          [&](double x) { return (phi((x - 1) / 2) - lo) / (hi - lo); }),
              kKsLimit);
}

std::map<int, int> counts_of(const Dist<int>& dist, int draws) {
    Rng rng({Seed{22}, 0}, Stream::Source);
    std::map<int, int> counts;
    for (int i = 0; i < draws; ++i) ++counts[dist.draw(rng)];
    return counts;
}

TEST(Dist, IntegersTakeEveryValueEvenly) {
    for (const auto& dist : {Dist<int>::uniform(-1, 2), Dist<int>::choice({-1, 0, 1, 2})}) {
        const auto counts = counts_of(dist, 40000);
        ASSERT_EQ(counts.size(), 4u);
        for (const auto& [value, count] : counts)
            EXPECT_NEAR(count, 10000, 5 * std::sqrt(40000 * 3. / 16)) << value;
    }
}

TEST(Dist, RoundedIntegersStayInRange) {
    for (const auto& dist : {Dist<int>::log_uniform(1, 5), Dist<int>::normal(3, 2, 1, 5)}) {
        const auto counts = counts_of(dist, 2000);
        EXPECT_EQ(counts.begin()->first, 1);
        EXPECT_EQ(counts.rbegin()->first, 5);
    }
}

TEST(Dist, TheWidestIntegerRangeDoesNotOverflow) {
    const auto counts = counts_of(Dist<int>::uniform(INT32_MIN, INT32_MAX), 200);
    EXPECT_LT(counts.begin()->first, -1000000000);
    EXPECT_GT(counts.rbegin()->first, 1000000000);
}

TEST(Dist, AConstantTakesNoRandomNumbers) {
    Rng used({Seed{23}, 0}, Stream::Source), fresh({Seed{23}, 0}, Stream::Source);
    EXPECT_EQ(Dist<double>(2.5).draw(used), 2.5);
    EXPECT_EQ(used.next_u64(), fresh.next_u64());
}

TEST(Dist, RangeCoversEveryKind) {
    EXPECT_EQ(Dist<int>::choice({3, -4, 2}).range().lo, -4);
    EXPECT_EQ(Dist<int>::choice({3, -4, 2}).range().hi, 3);
    EXPECT_EQ(Dist<double>::normal(0, 1, -2, 3).range().hi, 3);
    EXPECT_EQ(Dist<double>(7).range().lo, 7);
}

TEST(Dist, DefectsAreNamed) {
    EXPECT_EQ(Dist<double>::uniform(1, 2).defect(), "");
    EXPECT_NE(Dist<double>::uniform(2, 1).defect(), "");
    EXPECT_NE(Dist<double>::uniform(0, INFINITY).defect(), "");
    EXPECT_NE(Dist<double>::log_uniform(0, 1).defect(), "");
    EXPECT_NE(Dist<double>::normal(0, -1, -1, 1).defect(), "");
    EXPECT_NE(Dist<double>::normal(0, 1, 5, 6).defect(), "");
    EXPECT_NE(Dist<double>::normal(0, 0, 1, 2).defect(), "") << "would redraw for ever";
    EXPECT_NE(Dist<double>::normal(1, 0.1, 1, 1).defect(), "") << "would redraw for ever";
    EXPECT_NE(Dist<double>::normal(1, 0.1, 1, 1 + 1e-7).defect(), "");
    EXPECT_EQ(Dist<double>::normal(1, 0.1, 1, 1.0001).defect(), "");
    EXPECT_EQ(Dist<double>::normal(1, 0, 1, 1).defect(), "");
    EXPECT_EQ(Dist<int>::normal(3, 2, 3, 3).defect(), "") << "rounds to it often";
    EXPECT_NE(Dist<double>::choice({}).defect(), "");
    EXPECT_NE(Dist<double>(NAN).defect(), "");
}

TEST(Weights, DrawsInProportion) {
    const Weights weights{{{"a", 1}, {"b", 0}, {"c", 3}}};
    Rng rng({Seed{24}, 0}, Stream::Source);
    std::map<std::string, int> counts;
    constexpr int kDraws = 20000;
    for (int i = 0; i < kDraws; ++i) ++counts[weights.draw(rng)];
    EXPECT_EQ(counts.count("b"), 0u);
    EXPECT_NEAR(counts["c"], 0.75 * kDraws, 5 * std::sqrt(kDraws * 3. / 16));
}

TEST(Weights, RefusesToDrawFromNothing) {
    Rng rng({Seed{25}, 0}, Stream::Source);
    EXPECT_THROW(Weights{}.draw(rng), Error);
    EXPECT_THROW((Weights{{{"a", 0}}}.draw(rng)), Error);
}

}  // namespace
}  // namespace radforge
