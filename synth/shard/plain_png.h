// SPDX-License-Identifier: Apache-2.0
/// The PNG files that data sets are full of, decoded faster than libpng.
#pragma once
#include "synth/base/image.h"
#include "synth/base/span.h"

namespace radforge::shard {

/// Decodes PNG (ISO/IEC 15948) of 8 bits, grey, RGB or RGBA, not interlaced, without ancillary chunks.
/// @param into  its memory is used again; holds anything when false comes back
/// @returns false when the stream is of another sort or damaged in any way: libpng then says what it is
bool decode_plain_png(Span<const std::byte> bytes, Image& into);

}  // namespace radforge::shard
