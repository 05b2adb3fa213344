// SPDX-License-Identifier: Apache-2.0
#include "synth/film/gsdf.h"

#include "synth/base/error.h"

#include <gtest/gtest.h>

#include <cmath>

namespace radforge::film {
namespace {

TEST(Gsdf, TwelvePointTestVector) {
    constexpr int p[] = {0, 1, 8, 16, 32, 64, 96, 128, 160, 192, 224, 255};
    constexpr double density[] = {2.9992, 2.9356, 2.6278, 2.4053, 2.1039, 1.6991,
                                  1.3904, 1.1224, 0.8759, 0.6418, 0.4152, 0.2001};
    const DensityCurve curve = gsdf_curve({}, 8);
    ASSERT_EQ(curve.density.size(), 256u);
    for (int i = 0; i < 12; ++i) EXPECT_NEAR(curve.density[size_t(p[i])], density[i], 1e-4) << "p = " << p[i];
}

TEST(Gsdf, FunctionAgreesWithTheStandardsTable) {
    EXPECT_NEAR(gsdf_luminance_cd_m2(1), 0.0500, 5e-5);      // PS3.14 table B-1: j = 1
    EXPECT_NEAR(gsdf_luminance_cd_m2(1023), 3993.404, 0.1);  // and j = 1023, made there with more digits
}

TEST(Gsdf, InverseReturnsWithinAFewHundredthsOfAStep) {
    for (int j = 1; j <= 1023; ++j)
        EXPECT_NEAR(gsdf_jnd(gsdf_luminance_cd_m2(j)), j, j >= 10 && j <= 850 ? 0.04 : 0.1) << j;
}

TEST(Gsdf, EqualStepsOfPAreEqualStepsOfJnd) {
    const DensityCurve curve = gsdf_curve({}, 12);
    ASSERT_EQ(curve.largest_p(), 4095);
    const auto j = [&](int p) {
        return gsdf_jnd(10 + 2000 * std::pow(10.0, -double(curve.density[size_t(p)])));
    };
    EXPECT_NEAR((j(4095) - j(0)) / 255, 2.407, 2e-3);
    for (int p = 0; p + 512 <= 4095; p += 512)
        EXPECT_NEAR(j(p + 512) - j(p), 512 * (j(4095) - j(0)) / 4095, 0.08);
}

TEST(Logistic, MiddleSlopeIsGammaAndEndsStayInRange) {
    FilmRange range;
    const double gamma = 3;
    const DensityCurve curve = logistic_curve(range, gamma, 12);
    double steepest = 0;
    for (size_t p = 1; p < curve.density.size(); ++p) {
        EXPECT_LT(curve.density[p], curve.density[p - 1]);
        steepest = std::max(steepest, double(curve.density[p - 1] - curve.density[p]) / (2.0 / 4095));
    }
    EXPECT_NEAR(steepest, gamma, 0.01);
    EXPECT_GT(curve.density.back(), range.density_min);
    EXPECT_LT(curve.density.front(), range.density_max);
    EXPECT_NEAR(curve.density[2048], 0.2 + 0.36 * 2.8, 0.01);
}

TEST(DensityCurve, ImpossibleRangesAreErrors) {
    EXPECT_THROW(gsdf_curve({}, 4), Error);
    FilmRange range;
    range.density_max = 0.1;
    EXPECT_THROW(gsdf_curve(range, 8), Error);
    range = {};
    range.ambient_cd_m2 = 0;
    range.density_max = 5;  // 0.02 cd/m^2: below the standard's darkest
    EXPECT_THROW(gsdf_curve(range, 8), Error);
    EXPECT_THROW(logistic_curve({}, 0.1, 8), Error);
}

}  // namespace
}  // namespace radforge::film
