// SPDX-License-Identifier: Apache-2.0
#include "render/xray/photon_noise.h"

#include "synth/base/error.h"

#include <cmath>
#include <string>

namespace radforge::xray {
namespace {

constexpr uint32_t kTag = 0x58520000;  // "XR"

// ln k! by Stirling's series, exact to 1e-11 from k = 10 on; below, by multiplication.
double log_factorial(double k) {
    if (k < 10) {
        double product = 1;
        for (double i = 2; i <= k; ++i) product *= i;
        return std::log(product);
    }
    const double inverse = 1 / k, square = inverse * inverse;
    return (k + .5) * std::log(k) - k + .91893853320467274178 +
           inverse * (1. / 12 - square * (1. / 360 - square * (1. / 1260 - square / 1680)));
}

}  // namespace

PixelRng::PixelRng(const NoiseKey& key, uint32_t pixel)
    : key_(key.seed.value), counter_{pixel, kTag, uint32_t(key.view), uint32_t(key.view >> 32)} {}

double PixelRng::uniform() {
    if (used_ == 4) {
        block_ = philox(key_, counter_);
        ++counter_[1];
        RADFORGE_ASSERT(counter_[1] < kTag + 0x10000);
        used_ = 0;
    }
    return (double(block_[size_t(used_++)]) + .5) * 0x1p-32;
}

double PixelRng::normal() {
    const double radius = std::sqrt(-2 * std::log(uniform()));
    return radius * std::cos(6.283185307179586 * uniform());
}

double PixelRng::poisson(double mean) {
    if (!(mean >= 0) || !std::isfinite(mean))
        throw Error(ErrorKind::BadData, "mean number of photons").got(std::to_string(mean)).expected(">= 0");
    if (mean < 10) {
        const double limit = std::exp(-mean);
        double product = uniform(), count = 0;
        for (; product > limit; ++count) product *= uniform();
        return count;
    }
    const double b = .931 + 2.53 * std::sqrt(mean), a = -.059 + .02483 * b;
    const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4), squeeze = .9277 - 3.6224 / (b - 2);
    for (;;) {
        const double u = uniform() - .5, v = uniform(), us = .5 - std::fabs(u);
        const double k = std::floor((2 * a / us + b) * u + mean + .43);
        if (us >= .07 && v <= squeeze) return k;
        if (k < 0 || (us < .013 && v > us)) continue;
        if (std::log(v * inverse_alpha / (a / (us * us) + b)) <= k * std::log(mean) - mean - log_factorial(k))
            return k;
    }
}

}  // namespace radforge::xray
