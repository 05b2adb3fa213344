// SPDX-License-Identifier: Apache-2.0
#include "render/optics/tone.h"

#include "synth/base/error.h"

#include <cmath>
#include <string>

namespace radforge::optics {

namespace {
constexpr double kGrey = 0.18;
}

ToneCurve::ToneCurve(double contrast) : power_(contrast), offset_(0) {
    if (!(contrast >= 1 && contrast <= 3))
        throw Error(ErrorKind::BadData, "impossible tone contrast")
            .got(std::to_string(contrast))
            .expected("1..3");
    if (contrast == 1) return;
    const double grey = std::pow(kGrey, contrast);
    offset_ = grey * (1 - kGrey) / (kGrey - grey);
}

double ToneCurve::operator()(double x) const {
    if (power_ == 1) return x;
    const double raised = std::pow(x, power_);
    return raised * (1 + offset_) / (raised + offset_);
}

}  // namespace radforge::optics
