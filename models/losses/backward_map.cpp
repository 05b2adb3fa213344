// SPDX-License-Identifier: Apache-2.0
#include "models/losses/backward_map.h"

namespace radforge::models {
namespace {

torch::Tensor unwarp(const torch::Tensor& photo, const torch::Tensor& map) {
    namespace F = torch::nn::functional;
    return F::grid_sample(photo, map.permute({0, 2, 3, 1}),
                          F::GridSampleFuncOptions()
                              .mode(torch::kBilinear)
                              .padding_mode(torch::kBorder)
                              .align_corners(false));
}

/// 1 where both coordinates are known, [B,1,h,w].
torch::Tensor seen_of(const torch::Tensor& truth) {
    return torch::isfinite(truth).all(1, true).to(torch::kFloat32);
}

}  // namespace

torch::Tensor seen_l1(const torch::Tensor& predicted, const torch::Tensor& truth) {
    const torch::Tensor seen = seen_of(truth);
    const torch::Tensor error = (predicted.to(torch::kFloat32) - torch::nan_to_num(truth)) * seen;
    return error.abs().sum() / (2 * seen.sum()).clamp_min(1);
}

torch::Tensor end_point_error(const torch::Tensor& predicted, const torch::Tensor& truth, double side_px) {
    const torch::Tensor seen = seen_of(truth);
    const torch::Tensor length = (predicted - torch::nan_to_num(truth)).pow(2).sum(1, true).sqrt() * seen;
    return (length.sum({1, 2, 3}) / seen.sum({1, 2, 3}).clamp_min(1)).mean() * (side_px / 2);
}

torch::Tensor chequered_photo(const torch::Tensor& uv, const torch::Tensor& film, int squares) {
    const torch::Tensor cell = torch::floor((uv + 1) * (squares / 2.0));
    return torch::remainder(cell.sum(1, true), 2) * film;
}

torch::Tensor unwarped_mse(const torch::Tensor& photo, const torch::Tensor& predicted,
                           const torch::Tensor& truth) {
    const torch::Tensor seen = seen_of(truth);
    const torch::Tensor difference =
        unwarp(photo, predicted.to(torch::kFloat32)) - unwarp(photo, torch::nan_to_num(truth));
    return (difference.pow(2) * seen).sum() / (double(photo.size(1)) * seen.sum()).clamp_min(1);
}

}  // namespace radforge::models
