// SPDX-License-Identifier: Apache-2.0
#include "models/metrics/statistics.h"

#include "models/metrics/quantile.h"
#include "synth/base/error.h"

#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/students_t.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace radforge::metrics {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

void need_two(Span<const double> x) {
    if (x.size() < 2)
        throw Error(ErrorKind::BadData, "a deviation needs at least two values")
            .got(std::to_string(x.size()));
}

std::vector<double> differences(Span<const double> x, Span<const double> y) {
    if (x.size() != y.size())
        throw Error(ErrorKind::BadData, "pairs need as many values on both sides")
            .got(std::to_string(x.size()) + " and " + std::to_string(y.size()));
    std::vector<double> d(x.size());
    for (size_t i = 0; i < d.size(); ++i) d[i] = x[i] - y[i];
    return d;
}

/// value / error with 0 / 0 = 0.
double ratio(double value, double error) {
    if (error > 0) return value / error;
    return value == 0 ? 0 : std::copysign(kInfinity, value);
}

}  // namespace

double mean_of(Span<const double> x) {
    if (x.empty()) throw Error(ErrorKind::BadData, "a mean needs a value");
    double sum = 0;
    for (const double v : x) sum += v;
    return sum / double(x.size());
}

double deviation_of(Span<const double> x) {
    need_two(x);
    const double mean = mean_of(x);
    double sum = 0;
    for (const double v : x) sum += (v - mean) * (v - mean);
    return std::sqrt(sum / double(x.size() - 1));
}

double student_upper_tail(double t, double degrees) {
    if (std::isinf(t)) return t > 0 ? 0 : 1;
    return boost::math::cdf(boost::math::complement(boost::math::students_t(degrees), t));
}

double chi_square_upper_tail(double chi2, double degrees) {
    if (std::isinf(chi2)) return 0;
    return boost::math::cdf(boost::math::complement(boost::math::chi_squared(degrees), chi2));
}

TTest one_sample_t(Span<const double> x, double mean) {
    need_two(x);
    const double error = deviation_of(x) / std::sqrt(double(x.size()));
    TTest test;
    test.t = std::abs(ratio(mean_of(x) - mean, error));
    test.degrees = int64_t(x.size()) - 1;
    test.p_two_sided = 2 * student_upper_tail(test.t, double(test.degrees));
    return test;
}

TTest paired_t(Span<const double> x, Span<const double> y) { return one_sample_t(differences(x, y), 0); }

ChiSquare decile_chi_square(Span<const double> found, Span<const double> truth) {
    if (found.empty() || truth.empty())
        throw Error(ErrorKind::BadData, "chi-square needs values on both sides");
    std::vector<double> sorted(truth.begin(), truth.end());
    std::sort(sorted.begin(), sorted.end());
    // Bin b holds edges[b - 1] < x <= edges[b], the last all above; a decile that would leave a bin empty is
    // none.
    std::vector<double> edges;
    ptrdiff_t below = 0;
    for (int k = 1; k < 10; ++k) {
        const double edge = quantile(sorted, k / 10.0);
        const ptrdiff_t at_most = std::upper_bound(sorted.begin(), sorted.end(), edge) - sorted.begin();
        if (at_most == below || at_most == ptrdiff_t(sorted.size())) continue;
        edges.push_back(edge);
        below = at_most;
    }
    const auto histogram = [&](Span<const double> x) {
        std::vector<double> counts(edges.size() + 1);
        for (const double v : x)
            ++counts[size_t(std::lower_bound(edges.begin(), edges.end(), v) - edges.begin())];
        return counts;
    };
    const std::vector<double> observed = histogram(found), expected = histogram(truth);
    const double scale = double(found.size()) / double(truth.size());
    ChiSquare test;
    for (size_t b = 0; b < expected.size(); ++b) {
        const double e = expected[b] * scale;
        RADFORGE_ASSERT(e > 0);
        test.chi2 += (observed[b] - e) * (observed[b] - e) / e;
    }
    test.degrees = int(edges.size());
    if (test.degrees > 0) test.p = chi_square_upper_tail(test.chi2, test.degrees);
    return test;
}

double tost_p(Span<const double> x, Span<const double> y, double margin) {
    const std::vector<double> d = differences(x, y);
    need_two(d);
    if (!(margin > 0)) return 1;
    const double mean = mean_of(d), error = deviation_of(d) / std::sqrt(double(d.size())),
                 degrees = double(d.size() - 1);
    return std::max(student_upper_tail(ratio(mean + margin, error), degrees),
                    student_upper_tail(ratio(margin - mean, error), degrees));
}

}  // namespace radforge::metrics
