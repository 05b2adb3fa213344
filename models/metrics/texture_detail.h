// SPDX-License-Identifier: Apache-2.0
/// What the texture families share.
#pragma once
#include "models/metrics/texture.h"

#include <cmath>

namespace radforge::metrics::detail {

/// -p log2(p + eps), the summand of an entropy.
inline double entropy_term(double p) { return -p * std::log2(p + 2.2e-16); }

/// Means of equal lists of features. @param lists  not empty
std::vector<Feature> mean_features(const std::vector<std::vector<Feature>>& lists);

}  // namespace radforge::metrics::detail
