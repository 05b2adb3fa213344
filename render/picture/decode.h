// SPDX-License-Identifier: Apache-2.0
/// Picture files in memory to pixels, one function per format; errors name no file, callers do.
#pragma once
#include "synth/base/image.h"
#include "synth/base/span.h"

namespace radforge::picture {

/// Any PNG; palettes become RGB (with alpha if they have it), depths below 8 become 8.
Image decode_png(Span<const std::byte> bytes);
/// Grey or RGB; other colours are refused.
Image decode_jpeg(Span<const std::byte> bytes);
/// Strips or tiles, any compression libtiff knows, grey or RGB with or without alpha, 8 or 16 bit integers or
/// 32-bit floats, channels together; others are refused.
Image decode_tiff(Span<const std::byte> bytes);
/// Radiance .hdr, in scene-linear f32 RGB: pixels divided by the exposures that the header names.
Image decode_radiance(Span<const std::byte> bytes);
/// R, G and B of an OpenEXR file's first part, or of the first layer that has them; f32.
Image decode_exr_rgb(Span<const std::byte> bytes);

}  // namespace radforge::picture
