// SPDX-License-Identifier: Apache-2.0
/// How many samples each pixel gets when a picture's samples are shared out by its noise.
///
/// Samples in proportion to each pixel's standard error make the whole picture's the least (Neyman, "On the
/// two different aspects of the representative method", J. R. Stat. Soc. 97(4), 1934). Points of a Sobol
/// sequence err by about n^-0.75 on film scenes, so that the best number grows as the 0.8th power of the
/// error; and they pay at powers of two, so that pixels differ by doublings only.
///
/// A pixel's number follows from the pixels around it, never from its own samples: one that has missed the
/// light does not end early because of it, and one that has met it by luck does not go on because of that.
/// The mean of a pixel is therefore unbiased, but for what one pixel adds to the picture's sum.
#pragma once
#include "synth/base/image.h"

#include <cstdint>
#include <vector>

namespace radforge::path {

/// Mean over the 5 x 5 pixels around each, itself left out; at the border over those that there are.
/// @param square  f32 [H,W,1] with more than one pixel
Image mean_of_neighbours(const Image& square);

/// @param square  f32 [H,W,1] mean square error that the pixel has with `least` samples
/// @param budget  samples per pixel, mean over the picture, not to be passed
/// @param most    samples per pixel, not to be passed
/// @return        by rows: how often each pixel's `least` samples are doubled
std::vector<uint8_t> share_out(const Image& square, int least, double budget, int most);

}  // namespace radforge::path
