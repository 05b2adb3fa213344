// SPDX-License-Identifier: Apache-2.0
/// Change of raster size by separable filters, and the sRGB encoding of whole images. Serial, fixed order of
/// sums.
#pragma once
#include "synth/base/image.h"

namespace radforge::picture {

enum class Filter {
    Area,     ///< mean over the exact footprint of the new pixel; keeps the mean of the image
    Lanczos3  ///< sinc(x) sinc(x/3), widened by the reduction factor; sharper, overshoots at edges
};

/// Resamples to height_px x width_px; pixel edges stay on pixel edges, the border pixel repeats outwards.
/// Srgb images are filtered in linear light; integers are rounded, and overshoot beyond their range saturates
/// (Lanczos3 only).
/// @return  same channels, type and space as `image`, which is u8, i16, u16 or f32
/// @throws Error  when a side is not positive or the type is f16
Image resize(const Image& image, int height_px, int width_px, Filter filter);

/// Encodes linear light as 8-bit sRGB (IEC 61966-2-1), rounding to nearest; values outside [0,1] saturate.
/// @param linear  f32 [H,W,C], no NaN
/// @return        u8 [H,W,C], Srgb
/// @throws Error  when a value is NaN
Image srgb_u8_from_linear(const Image& linear);

/// Decodes 8-bit sRGB. @return f32 [H,W,C], Linear, in [0,1]
Image linear_from_srgb_u8(const Image& encoded);

}  // namespace radforge::picture
