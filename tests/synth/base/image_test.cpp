// SPDX-License-Identifier: Apache-2.0
#include "synth/base/image.h"

#include "synth/base/error.h"

#include <gtest/gtest.h>

namespace radforge {
namespace {

TEST(Image, IsZeroFilledInterleavedWithRowZeroOnTop) {
    Image image(2, 3, 4, PixelType::U16, ColorSpace::Data);
    EXPECT_EQ(image.bytes.size(), 2u * 3 * 4 * 2);
    for (const uint16_t v : image.values<uint16_t>()) EXPECT_EQ(v, 0);
    image.view<uint16_t>()(1, 2, 3) = 9;
    EXPECT_EQ(image.values<uint16_t>()[(1 * 3 + 2) * 4 + 3], 9);
    EXPECT_EQ(image.view<uint16_t>().pixel(1, 0), &image.values<uint16_t>()[12]);
}

TEST(Image, RefusesSidesThatAreNotPositive) {
    EXPECT_THROW(Image(0, 1, 1, PixelType::U8, ColorSpace::Data), Error);
    EXPECT_THROW(Image(1, -1, 1, PixelType::U8, ColorSpace::Data), Error);
    EXPECT_THROW(Image(1, 1, 0, PixelType::U8, ColorSpace::Data), Error);
}

TEST(Image, RefusesAViewOfAnotherType) {
    Image image(1, 1, 1, PixelType::F32, ColorSpace::Data);
    EXPECT_THROW(image.view<uint8_t>(), std::logic_error);
    EXPECT_NO_THROW(image.view<float>());
}

// IEC 61966-2-1: middle grey 0.5 decodes to 0.21404, the two pieces meet at 0.04045.
TEST(Srgb, KnownValuesAndRoundTrip) {
    EXPECT_FLOAT_EQ(linear_from_srgb(0), 0);
    EXPECT_FLOAT_EQ(linear_from_srgb(1), 1);
    EXPECT_NEAR(linear_from_srgb(0.5f), 0.2140411f, 1e-6f);
    EXPECT_NEAR(srgb_from_linear(0.18f), 0.4613561f, 1e-6f);
    EXPECT_NEAR(srgb_from_linear(0.0031308f), srgb_from_linear(0.0031309f), 2e-6f);
    for (int code = 0; code < 256; ++code) {
        const float encoded = float(code) / 255;
        EXPECT_EQ(quantize_u8(srgb_from_linear(linear_from_srgb(encoded))), code);
    }
}

TEST(Quantize, RoundsToNearestAndClamps) {
    EXPECT_EQ(quantize_u8(-1), 0);
    EXPECT_EQ(quantize_u8(2), 255);
    EXPECT_EQ(quantize_u8(0.499f / 255), 0);
    EXPECT_EQ(quantize_u8(0.501f / 255), 1);
}

TEST(Luminance, WhiteIsOneAndGreenWeighsMost) {
    EXPECT_FLOAT_EQ(luminance(1, 1, 1), 1);
    EXPECT_GT(luminance(0, 1, 0), luminance(1, 0, 0) + luminance(0, 0, 1));
}

}  // namespace
}  // namespace radforge
