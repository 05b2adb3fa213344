// SPDX-License-Identifier: Apache-2.0
/// How a camera was held, as its file says (CIPA DC-008 "Exif", tag Orientation).
#pragma once
#include "synth/base/image.h"
#include "synth/base/span.h"

namespace radforge::photo {

/// Orientation 1..8 of an Exif block, "II*\0" or "MM\0*" first; 1 where it has none or makes no sense.
int orientation_of_exif(Span<const std::byte> block);
/// Of a JPEG stream by its APP1 segment; 1 where there is none.
int orientation_of_jpeg(Span<const std::byte> stream);
/// Of a PNG stream by its eXIf chunk; 1 where there is none.
int orientation_of_png(Span<const std::byte> stream);

/// The picture as it was seen: 1 as stored, 2 mirrored left-right, 3 turned by 180 degrees, 4 mirrored
/// top-bottom, 5 transposed, 6 turned clockwise, 7 transposed about the other diagonal, 8 turned
/// counter-clockwise.
/// @param image  u8
Image upright(Image image, int orientation);

}  // namespace radforge::photo
