// SPDX-License-Identifier: Apache-2.0
/// Batch normalisation (Ioffe and Szegedy 2015, algorithms 1 and 2) that several ranks can share.
#pragma once
#include "models/train/ranks.h"

#include <torch/torch.h>

#include <memory>
#include <vector>

namespace radforge::models {

/// torch::nn::BatchNorm2d with its parameters' and buffers' names. While it trains, its statistics are of
///  - this process's batch: as it is made; the same bits as torch::nn::BatchNorm2d,
///  - the batches of all ranks together, after share_statistics(): forward and backward add sums over the
///    ranks, in their order. Then losses that are means over samples train as on one rank with all the
///    samples,
///  - this process's batch, the running statistics left for settle_statistics(), after defer_statistics().
class BatchNormImpl final : public torch::nn::Module {
public:
    explicit BatchNormImpl(int64_t channels, double epsilon = 1e-5, double momentum = 0.1);
    /// @param x  [B,C,H,W]
    torch::Tensor forward(const torch::Tensor& x);
    torch::Tensor& weight() { return weight_; }

private:
    friend void share_statistics(torch::nn::Module& module, const std::shared_ptr<Ranks>& ranks);
    friend void defer_statistics(torch::nn::Module& module);
    friend void settle_statistics(torch::nn::Module& module, Ranks* ranks);

    void blend(const torch::Tensor& mean, const torch::Tensor& variance);

    double epsilon_, momentum_;
    torch::Tensor weight_, bias_, running_mean_, running_var_, num_batches_tracked_;
    std::shared_ptr<Ranks> ranks_;
    bool deferred_ = false;
    std::vector<torch::Tensor> pending_;  ///< [2C] each: mean and unbiased variance of a batch
};
TORCH_MODULE(BatchNorm);

/// For every BatchNorm in the module. All ranks must then run the same layers in the same order; without
/// ranks each layer is again as it was made.
/// @throws Error when the module has a torch::nn::BatchNorm2d, whose statistics nobody could share
void share_statistics(torch::nn::Module& module, const std::shared_ptr<Ranks>& ranks);
void defer_statistics(torch::nn::Module& module);
/// Blends what the forward passes since the last call saw into the running statistics: the first rank's
/// passes, then the second's.
/// @param ranks  nullptr: this process alone
void settle_statistics(torch::nn::Module& module, Ranks* ranks);

}  // namespace radforge::models
