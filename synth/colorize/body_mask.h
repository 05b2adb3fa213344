// SPDX-License-Identifier: Apache-2.0
/// The patient in a CT slice: Otsu's threshold, the largest part, its holes filled, opened.
#pragma once
#include "synth/base/image.h"
#include "synth/base/span.h"

#include <array>
#include <cstdint>

namespace radforge::colorize {

inline constexpr int kOtsuBins = 256;
/// Beyond these the histogram counts at its ends, so that metal and bone do not move the threshold.
inline constexpr int kOtsuLow_hu = -1000, kOtsuHigh_hu = 400;
/// Of a body that lies alone.
inline constexpr int kOpening_px = 3;
/// Of a real scan: at least kOpening_px, and 3 mm, so that the shells of couches and head holders, 2 to 5 mm
/// thick, fall off. So do auricles that are no thicker.
int scan_opening_px(double pixel_mm);

using Histogram = std::array<int64_t, kOtsuBins>;

/// Bin of a CT number: 256 equal ones over [-1000, 400] HU.
int otsu_bin(int16_t hu);
Histogram hu_histogram(ImageView<const int16_t> hu);

/// Number of bins in the lower class, 1..255, that makes the variance between the classes,
/// w0 w1 (m0 - m1)^2, largest; of equal ones the smallest. 0 when all counts lie in one bin.
/// Source: N. Otsu, "A threshold selection method from gray-level histograms" (1979).
int otsu_split(const Histogram& histogram);

/// Above the threshold: the largest part, with everything that it encloses (lungs), opened by a disc (which
/// cuts off the table), of that again the largest part.
/// @param hu       [H,W,1]
/// @param patient  u8 [H,W,1], not zero where the patient surely is: the part that holds most of that is
///                 taken, however large another is; null where nothing is known
/// @return         u8 [H,W,1], 255 in the body
/// @throws Error when the slice shows no body
Image body_mask(ImageView<const int16_t> hu, int opening_px = kOpening_px, const Image* patient = nullptr);

}  // namespace radforge::colorize
