// SPDX-License-Identifier: Apache-2.0
#include "models/metrics/bootstrap.h"

#include "models/metrics/quantile.h"
#include "models/metrics/statistics.h"
#include "synth/base/error.h"

#include <algorithm>
#include <vector>

namespace radforge::metrics {

Interval bootstrap_mean(Span<const double> x, Seed seed, int resamples) {
    if (resamples < 1) throw Error(ErrorKind::Usage, "a bootstrap needs resamples");
    Interval out;
    out.mean = mean_of(x);
    out.n = int64_t(x.size());
    std::vector<double> means(static_cast<size_t>(resamples));
    for (size_t r = 0; r < means.size(); ++r) {
        Rng rng({seed, r}, Stream::Source);
        double sum = 0;
        for (size_t i = 0; i < x.size(); ++i) sum += x[size_t(rng.below(x.size()))];
        means[r] = sum / double(x.size());
    }
    std::sort(means.begin(), means.end());
    out.low = quantile(means, 0.025);
    out.high = quantile(means, 0.975);
    return out;
}

}  // namespace radforge::metrics
