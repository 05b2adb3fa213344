// SPDX-License-Identifier: Apache-2.0
/// Golden numbers by scipy 1.10.1 (stats.ttest_1samp, ttest_rel, chisquare, t.sf, chi2.sf).
#include "models/metrics/statistics.h"

#include "synth/base/error.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace radforge::metrics {
namespace {

const std::vector<double> kX = {2.1, 3.4, 1.9, 5.6, 4.4, 3.8, 2.7, 6.1},
                          kY = {2.0, 3.9, 1.5, 5.0, 4.9, 3.1, 2.2, 6.6};

TEST(StudentT, TailsAreThoseOfTheTables) {
    EXPECT_NEAR(student_upper_tail(1.660, 100), 0.050023625675631886, 1e-12);
    EXPECT_NEAR(student_upper_tail(2.364, 100), 0.010005549721787386, 1e-12);
    // The paper's third threshold is two-sided.
    EXPECT_NEAR(2 * student_upper_tail(3.390, 100), 0.0010016071504756166, 1e-12);
    EXPECT_NEAR(student_upper_tail(0.3, 3), 0.3918816460199595, 1e-12);
    EXPECT_NEAR(student_upper_tail(-0.3, 3), 1 - 0.3918816460199595, 1e-12);
}

TEST(ChiSquare, TailsAreThoseOfTheTables) {
    EXPECT_NEAR(chi_square_upper_tail(16.919, 9), 0.049999640848349826, 1e-12);
    EXPECT_NEAR(chi_square_upper_tail(3.2, 4), 0.5249309467861041, 1e-12);
    EXPECT_NEAR(chi_square_upper_tail(60, 9) / 1.3406780483959625e-09, 1, 1e-9);
}

TEST(OneSampleT, Golden) {
    const TTest test = one_sample_t(kX, 3.0);
    EXPECT_NEAR(test.t, 1.3717581529218361, 1e-12);
    EXPECT_EQ(test.degrees, 7);
    EXPECT_NEAR(test.p_two_sided, 0.21248608132238558, 1e-12);
}

TEST(PairedT, Golden) {
    const TTest test = paired_t(kX, kY);
    EXPECT_NEAR(test.t, 0.5372706895173351, 1e-12);
    EXPECT_NEAR(test.p_two_sided, 0.6077280697060821, 1e-12);
}

TEST(PairedT, EqualListsDoNotDifferAndAConstantDifferenceIsCertain) {
    EXPECT_EQ(paired_t(kX, kX).t, 0);
    EXPECT_EQ(paired_t(kX, kX).p_two_sided, 1);
    std::vector<double> more = {1, 2, 3, 4}, fewer = {0, 1, 2, 3};
    EXPECT_TRUE(std::isinf(paired_t(more, fewer).t));
    EXPECT_EQ(paired_t(more, fewer).p_two_sided, 0);
}

TEST(Tost, Golden) {
    EXPECT_NEAR(tost_p(kX, kY, 0.5), 0.03435331041268225, 1e-12);
    EXPECT_NEAR(tost_p(kX, kY, 0.2), 0.30386403485304075, 1e-12);
}

TEST(Tost, EqualListsAreEquivalentWithinAnyMarginButNone) {
    EXPECT_EQ(tost_p(kX, kX, 1e-3), 0);
    EXPECT_EQ(tost_p(kX, kX, 0), 1);
}

TEST(DecileChiSquare, Golden) {
    std::vector<double> truth, found;
    for (int i = 1; i <= 100; ++i) {
        truth.push_back(i);
        found.push_back(std::pow(i, 1.1) / 1.5);
    }
    const ChiSquare test = decile_chi_square(found, truth);
    EXPECT_NEAR(test.chi2, 2.8, 1e-9);
    EXPECT_EQ(test.degrees, 9);
    EXPECT_NEAR(test.p, 0.971699157102865, 1e-9);
    EXPECT_EQ(decile_chi_square(truth, truth).chi2, 0);
}

TEST(DecileChiSquare, EqualDecilesMakeOneBin) {
    // Nine tenths are one value: what is left is one bin more.
    std::vector<double> truth(20, 5.0);
    truth[0] = 9;
    truth[1] = 10;
    const ChiSquare test = decile_chi_square(truth, truth);
    EXPECT_EQ(test.degrees, 1);
    EXPECT_EQ(test.chi2, 0);
    const ChiSquare flat = decile_chi_square(kX, std::vector<double>(8, 1.0));
    EXPECT_EQ(flat.degrees, 0);
    EXPECT_EQ(flat.p, 1);
}

TEST(Statistics, TooFewOrUnpairedValuesAreRefused) {
    EXPECT_THROW(one_sample_t(std::vector<double>{1}, 0), Error);
    EXPECT_THROW(paired_t(kX, std::vector<double>{1, 2}), Error);
    EXPECT_THROW(decile_chi_square({}, kX), Error);
    EXPECT_THROW(mean_of({}), Error);
}

}  // namespace
}  // namespace radforge::metrics
