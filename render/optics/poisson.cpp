// SPDX-License-Identifier: Apache-2.0
#include "render/optics/poisson.h"

#include "synth/base/rng.h"

#include <cmath>

namespace radforge::optics {
namespace {

constexpr double kTwoPi = 6.283185307179586477;

/// ln k! for k >= 10 by Stirling's series, below by the sum; std::lgamma writes a global.
double log_factorial(double k) {
    if (k < 10) {
        double sum = 0;
        for (int i = 2; i <= int(k); ++i) sum += std::log(double(i));
        return sum;
    }
    const double inverse = 1 / k, square = inverse * inverse;
    return (k + 0.5) * std::log(k) - k + 0.5 * std::log(kTwoPi) +
           inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260)));
}

}  // namespace

PlaceRandom::PlaceRandom(uint64_t key, uint32_t row, uint32_t column, uint32_t channel)
    : key_(key), counter_{0, channel, row, column} {}

double PlaceRandom::uniform() {
    if (used_ == 4) {
        block_ = philox(key_, counter_);
        ++counter_[0];
        used_ = 0;
    }
    return (double(block_[size_t(used_++)]) + 0.5) * 0x1p-32;
}

double PlaceRandom::normal() {
    const double radius = std::sqrt(-2 * std::log(uniform()));
    return radius * std::cos(kTwoPi * uniform());
}

double PlaceRandom::poisson(double mean) {
    if (mean <= 0) return 0;
    if (mean < 10) {
        const double limit = std::exp(-mean);
        double product = uniform();
        double count = 0;
        for (; product > limit; ++count) product *= uniform();
        return count;
    }
    const double log_mean = std::log(mean);
    const double b = 0.931 + 2.53 * std::sqrt(mean), a = -0.059 + 0.02483 * b;
    const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4), v_r = 0.9277 - 3.6224 / (b - 2);
    for (;;) {
        const double u = uniform() - 0.5, v = uniform();
        const double us = 0.5 - std::abs(u);
        const double k = std::floor((2 * a / us + b) * u + mean + 0.43);
        if (us >= 0.07 && v <= v_r) return k;
        if (k < 0 || (us < 0.013 && v > us)) continue;
        if (std::log(v * inverse_alpha / (a / (us * us) + b)) <= k * log_mean - mean - log_factorial(k))
            return k;
    }
}

}  // namespace radforge::optics
