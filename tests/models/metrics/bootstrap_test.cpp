// SPDX-License-Identifier: Apache-2.0
#include "models/metrics/bootstrap.h"

#include "synth/base/error.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace radforge::metrics {
namespace {

std::vector<double> normal_values(size_t n, uint64_t seed) {
    Rng rng({Seed{seed}, 0}, Stream::Noise);
    std::vector<double> x(n);
    for (double& v : x) v = 3 + 2 * rng.normal();
    return x;
}

TEST(Bootstrap, IntervalOfManyValuesIsThatOfTheNormalDistribution) {
    const std::vector<double> x = normal_values(400, 1);
    const Interval interval = bootstrap_mean(x, Seed{7}, 4000);
    // 1.96 * 2 / sqrt(400) = 0.196; the deviation of 400 values is off by 3.5 %, the percentiles by less.
    EXPECT_NEAR(interval.high - interval.mean, 0.196, 0.03);
    EXPECT_NEAR(interval.mean - interval.low, 0.196, 0.03);
    EXPECT_EQ(interval.n, 400);
}

TEST(Bootstrap, IntervalHoldsTheTrueMeanAboutNineteenTimesInTwenty) {
    int held = 0;
    for (uint64_t s = 0; s < 200; ++s) {
        const Interval interval = bootstrap_mean(normal_values(40, 100 + s), Seed{s}, 300);
        held += interval.low <= 3 && 3 <= interval.high;
    }
    // Percentile intervals of 40 values hold about 0.94; four deviations of 200 trials are 0.067.
    EXPECT_NEAR(held / 200.0, 0.94, 0.067);
}

TEST(Bootstrap, IsAFunctionOfValuesAndSeed) {
    const std::vector<double> x = normal_values(20, 3);
    const Interval a = bootstrap_mean(x, Seed{1}), b = bootstrap_mean(x, Seed{1}),
                   c = bootstrap_mean(x, Seed{2});
    EXPECT_EQ(a.low, b.low);
    EXPECT_EQ(a.high, b.high);
    EXPECT_NE(a.low, c.low);
}

TEST(Bootstrap, EqualLengthsAreDrawnAlikeSoThatAShiftIsExact) {
    std::vector<double> x = normal_values(20, 4), y = x;
    for (double& v : y) v += 0.5;
    const Interval a = bootstrap_mean(x, Seed{1}), b = bootstrap_mean(y, Seed{1});
    EXPECT_NEAR(b.low - a.low, 0.5, 1e-12);
    EXPECT_NEAR(b.high - a.high, 0.5, 1e-12);
}

TEST(Bootstrap, OneValueIsItsOwnIntervalAndNoneIsRefused) {
    const Interval one = bootstrap_mean(std::vector<double>{4}, Seed{1});
    EXPECT_EQ(one.low, 4);
    EXPECT_EQ(one.high, 4);
    EXPECT_THROW(bootstrap_mean({}, Seed{1}), Error);
    EXPECT_THROW(bootstrap_mean(std::vector<double>{4}, Seed{1}, 0), Error);
}

}  // namespace
}  // namespace radforge::metrics
