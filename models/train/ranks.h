// SPDX-License-Identifier: Apache-2.0
/// Processes that train one model together: each has its own share of every batch, gradients are averaged
/// over all. Through c10d (training.md 4.3, farm.md 4): Gloo, or NCCL for an accelerator where LibTorch has
/// it.
#pragma once
#include <torch/torch.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace radforge::models {

struct RankOptions {
    int rank = 0, size = 1;
    int local = 0;           ///< number among the ranks of this machine
    std::string store_file;  ///< fresh for every start: a used one makes Gloo abort
    /// Of the network: a name (eth0), or an address of this machine; nothing else is listened on.
    std::string interface = "lo";
    std::chrono::milliseconds timeout = std::chrono::minutes(30);
    std::string master_host;  ///< with master_port: meet there over TCP instead of at the file
    int master_port = 0;
    bool master_runs = false;  ///< somebody else (torchrun's agent) already listens there
    std::string attempt;       ///< of the job; keeps what a former attempt left behind apart
    torch::Device device = torch::kCPU;
};
/// Who this process is. Rank and size by RANK and WORLD_SIZE (torchrun), else SLURM_PROCID and SLURM_NTASKS
/// (srun), else one rank alone. They meet at MASTER_ADDR and MASTER_PORT where both are set, else at a file
/// in `folder` named after SLURM_JOB_ID, SLURM_STEP_ID and SLURM_RESTART_COUNT; the file stays empty where
/// nothing names this start. The interface is `lo`, unless the environment says that there are several nodes.
/// @throws Error when they do not make sense
RankOptions ranks_of_environment(const std::string& folder);

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
    /// Replaces the tensor by its sum over all ranks. float32 or float64, contiguous.
    /// @throws Error(TryAgain) when a rank is gone: the newest checkpoint is good
    void sum(torch::Tensor tensor);
    /// Starts that sum. @returns what waits for it and throws as sum() does
    std::function<void()> sum_later(torch::Tensor tensor);
    /// Everybody's tensor, by rank; all of one shape and type.
    std::vector<torch::Tensor> gather(const torch::Tensor& tensor);
    /// Replaces the tensor by the first rank's.
    void share(torch::Tensor tensor);

private:
    struct Group;
    RankOptions options_;
    std::unique_ptr<Group> group_;
};

}  // namespace radforge::models
