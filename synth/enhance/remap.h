// SPDX-License-Identifier: Apache-2.0
/// The interpretable correction of one radiograph pixel: a regional line and a global window.
///
///   x = I / 65535
///   z = a x + b                                             regional slope and bias
///   y = z in [0,1];  L z below;  1 + L (z - 1) above        L = 0.01: three pieces, strictly increasing
///   g(y) = 1 / (1 + exp(-4 (y - wc) / ww))                  DICOM PS3.3 C.11.2.1.3.1, VOI LUT function
///   SIGMOID out = 65535 (g(y) - g(0)) / (g(1) - g(0))               clamped to [0,65535] when stored
///
/// The networks have the same formula over tensors; tests/golden/remap.csv pins both.
#pragma once
#include "synth/base/dist.h"

#include <cstdint>

namespace radforge::enhance {

/// The four parameters of one pixel.
struct Correction {
    double a = 1, b = 0, wc = 0.5, ww = 1;
};

/// What the networks' activations can reach; maps are clamped to it.
constexpr Range<double> kSlope{0.25, 4}, kBias{-4, 4}, kCentre{-0.25, 1.25}, kWidth{0.05, 2};
constexpr double kLeak = 0.01;
constexpr double kFullScale = 65535;

/// The window's curve, prepared once for pixels that share centre and width.
class Window {
public:
    Window(double centre, double width);
    /// (g(y) - g(0)) / (g(1) - g(0)); 0 at y = 0 and 1 at y = 1.
    double operator()(double y) const;
    bool is(double centre, double width) const { return centre == centre_ && width == width_; }

private:
    double centre_, width_, steepness_, offset_, zero_, scale_;
};

/// The regional line and its leaks. @param x  in [0,1]
inline double regional(double x, double a, double b) {
    const double z = a * x + b;
    return z < 0 ? kLeak * z : z > 1 ? 1 + kLeak * (z - 1) : z;
}

/// The whole formula without the final clamp. @param x  in [0,1] @return  about [0,1]
double remap(double x, const Correction& correction);

/// As stored: rounded to the nearest of 0..65535 (halves up), clamped.
uint16_t stored(double out01);

}  // namespace radforge::enhance
