// SPDX-License-Identifier: Apache-2.0
/// Tests of whether two sets of numbers agree (models.md 6.4). Distributions by Boost.Math.
#pragma once
#include "synth/base/span.h"

#include <cstdint>

namespace radforge::metrics {

struct TTest {
    double t = 0;
    int64_t degrees = 0;
    double p_two_sided = 1;
};

/// t = |mean(x) - mean| / (sd(x) / sqrt n), n - 1 degrees. Values that are all equal have t 0 when they are
/// `mean`, else infinity.
/// @throws Error  when there are fewer than two values
TTest one_sample_t(Span<const double> x, double mean);
/// Of the differences x[i] - y[i] against 0.
TTest paired_t(Span<const double> x, Span<const double> y);

struct ChiSquare {
    double chi2 = 0;
    int degrees = 0;  ///< bins - 1; 0 when the truth is one value
    double p = 1;
};
/// sum (O - E)^2 / E over bins between the deciles of `truth`; O and E count values of `found` and `truth` in
/// a bin, E scaled to as many values. Deciles with none between them make one bin.
ChiSquare decile_chi_square(Span<const double> found, Span<const double> truth);

/// Two one-sided tests (Schuirmann, "A comparison of the two one-sided tests procedure and the power approach
/// for assessing the equivalence of average bioavailability", 1987): p below 0.05 says that the mean of the
/// paired differences lies within +-margin.
/// @param margin  > 0; @returns p of the weaker side, 1 when margin is 0
double tost_p(Span<const double> x, Span<const double> y, double margin);

double mean_of(Span<const double> x);
/// With n - 1. @throws Error  when there are fewer than two values
double deviation_of(Span<const double> x);

/// 1 - CDF of Student's t.
double student_upper_tail(double t, double degrees);
/// 1 - CDF of chi-square.
double chi_square_upper_tail(double chi2, double degrees);

}  // namespace radforge::metrics
