// SPDX-License-Identifier: Apache-2.0
#include "models/data/planar.h"

#include "synth/base/error.h"
#include "synth/base/hash.h"
#include "synth/shard/codec.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

namespace radforge::loader {
namespace {

/// Decodes into memory at all distances from a multiple of 16 bytes, both ways, which must not matter.
std::vector<float> decode(const FieldSpec& spec, const std::string& bytes, bool integers = false) {
    std::vector<float> first;
    DecodeBuffers buffers;
    for (const Destination destination : {Destination::Near, Destination::Far})
        for (size_t shift = 0; shift < 4; ++shift) {
            std::vector<float> out;
            decode_planar(spec, bytes_of(bytes), integers, buffers, destination, [&](const Shape& shape) {
                out.assign(shift + shape.values() + 1, -77);
                return out.data() + shift;
            });
            EXPECT_EQ(out.back(), -77);  // not a value too far
            out.pop_back();
            out.erase(out.begin(), out.begin() + std::ptrdiff_t(shift));
            if (first.empty()) first = out;
            EXPECT_EQ(std::memcmp(out.data(), first.data(), out.size() * sizeof(float)), 0);
        }
    return first;
}

template <class T>
NdArray array_of(PixelType type, std::vector<int64_t> shape, const std::vector<T>& values) {
    NdArray array{type, std::move(shape), std::vector<std::byte>(values.size() * sizeof(T))};
    std::memcpy(array.bytes.data(), values.data(), array.bytes.size());
    return array;
}

FieldSpec spec(PixelType type, std::vector<int64_t> shape, const char* extension = "npy") {
    FieldSpec s;
    s.name = "x";
    s.extension = extension;
    s.type = type;
    s.shape = std::move(shape);
    return s;
}

TEST(Planar, HalvesDecodeExactlySubnormalsAndInfinitiesToo) {
    // 1, -2, largest, smallest subnormal, largest subnormal, infinity (IEEE 754-2019, binary16)
    const std::vector<uint16_t> bits = {0x3c00, 0xc000, 0x7bff, 0x0001, 0x03ff, 0x7c00, 0x7e00, 0x8000};
    const auto out =
        decode(spec(PixelType::F16, {1, 2, 4}), shard::encode_npy(array_of(PixelType::F16, {1, 2, 4}, bits)));
    EXPECT_EQ(out[0], 1.0f);
    EXPECT_EQ(out[1], -2.0f);
    EXPECT_EQ(out[2], 65504.0f);
    EXPECT_EQ(out[3], 0x1p-24f);
    EXPECT_EQ(out[4], 1023 * 0x1p-24f);
    EXPECT_TRUE(std::isinf(out[5]));
    EXPECT_TRUE(std::isnan(out[6]));
    EXPECT_TRUE(out[7] == 0 && std::signbit(out[7]));
}

TEST(Planar, StoredZeroDecodesToExactlyZeroAndInvalidToNan) {
    FieldSpec s = spec(PixelType::I16, {1, 1, 3}, "npy.gz");
    s.scale = 1.0 / 32767;
    s.invalid = "-32768";
    const auto npy = shard::encode_npy(array_of<int16_t>(PixelType::I16, {1, 1, 3}, {0, 32767, -32768}));
    const auto out = decode(s, shard::compress_gzip(bytes_of(npy)));
    EXPECT_EQ(out[0], 0.0f);
    EXPECT_FLOAT_EQ(out[1], 1.0f);
    EXPECT_TRUE(std::isnan(out[2]));
}

TEST(Planar, EveryPixelOfAColourPictureLandsInItsPlane) {
    Image image(3, 37, 3, PixelType::U8, ColorSpace::Srgb);  // not a multiple of the vector's width
    for (size_t i = 0; i < image.bytes.size(); ++i) image.bytes[i] = std::byte(uint8_t(7 * i));
    const auto out = decode(spec(PixelType::U8, {3, 37, 3}, "png"), shard::encode_png(image));
    for (size_t i = 0; i < 111; ++i)
        for (size_t k = 0; k < 3; ++k)
            ASSERT_FLOAT_EQ(out[k * 111 + i], float(uint8_t(7 * (3 * i + k))) / 255) << i;
}

TEST(Planar, PicturesOfClassesKeepTheirNumbers) {
    Image labels(1, 2, 1, PixelType::U8, ColorSpace::Data);
    labels.bytes = {std::byte{3}, std::byte{255}};
    const FieldSpec s = spec(PixelType::U8, {1, 2, 1}, "png");
    EXPECT_EQ(decode(s, shard::encode_png(labels), true), (std::vector<float>{3, 255}));
    EXPECT_EQ(decode(s, shard::encode_png(labels), false)[1], 1.0f);
}

TEST(Planar, WhatTheSpecDoesNotSayIsRefused) {
    const auto npy = shard::encode_npy(array_of<float>(PixelType::F32, {1, 1, 2}, {1, 2}));
    EXPECT_THROW(decode(spec(PixelType::I16, {1, 1, 2}), npy), Error);
    EXPECT_THROW(decode(spec(PixelType::F32, {1, 2, 1}), npy), Error);
    EXPECT_EQ(decode(spec(PixelType::F32, {1, -1, 2}), npy).size(), 2u);
    EXPECT_THROW(decode(spec(PixelType::F32, {1, 1, 2}), npy.substr(0, npy.size() - 1)), Error);
}

}  // namespace
}  // namespace radforge::loader
