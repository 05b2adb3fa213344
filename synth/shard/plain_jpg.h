// SPDX-License-Identifier: Apache-2.0
/// The JPEG files that data sets are full of, decoded faster than libjpeg-turbo and to the same bits.
#pragma once
#include "synth/base/image.h"
#include "synth/base/span.h"

namespace radforge::shard {

/// Decodes baseline JPEG (ITU-T T.81) of 8 bits, grey or YCbCr with full chroma, one scan, no restarts.
/// @param into  its memory is used again; holds anything when false comes back
/// @returns false when the stream is of another sort or not clean to its last bit, or built for machines
/// without AVX2 and BMI2: libjpeg-turbo then says what it is
bool decode_plain_jpg(Span<const std::byte> bytes, Image& into);

}  // namespace radforge::shard
