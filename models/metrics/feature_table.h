// SPDX-License-Identifier: Apache-2.0
/// Do the features of restored slices agree with those of the true ones? (models.md 6.4)
#pragma once
#include "models/metrics/radiomics.h"
#include "models/metrics/statistics.h"

#include <string>
#include <vector>

namespace radforge::metrics {

/// t below these, of 101 slices, is what the paper counts: t.95 and t.99 one-sided, t.999 two-sided.
constexpr double kPaperThresholds[3] = {1.660, 2.364, 3.390};
/// Features of 101 that the paper finds below them.
constexpr int kPaperCounts[3] = {67, 83, 98};

/// One feature over all slices.
struct FeatureRow {
    std::string family, name;
    double found_mean = 0, true_mean = 0;
    TTest one_sample;  ///< found values against the true mean, as the paper has it
    TTest paired;
    ChiSquare deciles;
    double tost_p = 1;  ///< margin: a tenth of the true values' deviation
};

struct FeatureTable {
    std::vector<FeatureRow> rows;
    int slices = 0;
    /// Rows with t below kPaperThresholds. Neither SumAverage counts, twice JointAverage, nor the nine of
    /// shape, which are of the true region on both sides: 92 of the likely 101 of the paper.
    int below[3] = {0, 0, 0};
    int equivalent = 0;  ///< of the same rows, those with tost_p < 0.05
    int counted = 0;
};

/// @param found, truth  features of the same slices in the same order, at least two
/// @throws Error        when lists differ
FeatureTable compare_features(const std::vector<std::vector<Feature>>& found,
                              const std::vector<std::vector<Feature>>& truth);

}  // namespace radforge::metrics
