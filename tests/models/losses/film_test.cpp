// SPDX-License-Identifier: Apache-2.0
#include "models/losses/film.h"

#include <gtest/gtest.h>

namespace radforge::models {
namespace {

const torch::Tensor kTruth = torch::zeros({2, 2, 8, 8});
const torch::Tensor kAll = torch::ones({2, 1, 8, 8});

double value(const torch::Tensor& t) { return t.item<double>(); }

/// +1 and -1 in turns.
torch::Tensor chequered() {
    const torch::Tensor i = torch::arange(8).view({8, 1}) + torch::arange(8).view({1, 8});
    return (1 - 2 * (i % 2)).to(torch::kFloat32).expand({2, 2, 8, 8});
}

TEST(FilmLosses, ConstantErrorIsAShiftAndNothingElse) {
    const MapLoss loss = map_loss(kTruth + 0.3, kTruth, kAll);
    EXPECT_NEAR(value(loss.shift), 0.6, 1e-6);
    EXPECT_NEAR(value(loss.disturb), 0, 3e-6);
    EXPECT_NEAR(value(loss.diff), 0, 1e-7);
}

TEST(FilmLosses, AlternatingErrorIsADisturbance) {
    const MapLoss loss = map_loss(0.3 * chequered(), kTruth, kAll);
    EXPECT_NEAR(value(loss.shift), 0, 1e-6);
    EXPECT_NEAR(value(loss.disturb), 0.6, 1e-6);
    EXPECT_NEAR(value(loss.diff), 0.3, 1e-6);
}

TEST(FilmLosses, BetweenTheTwoAcceptableAnswersNoForceActs) {
    // d is 0.1 or 0.5, its mean 0.3: 0.1 lies between 0 and 0.3; 0.5 is 0.2 from the nearer one.
    const MapLoss loss = map_loss(0.3 + 0.2 * chequered(), kTruth, kAll);
    EXPECT_NEAR(value(loss.diff), 0.1, 1e-6);
}

TEST(FilmLosses, BackgroundDoesNotCountAndAnImageWithoutFilmIsZero) {
    torch::Tensor film = torch::zeros({2, 1, 8, 8});
    film[0].slice(1, 0, 4).fill_(1);
    torch::Tensor predicted = torch::full({2, 2, 8, 8}, 100.0f);
    predicted[0].slice(1, 0, 4).fill_(0.3);
    const MapLoss loss = map_loss(predicted, kTruth, film);
    EXPECT_NEAR(value(loss.shift), 0.3, 1e-6);  // 0.6 and 0
    EXPECT_NEAR(value(film_l1(predicted, kTruth, film)), 0.15, 1e-6);
}

TEST(FilmLosses, GradientIsFiniteWhereThePredictionIsPerfect) {
    torch::Tensor predicted = kTruth.clone().requires_grad_();
    map_loss(predicted, kTruth, kAll).sum().backward();
    EXPECT_TRUE(torch::isfinite(predicted.grad()).all().item<bool>());
}

TEST(FilmLosses, MeanTakesNoGradientThroughTheDifferencePart) {
    torch::Tensor predicted = (0.3 + 0.2 * chequered()).clone().requires_grad_();
    map_loss(predicted, kTruth, kAll).diff.backward();
    // Only the outer half is pulled, each pixel by 1 / (pixels x channels x images).
    const torch::Tensor g = predicted.grad();
    EXPECT_NEAR(value(g.max()), 1.0 / (64 * 2 * 2), 1e-9);
    EXPECT_EQ(value((g > 0).sum()), 2 * 2 * 32);
    EXPECT_EQ(value((g < 0).sum()), 0);
}

}  // namespace
}  // namespace radforge::models
