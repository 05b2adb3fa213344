// SPDX-License-Identifier: Apache-2.0
#include "render/filter/guided.h"

#include "synth/base/error.h"
#include "synth/base/parallel.h"
#include "synth/base/rng.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

namespace radforge::filter {
namespace {

constexpr int kHeight = 120, kWidth = 150;

/// A print of thin strokes beside a plain film, a rim, and what light would be without noise.
struct Known {
    GuideImages guides{Image(kHeight, kWidth, 3, PixelType::F32, ColorSpace::Linear),
                       Image(kHeight, kWidth, 3, PixelType::F32, ColorSpace::Linear),
                       Image(kHeight, kWidth, 4, PixelType::F32, ColorSpace::Data)};
    Image light{kHeight, kWidth, 3, PixelType::F32, ColorSpace::Linear};

    explicit Known(const std::function<double(int, int)>& illumination) {
        for (int i = 0; i < kHeight; ++i)
            for (int j = 0; j < kWidth; ++j) {
                const bool on_film = j > 20, stroke = (i / 2 + j / 3) % 4 == 0;
                float* shape = guides.shape.view<float>().pixel(i, j);
                shape[1] = 1;
                shape[3] = on_film;
                for (int c = 0; c < 3; ++c) {
                    const float film = on_film ? (stroke ? 0.6f - 0.05f * float(c) : 0.02f) : 0.0f;
                    guides.film.view<float>()(i, j, c) = film;
                    guides.albedo.view<float>()(i, j, c) = on_film ? 0.5f * film : 0.5f;
                    light.view<float>()(i, j, c) = float(
                        illumination(i, j) * double(guides.albedo.view<float>()(i, j, c) + 0.3f * film) +
                        (on_film ? 0.05 : 0));
                }
            }
    }
    /// One half of the samples: noise in proportion to the light.
    Image half(uint64_t seed, double noise) const {
        Image image = light;
        Rng rng(SampleKey{{seed}, 0}, Stream::Transport);
        for (float& v : image.values<float>()) v *= float(1 + noise * (2 * rng.uniform() - 1));
        return image;
    }
};

double rms(const Image& a, const Image& b, int column0 = 0, int column1 = kWidth) {
    double sum = 0;
    for (int i = 0; i < kHeight; ++i)
        for (int j = column0; j < column1; ++j)
            for (int c = 0; c < 3; ++c) {
                const double d = double(a.view<float>()(i, j, c) - b.view<float>()(i, j, c));
                sum += d * d;
            }
    return std::sqrt(sum / (3.0 * kHeight * (column1 - column0)));
}

Image mean(const Image& a, const Image& b) {
    Image m = a;
    for (size_t k = 0; k < m.value_count(); ++k)
        m.values<float>()[k] = 0.5f * (a.values<float>()[k] + b.values<float>()[k]);
    return m;
}

TEST(GuidedFilter, LeavesConstantIlluminationAsItIs) {
    const Known known([](int, int) { return 2.0; });
    const Image out = filter_illumination(known.light, known.light, known.guides);
    for (size_t k = 0; k < out.value_count(); ++k)
        ASSERT_NEAR(out.values<float>()[k], known.light.values<float>()[k], 2e-4f) << k;
}

TEST(GuidedFilter, TakesNoiseFromSmoothIlluminationAndKeepsStrokesSharp) {
    const Known known([](int i, int j) { return 2 + 0.01 * i + std::sin(0.03 * j); });
    const Image first = known.half(1, 0.5), second = known.half(2, 0.5);
    const Image out = filter_illumination(first, second, known.guides);
    const Image noisy = mean(first, second);
    EXPECT_LT(rms(out, known.light), 0.25 * rms(noisy, known.light));
    // Contrast between strokes and gaps, and the mean: neither moves by more than the noise of a mean.
    double strokes[2] = {}, gaps[2] = {}, n[2] = {};
    for (int i = 0; i < kHeight; ++i)
        for (int j = 30; j < kWidth; ++j) {
            const bool stroke = known.guides.film.view<float>()(i, j, 1) > 0.3f;
            ++n[stroke];
            (stroke ? strokes : gaps)[0] += double(out.view<float>()(i, j, 1));
            (stroke ? strokes : gaps)[1] += double(known.light.view<float>()(i, j, 1));
        }
    EXPECT_NEAR(strokes[0] / strokes[1], 1, 0.01);
    EXPECT_NEAR(gaps[0] / gaps[1], 1, 0.02);
    EXPECT_GT(n[0] * n[1], 0);
}

TEST(GuidedFilter, KeepsAShadowsEdgeThatNoGuideShows) {
    const Known known([](int, int j) { return j < 90 ? 3.0 : 0.3; });
    const Image first = known.half(3, 0.3), second = known.half(4, 0.3);
    const Image out = filter_illumination(first, second, known.guides), noisy = mean(first, second);
    EXPECT_LT(rms(out, known.light), 0.6 * rms(noisy, known.light));
    EXPECT_LT(rms(out, known.light, 86, 94), 1.3 * rms(noisy, known.light, 86, 94));
}

TEST(GuidedFilter, LeavesNoBlackPixelsBesideAMirrorImage) {
    Known known([](int, int j) { return j >= 80 && j < 84 ? 300.0 : 0.5; });
    for (int i = 0; i < kHeight; ++i)  // of a lamp in a bent film
        for (int j = 0; j < kWidth; ++j)
            known.guides.shape.view<float>()(i, j, 0) = float(std::clamp(0.05 * (j - 75), 0.0, 0.6));
    const Image first = known.half(7, 1), second = known.half(8, 1);
    const Image out = filter_illumination(first, second, known.guides);
    for (size_t k = 0; k < out.value_count(); ++k) ASSERT_GT(out.values<float>()[k], 0) << k;
}

TEST(GuidedFilter, BitsDoNotDependOnThreads) {
    const Known known([](int i, int j) { return 1 + std::cos(0.1 * i + 0.05 * j); });
    const Image first = known.half(5, 0.4), second = known.half(6, 0.4);
    Image one;
    {
        const ThreadLimit limit(1);
        one = filter_illumination(first, second, known.guides);
    }
    const ThreadLimit limit(2);
    EXPECT_EQ(one.bytes, filter_illumination(first, second, known.guides).bytes);
}

TEST(GuidedFilter, RefusesGuidesOfAnotherSize) {
    Known known([](int, int) { return 1.0; });
    known.guides.shape = Image(kHeight, kWidth, 3, PixelType::F32, ColorSpace::Data);
    EXPECT_THROW(filter_illumination(known.light, known.light, known.guides), Error);
}

}  // namespace
}  // namespace radforge::filter
