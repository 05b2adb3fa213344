// SPDX-License-Identifier: Apache-2.0
/// Pieces that several networks share.
#pragma once
#include <torch/torch.h>

namespace radforge::models {

/// at::conv2d, the same numbers (relative difference below 2e-5). On the CPU, layers of few values (deep in
/// an hourglass) run as one matrix product over the whole batch, several times as fast as LibTorch 1.13.
/// @param x       [B,Cin,H,W]
/// @param weight  [Cout,Cin,k,k]
/// @param bias    [Cout] or undefined
torch::Tensor convolution(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias,
                          int64_t stride, int64_t padding);

/// Transposed convolution as the data-gradient of a convolution: the same numbers as at::conv_transpose2d
/// (relative difference below 2e-5), which LibTorch 1.13 does not bring to oneDNN in float32. Layers of few
/// values run as one product, as in convolution(); the native one is used off the CPU, and for outputs of few
/// channels.
/// @param x       [B,Cin,H,W]
/// @param weight  [Cin,Cout,k,k]
/// @param bias    [Cout] or undefined
torch::Tensor transposed_convolution(const torch::Tensor& x, const torch::Tensor& weight,
                                     const torch::Tensor& bias, int64_t stride, int64_t padding);

/// torch::nn::Conv2d with its parameters' names and first values, running through convolution().
class ConvImpl final : public torch::nn::Module {
public:
    ConvImpl(int64_t in, int64_t out, int64_t kernel, int64_t stride = 1, int64_t padding = 0,
             bool with_bias = true);
    torch::Tensor forward(const torch::Tensor& x);

private:
    torch::Tensor weight_, bias_;
    int64_t stride_, padding_;
};
TORCH_MODULE(Conv);

/// torch::nn::ConvTranspose2d with its parameters' names, running through transposed_convolution().
class UpConvImpl final : public torch::nn::Module {
public:
    UpConvImpl(int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t padding = 0,
               bool with_bias = true);
    torch::Tensor forward(const torch::Tensor& x);
    int64_t stride() const { return stride_; }

private:
    torch::Tensor weight_, bias_;
    int64_t stride_, padding_;
};
TORCH_MODULE(UpConv);

/// Twice: 3x3 convolution without bias, batch normalisation, ReLU. [B,in,H,W] -> [B,out,H,W]
class DoubleConvImpl final : public torch::nn::Module {
public:
    DoubleConvImpl(int64_t in, int64_t out);
    torch::Tensor forward(const torch::Tensor& x) { return layers_->forward(x); }

private:
    torch::nn::Sequential layers_;
};
TORCH_MODULE(DoubleConv);

/// Weights of all convolutions normal with the fan-in's deviation for ReLU (He et al. 2015, eq. 10), biases
/// 0.
void init_kaiming(torch::nn::Module& module);

/// Values in all parameters.
int64_t parameter_count(const torch::nn::Module& module);

}  // namespace radforge::models
