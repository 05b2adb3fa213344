// SPDX-License-Identifier: Apache-2.0
#include "render/optics/poisson.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace radforge::optics {
namespace {

/// Chi-square of 100k draws against the Poisson law, cells of at least 20 expected counts; degrees of freedom
/// out.
double chi_square(double mean, int& degrees) {
    constexpr int kDraws = 100000;
    std::vector<int> seen(size_t(mean + 12 * std::sqrt(mean) + 30), 0);
    for (int i = 0; i < kDraws; ++i) {
        PlaceRandom random(77, uint32_t(i), uint32_t(mean * 8), 0);
        const size_t k = size_t(random.poisson(mean));
        ++seen[std::min(k, seen.size() - 1)];
    }
    double statistic = 0, expected = 0, count = 0, log_p = -mean;
    degrees = -1;
    const auto close = [&] {
        statistic += (count - expected) * (count - expected) / expected;
        expected = count = 0;
        ++degrees;
    };
    double left = kDraws;
    for (size_t k = 0; k < seen.size(); ++k) {
        const double here = kDraws * std::exp(log_p);
        expected += here;
        left -= here;
        count += seen[k];
        log_p += std::log(mean / double(k + 1));
        if (expected >= 20 && left >= 20) close();
    }
    expected += std::max(0.0, left);
    close();
    return statistic;
}

TEST(PlaceRandom, CountsFollowThePoissonLaw) {
    for (const double mean : {0.05, 0.9, 4.0, 9.99, 10.0, 23.4, 100.0, 3000.0}) {
        int degrees = 0;
        const double statistic = chi_square(mean, degrees);
        // Mean and deviation of chi-square are n and sqrt(2 n); 4 deviations.
        EXPECT_LT(statistic, degrees + 4 * std::sqrt(2.0 * degrees) + 4) << mean;
        EXPECT_GE(degrees, mean < 0.1 ? 1 : 3) << mean;
    }
}

TEST(PlaceRandom, NormalHasItsMoments) {
    double sum = 0, square = 0, fourth = 0;
    constexpr int kDraws = 200000;
    for (int i = 0; i < kDraws; ++i) {
        const double x = PlaceRandom(5, 3, uint32_t(i), 1).normal();
        sum += x;
        square += x * x;
        fourth += x * x * x * x;
    }
    EXPECT_NEAR(sum / kDraws, 0, 4 / std::sqrt(double(kDraws)));
    EXPECT_NEAR(square / kDraws, 1, 4 * std::sqrt(2.0 / kDraws));
    EXPECT_NEAR(fourth / kDraws, 3, 4 * std::sqrt(96.0 / kDraws));
}

TEST(PlaceRandom, DependsOnThePlaceAlone) {
    EXPECT_EQ(PlaceRandom(1, 2, 3, 4).uniform(), PlaceRandom(1, 2, 3, 4).uniform());
    EXPECT_NE(PlaceRandom(1, 2, 3, 4).uniform(), PlaceRandom(1, 2, 3, 5).uniform());
    EXPECT_NE(PlaceRandom(1, 2, 3, 4).uniform(), PlaceRandom(2, 2, 3, 4).uniform());
    EXPECT_EQ(PlaceRandom(1, 2, 3, 4).poisson(0), 0);
}

}  // namespace
}  // namespace radforge::optics
