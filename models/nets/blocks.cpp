// SPDX-License-Identifier: Apache-2.0
#include "models/nets/blocks.h"

#include "models/nets/lowered.h"
#include "models/train/batch_norm.h"
#include "models/train/torch_compat.h"
#include "synth/base/error.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace radforge::models {
namespace {

/// Values a channel up to which one product over the whole batch beats oneDNN and the native kernels: below,
/// a layer is as fast as its weights come out of memory, and those bring them into another order first.
constexpr int64_t kFewPositions = 256;
/// Output channels below which the native transposed convolution beats the data-gradient.
constexpr int64_t kFewChannels = 8;

struct LoweredConvolution : torch::autograd::Function<LoweredConvolution> {
    static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                                 const torch::Tensor& weight, int64_t stride, int64_t padding) {
        context->save_for_backward({x, weight});
        context->saved_data["stride"] = stride;
        context->saved_data["padding"] = padding;
        const Lowered lowered(weight, stride, padding);
        return lowered.forward(x, lowered.columns(x));
    }
    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                   torch::autograd::variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const torch::Tensor &x = saved[0], &weight = saved[1];
        const Lowered lowered(weight, context->saved_data["stride"].toInt(),
                              context->saved_data["padding"].toInt());
        torch::Tensor to_x, to_weight;
        if (context->needs_input_grad(0)) to_x = lowered.to_input(gradients[0], x.size(2), x.size(3));
        if (context->needs_input_grad(1)) to_weight = lowered.to_weight(lowered.columns(x), gradients[0]);
        return {to_x, to_weight, {}, {}};
    }
};

/// The data-gradient of a convolution that would have made x: at oneDNN's speed, or lowered.
torch::Tensor data_gradient(const torch::Tensor& x, const torch::Tensor& weight, int64_t stride,
                            int64_t padding, bool lowered) {
    const auto side = [&](int64_t n, int64_t k) { return (n - 1) * stride - 2 * padding + k; };
    const int64_t height = side(x.size(2), weight.size(2)), width = side(x.size(3), weight.size(3));
    if (lowered) return Lowered(weight, stride, padding).to_input(x, height, width);
    // Only the shape of the would-be input matters.
    const torch::Tensor input = x.new_empty({x.size(0), weight.size(1), height, width});
    return std::get<0>(at::convolution_backward(x, input, weight, at::OptionalIntArrayRef(), {stride, stride},
                                                {padding, padding}, {1, 1}, false, {0, 0}, 1,
                                                {true, false, false}));
}

struct TransposedConvolution : torch::autograd::Function<TransposedConvolution> {
    static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                                 const torch::Tensor& weight, int64_t stride, int64_t padding, bool lowered) {
        context->save_for_backward({x, weight});
        context->saved_data["stride"] = stride;
        context->saved_data["padding"] = padding;
        context->saved_data["lowered"] = lowered;
        return data_gradient(x, weight, stride, padding, lowered);
    }
    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                   torch::autograd::variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const torch::Tensor &x = saved[0], &weight = saved[1];
        const int64_t stride = context->saved_data["stride"].toInt(),
                      padding = context->saved_data["padding"].toInt();
        const torch::Tensor gradient = gradients[0].contiguous();
        torch::Tensor to_x, to_weight;
        if (context->saved_data["lowered"].toBool()) {
            const Lowered lowered(weight, stride, padding);
            const torch::Tensor columns = lowered.columns(gradient);
            if (context->needs_input_grad(0)) to_x = lowered.forward(gradient, columns);
            if (context->needs_input_grad(1)) to_weight = lowered.to_weight(columns, x);
            return {to_x, to_weight, {}, {}, {}};
        }
        if (context->needs_input_grad(0))
            to_x = at::conv2d(gradient, weight, {}, {stride, stride}, {padding, padding});
        if (context->needs_input_grad(1))
            to_weight = std::get<1>(at::convolution_backward(x, gradient, weight, at::OptionalIntArrayRef(),
                                                             {stride, stride}, {padding, padding}, {1, 1},
                                                             false, {0, 0}, 1, {false, true, false}));
        return {to_x, to_weight, {}, {}, {}};
    }
};

bool bf16_on_cpu() {
    return compat::autocasts(torch::kCPU) && compat::autocast_type(torch::kCPU) == torch::kBFloat16;
}

/// @param positions  values a channel, of all pictures, that one product would have
bool worth_lowering(const torch::Tensor& x, int64_t positions) {
    const bool type = x.scalar_type() == torch::kFloat32 || x.scalar_type() == torch::kBFloat16;
    return x.device().is_cpu() && type && positions <= kFewPositions;
}

}  // namespace

torch::Tensor convolution(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias,
                          int64_t stride, int64_t padding) {
    const auto positions = [&](int64_t i) { return (x.size(i) + 2 * padding - weight.size(i)) / stride + 1; };
    if (!worth_lowering(x, x.size(0) * positions(2) * positions(3)))
        return at::conv2d(x, weight, bias, {stride, stride}, {padding, padding});
    const bool bf16 = bf16_on_cpu();
    const torch::Tensor in = bf16 ? x.to(torch::kBFloat16) : x,
                        w = bf16 ? weight.to(torch::kBFloat16) : weight;
    const torch::Tensor out = LoweredConvolution::apply(in, w, stride, padding);
    return bias.defined() ? out + bias.to(out.scalar_type()).view({1, -1, 1, 1}) : out;
}

torch::Tensor transposed_convolution(const torch::Tensor& x, const torch::Tensor& weight,
                                     const torch::Tensor& bias, int64_t stride, int64_t padding) {
    if (!x.device().is_cpu() || weight.size(1) < kFewChannels)
        return at::conv_transpose2d(x, weight, bias, {stride, stride}, {padding, padding});
    // Backward runs without autocast, so both sides are brought to its type here.
    const bool bf16 = bf16_on_cpu();
    const torch::Tensor in = bf16 ? x.to(torch::kBFloat16) : x,
                        w = bf16 ? weight.to(torch::kBFloat16) : weight;
    const bool lowered = worth_lowering(in, x.size(0) * x.size(2) * x.size(3));
    const torch::Tensor out = TransposedConvolution::apply(in, w, stride, padding, lowered);
    return bias.defined() ? out + bias.to(out.scalar_type()).view({1, -1, 1, 1}) : out;
}

ConvImpl::ConvImpl(int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t padding, bool with_bias)
    : stride_(stride), padding_(padding) {
    weight_ = register_parameter("weight", torch::empty({out, in, kernel, kernel}));
    const double reach = 1 / std::sqrt(double(in * kernel * kernel));
    torch::nn::init::uniform_(weight_, -reach, reach);
    if (with_bias) bias_ = register_parameter("bias", torch::empty({out}).uniform_(-reach, reach));
}

torch::Tensor ConvImpl::forward(const torch::Tensor& x) {
    return convolution(x, weight_, bias_, stride_, padding_);
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
        } else if (auto* const lowering = item->as<ConvImpl>()) {
            auto parameters = lowering->named_parameters(false);
            torch::Tensor& w = parameters["weight"];
            torch::nn::init::normal_(w, 0, std::sqrt(2.0 / double(w.size(1) * w.size(2) * w.size(3))));
            if (torch::Tensor* const bias = parameters.find("bias")) bias->zero_();
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
