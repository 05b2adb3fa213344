// SPDX-License-Identifier: Apache-2.0
#include "models/metrics/quantile.h"

#include "synth/base/error.h"

#include <algorithm>

namespace radforge::metrics {

double quantile(Span<const double> sorted, double q) {
    RADFORGE_ASSERT(!sorted.empty() && q >= 0 && q <= 1);
    const double at = q * double(sorted.size() - 1);
    const size_t below = std::min(size_t(at), sorted.size() - 1),
                 above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (at - double(below)) * (sorted[above] - sorted[below]);
}

}  // namespace radforge::metrics
