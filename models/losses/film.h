// SPDX-License-Identifier: Apache-2.0
/// Losses of FIReNet, equations 1 and 2 as recovered in models.md 1.3. Sums in float32 whatever the input.
#pragma once
#include <torch/torch.h>

namespace radforge::models {

/// Parts of the loss of a two-channel map over film pixels, each a scalar, means over the batch of:
///   d = M^ - M*, mu_c its mean and s_c its deviation over the film,
///   shift = |mu_x| + |mu_y|, disturb = s_x + s_y,
///   diff = mean of min(|d|, |d - mu|) where d (d - mu) > 0, else 0; no gradient through mu.
struct MapLoss {
    torch::Tensor shift, disturb, diff;
    torch::Tensor sum() const { return shift + disturb + diff; }
};
/// @param predicted, truth  [B,2,H,W]
/// @param film              [B,1,H,W], 1 on the film, 0 elsewhere; an image without film counts 0
MapLoss map_loss(const torch::Tensor& predicted, const torch::Tensor& truth, const torch::Tensor& film);

/// Mean of |predicted - truth| over film pixels and channels. The same shapes.
torch::Tensor film_l1(const torch::Tensor& predicted, const torch::Tensor& truth, const torch::Tensor& film);

}  // namespace radforge::models
