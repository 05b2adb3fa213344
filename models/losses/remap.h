// SPDX-License-Identifier: Apache-2.0
/// The correction of radiographs by four maps as differentiable tensors: what an enhancement network's output
/// means, and where its image loss is taken. models.md 4.2; synth/enhance/remap.h has the same formula for
/// single pixels, and tests/golden/remap.py pins both:
///
///   z = a x + b                                        regional slope and bias
///   y = z in [0,1];  L z below;  1 + L (z - 1) above   L = 0.01
///   g(y) = 1 / (1 + exp(-4 (y - wc) / ww))             DICOM PS3.3 C.11.2.1.3.1, VOI LUT function SIGMOID
///   out = (g(y) - g(0)) / (g(1) - g(0))                not clamped: that is done on export alone
///
/// Maps are [B,4,h,w] with the channels a in [1/4,4], b in [-4,4], wc in [-1/4,5/4], ww in [1/20,2].
/// Everything is computed in float32, or in the maps' float64, whatever the radiograph's type.
#pragma once
#include <torch/torch.h>

namespace radforge::models {

/// Maps at full size: bilinear with pixel edges on pixel edges (align_corners = false), clamped to the
/// ranges.
/// @param maps  [B,4,h,w]
/// @returns     [B,4,height_px,width_px]
/// @throws Error when the shape differs
torch::Tensor full_maps(const torch::Tensor& maps, int64_t height_px, int64_t width_px);

/// The formula of every pixel with its upsampled maps; strictly increasing in the radiograph.
/// @param raw   [B,1,H,W] in [0,1]: u16 / 65535
/// @param maps  [B,4,h,w], at any size
/// @returns     [B,1,H,W], about [0,1]
/// @throws Error when the shapes differ
torch::Tensor remap(const torch::Tensor& raw, const torch::Tensor& maps);

}  // namespace radforge::models
