// SPDX-License-Identifier: Apache-2.0
#include "render/path/texture.h"

#include "render/path/scene_data.h"
#include "synth/base/error.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

namespace radforge::path {
namespace {

Image ramp(int h, int w) {
    Image image(h, w, 3, PixelType::F32, ColorSpace::Linear);
    const auto v = image.view<float>();
    for (int i = 0; i < h; ++i)
        for (int j = 0; j < w; ++j) {
            v(i, j, 0) = (float(j) + 0.5f) / float(w);
            v(i, j, 1) = (float(i) + 0.5f) / float(h);
            v(i, j, 2) = float((i * 31 + j * 17) % 100) / 100;
        }
    return image;
}

TEST(Texture, BilinearReproducesALinearRampWithUDownTheColumns) {
    const Texture t(ramp(40, 64), Wrap::Clamp);
    for (const float u : {0.1f, 0.33f, 0.9f})
        for (const float v : {0.2f, 0.71f}) {
            const Vec3f s = t.sample({u, v}, 0);
            EXPECT_NEAR(s.x, u, 6e-4f);  // half precision
            EXPECT_NEAR(s.y, v, 6e-4f);
        }
}

TEST(Texture, EveryLevelKeepsTheMeanOfOddSizes) {
    const Image image = ramp(37, 53);
    double mean = 0;
    for (size_t i = 2; i < image.value_count(); i += 3) mean += double(image.values<float>()[i]);
    mean /= 37 * 53;
    const Texture t(image, Wrap::Clamp);
    EXPECT_NEAR(t.mean().z, mean, 1e-3);
    EXPECT_NEAR(t.sample({0.5f, 0.5f}, 1e6f).z, mean, 1e-3);
    EXPECT_EQ(t.level_count(), 6);
}

TEST(Texture, SmallTransmittancesKeepTheirRelativePrecision) {
    for (const double density : {0.0, 1.0, 2.0, 3.0, 3.6, 4.5}) {
        Image image(1, 1, 1, PixelType::F32, ColorSpace::Linear);
        image.values<float>()[0] = float(std::pow(10, -density));
        EXPECT_NEAR(double(Texture(image, Wrap::Clamp).mean().y) / std::pow(10, -density), 1,
                    density > 4.2 ? 2e-3 : 5e-4)
            << density;
    }
}

TEST(Texture, TexelsRoundToTheNearestHalfInAnyMode) {
    for (uint32_t bits = 0x33000000u; bits < 0x477fe000u; bits += 4099) {  // 2^-25 to 65504
        float value;
        std::memcpy(&value, &bits, 4);
        const uint16_t expected = half_from_float(value);
        const FlushToZero mode;
        const HalfRgb h(Vec3f{value, 0, value});
        ASSERT_EQ(h.value[0], expected) << value;
        ASSERT_EQ(h.value[2], expected) << value;
        ASSERT_EQ(h.value[1] + h.value[3], 0);
    }
}

TEST(Texture, DecodesSixteenAndEightBitForms) {
    Image wide(1, 1, 3, PixelType::U16, ColorSpace::Linear);
    wide.values<uint16_t>()[1] = 32768;
    EXPECT_NEAR(Texture(wide, Wrap::Clamp).mean().y, 32768.0 / 65535, 3e-4);
    wide.space = ColorSpace::Srgb;
    EXPECT_NEAR(Texture(wide, Wrap::Clamp).mean().y, linear_from_srgb(32768 / 65535.0f), 2e-4f);
    Image grey(1, 1, 1, PixelType::U16, ColorSpace::Srgb);
    grey.values<uint16_t>()[0] = 65535;
    EXPECT_EQ(Texture(grey, Wrap::Clamp).mean().z, 1);
    Image small(1, 1, 3, PixelType::U8, ColorSpace::Srgb);
    small.values<uint8_t>()[2] = 188;
    EXPECT_NEAR(Texture(small, Wrap::Clamp).mean().z, linear_from_srgb(188 / 255.0f), 3e-4f);
    small.space = ColorSpace::Linear;
    EXPECT_NEAR(Texture(small, Wrap::Clamp).mean().z, 188 / 255.0f, 3e-4f);
}

TEST(Texture, RepeatsOrClampsAtItsBorder) {
    Image image(1, 4, 1, PixelType::F32, ColorSpace::Linear);
    for (size_t j = 0; j < 4; ++j) image.values<float>()[j] = float(j) / 4;
    const Texture repeat(image, Wrap::Repeat), clamp(image, Wrap::Clamp);
    EXPECT_NEAR(repeat.sample({1.375f, 0.5f}, 0).x, 0.25f, 1e-3f);
    EXPECT_NEAR(repeat.sample({0.0f, 0.5f}, 0).x, 0.375f, 1e-3f) << "halfway between the last and the first";
    EXPECT_NEAR(repeat.sample({-0.125f, 0.5f}, 0).x, 0.75f, 1e-3f);
    EXPECT_NEAR(clamp.sample({1.375f, 0.5f}, 0).x, 0.75f, 1e-3f);
}

TEST(Texture, ParallelogramMeanIsThatOfTheTexelsBelow) {
    const Image image = ramp(64, 64);
    const Texture t(image, Wrap::Clamp);
    double mean = 0;
    for (int i = 20; i < 24; ++i)
        for (int j = 40; j < 46; ++j) mean += double(image.view<float>()(i, j, 2)) / 24;
    const Vec3f m = t.sample_parallelogram({43.0 / 64, 22.0 / 64}, {6.0 / 64, 0}, {0, 4.0 / 64});
    EXPECT_NEAR(m.z, mean, 0.004);
    const Vec3f all = t.sample_parallelogram({0.5, 0.5}, {1, 0}, {0, 1});
    EXPECT_NEAR(all.z, t.mean().z, 0.01);
}

TEST(Texture, LongParallelogramOverStripesWeighsEachTexelAlike) {
    // Stripes of one texel across, an edge along: what a coarser level or taps two texels apart would get
    // wrong.
    Image image(64, 64, 3, PixelType::F32, ColorSpace::Linear);
    const auto p = image.view<float>();
    for (int i = 0; i < 64; ++i)
        for (int j = 0; j < 64; ++j) p(i, j, 0) = (j % 2 ? 0.8f : 0.0f), p(i, j, 1) = (i < 32 ? 1.0f : 0.0f);
    const Texture t(image, Wrap::Clamp);
    for (const double length : {15.0, 22.0, 40.0}) {
        const double n = 2001;
        for (const double centre : {30.0, 30.5, 30.85}) {
            double sum = 0;  // the bilinear image along u
            for (int k = 0; k < int(n); ++k) {
                const double x = centre + length * ((k + 0.5) / n - 0.5) - 0.5, f = x - std::floor(x);
                sum += 0.8 * (int(std::floor(x)) % 2 ? 1 - f : f) / n;
            }
            const Vec3f m = t.sample_parallelogram({centre / 64, 29.0 / 64}, {length / 64, 0}, {0, 5.0 / 64});
            EXPECT_NEAR(double(m.x), sum, 0.004) << length << " at " << centre;
            EXPECT_NEAR(m.y, 1, 1e-3f) << "the edge lies outside";
        }
    }
}

TEST(Texture, EveryFootprintsWeightsAddUp) {
    Image image(900, 900, 3, PixelType::F32, ColorSpace::Linear);
    for (float& v : image.values<float>()) v = 0.75f;
    const Texture t(image, Wrap::Clamp);
    for (int k = 0; k < 3000; ++k) {  // of a texel and less to some that a coarser level stands in for
        const double turn = 0.37 * k, size = 0.3 * std::pow(1.0027, k), narrow = 0.2 + 0.02 * (k % 40);
        const Vec2d a{size * std::cos(turn) / 900, size * std::sin(turn) / 900},
            b{-size * narrow * std::sin(turn + 0.2) / 900, size * narrow * std::cos(turn + 0.2) / 900};
        const Vec3f m = t.sample_parallelogram({0.5 + 0.0137 * (k % 11), 0.5 - 0.0119 * (k % 13)}, a, b);
        ASSERT_NEAR(m.y, 0.75f, 4e-6f) << k;
    }
}

TEST(Texture, SlantedParallelogramMeanIsThatOfManyTaps) {
    Image image(48, 40, 3, PixelType::F32, ColorSpace::Linear);
    for (int i = 0; i < 48; ++i)
        for (int j = 0; j < 40; ++j) image.view<float>()(i, j, 1) = float((i * 7 + j * 3 + i * j) % 5 == 0);
    struct Case {
        Vec2d centre, a, b;  // texels
    };
    for (const Wrap wrap : {Wrap::Clamp, Wrap::Repeat}) {
        const Texture t(image, wrap);
        for (const Case& c :
             {Case{{20.3, 21.7}, {5, 2}, {-1.5, 4}}, Case{{20.3, 21.7}, {0.3, 0.1}, {0.1, -0.4}},
              Case{{11.2, 30.9}, {9, 0}, {0, 6}}, Case{{11.2, 30.9}, {1, 14}, {0.6, 14}},
              Case{{1.5, 46.8}, {6, 1}, {1, 7}}, Case{{25, 25}, {0, 3.3}, {12, 0}}}) {
            constexpr int kTaps = 300;
            double sum = 0;
            for (int i = 0; i < kTaps; ++i)
                for (int j = 0; j < kTaps; ++j) {
                    const Vec2d at =
                        c.centre + ((i + 0.5) / kTaps - 0.5) * c.a + ((j + 0.5) / kTaps - 0.5) * c.b;
                    sum += double(t.bilinear(0, {float(at.x / 40), float(at.y / 48)}).y);
                }
            const auto uv = [](Vec2d v) { return Vec2d{v.x / 40, v.y / 48}; };
            EXPECT_NEAR(double(t.sample_parallelogram(uv(c.centre), uv(c.a), uv(c.b)).y), sum / kTaps / kTaps,
                        1e-3)
                << c.centre.x << " " << c.a.x << " " << c.a.y << (wrap == Wrap::Clamp ? " clamp" : " repeat");
        }
    }
}

TEST(Texture, RefusesValuesThatAreNoReflectance) {
    Image image(2, 2, 3, PixelType::F32, ColorSpace::Linear);
    image.values<float>()[5] = -0.1f;
    EXPECT_THROW(Texture(image, Wrap::Clamp), Error);
    image.values<float>()[5] = std::nanf("");
    EXPECT_THROW(Texture(image, Wrap::Clamp), Error);
    EXPECT_THROW(Texture(Image(2, 2, 2, PixelType::F32, ColorSpace::Linear), Wrap::Clamp), Error);
    EXPECT_THROW(Texture(Image(2, 2, 3, PixelType::I16, ColorSpace::Data), Wrap::Clamp), Error);
}

}  // namespace
}  // namespace radforge::path
