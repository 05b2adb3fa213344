// SPDX-License-Identifier: Apache-2.0
#include "models/metrics/texture.h"

#include <gtest/gtest.h>

namespace radforge::metrics {
namespace {

/// The examples of pyradiomics' documentation, as models.md section 9 has them.
LevelImage of_digits(const std::string& digits) {
    std::vector<int> levels;
    for (const char c : digits) levels.push_back(c - '0');
    return level_image(5, 5, levels);
}
const LevelImage& pairs_example() {
    static const LevelImage image = of_digits("1252332131135521111212435");
    return image;
}
const LevelImage& sizes_example() {
    static const LevelImage image = of_digits("5254433313211134222335332");
    return image;
}
std::string digits_of(const CountMatrix& m, int columns) {
    std::string out;
    for (int i = 1; i <= m.rows; ++i) {
        for (int j = 1; j <= columns; ++j) out += std::to_string(int(m.at(i, j)));
        if (i < m.rows) out += "/";
    }
    return out;
}
double sum(const CountMatrix& m) {
    double total = 0;
    for (const double v : m.counts) total += v;
    return total;
}

TEST(Texture, CooccurrencesOfTheExample) {
    EXPECT_EQ(digits_of(cooccurrences(pairs_example(), {0, 1}), 5), "64300/40213/32012/01100/03202");
}

TEST(Texture, DependencesOfTheExample) {
    const CountMatrix m = dependences(sizes_example());
    EXPECT_EQ(digits_of(m, 4), "0121/1230/1440/1200/3000");
    EXPECT_EQ(sum(m), 25);
}

TEST(Texture, RunsOfTheExample) {
    EXPECT_EQ(digits_of(runs(sizes_example(), {0, 1}), 5), "10100/30100/41100/11000/30000");
}

TEST(Texture, RunsHoldEveryPixelOnceInEveryDirection) {
    for (const Direction direction : kDirections) {
        const CountMatrix m = runs(sizes_example(), direction);
        double pixels = 0;
        for (int i = 1; i <= m.rows; ++i)
            for (int j = 1; j <= m.columns; ++j) pixels += j * m.at(i, j);
        EXPECT_EQ(pixels, 25);
    }
}

TEST(Texture, ZonesJoinOverCorners) {
    // Two of level 1 that touch at a corner, one of level 2 beside, one of level 1 apart.
    const CountMatrix m = zones(level_image(3, 4,
                                            {1, 2, 0, 1,  //
                                             0, 1, 0, 0,  //
                                             0, 0, 0, 0}));
    EXPECT_EQ(m.at(1, 2), 1);
    EXPECT_EQ(m.at(1, 1), 1);
    EXPECT_EQ(m.at(2, 1), 1);
    EXPECT_EQ(sum(m), 3);
}

TEST(Texture, LevelsThatDoNotOccurKeepTheirNumber) {
    const LevelImage image = level_image(1, 3, {1, 1, 7});
    EXPECT_EQ(image.present, (std::vector<int>{1, 7}));
    EXPECT_EQ(image.highest, 7);
    double contrast = 0;
    for (const Feature& f : glcm_features(image))
        if (f.name == "Contrast") contrast = f.value;
    EXPECT_DOUBLE_EQ(contrast, 36 * 0.5);
}

TEST(LevelImage, BinEdgesAreMultiplesOfTheWidth) {
    Image values(1, 5, 1, PixelType::F32, ColorSpace::Data), region(1, 5, 1, PixelType::U8, ColorSpace::Data);
    const float x[5] = {-27, -26, -25, 0, 24.9f};
    for (int i = 0; i < 5; ++i) {
        values.view<float>()(0, i) = x[i];
        region.view<uint8_t>()(0, i) = 1;
    }
    EXPECT_EQ(discretised(values, region, 25).levels, (std::vector<int>{1, 1, 2, 3, 3}));
}

}  // namespace
}  // namespace radforge::metrics
