// SPDX-License-Identifier: Apache-2.0
/// Photos as people have them: any JPEG or PNG, whatever its depth, colours and size, the right way up.
#pragma once
#include "synth/base/image.h"
#include "synth/base/span.h"

#include <string>

namespace radforge::photo {

/// What was done to a file's pixels on the way in.
struct PhotoFacts {
    std::string format;   ///< JPEG or PNG
    int orientation = 1;  ///< of Exif; undone
    bool alpha = false;   ///< laid on white
    int bits = 8;         ///< stored a channel; more are rounded to 8
    std::string colours;  ///< RGB, grey, palette, CMYK
};

/// More pixels are refused: three bytes each of them are held, and float planes of the film.
constexpr int64_t kMostPhotoPixels = int64_t(1) << 28;

/// @returns u8 [H,W,3], sRGB
/// @throws Error when the file is missing, cut, damaged, too large, or neither JPEG nor PNG, naming it
Image read_photo(const std::string& path, PhotoFacts& facts);

/// The same from memory. @throws Error without the name
Image decode_photo(Span<const std::byte> bytes, PhotoFacts& facts);

}  // namespace radforge::photo
