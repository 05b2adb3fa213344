// SPDX-License-Identifier: Apache-2.0
/// Edges of chosen tissues in a CT slice: Sobel's operator on HU clamped to a range. Clamping, rather than
/// zeroing outside, keeps both borders of the tissue and cannot create edges inside other tissue.
#pragma once
#include "synth/base/image.h"

namespace radforge::colorize {

struct HuRange {
    double lo_hu = 0, hi_hu = 0;
};

/// J = clamp((HU - lo) / (hi - lo), 0, 1); S = sqrt(Gx^2 + Gy^2) / (4 sqrt 2) with Sobel's 3x3 kernels, the
/// image's border repeated.
/// @param hu  [H,W,1]
/// @return    f32 [H,W,1] in [0,1]
/// @throws Error when the range is empty
Image sobel_in_range(ImageView<const int16_t> hu, HuRange range);

}  // namespace radforge::colorize
