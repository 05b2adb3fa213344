// SPDX-License-Identifier: Apache-2.0
#include "models/train/batch_norm.h"

#include "synth/base/error.h"

namespace radforge::models {
namespace {

/// Of all values of a channel, on all ranks.
struct Statistics {
    torch::Tensor mean, variance;  ///< [C] float64; the variance divides by count
    double count = 0;
};

/// Chan, Golub and LeVeque (1983), eq. 2.1: means and squared deviations of parts, added in the order of
/// ranks.
Statistics statistics_of(const torch::Tensor& x, Ranks& ranks) {
    const int64_t channels = x.size(1);
    const auto [variance, mean] = torch::var_mean(x, {0, 2, 3}, /*unbiased=*/false);
    const double count = double(x.numel() / channels);
    const torch::Tensor mine = torch::cat({torch::full({1}, count, torch::kFloat64).to(x.device()),
                                           mean.to(torch::kFloat64), variance.to(torch::kFloat64) * count});
    Statistics all{torch::zeros_like(mean, torch::kFloat64), torch::zeros_like(mean, torch::kFloat64)};
    for (const torch::Tensor& part : ranks.gather(mine)) {
        const double n = part[0].item<double>();
        const torch::Tensor step = part.slice(0, 1, 1 + channels) - all.mean;
        const double sum = all.count + n;
        all.variance += part.slice(0, 1 + channels) + step * step * (all.count * n / sum);
        all.mean += step * (n / sum);
        all.count = sum;
    }
    all.variance /= all.count;
    return all;
}

/// Algorithm 1 and its derivative, with the sums over all ranks.
struct SharedNormalisation : torch::autograd::Function<SharedNormalisation> {
    static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                                 const torch::Tensor& weight, const torch::Tensor& bias,
                                 const torch::Tensor& mean, const torch::Tensor& variance, double count,
                                 double epsilon, int64_t ranks) {
        context->save_for_backward({x, weight, mean, variance});
        context->saved_data["count"] = count;
        context->saved_data["epsilon"] = epsilon;
        context->saved_data["ranks"] = ranks;
        return std::get<0>(
            at::native_batch_norm(x, weight, bias, mean, variance, /*training=*/false, 0, epsilon));
    }
    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                   torch::autograd::variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const torch::Tensor &x = saved[0], &weight = saved[1], &mean = saved[2], &variance = saved[3];
        const torch::Tensor gradient = gradients[0].contiguous();
        const double epsilon = context->saved_data["epsilon"].toDouble();
        auto& ranks = *reinterpret_cast<Ranks*>(context->saved_data["ranks"].toInt());
        // With fixed statistics: sums of the gradient, plain and times the normalised value.
        auto [unused, to_weight, to_bias] = at::native_batch_norm_backward(
            gradient, x, weight, mean, variance, {}, {}, /*train=*/false, epsilon, {false, true, true});
        const int64_t channels = mean.numel();
        torch::Tensor sums = torch::zeros({2 * channels}, mean.options().dtype(torch::kFloat64));
        for (const torch::Tensor& part : ranks.gather(torch::cat({to_bias, to_weight}).to(torch::kFloat64)))
            sums += part;
        const torch::Tensor means = (sums / context->saved_data["count"].toDouble()).to(torch::kFloat32);
        const torch::Tensor inverse = (variance + epsilon).rsqrt();
        const auto wide = [](const torch::Tensor& t) { return t.view({1, -1, 1, 1}); };
        torch::Tensor to_x = (x - wide(mean)).mul_(wide(inverse * means.slice(0, channels)));
        to_x = to_x.add_(wide(means.slice(0, 0, channels))).neg_().add_(gradient);
        return {to_x.mul_(wide(inverse * weight)), to_weight, to_bias, {}, {}, {}, {}, {}};
    }
};

template <class Visit>
void each_batch_norm(torch::nn::Module& module, const Visit& visit) {
    for (const auto& item : module.modules())
        if (auto* const norm = item->as<BatchNormImpl>()) visit(*norm);
}

