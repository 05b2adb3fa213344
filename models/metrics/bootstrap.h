// SPDX-License-Identifier: Apache-2.0
/// How sure a mean over samples is.
#pragma once
#include "synth/base/rng.h"
#include "synth/base/span.h"

#include <cstdint>

namespace radforge::metrics {

/// Mean and its 95 % interval.
struct Interval {
    double mean = 0, low = 0, high = 0;
    int64_t n = 0;
};

/// Percentile bootstrap (Efron and Tibshirani, "An introduction to the bootstrap", 1993, chapter 13):
/// the 2.5th and 97.5th percentile of the means of `resamples` draws with replacement. Draw r is a pure
/// function of (seed, r), so that equally long lists are drawn alike and differences between them stay
/// paired.
/// @param x  not empty. Of one value the interval is that value
Interval bootstrap_mean(Span<const double> x, Seed seed, int resamples = 2000);

}  // namespace radforge::metrics
