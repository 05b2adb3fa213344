// SPDX-License-Identifier: Apache-2.0
/// Smoothing of detector images.
#pragma once
#include "synth/base/image.h"

namespace radforge::xray {

/// Convolves f32 [H,W,1] with a Gaussian integrated over pixels (sum 1, cut at 4 deviations); what lies
/// outside repeats the edge. A deviation of 0 copies.
/// @throws Error when the deviation is negative or above 1e4 px, or the image is not f32 [H,W,1]
Image gaussian_blur(const Image& image, double sigma_px);

/// Convolves with a box of `width_px` x `height_px`, partial pixels weighted (the image of a rectangular
/// focal spot).
Image box_blur(const Image& image, double width_px, double height_px);

}  // namespace radforge::xray
