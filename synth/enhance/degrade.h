// SPDX-License-Identifier: Apache-2.0
/// From an ideal radiograph to a badly exposed one.
///
///   s = offset + gain R^gamma + veil + heel              R in [0,1], bright = dense
///   x = clamp(s * G(blur) + noise sqrt(0.1 + s) N)       inside the collimated field, a constant outside
///
/// `veil` is a smooth random field (white noise under a Gaussian of a sixth of the height, stretched to
/// [0,1]) times an amplitude, `heel` a linear ramp across the picture, N white noise of unit deviation.
#pragma once
#include "synth/base/image.h"
#include "synth/base/rng.h"

#include <cstdint>

namespace radforge::enhance {

/// Every drawn number of one degradation.
struct Degradation {
    double gamma = 1, gain = 1, offset = 0;
    double veil = 0;                        ///< amplitude
    double heel = 0, heel_heading_rad = 0;  ///< rise over the picture, direction of the rise (0 = rightwards)
    double noise = 0;                       ///< deviation at signal 0.9
    double blur_px = 0;                     ///< deviation of the detector's point spread
    bool collimated = false;
    double top = 0, bottom = 0, left = 0, right = 0;  ///< shares of the side that the collimator hides
    double border = 0;                                ///< what is seen there
};

/// Slope of the degradation's tone curve at `ideal`, which below 0.05 counts as 0.05.
double tone_slope(const Degradation& degradation, double ideal);

/// The part of a picture that the collimator leaves open: pixels [top,bottom) x [left,right).
struct OpenField {
    int top, bottom, left, right;
    bool holds(int row, int column) const {
        return row >= top && row < bottom && column >= left && column < right;
    }
};
OpenField open_field(const Degradation& degradation, int height_px, int width_px);

struct RawRadiograph {
    Image image;             ///< u16 [H,W,1]
    int64_t clipped_px = 0;  ///< met 0 or 65535 before rounding, border left out
};

/// @param ideal  f32 [H,W,1] in [0,1]
/// @param key    of the sample: the veil is drawn from Stream::Light, the noise from Stream::Noise
RawRadiograph degrade(const Image& ideal, const Degradation& degradation, const SampleKey& key);

}  // namespace radforge::enhance
