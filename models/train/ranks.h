// SPDX-License-Identifier: Apache-2.0
/// Processes that train one model together: each has its own share of every batch, gradients are averaged
/// over all. Through c10d's Gloo (training.md 4.3), which meets at a file that all ranks see.
#pragma once
#include <torch/torch.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace radforge::models {

struct RankOptions {
    int rank = 0, size = 1;
    std::string store_file;        ///< fresh for every start: a used one makes Gloo abort
    std::string interface = "lo";  ///< of the network; only this one is listened on
    std::chrono::milliseconds timeout = std::chrono::minutes(30);
};
/// Rank and size by RANK and WORLD_SIZE (torchrun), else SLURM_PROCID and SLURM_NTASKS (srun), else one rank
/// alone.
/// @throws Error when they do not make sense
RankOptions ranks_of_environment();

class Ranks {
public:
    /// Waits for all others. @throws Error when they do not come, when the file was used before, or without
    /// Gloo
    explicit Ranks(const RankOptions& options);
    ~Ranks();
    Ranks(const Ranks&) = delete;
    Ranks& operator=(const Ranks&) = delete;

    int rank() const { return options_.rank; }
    int size() const { return options_.size; }
    /// Replaces the tensor by its sum over all ranks. float32 or float64 on the CPU, contiguous.
    /// @throws Error(TryAgain) when a rank is gone: the newest checkpoint is good
    void sum(torch::Tensor tensor);
    /// Replaces the tensors by their means over all ranks, in buckets of some megabytes, in their order.
    void average(const std::vector<torch::Tensor>& tensors);

private:
    struct Group;
    RankOptions options_;
    std::unique_ptr<Group> group_;
};

}  // namespace radforge::models
