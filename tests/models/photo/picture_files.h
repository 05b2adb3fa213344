// SPDX-License-Identifier: Apache-2.0
/// Picture files of every sort, made byte by byte.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace radforge::test {

enum class PngColour { Grey = 0, Rgb = 2, Palette = 3, GreyAlpha = 4, Rgba = 6 };

struct PngFile {
    int width = 3, height = 2, bits = 8;
    PngColour colour = PngColour::Rgb;
    std::function<uint32_t(int y, int x, int channel)> value;  ///< of `bits` bits
    std::vector<uint8_t> palette;                              ///< r g b each
    int orientation = 0;                                       ///< 0: no eXIf chunk
};
std::string make_png(const PngFile& file);

/// An Exif block that says an orientation.
std::string exif_block(int orientation, bool big_endian);
/// Puts an APP1 segment behind the stream's first two bytes.
std::string with_exif(const std::string& jpeg, const std::string& block);

/// A picture of four inks, all pixels alike, stored inverted as Adobe's programs do.
std::string make_cmyk_jpeg(int width, int height, const std::vector<uint8_t>& inks);

}  // namespace radforge::test