void refuse_foreign(const torch::nn::Module& module) {
    for (const auto& item : module.named_modules())
        if (item.value()->as<torch::nn::BatchNorm2dImpl>())
            throw Error(ErrorKind::Failed, "statistics of this layer cannot be shared between ranks")
                .where(item.key())
                .hint("build the network with models/train/batch_norm.h");
}

}  // namespace

BatchNormImpl::BatchNormImpl(int64_t channels, double epsilon, double momentum)
    : epsilon_(epsilon), momentum_(momentum) {
    weight_ = register_parameter("weight", torch::ones({channels}));
    bias_ = register_parameter("bias", torch::zeros({channels}));
    running_mean_ = register_buffer("running_mean", torch::zeros({channels}));
    running_var_ = register_buffer("running_var", torch::ones({channels}));
    num_batches_tracked_ = register_buffer("num_batches_tracked", torch::zeros({}, torch::kInt64));
}

void BatchNormImpl::blend(const torch::Tensor& mean, const torch::Tensor& variance) {
    running_mean_.mul_(1 - momentum_).add_(mean.to(running_mean_), momentum_);
    running_var_.mul_(1 - momentum_).add_(variance.to(running_var_), momentum_);
    num_batches_tracked_ += 1;
}

torch::Tensor BatchNormImpl::forward(const torch::Tensor& x) {
    if (!is_training())
        return at::batch_norm(x, weight_, bias_, running_mean_, running_var_, false, momentum_, epsilon_,
                              true);
    if (deferred_) {
        // A memory of nothing but this batch.
        torch::Tensor mean = torch::zeros_like(running_mean_), variance = torch::zeros_like(running_var_);
        const torch::Tensor y = at::batch_norm(x, weight_, bias_, mean, variance, true, 1, epsilon_, true);
        pending_.push_back(torch::cat({mean, variance}));
        return y;
    }
    if (!ranks_ || ranks_->size() == 1) {
        num_batches_tracked_ += 1;
        return at::batch_norm(x, weight_, bias_, running_mean_, running_var_, true, momentum_, epsilon_,
                              true);
    }
    const torch::Tensor values = x.to(torch::kFloat32).contiguous();
    Statistics all;
    {
        const torch::NoGradGuard no_grad;
        all = statistics_of(values.detach(), *ranks_);
        blend(all.mean, all.variance * (all.count / (all.count - 1)));
    }
    return SharedNormalisation::apply(values, weight_, bias_, all.mean.to(torch::kFloat32),
                                      all.variance.to(torch::kFloat32), all.count, epsilon_,
                                      reinterpret_cast<int64_t>(ranks_.get()))
        .to(x.scalar_type());
}

void share_statistics(torch::nn::Module& module, const std::shared_ptr<Ranks>& ranks) {
    if (ranks && ranks->size() > 1) refuse_foreign(module);
    each_batch_norm(module, [&](BatchNormImpl& norm) {
        norm.ranks_ = ranks;
        norm.deferred_ = false;
    });
}

void defer_statistics(torch::nn::Module& module) {
    refuse_foreign(module);
    each_batch_norm(module, [](BatchNormImpl& norm) { norm.deferred_ = true; });
}

void settle_statistics(torch::nn::Module& module, Ranks* ranks) {
    const torch::NoGradGuard no_grad;
    std::vector<BatchNormImpl*> norms;
    std::vector<torch::Tensor> parts;
    each_batch_norm(module, [&](BatchNormImpl& norm) {
        norms.push_back(&norm);
        for (const torch::Tensor& part : norm.pending_) parts.push_back(part.to(torch::kFloat32));
    });
    if (parts.empty()) return;
    const torch::Tensor mine = torch::cat(parts);
    for (const torch::Tensor& part : ranks ? ranks->gather(mine) : std::vector<torch::Tensor>{mine}) {
        int64_t at = 0;
        for (BatchNormImpl* const norm : norms) {
            const int64_t channels = norm->running_mean_.numel();
            for (size_t i = 0; i < norm->pending_.size(); ++i, at += 2 * channels)
                norm->blend(part.slice(0, at, at + channels),
                            part.slice(0, at + channels, at + 2 * channels));
        }
    }
    for (BatchNormImpl* const norm : norms) norm->pending_.clear();
}

}  // namespace radforge::models
