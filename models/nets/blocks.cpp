// SPDX-License-Identifier: Apache-2.0
#include "models/nets/blocks.h"

#include "models/train/batch_norm.h"
#include "models/train/torch_compat.h"
#include "synth/base/error.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace radforge::models {
namespace {

/// Smallest side from which the data-gradient beats the native kernel (training.md 4.2).
constexpr int64_t kSmallestSide = 8;

torch::Tensor data_gradient(const torch::Tensor& x, const torch::Tensor& weight, int64_t stride,
                            int64_t padding) {
    const auto side = [&](int64_t n, int64_t k) { return (n - 1) * stride - 2 * padding + k; };
    // Only the shape of the would-be input matters.
    const torch::Tensor input = x.new_empty(
        {x.size(0), weight.size(1), side(x.size(2), weight.size(2)), side(x.size(3), weight.size(3))});
    return std::get<0>(at::convolution_backward(x, input, weight, at::OptionalIntArrayRef(), {stride, stride},
                                                {padding, padding}, {1, 1}, false, {0, 0}, 1,
                                                {true, false, false}));
}

struct TransposedConvolution : torch::autograd::Function<TransposedConvolution> {
    static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                                 const torch::Tensor& weight, int64_t stride, int64_t padding) {
        context->save_for_backward({x, weight});
        context->saved_data["stride"] = stride;
        context->saved_data["padding"] = padding;
        return data_gradient(x, weight, stride, padding);
    }
    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                   torch::autograd::variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const torch::Tensor &x = saved[0], &weight = saved[1];
        const int64_t stride = context->saved_data["stride"].toInt(),
                      padding = context->saved_data["padding"].toInt();
        const torch::Tensor gradient = gradients[0].contiguous();
        torch::Tensor to_x, to_weight;
        if (context->needs_input_grad(0))
            to_x = at::conv2d(gradient, weight, {}, {stride, stride}, {padding, padding});
        if (context->needs_input_grad(1))
            to_weight = std::get<1>(at::convolution_backward(x, gradient, weight, at::OptionalIntArrayRef(),
                                                             {stride, stride}, {padding, padding}, {1, 1},
                                                             false, {0, 0}, 1, {false, true, false}));
        return {to_x, to_weight, {}, {}};
    }
};

bool bf16_on_cpu() {
    return compat::autocasts(torch::kCPU) && compat::autocast_type(torch::kCPU) == torch::kBFloat16;
}

}  // namespace

torch::Tensor transposed_convolution(const torch::Tensor& x, const torch::Tensor& weight,
                                     const torch::Tensor& bias, int64_t stride, int64_t padding) {
    if (!x.device().is_cpu() || std::min(x.size(2), x.size(3)) < kSmallestSide)
        return at::conv_transpose2d(x, weight, bias, {stride, stride}, {padding, padding});
    // Backward runs without autocast, so both sides are brought to its type here.
    const bool bf16 = bf16_on_cpu();
    const torch::Tensor in = bf16 ? x.to(torch::kBFloat16) : x,
                        w = bf16 ? weight.to(torch::kBFloat16) : weight;
    const torch::Tensor out = TransposedConvolution::apply(in, w, stride, padding);
    return bias.defined() ? out + bias.to(out.scalar_type()).view({1, -1, 1, 1}) : out;
}

UpConvImpl::UpConvImpl(int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t padding,
                       bool with_bias)
    : stride_(stride), padding_(padding) {
    weight_ = register_parameter("weight", torch::empty({in, out, kernel, kernel}));
    const double reach = 1 / std::sqrt(double(out * kernel * kernel));
    torch::nn::init::uniform_(weight_, -reach, reach);
    if (with_bias) bias_ = register_parameter("bias", torch::zeros({out}));
}

torch::Tensor UpConvImpl::forward(const torch::Tensor& x) {
    return transposed_convolution(x, weight_, bias_, stride_, padding_);
}

DoubleConvImpl::DoubleConvImpl(int64_t in, int64_t out) {
    const auto convolution = [](int64_t a, int64_t b) {
        return torch::nn::Conv2d(torch::nn::Conv2dOptions(a, b, 3).padding(1).bias(false));
    };
    layers_ = register_module(
        "layers", torch::nn::Sequential(convolution(in, out), BatchNorm(out), torch::nn::ReLU(),
                                        convolution(out, out), BatchNorm(out), torch::nn::ReLU()));
}

void init_kaiming(torch::nn::Module& module) {
    const torch::NoGradGuard no_grad;
    for (const auto& item : module.modules(false)) {
        if (auto* const convolution = item->as<torch::nn::Conv2dImpl>()) {
            const torch::Tensor& w = convolution->weight;
            torch::nn::init::normal_(w, 0, std::sqrt(2.0 / double(w.size(1) * w.size(2) * w.size(3))));
            if (convolution->bias.defined()) convolution->bias.zero_();
        } else if (auto* const up = item->as<UpConvImpl>()) {
            // Each output of a kernel no larger than its stride sees every input channel once.
            auto parameters = up->named_parameters(false);
            torch::Tensor& w = parameters["weight"];
            const int64_t taps = std::max<int64_t>(1, w.size(2) / up->stride());
            torch::nn::init::normal_(w, 0, std::sqrt(2.0 / double(w.size(0) * taps * taps)));
            if (torch::Tensor* const bias = parameters.find("bias")) bias->zero_();
        }
    }
}

int64_t parameter_count(const torch::nn::Module& module) {
    int64_t count = 0;
    for (const torch::Tensor& p : module.parameters()) count += p.numel();
    return count;
}

}  // namespace radforge::models
