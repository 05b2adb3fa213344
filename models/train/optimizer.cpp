// SPDX-License-Identifier: Apache-2.0
/// Adam: Kingma and Ba (2015), algorithm 1; AMSGrad: Reddi, Kale and Kumar (2018), algorithm 2, with Adam's
/// bias correction as PyTorch has it; AdamW: Loshchilov and Hutter (2019), algorithm 2.
#include "models/train/optimizer.h"

#include <cmath>

namespace radforge::models {

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
        torch::Tensor g = p.grad();
        if (!g.defined()) continue;
        if (config_.name == "adamw")
            p.mul_(1 - rate * config_.weight_decay);
        else if (config_.weight_decay > 0)
            g = g.add(p, config_.weight_decay);
        if (config_.name == "sgd") {
            if (config_.momentum > 0) g = state_["first." + name].mul_(config_.momentum).add_(g);
            p.add_(g, -rate);
            continue;
        }
        const torch::Tensor first = state_["first." + name].lerp_(g, 1 - config_.beta1);
        torch::Tensor second = state_["second." + name].mul_(config_.beta2).addcmul_(g, g, 1 - config_.beta2);
        if (config_.amsgrad) {
            torch::Tensor largest = state_["largest." + name];
            second = torch::max_out(largest, largest, second);
        }
        const double bias1 = 1 - std::pow(config_.beta1, double(count)),
                     bias2 = 1 - std::pow(config_.beta2, double(count));
        p.addcdiv_(first, second.sqrt().div_(std::sqrt(bias2)).add_(config_.epsilon), -rate / bias1);
    }
}

}  // namespace radforge::models
