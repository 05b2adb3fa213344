// SPDX-License-Identifier: Apache-2.0
/// Quantiles of sorted values.
#pragma once
#include "synth/base/span.h"

namespace radforge::metrics {

/// Linear between neighbours, the definition of numpy.percentile.
/// @param sorted  ascending, not empty
/// @param q       in [0,1]
double quantile(Span<const double> sorted, double q);

}  // namespace radforge::metrics
