// SPDX-License-Identifier: Apache-2.0
/// Global tone curve of a camera, on scene-linear values with 1 = white.
#pragma once
#include "synth/base/dist.h"

namespace radforge::optics {

/// S-curve y = x^n (1 + s) / (x^n + s) with s such that y(0) = 0, y(0.18) = 0.18, y(1) = 1, and n such that
/// the slope at 0.18 is the contrast: dy/dx = 0.82 n / (1 - 0.18^n). Strictly increasing; contrast 1 is the
/// identity. Source: Naka and Rushton, J. Physiol. 185, 1966 (form of the curve).
class ToneCurve {
public:
    static constexpr Range kContrast{0.5, 2.5};
    /// @throws Error when the contrast leaves that range
    explicit ToneCurve(double contrast);
    /// @param x  0..1
    double operator()(double x) const;

private:
    double power_, offset_;
};

}  // namespace radforge::optics
