// SPDX-License-Identifier: Apache-2.0
/// Convolutions as one matrix product over a whole batch (im2col: Chellapilla, Puri and Simard 2006).
#pragma once
#include <torch/torch.h>

namespace radforge::models {

/// A convolution whose weight [Cout,Cin,kh,kw] meets all windows of all pictures at once, and its
/// derivatives. On the CPU, in float32 or bfloat16.
class Lowered {
public:
    Lowered(const torch::Tensor& weight, int64_t stride, int64_t padding);
    /// Values that a side of the output has.
    int64_t positions(int64_t side, int64_t kernel) const {
        return (side + 2 * padding_ - kernel) / stride_ + 1;
    }
    /// Every window of x [B,Cin,H,W] as a column, [Cin kh kw, B h w]; zero where it looks over the edge.
    torch::Tensor columns(const torch::Tensor& x) const;
    /// @param columns  of x @returns [B,Cout,h,w]
    torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& columns) const;
    /// Gradient of the input, H x W, from the output's [B,Cout,h,w]; also the transposed convolution.
    torch::Tensor to_input(const torch::Tensor& gradient, int64_t height, int64_t width) const;
    /// @param columns  of the input
    torch::Tensor to_weight(const torch::Tensor& columns, const torch::Tensor& gradient) const;

private:
    torch::Tensor weight_, matrix_;
    int64_t stride_, padding_;
};

}  // namespace radforge::models
