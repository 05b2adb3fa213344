// SPDX-License-Identifier: Apache-2.0
#include "models/metrics/picture.h"

#include "synth/base/error.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace radforge::metrics {
namespace {

constexpr double kPi = 3.14159265358979323846;

template <class F>
Image picture(int height, int width, const F& value, int channels = 1) {
    Image image(height, width, channels, PixelType::F32, ColorSpace::Data);
    auto out = image.view<float>();
    for (int r = 0; r < height; ++r)
        for (int c = 0; c < width; ++c)
            for (int k = 0; k < channels; ++k) out(r, c, k) = float(value(r, c, k));
    return image;
}

/// The pair of models.md section 9.
double x_at(int r, int c) { return .5 + .25 * std::sin(2 * kPi * r / 17) + .25 * std::cos(2 * kPi * c / 23); }
double y_at(int r, int c) {
    return std::clamp(.9 * x_at(r, c) + .05 + .1 * std::sin(2 * kPi * (r + 2 * c) / 11), 0., 1.);
}
Image golden_x(int side = 256) {
    return picture(side, side, [](int r, int c, int) { return x_at(r, c); });
}
Image golden_y(int side = 256) {
    return picture(side, side, [](int r, int c, int) { return y_at(r, c); });
}

TEST(Psnr, GoldenPair) { EXPECT_NEAR(psnr(golden_x(), golden_y(), 1), 22.512434, 1e-5); }

TEST(Psnr, EqualPicturesHave100Decibels) { EXPECT_EQ(psnr(golden_x(), golden_x(), 1), 100); }

TEST(Psnr, PeakIsTheRangeOfValues) {
    const Image zero = picture(4, 4, [](int, int, int) { return 0; }),
                one = picture(4, 4, [](int, int, int) { return 1; });
    EXPECT_NEAR(psnr(zero, one, 1), 0, 1e-12);
    EXPECT_NEAR(psnr(zero, one, 10), 20, 1e-12);
    EXPECT_NEAR(rmse(zero, one), 1, 1e-12);
}

TEST(Ssim, GoldenPair) { EXPECT_NEAR(ssim(golden_x(), golden_y(), 1), 0.8016083, 1e-6); }

TEST(Ssim, DoesNotDependOnTheUnitOfBothPictureAndPeak) {
    const Image a = picture(64, 48, [](int r, int c, int) { return 255 * x_at(r, c); }),
                b = picture(64, 48, [](int r, int c, int) { return 255 * y_at(r, c); }),
                a1 = picture(64, 48, [](int r, int c, int) { return x_at(r, c); }),
                b1 = picture(64, 48, [](int r, int c, int) { return y_at(r, c); });
    EXPECT_NEAR(ssim(a, b, 255), ssim(a1, b1, 1), 1e-6);
}

TEST(Ssim, ChannelsCountEqually) {
    const Image a = picture(
        32, 32, [](int r, int c, int) { return x_at(r, c); }, 3);
    const Image b = picture(
        32, 32, [](int r, int c, int k) { return k == 1 ? y_at(r, c) : x_at(r, c); }, 3);
    const Image a1 = golden_x(32), b1 = golden_y(32);
    EXPECT_NEAR(ssim(a, b, 1), (2 + ssim(a1, b1, 1)) / 3, 1e-9);
    EXPECT_NEAR(dssim(a1, b1, 1), (1 - ssim(a1, b1, 1)) / 2, 1e-12);
}

TEST(Ssim, OfFlatPicturesIsTheFactorOfTheMeansAlone) {
    const Image a = picture(16, 16, [](int, int, int) { return 0.5; }),
                b = picture(16, 16, [](int, int, int) { return 0.25; });
    EXPECT_NEAR(ssim(a, b, 1), (2 * 0.5 * 0.25 + 1e-4) / (0.25 + 0.0625 + 1e-4), 1e-9);
}

TEST(Ssim, ZeroBorderCountsWindowsThatHangOver) {
    // Pictures that agree in the middle alone: only windows over the border see the difference.
    const auto rim = [](int r, int c) { return r < 5 || c < 5 || r >= 27 || c >= 27; };
    const Image a = picture(32, 32, [](int r, int c, int) { return x_at(r, c); }),
                b = picture(32, 32, [&](int r, int c, int) { return rim(r, c) ? 0.0 : x_at(r, c); });
    EXPECT_LT(ssim(a, b, 1, SsimBorder::Zero), ssim(a, b, 1) - 0.05);
    EXPECT_NEAR(ssim(a, a, 1, SsimBorder::Zero), 1, 1e-9);
}

TEST(MsSsim, GoldenPair) { EXPECT_NEAR(ms_ssim(golden_x(), golden_y(), 1), 0.9699618, 1e-6); }

TEST(MsSsim, FewerThanFiveScalesAreRefused) {
    EXPECT_NO_THROW(ms_ssim(golden_x(161), golden_y(161), 1));
    EXPECT_THROW(ms_ssim(golden_x(160), golden_y(160), 1), Error);
}

TEST(MsSsim, OppositePicturesCountZeroAndNotANumberLess) {
    const Image a = picture(161, 161, [](int r, int c, int) { return x_at(r, c); }),
                b = picture(161, 161, [](int r, int c, int) { return 1 - x_at(r, c); });
    EXPECT_EQ(ms_ssim(a, b, 1), 0);
}

TEST(Pictures, OfDifferentSizesOrWithoutAValueAreRefused) {
    Image a = golden_x(16);
    EXPECT_THROW(psnr(a, golden_x(17), 1), Error);
    EXPECT_THROW(psnr(a, a, 0), Error);
    EXPECT_THROW(ssim(golden_x(10), golden_x(10), 1), Error);
    a.values<float>()[3] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_THROW(ssim(a, golden_x(16), 1), Error);
}

TEST(SsimWhere, IsSsimOfTheRectangleThatCounts) {
    const auto x = [](int r, int c, int k) { return x_at(r + 3 * k, c); };
    const auto y = [](int r, int c, int k) { return y_at(r + 3 * k, c); };
    const Image a = picture(40, 50, x, 2);
    Image b = picture(40, 50, y, 2);
    const auto rectangle = [](int r, int c, int) { return r >= 4 && r < 31 && c >= 7 && c < 45; };
    const auto shifted = [](const auto& value) {
        return picture(
            27, 38, [&](int r, int c, int k) { return value(r + 4, c + 7, k); }, 2);
    };
    const double want = ssim(shifted(x), shifted(y), 1);
    EXPECT_NEAR(ssim_where(a, b, picture(40, 50, rectangle), 1).value(), want, 1e-12);
    b.view<float>()(3, 20, 1) = 9;  // does not count
    EXPECT_NEAR(ssim_where(a, b, picture(40, 50, rectangle), 1).value(), want, 1e-12);
    b.view<float>()(4, 20, 1) = 9;
    EXPECT_LT(ssim_where(a, b, picture(40, 50, rectangle), 1).value(), want - 1e-3);
}

TEST(SsimWhere, SaysNothingWithoutAWindow) {
    const auto value = [](int r, int c, int) { return x_at(r, c); };
    const Image a = picture(40, 50, value), small = picture(10, 50, value);
    EXPECT_FALSE(ssim_where(a, a, picture(40, 50, [](int r, int, int) { return r % 11 != 5; }), 1));
    EXPECT_EQ(ssim_where(a, a, picture(40, 50, [](int r, int, int) { return r >= 11 || r < 5; }), 1), 1.0);
    EXPECT_FALSE(ssim_where(small, small, picture(10, 50, [](int, int, int) { return 1; }), 1));
    EXPECT_THROW(ssim_where(a, a, picture(40, 49, value), 1), Error);
}

}  // namespace
}  // namespace radforge::metrics
