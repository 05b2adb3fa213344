// SPDX-License-Identifier: Apache-2.0
/// Pictures and environment maps from and to files, told apart by their first bytes, on the calling thread.
#pragma once
#include "synth/base/image.h"

#include <string>

namespace radforge::picture {

/// Reads the first image of a PNG, JPEG or TIFF, at the depth it is stored in.
/// @return  [H,W,C] u8, u16 or f32; `space` is Srgb for integers, Linear for f32. Alpha, if any, is the last
///          channel and as the file has it
/// @throws Error  when the file is missing, unknown, damaged or of another depth, naming the file
Image read_image(const std::string& path);

/// Reads a lat-long environment map: Radiance .hdr or OpenEXR.
/// @return  f32 [H,2H,3], scene-linear Rec.709, every value finite and not negative; row 0 is the zenith
/// @throws Error  when the file is no floating-point picture, smaller than 2 rows, not twice as wide as high,
/// all black,
///                or holds a value that is NaN, infinite or negative, naming the file and the first such
///                pixel
Image read_hdr(const std::string& path);

/// Writes u8 or u16 with 1 to 4 channels; the bytes depend on the pixels only.
/// @throws Error  when the file cannot be written
void write_png(const std::string& path, const Image& image);

}  // namespace radforge::picture
