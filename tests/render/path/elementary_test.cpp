// SPDX-License-Identifier: Apache-2.0
#include "render/path/elementary.h"

#include <gtest/gtest.h>

namespace radforge::path {
namespace {

TEST(Elementary, SineAndCosineAgreeWithTheStandardLibrary) {
    for (int k = -4000; k <= 4000; ++k) {
        const float t = float(k) / 1777.0f;
        const SinCos s = sincos_turns(t);
        EXPECT_NEAR(s.sin, std::sin(2 * M_PI * double(t)), 2e-6) << t;
        EXPECT_NEAR(s.cos, std::cos(2 * M_PI * double(t)), 2e-6) << t;
    }
    EXPECT_EQ(sincos_turns(0.25f).sin, 1.0f);
    EXPECT_NEAR(sincos_turns(0.5f).cos, -1.0f, 1e-7f);
}

TEST(Elementary, FourLanesHaveTheBitsOfOneNumber) {
    for (int k = 0; k < 20000; ++k) {
        const float a = float(k - 10000) / 611.0f, b = -0.3f * a, c = a * 5.0f, d = 0.01f * a;
        const Rgbx x{a, b, c, d}, above = magnitude_of(x) + 1e-4f;
        const SinCosOf<Rgbx> s = sincos_turns(x);
        const Rgbx power = exp2_approx(Rgbx(8.0f * x)), logarithm = log2_approx(above);
        for (int lane = 0; lane < 4; ++lane) {
            ASSERT_EQ(s.sin[lane], sincos_turns(x[lane]).sin);
            ASSERT_EQ(s.cos[lane], sincos_turns(x[lane]).cos);
            ASSERT_EQ(power[lane], exp2_approx(8 * x[lane]));
            ASSERT_EQ(logarithm[lane], log2_approx(above[lane]));
        }
    }
    EXPECT_EQ(exp2_approx(all_of(-200))[0], 0);
}

TEST(Elementary, ArcTangentCoversAllQuadrants) {
    for (int k = 0; k < 10000; ++k) {
        const double a = -M_PI + 2 * M_PI * (k + 0.5) / 10000;
        EXPECT_NEAR(atan2_turns(float(std::sin(a)), float(std::cos(a))), a / (2 * M_PI), 1.5e-7) << a;
    }
    EXPECT_EQ(atan2_turns(0, 0), 0);
    EXPECT_EQ(atan2_turns(0, 1), 0);
    EXPECT_EQ(atan2_turns(1, 0), 0.25f);
}

TEST(Elementary, ExponentialAndLogarithmInvertEachOther) {
    for (int k = -12000; k <= 12000; ++k) {
        const float x = float(k) / 100.0f;
        const float e = exp2_approx(x);
        EXPECT_NEAR(e / std::exp2(double(x)), 1, 3e-7) << x;
        EXPECT_NEAR(log2_approx(e), x, 3e-7 * std::max(1.0f, std::fabs(x))) << x;
    }
    EXPECT_EQ(exp2_approx(-200.0f), 0);
    EXPECT_EQ(log2_approx(1.0f), 0);
}

}  // namespace
}  // namespace radforge::path
