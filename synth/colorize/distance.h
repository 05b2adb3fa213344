// SPDX-License-Identifier: Apache-2.0
/// Exact Euclidean distances on a pixel grid, and what follows from them: opening by a disc, connected parts.
#pragma once
#include "synth/base/image.h"

#include <cstdint>
#include <vector>

namespace radforge::colorize {

/// Larger than any squared distance in an image.
inline constexpr int32_t kFar_px2 = 1 << 30;

/// Squared distance in pixels from each pixel to the nearest one that is not zero; kFar_px2 where there is
/// none.
/// @param set  [H,W,1]
/// @return     H * W values, row by row
std::vector<int32_t> squared_distance(ImageView<const uint8_t> set);

/// Erosion, then dilation, by the disc of all offsets with dx^2 + dy^2 <= radius^2. What lies beyond the
/// image counts as set: an object that the image cuts is not eroded there.
/// @param set  u8 [H,W,1], not zero = set; becomes 0 or 255
void open_by_disc(Image& set, int radius_px);

/// The 4-connected parts of a set.
struct Parts {
    std::vector<int32_t>
        of;  ///< H * W, number of the part from 1 on in the order found row by row, 0 = unset
    std::vector<int64_t> area;  ///< pixels of each part; [0] = 0
};
Parts parts_of(ImageView<const uint8_t> set);

/// Keeps the largest 4-connected part, of equal ones the one found first row by row; becomes 0 or 255.
/// @param counted  u8 [H,W,1]: only pixels where it is not zero count; null: all
/// @return         how many the part has, 0 where none has any: then nothing is kept
int64_t keep_largest(Image& set, const Image* counted = nullptr);

/// Sets everything that a 4-connected flood of the unset pixels from the image's border does not reach.
void fill_holes(Image& set);

}  // namespace radforge::colorize
