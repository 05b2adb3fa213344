// SPDX-License-Identifier: Apache-2.0
/// Adam: Kingma and Ba (2015), algorithm 1; AMSGrad: Reddi, Kale and Kumar (2018), algorithm 2, with Adam's
/// bias correction as PyTorch has it; AdamW: Loshchilov and Hutter (2019), algorithm 2.
#include "models/train/optimizer.h"

#include "models/train/adam_kernel.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

namespace radforge::models {
namespace {

/// Values that adam_step() may walk through side by side.
bool same_layout(const torch::Tensor& p, std::initializer_list<torch::Tensor> others) {
    const auto plain = [](const torch::Tensor& t) {
        return t.device().is_cpu() && t.scalar_type() == torch::kFloat32 && t.layout() == torch::kStrided &&
               t.is_non_overlapping_and_dense();
    };
    return plain(p) && std::all_of(others.begin(), others.end(), [&](const torch::Tensor& t) {
               return plain(t) && t.strides() == p.strides();
           });
}

}  // namespace

Optimizer::Optimizer(OptimizerConfig config, ParamGroup group)
    : config_(std::move(config)), group_(std::move(group)) {
    state_["steps"] = torch::zeros({1}, torch::kInt64);
    for (const auto& [name, p] : group_.parameters) {
        if (config_.name != "sgd" || config_.momentum > 0) state_["first." + name] = torch::zeros_like(p);
        if (config_.name != "sgd") state_["second." + name] = torch::zeros_like(p);
        if (config_.name != "sgd" && config_.amsgrad) state_["largest." + name] = torch::zeros_like(p);
    }
}

void Optimizer::zero() {
    for (auto& [name, p] : group_.parameters)
        if (p.grad().defined()) p.mutable_grad().reset();
}

double Optimizer::clip() {
    const torch::NoGradGuard no_grad;
    double sum = 0;
    for (const auto& [name, p] : group_.parameters)
        if (p.grad().defined()) {
            const double norm = p.grad().norm(2.0, torch::kFloat32).item<double>();
            sum += norm * norm;
        }
    const double length = std::sqrt(sum);
    if (config_.clip_norm > 0 && length > config_.clip_norm)
        for (auto& [name, p] : group_.parameters)
            if (p.grad().defined()) p.grad().mul_(config_.clip_norm / length);
    return length;
}

void Optimizer::step(double rate) {
    const torch::NoGradGuard no_grad;
    rate *= group_.rate_factor;
    const auto count = state_["steps"].add_(1).item<int64_t>();
    for (auto& [name, p] : group_.parameters) {
        if (!p.grad().defined()) continue;
        if (config_.name == "sgd")
            step_sgd(name, p, rate);
        else
            step_adam(name, p, rate, count);
    }
}

void Optimizer::step_sgd(const std::string& name, torch::Tensor& p, double rate) {
    torch::Tensor g = p.grad();
    if (config_.weight_decay > 0) g = g.add(p, config_.weight_decay);
    if (config_.momentum > 0) g = state_["first." + name].mul_(config_.momentum).add_(g);
    p.add_(g, -rate);
}

void Optimizer::step_adam(const std::string& name, torch::Tensor& p, double rate, int64_t count) {
    torch::Tensor g = p.grad(), first = state_["first." + name], second = state_["second." + name],
                  largest = config_.amsgrad ? state_["largest." + name] : second;
    const double bias1 = 1 - std::pow(config_.beta1, double(count)),
                 bias2 = 1 - std::pow(config_.beta2, double(count));
    if (same_layout(p, {g, first, second, largest})) {
        AdamStep step;
        step.beta2 = float(config_.beta2);
        step.fresh1 = float(1 - config_.beta1);
        step.fresh2 = float(1 - config_.beta2);
        step.epsilon = float(config_.epsilon);
        if (config_.name == "adamw")
            step.keep = float(1 - rate * config_.weight_decay);
        else
            step.pull = float(config_.weight_decay);
        step.rate = float(rate / bias1);
        step.root_scale = float(1 / std::sqrt(bias2));
        float *const values = p.data_ptr<float>(), *const m = first.data_ptr<float>(),
                     *const v = second.data_ptr<float>(),
                     *const most = config_.amsgrad ? largest.data_ptr<float>() : nullptr;
        const float* const slope = g.data_ptr<float>();
        at::parallel_for(0, p.numel(), 1 << 15, [&](int64_t begin, int64_t end) {
            adam_step(step, values + begin, slope + begin, m + begin, v + begin,
                      most != nullptr ? most + begin : nullptr, size_t(end - begin));
        });
        p.unsafeGetTensorImpl()->bump_version();
        return;
    }
    if (config_.name == "adamw")
        p.mul_(1 - rate * config_.weight_decay);
    else if (config_.weight_decay > 0)
        g = g.add(p, config_.weight_decay);
    first.lerp_(g, 1 - config_.beta1);
    second.mul_(config_.beta2).addcmul_(g, g, 1 - config_.beta2);
    if (config_.amsgrad) second = torch::max_out(largest, largest, second);
    p.addcdiv_(first, second.sqrt().div_(std::sqrt(bias2)).add_(config_.epsilon), -rate / bias1);
}

}  // namespace radforge::models
