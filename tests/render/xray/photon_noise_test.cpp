// SPDX-License-Identifier: Apache-2.0
#include "render/xray/photon_noise.h"

#include "synth/base/error.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace radforge::xray {
namespace {

const NoiseKey kKey{Seed{77}, 5};

TEST(PixelRng, IsAPureFunctionOfSeedViewAndPixel) {
    EXPECT_EQ(PixelRng(kKey, 9).poisson(30), PixelRng(kKey, 9).poisson(30));
    EXPECT_EQ(PixelRng(kKey, 9).uniform(), PixelRng(kKey, 9).uniform());
    EXPECT_NE(PixelRng(kKey, 9).uniform(), PixelRng(kKey, 10).uniform());
    EXPECT_NE(PixelRng(kKey, 9).uniform(), PixelRng(NoiseKey{Seed{77}, 6}, 9).uniform());
    EXPECT_NE(PixelRng(kKey, 9).uniform(), PixelRng(NoiseKey{Seed{78}, 5}, 9).uniform());
}

// Chi-square against the distribution, at 4 deviations; both algorithms and the seam between them.
TEST(PixelRng, PoissonNumbersFollowTheirDistribution) {
    constexpr int draws = 60000;
    for (const double mean : {.3, 4., 9.99, 10.01, 35., 2000.}) {
        const double deviation = std::sqrt(mean);
        const int lo = std::max(0, int(mean - 3 * deviation)), hi = int(mean + 3 * deviation) + 1;
        std::vector<double> count(size_t(hi - lo + 3), 0.);
        double sum = 0, squares = 0;
        for (uint32_t i = 0; i < draws; ++i) {
            const double k = PixelRng(kKey, i).poisson(mean);
            sum += k, squares += (k - mean) * (k - mean);
            ++count[size_t(std::min(std::max(int(k) - lo + 1, 0), hi - lo + 2))];
        }
        EXPECT_NEAR(sum / draws, mean, 4 * deviation / std::sqrt(double(draws)));
        EXPECT_NEAR(squares / draws / mean, 1, 4 * std::sqrt((2 + 1 / mean) / draws));
        std::vector<double> expected(count.size(), 0.);
        double inside = 0, below = 0;
        for (int k = 0; k <= hi; ++k) {
            const double p = std::exp(k * std::log(mean) - mean - std::lgamma(k + 1.));
            if (k < lo)
                below += p;
            else
                expected[size_t(k - lo + 1)] = p, inside += p;
        }
        expected.front() = below, expected.back() = 1 - inside - below;
        double chi = 0;
        int cells = 0;
        for (size_t i = 0; i < count.size(); ++i)
            if (expected[i] * draws > 5) {
                chi += (count[i] - expected[i] * draws) * (count[i] - expected[i] * draws) /
                       (expected[i] * draws);
                ++cells;
            }
        EXPECT_NEAR(chi, cells - 1, 4 * std::sqrt(2. * cells)) << "mean " << mean;
    }
}

TEST(PixelRng, ImpossibleMeansAreRefused) {
    EXPECT_THROW(PixelRng(kKey, 0).poisson(-1), Error);
    EXPECT_THROW(PixelRng(kKey, 0).poisson(std::nan("")), Error);
    EXPECT_EQ(PixelRng(kKey, 0).poisson(0), 0);
}

}  // namespace
}  // namespace radforge::xray
