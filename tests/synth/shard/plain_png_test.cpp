// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/plain_png.h"

#include "synth/base/error.h"
#include "synth/base/hash.h"
#include "synth/base/rng.h"
#include "synth/shard/codec.h"

#include <gtest/gtest.h>
#include <png.h>

#include <string>

namespace radforge::shard {
namespace {

Image noise(int height, int width, int channels, uint64_t levels, uint64_t seed) {
    Image image(height, width, channels, PixelType::U8, ColorSpace::Srgb);
    Rng rng({{seed}, 0}, Stream::Noise);
    for (std::byte& value : image.bytes) value = std::byte(uint8_t(rng.below(levels)));
    return image;
}

/// By libpng, every row with filters of `filters`, in IDAT chunks of `chunk` bytes at most.
std::string encode(const Image& image, int filters, size_t chunk) {
    std::string bytes;
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
    png_infop info = png_create_info_struct(png);
    png_set_write_fn(
        png, &bytes,
        [](png_structp to, png_bytep data, png_size_t count) {
            static_cast<std::string*>(png_get_io_ptr(to))->append(reinterpret_cast<char*>(data), count);
        },
        nullptr);
    const int type = image.channels == 1   ? PNG_COLOR_TYPE_GRAY
                     : image.channels == 3 ? PNG_COLOR_TYPE_RGB
                                           : PNG_COLOR_TYPE_RGB_ALPHA;
    png_set_IHDR(png, info, png_uint_32(image.width_px), png_uint_32(image.height_px), 8, type,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_filter(png, 0, filters);
    png_set_compression_buffer_size(png, chunk);
    png_write_info(png, info);
    const auto* row = reinterpret_cast<png_const_bytep>(image.bytes.data());
    for (int y = 0; y < image.height_px; ++y, row += image.width_px * image.channels) png_write_row(png, row);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    return bytes;
}

TEST(PlainPng, GivesBackWhatLibpngWroteWithEveryFilter) {
    Image decoded;
    for (const int channels : {1, 3, 4})
        for (const int width : {1, 2, 37})
            for (const int height : {1, 19})
                for (const int filters : {PNG_FILTER_NONE, PNG_FILTER_SUB, PNG_FILTER_UP, PNG_FILTER_AVG,
                                          PNG_FILTER_PAETH, PNG_ALL_FILTERS})
                    for (const size_t chunk : {size_t(64), size_t(8192)}) {
                        const Image image = noise(height, width, channels, 256, uint64_t(width));
                        const std::string stream = encode(image, filters, chunk);
                        ASSERT_TRUE(decode_plain_png(bytes_of(stream), decoded));
                        ASSERT_EQ(decoded.width_px, width);
                        ASSERT_EQ(decoded.height_px, height);
                        ASSERT_EQ(decoded.channels, channels);
                        ASSERT_EQ(decoded.bytes, image.bytes) << channels << " channels, filter " << filters;
                    }
}

TEST(PlainPng, RefusesEveryCutAndEveryFlippedBit) {
    const std::string whole = encode_png(noise(12, 9, 3, 4, 1));
    Image decoded;
    ASSERT_TRUE(decode_plain_png(bytes_of(whole), decoded));
    for (size_t size = 0; size < whole.size(); ++size)
        ASSERT_FALSE(decode_plain_png(bytes_of(whole.substr(0, size)), decoded)) << size;
    for (size_t bit = 0; bit < 8 * whole.size(); ++bit) {
        std::string stream = whole;
        stream[bit / 8] ^= char(1 << bit % 8);
        ASSERT_FALSE(decode_plain_png(bytes_of(stream), decoded)) << "bit " << bit;
    }
    EXPECT_FALSE(decode_plain_png(bytes_of(whole + "x"), decoded));
    EXPECT_THROW(decode_png(bytes_of(whole + "x")), Error);
}

}  // namespace
}  // namespace radforge::shard
