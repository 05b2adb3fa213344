// SPDX-License-Identifier: Apache-2.0
#include "models/metrics/feature_table.h"

#include "synth/base/error.h"

namespace radforge::metrics {
namespace {

std::vector<double> column(const std::vector<std::vector<Feature>>& slices, size_t feature) {
    std::vector<double> values;
    for (const auto& slice : slices) values.push_back(slice.at(feature).value);
    return values;
}

}  // namespace

FeatureTable compare_features(const std::vector<std::vector<Feature>>& found,
                              const std::vector<std::vector<Feature>>& truth) {
    if (found.size() != truth.size() || found.size() < 2)
        throw Error(ErrorKind::BadData, "a table of features needs pairs of slices")
            .got(std::to_string(found.size()) + " and " + std::to_string(truth.size()))
            .expected("as many on both sides, at least two");
    const std::vector<Feature>& names = truth.front();
    for (const auto* side : {&found, &truth})
        for (const auto& slice : *side) {
            if (slice.size() != names.size())
                throw Error(ErrorKind::BadData, "slices with different features");
            for (size_t f = 0; f < names.size(); ++f)
                if (slice[f].family != names[f].family || slice[f].name != names[f].name)
                    throw Error(ErrorKind::BadData, "slices with different features").got(slice[f].name);
        }
    FeatureTable table;
    table.slices = int(truth.size());
    for (size_t f = 0; f < names.size(); ++f) {
        const std::vector<double> x = column(found, f), y = column(truth, f);
        FeatureRow row{names[f].family, names[f].name, mean_of(x), mean_of(y), {}, {}, {}, 1};
        row.one_sample = one_sample_t(x, row.true_mean);
        row.paired = paired_t(x, y);
        row.deciles = decile_chi_square(x, y);
        row.tost_p = tost_p(x, y, 0.1 * deviation_of(y));
        if (row.name != "SumAverage" && row.family != "shape2D") {
            ++table.counted;
            for (size_t k = 0; k < 3; ++k) table.below[k] += row.one_sample.t < kPaperThresholds[k];
            table.equivalent += row.tost_p < 0.05;
        }
        table.rows.push_back(row);
    }
    return table;
}

}  // namespace radforge::metrics
