// SPDX-License-Identifier: Apache-2.0
#include "render/optics/tone.h"

#include "synth/base/error.h"

#include <gtest/gtest.h>

namespace radforge::optics {
namespace {

TEST(ToneCurve, KeepsBlackGreyAndWhiteAndRises) {
    for (const double contrast : {0.6, 1.0, 1.3, 2.0}) {
        const ToneCurve curve(contrast);
        EXPECT_DOUBLE_EQ(curve(0), 0);
        EXPECT_NEAR(curve(0.18), 0.18, 1e-12);
        EXPECT_NEAR(curve(1), 1, 1e-12);
        for (int i = 1; i <= 1000; ++i) ASSERT_GT(curve(i / 1000.0), curve((i - 1) / 1000.0)) << contrast;
    }
}

TEST(ToneCurve, SlopeAtGreyIsTheContrast) {
    for (const double contrast : {0.5, 0.8, 1.0, 1.25, 2.0}) {
        const ToneCurve curve(contrast);
        EXPECT_NEAR((curve(0.18 + 1e-6) - curve(0.18 - 1e-6)) / 2e-6, contrast, 1e-6);
    }
}

TEST(ToneCurve, ContrastOneIsTheIdentity) {
    const ToneCurve curve(1);
    for (const double x : {0.0, 0.03, 0.5, 0.99}) EXPECT_DOUBLE_EQ(curve(x), x);
}

TEST(ToneCurve, ImpossibleContrastIsAnError) {
    EXPECT_THROW(ToneCurve(0.3), Error);
    EXPECT_THROW(ToneCurve(9), Error);
}

}  // namespace
}  // namespace radforge::optics
