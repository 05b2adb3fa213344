// SPDX-License-Identifier: Apache-2.0
#include "render/optics/finish.h"

#include "synth/base/parallel.h"
#include "synth/base/rng.h"

#include <gtest/gtest.h>

#include <cmath>

namespace radforge::optics {
namespace {

/// Two grey halves with noise.
Image step(double noise) {
    Image image(60, 80, 3, PixelType::F32, ColorSpace::Linear);
    Rng rng({Seed{5}, 1}, Stream::Sensor);
    for (int r = 0; r < 60; ++r)
        for (int c = 0; c < 80; ++c)
            for (int k = 0; k < 3; ++k)
                image.view<float>()(r, c, k) = float(
                    (c < 40 ? 0.2 : 0.7) + noise * (rng.uniform() + rng.uniform() + rng.uniform() - 1.5) * 2);
    return image;
}
double deviation(const Image& image, int first, int last) {
    double sum = 0, square = 0;
    int n = 0;
    for (int r = 10; r < 50; ++r)
        for (int c = first; c < last; ++c, ++n) {
            const double v = double(image.view<float>()(r, c, 1));
            sum += v, square += v * v;
        }
    return std::sqrt(square / n - sum / n * sum / n);
}

TEST(Finish, DenoiserEvensOutNoiseAndKeepsEdges) {
    const double noise = 0.02;
    Image image = step(noise);
    const double before = deviation(image, 10, 30);
    EXPECT_NEAR(before, noise, 0.2 * noise);
    denoise(image, 1.5, 0, noise * noise);
    EXPECT_LT(deviation(image, 10, 30), 0.4 * before);
    double left = 0, right = 0;
    for (int r = 10; r < 50; ++r) {
        left += double(image.view<float>()(r, 39, 1)) / 40;
        right += double(image.view<float>()(r, 40, 1)) / 40;
    }
    EXPECT_NEAR(left, 0.2, 0.01);
    EXPECT_NEAR(right, 0.7, 0.01);
}

TEST(Finish, UnsharpOvershootsAtEdgesAndLeavesFlatAreas) {
    Image image = step(0);
    unsharp(image, 0.8, 1);
    EXPECT_LT(image.view<float>()(30, 39, 0), 0.12f);
    EXPECT_GT(image.view<float>()(30, 40, 0), 0.78f);
    EXPECT_NEAR(image.view<float>()(30, 10, 0), 0.2f, 1e-6f);
}

TEST(Finish, LocalToneLiftsTheDarkHalf) {
    Image image = step(0);
    local_tone(image, 0.3, 8);
    EXPECT_GT(image.view<float>()(30, 5, 0), 0.22f);
    EXPECT_LT(image.view<float>()(30, 75, 0), 0.65f);
}

TEST(Finish, BlurKeepsTheMeanAndHasItsWidth) {
    Image image(41, 41, 1, PixelType::F32, ColorSpace::Data);
    image.view<float>()(20, 20) = 1;
    const Image soft = gaussian_blurred(image, 2);
    double sum = 0, second = 0;
    for (int r = 0; r < 41; ++r)
        for (int c = 0; c < 41; ++c) {
            sum += double(soft.view<float>()(r, c));
            second += double(soft.view<float>()(r, c)) * (c - 20) * (c - 20);
        }
    EXPECT_NEAR(sum, 1, 1e-5);
    EXPECT_NEAR(second, 4, 0.15);
}

TEST(Finish, BytesDoNotDependOnThreads) {
    Image made[2];
    for (const int threads : {1, 2}) {
        const ThreadLimit limit(threads);
        Image image = step(0.05);
        denoise(image, 1, 0, 0.0025);
        local_tone(image, 0.2, 5);
        unsharp(image, 0.5, 1);
        made[threads - 1] = image;
    }
    EXPECT_EQ(made[0].bytes, made[1].bytes);
}

}  // namespace
}  // namespace radforge::optics
