// SPDX-License-Identifier: Apache-2.0
#include "render/path/adaptive.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace radforge::path {
namespace {

Image picture(int height, int width, float value) {
    Image image(height, width, 1, PixelType::F32, ColorSpace::Data);
    for (float& v : image.values<float>()) v = value;
    return image;
}

double mean_samples(const std::vector<uint8_t>& doublings, int least) {
    double sum = 0;
    for (const uint8_t d : doublings) sum += double(least) * std::exp2(d);
    return sum / double(doublings.size());
}

TEST(MeanOfNeighbours, LeavesThePixelItselfOut) {
    Image square = picture(9, 11, 2);
    square.view<float>()(4, 5) = 1000;
    square.view<float>()(0, 0) = 50;
    const Image mean = mean_of_neighbours(square);
    const auto at = mean.view<float>();
    EXPECT_FLOAT_EQ(at(4, 5), 2) << "its own value";
    EXPECT_FLOAT_EQ(at(0, 0), 2);
    EXPECT_FLOAT_EQ(at(6, 7), 2 + 998.0f / 24) << "the corner of the window";
    EXPECT_FLOAT_EQ(at(7, 5), 2);
    EXPECT_FLOAT_EQ(at(0, 1), 2 + 48.0f / 11) << "3 x 4 pixels at the border";
}

TEST(ShareOut, MeansTheSameForAllWhereAllErrAlike) {
    for (const int spp : {8, 16, 64})
        EXPECT_EQ(mean_samples(share_out(picture(8, 8, 0.3f), 8, spp, 4 * spp), 8), spp);
    EXPECT_EQ(mean_samples(share_out(picture(8, 8, 0), 8, 64, 256), 8), 64) << "nothing is known";
    EXPECT_EQ(mean_samples(share_out(picture(8, 8, 1), 8, 127, 512), 8), 64) << "the budget is kept";
}

TEST(ShareOut, SpendsItsBudgetByPowersOfTheError) {
    Image square = picture(40, 40, 0);
    const auto values = square.values<float>();
    for (size_t k = 0; k < values.size(); ++k) values[k] = std::exp2(float(k * 7 % 16) / 4);
    const std::vector<uint8_t> doublings = share_out(square, 8, 64, 512);
    const double mean = mean_samples(doublings, 8);
    EXPECT_LE(mean, 64);
    EXPECT_GT(mean, 56) << "within one of sixteen levels of error";
    for (size_t k = 0; k < values.size(); ++k)
        for (size_t j = 0; j < k; j += 37)
            if (values[k] >= values[j]) {
                ASSERT_GE(doublings[k], doublings[j]);
            }
    // 2^5 times the square of the error: 2^(0.4 x 5) times the samples.
    for (size_t k = 0; k < values.size(); ++k) values[k] = k % 2 == 0 ? 1 : 32;
    const std::vector<uint8_t> two = share_out(square, 8, 64, 512);
    EXPECT_EQ(int(two[1]) - int(two[0]), 2);
    EXPECT_EQ(mean_samples(two, 8), 40) << "16 and 64; 32 and 128 would be more than 64";
}

TEST(ShareOut, StaysBetweenLeastAndMost) {
    Image square = picture(20, 20, 1e-6f);
    for (int k = 0; k < 4; ++k) square.values<float>()[size_t(k * 90)] = 1e6f;
    const std::vector<uint8_t> doublings = share_out(square, 6, 64, 100);
    EXPECT_EQ(int(doublings[0]), 4) << "6 x 2^4 = 96";
    EXPECT_GE(int(doublings[1]), 3) << "no pixel is taken to be without error";
    EXPECT_LE(mean_samples(doublings, 6), 64);
}

}  // namespace
}  // namespace radforge::path
