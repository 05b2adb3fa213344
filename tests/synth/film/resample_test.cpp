// SPDX-License-Identifier: Apache-2.0
#include "synth/film/resample.h"

#include <gtest/gtest.h>

#include <cmath>

namespace radforge::film {
namespace {

ImageView<const float> view_of(const std::vector<float>& values, int rows, int columns) {
    return {values.data(), rows, columns, 1, columns};
}

std::vector<float> plane(int rows, int columns, double a, double b) {
    std::vector<float> values;
    for (int r = 0; r < rows; ++r)
        for (int c = 0; c < columns; ++c) values.push_back(float(a * (r + 0.5) + b * (c + 0.5)));
    return values;
}

TEST(Resample, EveryKernelButReplicateReproducesAPlaneInside) {
    const auto source = plane(40, 50, 0.3, -0.2);
    const AxisMap down{5.2, 0.37, 60}, across{40.1, -0.21, 120};  // mirrored
    for (const Kernel kernel : {Kernel::Bilinear, Kernel::Cubic}) {
        const auto out = resample(view_of(source, 40, 50), down, across, kernel);
        for (int r = 0; r < 60; ++r)
            for (int c = 0; c < 120; ++c) {
                const double y = 5.2 + (r + 0.5) * 0.37, x = 40.1 - (c + 0.5) * 0.21;
                ASSERT_NEAR(out[size_t(r * 120 + c)], 0.3 * y - 0.2 * x, 2e-5);
            }
    }
}

TEST(Resample, AreaIsTheMeanUnderTheTexel) {
    const std::vector<float> source = {1, 2, 4, 8, 16, 32};
    const auto out = resample(view_of(source, 1, 6), {0, 1, 1}, {0.5, 2.5, 2}, Kernel::Area);
    EXPECT_NEAR(out[0], (0.5 * 1 + 2 + 4) / 2.5, 1e-6);
    EXPECT_NEAR(out[1], (8 + 16 + 0.5 * 32) / 2.5, 1e-6);
}

TEST(Resample, ReplicateTakesThePixelUnderTheCentre) {
    const std::vector<float> source = {1, 2, 3};
    const auto out = resample(view_of(source, 1, 3), {0, 1, 1}, {0, 0.5, 6}, Kernel::Replicate);
    EXPECT_EQ(out, (std::vector<float>{1, 1, 2, 2, 3, 3}));
}

TEST(Resample, CubicIsKeysKernelAtAHalf) {
    const std::vector<float> source = {0, 0, 1, 0, 0, 0};
    // Centre of the texel at 3.0: half way between pixels 2 and 3; Keys a = -1/2 gives 9/16 there, -1/16
    // at 1.5.
    const auto out = resample(view_of(source, 1, 6), {0, 1, 1}, {2.5, 1, 2}, Kernel::Cubic);
    EXPECT_NEAR(out[0], 9.0 / 16, 1e-6);
    EXPECT_NEAR(out[1], -1.0 / 16, 1e-6);
}

}  // namespace
}  // namespace radforge::film
