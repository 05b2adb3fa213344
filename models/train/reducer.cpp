// SPDX-License-Identifier: Apache-2.0
#include "models/train/reducer.h"

#include "synth/base/error.h"

#include <torch/csrc/autograd/utils/lambda_post_hook.h>
#include <torch/csrc/autograd/variable.h>

namespace radforge::models {

torch::Tensor GradientBucket::pack() const {
    const torch::NoGradGuard no_grad;
    torch::Tensor flat = torch::zeros({values + int64_t(parameters.size())},
                                      parameters[0].options().dtype(torch::kFloat32).requires_grad(false));
    int64_t at = 0;
    for (size_t i = 0; i < parameters.size(); ++i) {
        const torch::Tensor& p = parameters[i];
        if (p.grad().defined()) {
            flat.slice(0, at, at + p.numel()).view(p.sizes()).copy_(p.grad());
            flat[values + int64_t(i)] = 1;
        }
        at += p.numel();
    }
    return flat;
}

void GradientBucket::unpack(const torch::Tensor& flat, double divisor) const {
    const torch::NoGradGuard no_grad;
    const torch::Tensor used = flat.slice(0, values).to(torch::kCPU);
    int64_t at = 0;
    for (size_t i = 0; i < parameters.size(); ++i) {
        torch::Tensor p = parameters[i];
        const torch::Tensor values_of = flat.slice(0, at, at + p.numel()).view(p.sizes());
        at += p.numel();
        if (used[int64_t(i)].item<float>() == 0) continue;
        if (!p.grad().defined()) p.mutable_grad() = torch::empty_like(p);
        p.mutable_grad().copy_(values_of);
        if (divisor != 1) p.mutable_grad().div_(divisor);
    }
}

std::vector<GradientBucket> make_buckets(const std::vector<torch::Tensor>& parameters,
                                         int64_t bucket_values) {
    std::vector<GradientBucket> buckets;
    for (auto p = parameters.rbegin(); p != parameters.rend(); ++p) {
        if (buckets.empty() || buckets.back().values >= bucket_values) buckets.emplace_back();
        buckets.back().parameters.push_back(*p);
        buckets.back().values += p->numel();
    }
    return buckets;
}

GradientReducer::GradientReducer(const std::vector<torch::Tensor>& parameters, std::shared_ptr<Ranks> ranks,
                                 int64_t bucket_values)
    : ranks_(std::move(ranks)),
      buckets_(make_buckets(parameters, bucket_values)),
      missing_(buckets_.size(), 0),
      flats_(buckets_.size()) {
    using torch::autograd::utils::LambdaPostHook;
    for (size_t b = 0; b < buckets_.size(); ++b)
        for (const torch::Tensor& p : buckets_[b].parameters) {
            const auto node = torch::autograd::impl::grad_accumulator(p);
            const auto key = node->add_post_hook(
                std::make_unique<LambdaPostHook>([this, b](const auto& outputs, const auto&) {
                    ready(b);
                    return outputs;
                }));
            unhook_.push_back([node, key] { node->del_post_hook(key); });
        }
}

GradientReducer::~GradientReducer() {
    for (const auto& unhook : unhook_) unhook();
}

void GradientReducer::arm() {
    RADFORGE_ASSERT(!armed_);
    for (size_t b = 0; b < buckets_.size(); ++b) missing_[b] = int(buckets_[b].parameters.size());
    waits_.clear();
    armed_ = true;
}

void GradientReducer::ready(size_t bucket) {
    if (!armed_) return;
    --missing_[bucket];
    while (sent() < buckets_.size() && missing_[sent()] == 0) send_next();
}

void GradientReducer::send_next() {
    const size_t b = sent();
    flats_[b] = buckets_[b].pack();
    waits_.push_back(ranks_->sum_later(flats_[b]));
}

void GradientReducer::finish() {
    RADFORGE_ASSERT(armed_);
    while (sent() < buckets_.size()) send_next();
    armed_ = false;
    for (size_t b = 0; b < buckets_.size(); ++b) {
        waits_[b]();
        buckets_[b].unpack(flats_[b], ranks_->size());
        flats_[b].reset();
    }
}

OrderedGradients::OrderedGradients(const std::vector<torch::Tensor>& parameters, std::shared_ptr<Ranks> ranks)
    : ranks_(std::move(ranks)), buckets_(make_buckets(parameters, kBucketValues)), sums_(buckets_.size()) {}

void OrderedGradients::add() {
    for (size_t b = 0; b < buckets_.size(); ++b) {
        const torch::Tensor mine = buckets_[b].pack();
        for (const torch::Tensor& part : ranks_ ? ranks_->gather(mine) : std::vector<torch::Tensor>{mine})
            sums_[b] = sums_[b].defined() ? sums_[b].add_(part) : part.clone();
        for (torch::Tensor& p : buckets_[b].parameters) p.mutable_grad().reset();
    }
}

void OrderedGradients::finish() {
    for (size_t b = 0; b < buckets_.size(); ++b) {
        buckets_[b].unpack(sums_[b], 1);
        sums_[b].reset();
    }
}

}  // namespace radforge::models
