// SPDX-License-Identifier: Apache-2.0
/// Files of the Visible Human Project as distributed: bytes that may be compressed by Unix compress, colour
/// sections without a header, CT slices in GE's Genesis format.
/// Sources: NLM's description of the data; the Genesis layout as ITK's GE5ImageIO and the IDC conversion read
/// it.
#pragma once
#include "synth/base/image.h"
#include "synth/base/span.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace radforge::colorize {

/// The content of a file; one that begins with 1f 9d (Unix compress, .Z) or 1f 8b (gzip) unpacked.
/// @throws Error when it cannot be read or unpacked
std::vector<std::byte> read_unpacked(const std::string& path);

/// How the colours of a section lie in its file.
struct SectionLayout {
    int height_px = 0, width_px = 0;
    bool planar = true;  ///< all red, then all green, then all blue; else RGB RGB ...
    double pixel_mm = 0;
    size_t bytes() const { return size_t(height_px) * size_t(width_px) * 3; }
};

/// The layout that a file of so many bytes has: 2048 x 1216 planar at 0.33 mm, or the 70 mm rescans, 4096 x
/// 2700 interleaved at 0.144 mm.
std::optional<SectionLayout> layout_of(size_t bytes);

/// A section as an upright picture: the file's rows run from the back to the front, these from the front to
/// the back.
/// @return  u8 [H,W,3] sRGB
/// @throws Error when the file is empty, all zero (a gap of the saw), or has not the layout's size
Image decode_section(Span<const std::byte> bytes, const SectionLayout& layout);

/// A CT slice as stored: what the numbers mean is calibrated over the whole set.
struct GenesisSlice {
    Image stored;             ///< i16 [H,W,1]
    double pixel_mm = 0;      ///< 0: the file does not say
    double thickness_mm = 0;  ///< 0: the file does not say
    bool header = false, little_endian = false;
};

/// "IMGF" at byte 0, big-endian, or the same in little-endian: offset of the pixels at 4, width at 8, height
/// at 12, depth at 16 (16 bits), compression at 20 (1 = none), version at 52; the image header at the place
/// that byte 148 tells, or in version 2 at 2308: pixel size at +50, +54 (version 2: +52, +56), thickness at
/// +26 (+28). Without the magic number: 512 x 512 pixels at the end of the file, in the byte order that makes
/// neighbouring pixels differ less.
/// @throws Error when the file is truncated, compressed inside, or not of 16 bits
GenesisSlice decode_genesis(Span<const std::byte> bytes);

}  // namespace radforge::colorize
