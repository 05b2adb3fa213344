// SPDX-License-Identifier: Apache-2.0
#include "synth/enhance/correction_maps.h"

#include "synth/base/error.h"
#include "synth/base/parallel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace radforge::enhance {
namespace {

std::vector<std::vector<double>> golden(const std::string& name) {
    std::ifstream in(RADFORGE_SOURCE_DIR "/tests/golden/" + name);
    std::vector<std::vector<double>> rows;
    std::string line, cell;
    while (std::getline(in, line)) {
        std::istringstream cells(line);
        rows.emplace_back();
        while (std::getline(cells, cell, ',')) rows.back().push_back(std::stod(cell));
    }
    return rows;
}

TEST(FullMaps, AreTheBilinearUpsamplingOfTheGoldenFile) {
    const auto rows = golden("full_maps.csv");
    ASSERT_EQ(rows.size(), 3u + 12u);
    Image maps(3, 4, 4, PixelType::F32, ColorSpace::Data);
    for (int r = 0; r < 3; ++r)
        for (int c = 0; c < 4; ++c)
            for (int k = 0; k < 4; ++k) maps.view<float>()(r, c, k) = k == kB ? float(rows[r][c]) : 0.5f;
    const Image full = full_maps(maps, 12, 16);
    for (int r = 0; r < 12; ++r)
        for (int c = 0; c < 16; ++c) {
            EXPECT_NEAR(double(full.view<float>()(r, c, kB)), rows[size_t(r + 3)][size_t(c)], 1e-6);
            EXPECT_EQ(full.view<float>()(r, c, kWc), 0.5f);
        }
}

TEST(FullMaps, OfTheSameSizeAreTheMapsThemselves) {
    Image maps(5, 7, 4, PixelType::F32, ColorSpace::Data);
    for (size_t i = 0; i < maps.values<float>().size(); ++i)
        maps.values<float>()[i] = 0.3f + 0.9f * std::sin(float(i)) * std::sin(float(i));
    EXPECT_EQ(full_maps(maps, 5, 7).bytes, maps.bytes);
}

TEST(FullMaps, StayInTheRangesOfTheModel) {
    Image maps(2, 2, 4, PixelType::F32, ColorSpace::Data);
    for (size_t i = 0; i < 16; ++i) maps.values<float>()[i] = i % 8 < 4 ? -9.0f : 9.0f;
    Image stored_maps = maps;
    EXPECT_EQ(clamp_to_ranges(stored_maps), 16);
    EXPECT_EQ(clamp_to_ranges(stored_maps), 0);
    const Image full = full_maps(maps, 8, 8);
    for (int r = 0; r < 8; ++r)
        for (int c = 0; c < 8; ++c) {
            const float* m = full.view<float>().pixel(r, c);
            EXPECT_TRUE(kSlope.contains(double(m[kA])));
            EXPECT_TRUE(kBias.contains(double(m[kB])));
            EXPECT_TRUE(kCentre.contains(double(m[kWc])));
            EXPECT_TRUE(kWidth.lo - 1e-7 <= double(m[kWw]) && double(m[kWw]) <= kWidth.hi);
        }
}

TEST(RemapImage, IsTheFormulaOfEveryPixelWithItsUpsampledMaps) {
    Image raw(12, 20, 1, PixelType::U16, ColorSpace::Data), maps(3, 5, 4, PixelType::F32, ColorSpace::Data);
    for (size_t i = 0; i < 240; ++i) raw.values<uint16_t>()[i] = uint16_t(i * 273);
    for (size_t i = 0; i < 15; ++i) {
        const float t = 0.5f + 0.5f * std::sin(float(i));
        float* m = &maps.values<float>()[4 * i];
        m[kA] = 0.3f + 3 * t, m[kB] = 0.5f - t, m[kWc] = 0.3f + 0.4f * t, m[kWw] = 0.5f + t;
    }
    const Image full = full_maps(maps, 12, 20), out = remap(raw, maps);
    for (int r = 0; r < 12; ++r)
        for (int c = 0; c < 20; ++c) {
            const float* m = full.view<float>().pixel(r, c);
            const Correction at{double(m[kA]), double(m[kB]), double(m[kWc]), double(m[kWw])};
            EXPECT_EQ(out.view<uint16_t>()(r, c), stored(remap(raw.view<uint16_t>()(r, c) / kFullScale, at)));
        }
    EXPECT_EQ(remap(raw, full).bytes, out.bytes) << "maps at full size give the same";
}

TEST(RemapImage, IsTheGoldenPicture) {
    const auto rows = golden("remap_image.csv");
    ASSERT_EQ(rows.size(), 12u + 12 + 12);
    Image raw(12, 16, 1, PixelType::U16, ColorSpace::Data), maps(3, 4, 4, PixelType::F32, ColorSpace::Data);
    for (size_t k = 0; k < 4; ++k)
        for (int r = 0; r < 3; ++r)
            for (int c = 0; c < 4; ++c)
                maps.view<float>()(r, c, int(k)) = float(rows[3 * k + size_t(r)][size_t(c)]);
    for (size_t i = 0; i < 192; ++i) raw.values<uint16_t>()[i] = uint16_t(rows[12 + i / 16][i % 16]);
    const Image full = full_maps(maps, 12, 16), out = remap(raw, maps);
    for (int r = 0; r < 12; ++r)
        for (int c = 0; c < 16; ++c) {
            const double truth = rows[size_t(24 + r)][size_t(c)] / kFullScale;
            const float* m = full.view<float>().pixel(r, c);
            const Correction at{double(m[kA]), double(m[kB]), double(m[kWc]), double(m[kWw])};
            EXPECT_NEAR(remap(raw.view<uint16_t>()(r, c) / kFullScale, at), truth, 1e-6) << r << ' ' << c;
            EXPECT_NEAR(out.view<uint16_t>()(r, c), kFullScale * std::clamp(truth, 0.0, 1.0), 0.5 + 0.07);
        }
}

TEST(RemapImage, WrongTypesAreErrors) {
    const Image u16(8, 8, 1, PixelType::U16, ColorSpace::Data),
        f32(8, 8, 1, PixelType::F32, ColorSpace::Data), maps(2, 2, 4, PixelType::F32, ColorSpace::Data);
    EXPECT_THROW(remap(f32, maps), Error);
    EXPECT_THROW(remap(u16, f32), Error);
    EXPECT_THROW(full_maps(u16, 8, 8), Error);
}

}  // namespace
}  // namespace radforge::enhance
