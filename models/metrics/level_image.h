// SPDX-License-Identifier: Apache-2.0
/// A region of interest in grey levels, what all texture matrices are counted on.
#pragma once
#include "synth/base/image.h"

#include <cstdint>
#include <vector>

namespace radforge::metrics {

/// Levels 1, 2, ... inside a region, 0 outside; row-major.
struct LevelImage {
    int height_px = 0, width_px = 0;
    std::vector<int> levels;
    std::vector<int> present;  ///< levels that occur, ascending
    int64_t count = 0;         ///< pixels of the region
    int highest = 0;
    /// 0 outside the picture, too.
    int at(int row, int column) const {
        return row < 0 || column < 0 || row >= height_px || column >= width_px
                   ? 0
                   : levels[size_t(row) * size_t(width_px) + size_t(column)];
    }
};

/// From numbers that are levels already. @param levels  height x width, >= 0
LevelImage level_image(int height_px, int width_px, std::vector<int> levels);

/// Bins of a fixed width whose edges are multiples of it: floor(x / width) - floor(lowest / width) + 1.
/// @param values  f32 [H,W,1]
/// @param region  u8 [H,W,1], 0 = outside
/// @throws Error  when shapes differ, the region is empty or holds a value that is not finite
LevelImage discretised(const Image& values, const Image& region, double bin_width);

}  // namespace radforge::metrics
