// SPDX-License-Identifier: Apache-2.0
/// Global tone curve of a camera, on scene-linear values with 1 = white.
#pragma once

namespace radforge::optics {

/// S-curve y = x^n (1 + s) / (x^n + s), n = contrast, s such that grey stays: y(0) = 0, y(0.18) = 0.18, y(1)
/// = 1. Strictly increasing; contrast 1 is the identity. Source: Naka and Rushton, J. Physiol. 185, 1966
/// (form of the curve).
class ToneCurve {
public:
    /// @param contrast  1..3. @throws Error otherwise
    explicit ToneCurve(double contrast);
    /// @param x  0..1
    double operator()(double x) const;

private:
    double power_, offset_;
};

}  // namespace radforge::optics
