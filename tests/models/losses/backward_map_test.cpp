// SPDX-License-Identifier: Apache-2.0
#include "models/losses/backward_map.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace radforge::models {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

/// Each texel at its own place in the photo.
torch::Tensor identity(int64_t batch, int64_t side) {
    const torch::Tensor line = (torch::arange(side) * 2 + 1).to(torch::kFloat32) / double(side) - 1;
    return torch::stack({line.view({1, side}).expand({side, side}), line.view({side, 1}).expand({side, side})})
        .expand({batch, 2, side, side})
        .clone();
}

double value(const torch::Tensor& t) { return t.item<double>(); }

TEST(BackwardMapLosses, CountSeenTexelsAlone) {
    torch::Tensor truth = identity(2, 8);
    torch::Tensor predicted = truth + 0.1;
    truth[0][0].slice(1, 0, 4).fill_(kNaN);  // one of two channels suffices
    predicted[0].slice(2, 0, 4).fill_(100);
    EXPECT_NEAR(value(seen_l1(predicted, truth)), 0.1, 1e-6);
    EXPECT_NEAR(value(end_point_error(predicted, truth, 64)), 0.1 * std::sqrt(2.0) * 32, 1e-5);
    EXPECT_EQ(value(seen_l1(predicted, torch::full_like(truth, kNaN))), 0);
}

TEST(BackwardMapLosses, UnseenTexelsPassNoGradient) {
    torch::Tensor truth = identity(1, 8);
    truth.slice(3, 0, 4).fill_(kNaN);
    torch::Tensor predicted = (identity(1, 8) * 0.7).requires_grad_();
    const torch::Tensor photo = chequered_photo(identity(1, 8), torch::ones({1, 1, 8, 8}), 4);
    (seen_l1(predicted, truth) + unwarped_mse(photo, predicted, truth)).backward();
    EXPECT_TRUE(torch::isfinite(predicted.grad()).all().item<bool>());
    EXPECT_EQ(value(predicted.grad().slice(3, 0, 4).abs().max()), 0);
    EXPECT_GT(value(predicted.grad().slice(3, 4, 8).abs().min()), 0);
}

TEST(BackwardMapLosses, ChequeredSheetAlternatesOnTheFilm) {
    torch::Tensor film = torch::ones({1, 1, 8, 8});
    film.slice(2, 0, 2).fill_(0);
    const torch::Tensor sheet = chequered_photo(identity(1, 8), film, 4)[0][0];
    for (int r = 0; r < 8; ++r)
        for (int c = 0; c < 8; ++c)
            EXPECT_EQ(sheet[r][c].item<float>(), r < 2 ? 0 : float((r / 2 + c / 2) % 2)) << r << ' ' << c;
}

TEST(BackwardMapLosses, UnwarpedErrorSeesAShiftOfHalfASquare) {
    const torch::Tensor map = identity(1, 16);
    const torch::Tensor photo = chequered_photo(map, torch::ones({1, 1, 16, 16}), 4);
    EXPECT_EQ(value(unwarped_mse(photo, map, map)), 0);
    // Two pixels of sixteen: half of each square of four pixels meets its opposite.
    EXPECT_NEAR(value(unwarped_mse(photo, map + 0.25, map)), 0.5, 0.07);
}

}  // namespace
}  // namespace radforge::models
