// SPDX-License-Identifier: Apache-2.0
#include "synth/base/image.h"

#include "synth/base/error.h"

#include <algorithm>
#include <cmath>

namespace radforge {

size_t bytes_per_value(PixelType type) {
    switch (type) {
        case PixelType::U8:
            return 1;
        case PixelType::I16:
        case PixelType::U16:
        case PixelType::F16:
            return 2;
        case PixelType::F32:
            return 4;
    }
    return 0;
}

Image::Image(int height, int width, int channel_count, PixelType pixel_type, ColorSpace color_space)
    : height_px(height), width_px(width), channels(channel_count), type(pixel_type), space(color_space) {
    if (height < 1 || width < 1 || channel_count < 1)
        throw Error(ErrorKind::BadData, "an image needs positive sides")
            .got(std::to_string(width) + " x " + std::to_string(height) + " x " +
                 std::to_string(channel_count));
    bytes.assign(value_count() * bytes_per_value(pixel_type), std::byte{0});
}

void Image::check(PixelType wanted) const { RADFORGE_ASSERT(wanted == type); }

float srgb_from_linear(float x) {
    return x <= 0.0031308f ? 12.92f * x : 1.055f * std::pow(x, 1.0f / 2.4f) - 0.055f;
}

float linear_from_srgb(float x) { return x <= 0.04045f ? x / 12.92f : std::pow((x + 0.055f) / 1.055f, 2.4f); }

uint8_t quantize_u8(float value01) {
    return uint8_t(std::lround(255.0f * std::min(1.0f, std::max(0.0f, value01))));
}

}  // namespace radforge
