// SPDX-License-Identifier: Apache-2.0
#include "models/tasks/sheet.h"

#include <algorithm>

namespace radforge::models {

Image image_of(const torch::Tensor& planes) {
    const torch::Tensor hwc =
        planes.detach().to(torch::kCPU).to(torch::kFloat32).permute({1, 2, 0}).contiguous();
    Image image(int(hwc.size(0)), int(hwc.size(1)), int(hwc.size(2)), PixelType::F32, ColorSpace::Data);
    std::copy_n(hwc.data_ptr<float>(), image.value_count(), image.values<float>().data());
    return image;
}

void Sheet::put(int row, int column, const Image& tile, float low, float high) {
    const auto in = tile.view<float>();
    auto out = image_.view<uint8_t>();
    for (int y = 0; y < side_; ++y)
        for (int x = 0; x < side_; ++x)
            for (int k = 0; k < 3; ++k) {
                const int c = tile.channels == 1 ? 0 : k;
                out(row * side_ + y, column * side_ + x, k) =
                    c < tile.channels ? quantize_u8((in(y, x, c) - low) / (high - low)) : uint8_t(0);
            }
}

}  // namespace radforge::models
