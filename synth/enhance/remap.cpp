// SPDX-License-Identifier: Apache-2.0
#include "synth/enhance/remap.h"

#include <algorithm>
#include <cmath>

namespace radforge::enhance {

// With s = 4 / ww and o = exp(s wc):  g(y) = 1 / (1 + o exp(-s y)).
Window::Window(double centre, double width)
    : centre_(centre), width_(width), steepness_(4 / width), offset_(std::exp(steepness_ * centre)) {
    zero_ = 1 / (1 + offset_);
    scale_ = 1 / (1 / (1 + offset_ * std::exp(-steepness_)) - zero_);
}

double Window::operator()(double y) const {
    return (1 / (1 + offset_ * std::exp(-steepness_ * y)) - zero_) * scale_;
}

double remap(double x, const Correction& c) { return Window(c.wc, c.ww)(regional(x, c.a, c.b)); }

uint16_t stored(double out01) {
    return uint16_t(std::clamp(std::floor(kFullScale * out01 + 0.5), 0.0, kFullScale));
}

}  // namespace radforge::enhance
