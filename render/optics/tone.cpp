// SPDX-License-Identifier: Apache-2.0
#include "render/optics/tone.h"

#include "synth/base/error.h"

#include <cmath>
#include <string>

namespace radforge::optics {

namespace {

constexpr double kGrey = 0.18;

double slope_at_grey(double power) { return (1 - kGrey) * power / (1 - std::pow(kGrey, power)); }

/// The power whose curve has this slope at grey, by bisection: the slope grows with the power.
double power_for(double contrast) {
    double lo = 1e-3, hi = 4;
    for (int i = 0; i < 100; ++i) {
        const double middle = 0.5 * (lo + hi);
        (slope_at_grey(middle) < contrast ? lo : hi) = middle;
    }
    return 0.5 * (lo + hi);
}

}  // namespace

ToneCurve::ToneCurve(double contrast) : power_(1), offset_(0) {
    if (!kContrast.contains(contrast))
        throw Error(ErrorKind::BadData, "impossible tone contrast")
            .got(std::to_string(contrast))
            .expected("0.5..2.5");
    if (contrast == 1) return;
    power_ = power_for(contrast);
    const double grey = std::pow(kGrey, power_);
    offset_ = grey * (1 - kGrey) / (kGrey - grey);
}

double ToneCurve::operator()(double x) const {
    if (power_ == 1) return x;
    const double raised = std::pow(x, power_);
    return raised * (1 + offset_) / (raised + offset_);
}

}  // namespace radforge::optics
