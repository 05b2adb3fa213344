// SPDX-License-Identifier: Apache-2.0
/// Contact sheets for previews.
#pragma once
#include "synth/base/image.h"

#include <torch/torch.h>

namespace radforge::models {

/// f32 [H,W,C] of planes [C,H,W].
Image image_of(const torch::Tensor& planes);

/// Tiles of one size, side by side and below each other.
class Sheet {
public:
    Sheet(int rows, int columns, int side)
        : side_(side), image_(rows * side, columns * side, 3, PixelType::U8, ColorSpace::Srgb) {}
    /// @param tile       f32, side x side
    /// @param low, high  what black and white stand for. One channel is drawn grey, of two the third is 0.
    void put(int row, int column, const Image& tile, float low, float high);
    Image take() { return std::move(image_); }

private:
    int side_;
    Image image_;
};

}  // namespace radforge::models
