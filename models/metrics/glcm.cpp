// SPDX-License-Identifier: Apache-2.0
/// Grey-level co-occurrence. Source of the matrix and of the first features: Haralick et al., "Textural
/// features for image classification", IEEE SMC 1973.
#include "models/metrics/symmetric_eigenvalues.h"
#include "models/metrics/texture_detail.h"

#include <algorithm>
#include <cmath>

namespace radforge::metrics {
namespace {

/// Square root of the second largest eigenvalue of Q(i,j) = sum_k p(i,k) p(j,k) / (px(i) py(k)). With
/// A = D^-1/2 p D^-1/2, D = diag(px), and p symmetric, Q is similar to A A, so its eigenvalues are squares of
/// A's.
double maximal_correlation(const std::vector<double>& p, const std::vector<double>& px) {
    std::vector<size_t> used;
    for (size_t i = 0; i < px.size(); ++i)
        if (px[i] > 0) used.push_back(i);
    const size_t n = used.size();
    if (n < 2) return 1;
    std::vector<double> a(n * n);
    for (size_t i = 0; i < n; ++i)
        for (size_t j = 0; j < n; ++j)
            a[i * n + j] = p[used[i] * px.size() + used[j]] / std::sqrt(px[used[i]] * px[used[j]]);
    std::vector<double> values = symmetric_eigenvalues(std::move(a), n);
    for (double& v : values) v = std::abs(v);
    std::sort(values.begin(), values.end());
    return values[n - 2];
}

std::vector<Feature> of_direction(const CountMatrix& counts, const std::vector<int>& levels, double total) {
    const size_t n = levels.size();
    const int highest = levels.back();
    std::vector<double> p(n * n), px(n), sums(2 * size_t(highest) + 1),
        differences(static_cast<size_t>(highest));
    for (size_t a = 0; a < n; ++a)
        for (size_t b = 0; b < n; ++b) {
            const double v = p[a * n + b] = counts.at(levels[a], levels[b]) / total;
            px[a] += v;
            sums[size_t(levels[a] + levels[b])] += v;
            differences[size_t(std::abs(levels[a] - levels[b]))] += v;
        }
    double mean = 0;
    for (size_t a = 0; a < n; ++a) mean += levels[a] * px[a];
    double variance = 0, hx = 0;
    for (size_t a = 0; a < n; ++a) {
        variance += (levels[a] - mean) * (levels[a] - mean) * px[a];
        hx += detail::entropy_term(px[a]);
    }
    double autocorrelation = 0, tendency = 0, shade = 0, prominence = 0, contrast = 0, energy = 0, hxy = 0,
           hxy1 = 0, hxy2 = 0, maximum = 0;
    for (size_t a = 0; a < n; ++a)
        for (size_t b = 0; b < n; ++b) {
            const double v = p[a * n + b], i = levels[a], j = levels[b], s = i + j - 2 * mean,
                         q = px[a] * px[b];
            autocorrelation += v * i * j;
            tendency += s * s * v;
            shade += s * s * s * v;
            prominence += s * s * s * s * v;
            contrast += (i - j) * (i - j) * v;
            energy += v * v;
            hxy += detail::entropy_term(v);
            hxy1 -= v * std::log2(q + 2.2e-16);
            hxy2 += detail::entropy_term(q);
            maximum = std::max(maximum, v);
        }
    double sum_average = 0, sum_entropy = 0;
    for (size_t k = 2; k < sums.size(); ++k) {
        sum_average += double(k) * sums[k];
        sum_entropy += detail::entropy_term(sums[k]);
    }
    double average = 0, entropy = 0, id = 0, idm = 0, idn = 0, idmn = 0, inverse = 0;
    for (size_t d = 0; d < differences.size(); ++d) {
        const double v = differences[d], k = double(d), levels_all = highest;
        average += k * v;
        entropy += detail::entropy_term(v);
        id += v / (1 + k);
        idm += v / (1 + k * k);
        idn += v / (1 + k / levels_all);
        idmn += v / (1 + k * k / (levels_all * levels_all));
        if (d > 0) inverse += v / (k * k);
    }
    double difference_variance = 0;
    for (size_t d = 0; d < differences.size(); ++d)
        difference_variance += (double(d) - average) * (double(d) - average) * differences[d];
    return {
        {"glcm", "Autocorrelation", autocorrelation},
        {"glcm", "ClusterProminence", prominence},
        {"glcm", "ClusterShade", shade},
        {"glcm", "ClusterTendency", tendency},
        {"glcm", "Contrast", contrast},
        {"glcm", "Correlation", variance > 0 ? (autocorrelation - mean * mean) / variance : 1},
        {"glcm", "DifferenceAverage", average},
        {"glcm", "DifferenceEntropy", entropy},
        {"glcm", "DifferenceVariance", difference_variance},
        {"glcm", "Id", id},
        {"glcm", "Idm", idm},
        {"glcm", "Idmn", idmn},
        {"glcm", "Idn", idn},
        {"glcm", "Imc1", hx > 0 ? (hxy - hxy1) / hx : 0},
        {"glcm", "Imc2", hxy2 > hxy ? std::sqrt(1 - std::exp(-2 * (hxy2 - hxy))) : 0},
        {"glcm", "InverseVariance", inverse},
        {"glcm", "JointAverage", mean},
        {"glcm", "JointEnergy", energy},
        {"glcm", "JointEntropy", hxy},
        {"glcm", "MCC", maximal_correlation(p, px)},
        {"glcm", "MaximumProbability", maximum},
        {"glcm", "SumAverage", sum_average},
        {"glcm", "SumEntropy", sum_entropy},
        {"glcm", "SumSquares", variance},
    };
}

}  // namespace

CountMatrix cooccurrences(const LevelImage& image, Direction direction) {
    CountMatrix counts(image.highest, image.highest);
    for (int r = 0; r < image.height_px; ++r)
        for (int c = 0; c < image.width_px; ++c) {
            const int i = image.at(r, c), j = image.at(r + direction.rows, c + direction.columns);
            if (i == 0 || j == 0) continue;
            ++counts.at(i, j);
            ++counts.at(j, i);
        }
    return counts;
}

std::vector<Feature> glcm_features(const LevelImage& image) {
    std::vector<std::vector<Feature>> lists;
    for (const Direction direction : kDirections) {
        const CountMatrix counts = cooccurrences(image, direction);
        double total = 0;
        for (const double v : counts.counts) total += v;
        if (total > 0) lists.push_back(of_direction(counts, image.present, total));
    }
    // One pixel alone has no pair: a flat region of one level, as far as anybody can tell.
    if (lists.empty()) {
        CountMatrix counts(image.highest, image.highest);
        counts.at(image.highest, image.highest) = 1;
        lists.push_back(of_direction(counts, {image.highest}, 1));
    }
    return detail::mean_features(lists);
}

}  // namespace radforge::metrics
