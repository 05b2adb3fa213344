// SPDX-License-Identifier: Apache-2.0
#include "render/picture/resize.h"

#include "synth/base/error.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace radforge::picture {
namespace {

Image ramp(int h, int w, int channels) {
    Image image(h, w, channels, PixelType::F32, ColorSpace::Linear);
    for (int r = 0; r < h; ++r)
        for (int c = 0; c < w; ++c)
            for (int k = 0; k < channels; ++k)
                image.view<float>()(r, c, k) = 0.01f * float(c) + 0.02f * float(r) + float(k);
    return image;
}

double mean(const Image& image) {
    double sum = 0;
    for (const float v : image.values<float>()) sum += double(v);
    return sum / double(image.value_count());
}

TEST(Resize, AreaIsTheExactMeanOfTheFootprint) {
    Image row(1, 5, 1, PixelType::F32, ColorSpace::Data);
    const float values[] = {1, 2, 4, 8, 16};
    std::copy(values, values + 5, row.values<float>().begin());
    const Image out = resize(row, 1, 2, Filter::Area);
    EXPECT_NEAR(out.values<float>()[0], (1 + 2 + 0.5 * 4) / 2.5, 1e-6);
    EXPECT_NEAR(out.values<float>()[1], (0.5 * 4 + 8 + 16) / 2.5, 1e-6);
    const Image larger = resize(row, 1, 10, Filter::Area);
    EXPECT_EQ(larger.values<float>()[6], 8);
    EXPECT_EQ(larger.values<float>()[7], 8);
}

TEST(Resize, AreaKeepsTheMeanForAnySize) {
    const Image image = ramp(37, 53, 2);
    for (const auto& [h, w] : {std::pair{11, 17}, {37, 20}, {5, 53}, {80, 111}})
        EXPECT_NEAR(mean(resize(image, h, w, Filter::Area)), mean(image), 2e-6);
}

TEST(Resize, LanczosKeepsConstantsAndStaysOnPixelEdges) {
    Image flat(31, 17, 1, PixelType::F32, ColorSpace::Data);
    std::fill(flat.values<float>().begin(), flat.values<float>().end(), 0.7f);
    const Image still = resize(flat, 12, 40, Filter::Lanczos3);
    for (const float v : still.values<float>()) EXPECT_NEAR(v, 0.7f, 1e-6f);
    const Image half = resize(ramp(60, 80, 1), 30, 40, Filter::Lanczos3);
    // A ramp away from the border keeps its value at the same place: centre (c + 0.5) * 2 = old position.
    EXPECT_NEAR(half.view<float>()(15, 20), 0.01 * (20.5 * 2 - 0.5) + 0.02 * (15.5 * 2 - 0.5), 1e-5);
}

TEST(Resize, SameSizeReturnsTheSamePixels) {
    const Image image = ramp(9, 14, 3);
    const Image area = resize(image, 9, 14, Filter::Area), lanczos = resize(image, 9, 14, Filter::Lanczos3);
    for (size_t i = 0; i < image.value_count(); ++i) {
        EXPECT_EQ(area.values<float>()[i], image.values<float>()[i]);
        EXPECT_NEAR(lanczos.values<float>()[i], image.values<float>()[i], 2e-6);
    }
}

TEST(Resize, EncodedColourIsAveragedAsLight) {
    Image checker(2, 2, 1, PixelType::U8, ColorSpace::Srgb);
    checker.values<uint8_t>()[0] = checker.values<uint8_t>()[3] = 255;
    EXPECT_EQ(resize(checker, 1, 1, Filter::Area).values<uint8_t>()[0], 188);  // sRGB(0.5) = 187.5
    checker.space = ColorSpace::Data;
    EXPECT_EQ(resize(checker, 1, 1, Filter::Area).values<uint8_t>()[0], 128);
}

TEST(Resize, IntegersRoundAndSaturate) {
    Image edge(1, 64, 1, PixelType::I16, ColorSpace::Data);
    for (int c = 32; c < 64; ++c) edge.values<int16_t>()[size_t(c)] = 32767;
    const Image out = resize(edge, 1, 23, Filter::Lanczos3);
    EXPECT_EQ(*std::max_element(out.values<int16_t>().begin(), out.values<int16_t>().end()), 32767);
    EXPECT_LT(*std::min_element(out.values<int16_t>().begin(), out.values<int16_t>().end()), 0);
}

TEST(Resize, ImpossibleSizeIsAnError) { EXPECT_THROW(resize(ramp(4, 4, 1), 0, 3, Filter::Area), Error); }

TEST(Srgb, TableEncoderAgreesWithTheFormulaOnAMillionValues) {
    Image linear(1000, 1001, 1, PixelType::F32, ColorSpace::Linear);
    const auto values = linear.values<float>();
    for (size_t i = 0; i < values.size(); ++i) values[i] = float(i) / float(values.size() - 1);
    const Image out = srgb_u8_from_linear(linear);
    int64_t different = 0;
    for (size_t i = 0; i < values.size(); ++i) {
        const int formula = quantize_u8(srgb_from_linear(values[i]));
        const int table = out.values<uint8_t>()[i];
        EXPECT_LE(std::abs(formula - table), 1);
        different += formula != table;
    }
    EXPECT_LE(different, 30);  // rounding of the 255 thresholds themselves
}

TEST(Srgb, EveryCodeSurvivesDecodingAndEncoding) {
    Image codes(16, 16, 1, PixelType::U8, ColorSpace::Srgb);
    for (size_t i = 0; i < 256; ++i) codes.values<uint8_t>()[i] = uint8_t(i);
    EXPECT_EQ(srgb_u8_from_linear(linear_from_srgb_u8(codes)).bytes, codes.bytes);
}

TEST(Srgb, SaturatesOutsideAndRefusesNaN) {
    Image linear(1, 3, 1, PixelType::F32, ColorSpace::Linear);
    linear.values<float>()[0] = -1;
    linear.values<float>()[1] = 7;
    const Image out = srgb_u8_from_linear(linear);
    EXPECT_EQ(out.values<uint8_t>()[0], 0);
    EXPECT_EQ(out.values<uint8_t>()[1], 255);
    linear.values<float>()[2] = NAN;
    EXPECT_THROW(srgb_u8_from_linear(linear), Error);
}

}  // namespace
}  // namespace radforge::picture
