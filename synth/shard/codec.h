// SPDX-License-Identifier: Apache-2.0
/// Members to bytes and back. Equal values always give equal bytes.
#pragma once
#include "synth/base/image.h"
#include "synth/base/span.h"
#include "synth/shard/sample.h"

#include <string>

namespace radforge::shard {

/// Lossless picture of 8 bits: grey, RGB or RGBA, no ancillary chunks.
/// @param image  u8 [H,W,1|3|4]
/// @throws Error on another type: stock Python readers cut 16-bit PNG to 8 bits
std::string encode_png(const Image& image);
/// @returns u8 [H,W,C] as stored, marked Srgb with three or four channels, Data with one
Image decode_png(Span<const std::byte> bytes);
/// Into an image that was used before, whose memory is taken again.
void decode_png(Span<const std::byte> bytes, Image& into);

enum class JpegChroma {
    Full,    ///< 4:4:4
    Quarter  ///< 4:2:0: colours at half the resolution, as cameras store them
};

/// Baseline JPEG.
/// @param image    u8 [H,W,1|3]
/// @param quality  1..100
std::string encode_jpg(const Image& image, int quality = 95, JpegChroma chroma = JpegChroma::Full);
/// @returns u8 [H,W,1|3] by the accurate integer transform
Image decode_jpg(Span<const std::byte> bytes);
void decode_jpg(Span<const std::byte> bytes, Image& into);

/// NPY format version 1.0 (numpy.lib.format): little-endian, C order, header padded to a multiple of 64
/// bytes.
std::string encode_npy(const NdArray& array);
/// What stands in front of the array's bytes. @throws Error when they do not fit its shape
std::string npy_header(const NdArray& array);
/// @throws Error on other versions, Fortran order, big-endian, or dtypes beyond PixelType
NdArray decode_npy(Span<const std::byte> bytes);

/// An array inside the bytes of its npy, where it may be unaligned.
struct NpyView {
    PixelType type = PixelType::F32;
    std::vector<int64_t> shape;
    Span<const std::byte> values;
};
/// decode_npy without the copy.
NpyView view_npy(Span<const std::byte> bytes);

/// gzip (RFC 1952) without time and name.
std::string compress_gzip(Span<const std::byte> bytes);
std::string decompress_gzip(Span<const std::byte> bytes);

/// Encodes a field by its extension: png, jpg (Image), npy, npy.gz (NdArray), json (text, checked to parse).
/// A jpg may also hold text: the stream of a camera's own encoder, stored as it is.
/// @throws Error naming the field when value and extension do not fit
std::string encode(const Field& field);
/// The inverse; a jpg is decoded to an Image.
Field decode(const std::string& name, const std::string& extension, Span<const std::byte> bytes);

}  // namespace radforge::shard
