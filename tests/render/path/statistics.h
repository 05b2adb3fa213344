// SPDX-License-Identifier: Apache-2.0
/// Statistics that the tests of random things share.
#pragma once
#include "synth/base/vec.h"

#include <cmath>
#include <cstddef>
#include <functional>
#include <vector>

namespace radforge::path {

struct MeanError {
    double mean = 0, error = 0;  ///< standard error of the mean
};
inline MeanError mean_error(const std::vector<double>& x) {
    double sum = 0, square = 0;
    for (const double v : x) sum += v;
    const double mean = sum / double(x.size());
    for (const double v : x) square += (v - mean) * (v - mean);
    return {mean, std::sqrt(square / double(x.size() - 1) / double(x.size()))};
}

/// Upper tail of the chi-square distribution by the Wilson-Hilferty cube root, good for the hundreds of bins
/// here.
inline double chi_square_tail(double statistic, double freedom) {
    const double k = 2 / (9 * freedom);
    return 0.5 * std::erfc((std::cbrt(statistic / freedom) - (1 - k)) / std::sqrt(2 * k));
}

/// Chi-square test of drawn directions against a density on 32 x 64 bins of (cos theta, phi) over the whole
/// sphere.
/// @param draw returns false when the draw gives no direction; @param density per steradian; it may integrate
/// to less than 1, the rest being the draws without a direction
/// @return the probability of a deviation at least as large
inline double chi_square_of_directions(int draws, const std::function<bool(int, Vec3f&)>& draw,
                                       const std::function<double(Vec3f)>& density) {
    constexpr int kRows = 32, kColumns = 64, kInner = 12;
    constexpr double kPi2 = 6.283185307179586;
    std::vector<double> expected(kRows * kColumns), counted(kRows * kColumns);
    double inside = 0;
    for (int i = 0; i < kRows; ++i)
        for (int j = 0; j < kColumns; ++j) {
            // Midpoints in theta: densities that grow as 1 / sin(theta) at a pole stay finite.
            const double from = std::acos(1 - 2.0 * (kRows - i) / kRows),
                         step = (std::acos(1 - 2.0 * (kRows - i - 1) / kRows) - from) / kInner;
            double sum = 0;
            for (int a = 0; a < kInner; ++a)
                for (int b = 0; b < kInner; ++b) {
                    const double theta = from + (a + 0.5) * step, r = std::sin(theta);
                    const double phi = kPi2 * ((j + (b + 0.5) / kInner) / kColumns - 0.5);
                    sum += r * density({float(r * std::cos(phi)), float(r * std::sin(phi)),
                                        float(std::cos(theta))});
                }
            expected[size_t(i * kColumns + j)] = draws * sum * std::fabs(step) * kPi2 / kColumns / kInner;
            inside += expected[size_t(i * kColumns + j)];
        }
    double none = 0;
    for (int k = 0; k < draws; ++k) {
        Vec3f d;
        if (!draw(k, d)) {
            ++none;
            continue;
        }
        const int i = std::min(kRows - 1, int((double(d.z) + 1) / 2 * kRows));
        const double turn = std::atan2(double(d.y), double(d.x)) / kPi2 + 0.5;
        ++counted[size_t(i * kColumns + std::min(kColumns - 1, int(turn * kColumns)))];
    }
    double statistic = 0, pooled_expected = draws - inside, pooled_counted = none;
    int bins = 0;
    for (size_t k = 0; k < expected.size(); ++k) {
        if (expected[k] < 8) {
            pooled_expected += expected[k];
            pooled_counted += counted[k];
            continue;
        }
        statistic += (counted[k] - expected[k]) * (counted[k] - expected[k]) / expected[k];
        ++bins;
    }
    if (pooled_expected > 8) {
        statistic +=
            (pooled_counted - pooled_expected) * (pooled_counted - pooled_expected) / pooled_expected;
        ++bins;
    } else if (pooled_counted > 40) {
        return 0;  // draws where the density has nothing
    }
    return chi_square_tail(statistic, bins - 1);
}

}  // namespace radforge::path
