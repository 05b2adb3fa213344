// SPDX-License-Identifier: Apache-2.0
/// Losses and errors of backward maps [B,2,h,w]: where each texel is in the photo, (-1,-1) its upper left
/// corner. A truth of NaN says that the photo does not show the texel; it counts nowhere.
#pragma once
#include <torch/torch.h>

namespace radforge::models {

/// Mean of |predicted - truth|, 0 when nothing is seen.
torch::Tensor seen_l1(const torch::Tensor& predicted, const torch::Tensor& truth);

/// Mean distance in pixels of a photo of side_px, per image and then over the batch.
torch::Tensor end_point_error(const torch::Tensor& predicted, const torch::Tensor& truth, double side_px);

/// A chequered sheet as the photo would show it: squares x squares of 0 and 1, seen through texture
/// coordinates; 0 off the film.
/// @param uv    [B,2,H,W] in [-1,1]
/// @param film  [B,1,H,W], 1 on the film
/// @returns     [B,1,H,W]
torch::Tensor chequered_photo(const torch::Tensor& uv, const torch::Tensor& film, int squares);

/// Mean squared difference of a photo unwarped by both maps, over the texels that are seen.
/// @param photo  [B,C,H,W]
torch::Tensor unwarped_mse(const torch::Tensor& photo, const torch::Tensor& predicted,
                           const torch::Tensor& truth);

}  // namespace radforge::models
