// SPDX-License-Identifier: Apache-2.0
#include "synth/colorize/contour.h"

#include "synth/base/error.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace radforge::colorize {
namespace {

constexpr HuRange kFat{-190, -30}, kBone{150, 1800};

struct Slice {
    int side = 40;
    std::vector<int16_t> hu;
    template <class F>
    explicit Slice(F value) {
        for (int r = 0; r < side; ++r)
            for (int c = 0; c < side; ++c) hu.push_back(int16_t(std::lround(value(r, c))));
    }
    ImageView<const int16_t> view() const { return {hu.data(), side, side, 1, side}; }
};

TEST(SobelInRange, StepAcrossTheRangeGivesOneOverRootTwo) {
    // Gx = 1 + 2 + 1 on both sides of the step, so S = 4 / (4 sqrt 2).
    const Slice slice([](int, int c) { return c < 20 ? 0 : 2000; });
    const Image s = sobel_in_range(slice.view(), kBone);
    for (int r = 0; r < 40; ++r)
        for (int c = 0; c < 40; ++c)
            EXPECT_NEAR(s.view<float>()(r, c), c == 19 || c == 20 ? 1 / std::sqrt(2.0) : 0, 1e-6);
}

TEST(SobelInRange, SlopeHasItsAnalyticGradient) {
    // J grows by g a pixel along the direction (a, b): |G| = 8 g.
    for (const auto& [a, b] : {std::pair{1.0, 0.0}, {0.0, 1.0}, {0.6, 0.8}}) {
        const Slice slice([a = a, b = b](int r, int c) { return 300 + 15 * (a * c + b * r); });
        const Image s = sobel_in_range(slice.view(), kBone);
        const double expected = 8 * 15 / 1650.0 / (4 * std::sqrt(2.0));
        EXPECT_NEAR(s.view<float>()(20, 20), expected, 0.05 * expected);
        EXPECT_NEAR(s.view<float>()(0, 20) / s.view<float>()(20, 20),
                    b == 0   ? 1
                    : b == 1 ? 0.5
                             : std::hypot(0.6, 0.4),
                    0.05)
            << "the border is repeated";
    }
}

TEST(SobelInRange, BothBordersOfTheTissueShowAndNothingElse) {
    // Air, fat, muscle, bone: the fat's range ends below muscle, the bone's begins above it.
    const Slice slice([](int, int c) { return c < 10 ? -1000 : c < 20 ? -110 : c < 30 ? 50 : 1200; });
    const Image fat = sobel_in_range(slice.view(), kFat), bone = sobel_in_range(slice.view(), kBone);
    EXPECT_NEAR(fat.view<float>()(5, 10), 0.5 / std::sqrt(2.0), 1e-6);
    EXPECT_NEAR(fat.view<float>()(5, 20), 0.5 / std::sqrt(2.0), 1e-6);
    EXPECT_EQ(fat.view<float>()(5, 30), 0) << "muscle and bone both lie above the range of fat";
    EXPECT_EQ(bone.view<float>()(5, 10), 0);
    EXPECT_EQ(bone.view<float>()(5, 20), 0);
    EXPECT_NEAR(bone.view<float>()(5, 30), (1200 - 150) / 1650.0 / std::sqrt(2.0), 1e-6);
}

TEST(SobelInRange, LargestPossibleEdgeIsNotAboveOne) {
    for (int pattern = 0; pattern < 512; ++pattern) {
        std::vector<int16_t> hu(9);
        for (int i = 0; i < 9; ++i) hu[size_t(i)] = pattern >> i & 1 ? 3071 : -1024;
        const Image s = sobel_in_range({hu.data(), 3, 3, 1, 3}, kBone);
        for (const float v : s.values<float>()) {
            EXPECT_GE(v, 0);
            EXPECT_LE(v, 1);
        }
    }
}

TEST(SobelInRange, EmptyRangeIsAnError) {
    const Slice slice([](int, int) { return 0; });
    EXPECT_THROW(sobel_in_range(slice.view(), {100, 100}), Error);
}

}  // namespace
}  // namespace radforge::colorize
