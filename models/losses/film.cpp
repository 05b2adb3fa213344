// SPDX-License-Identifier: Apache-2.0
#include "models/losses/film.h"

namespace radforge::models {
namespace {

/// Means over the film of each image and channel, [B,C,1,1].
torch::Tensor film_mean(const torch::Tensor& x, const torch::Tensor& film) {
    return (x * film).sum({2, 3}, true) / film.sum({2, 3}, true).clamp_min(1);
}

}  // namespace

MapLoss map_loss(const torch::Tensor& predicted, const torch::Tensor& truth, const torch::Tensor& film) {
    const torch::Tensor d = predicted.to(torch::kFloat32) - truth;
    const torch::Tensor mu = film_mean(d, film);
    const torch::Tensor s = (film_mean((d - mu).pow(2), film) + 1e-12).sqrt();
    const torch::Tensor rest = d - mu.detach();
    const torch::Tensor e = torch::where(d * rest > 0, torch::min(d.abs(), rest.abs()), torch::zeros_like(d));
    return {mu.abs().sum(1).mean(), s.sum(1).mean(), film_mean(e, film).mean()};
}

torch::Tensor film_l1(const torch::Tensor& predicted, const torch::Tensor& truth, const torch::Tensor& film) {
    return film_mean((predicted.to(torch::kFloat32) - truth).abs(), film).mean();
}

}  // namespace radforge::models
