// SPDX-License-Identifier: Apache-2.0
#include "models/train/ranks.h"

#include "synth/base/error.h"

#ifdef RADFORGE_GLOO
#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#endif

#include <cstdlib>
#include <filesystem>

namespace radforge::models {
namespace {

constexpr int64_t kBucketValues = 4 << 20;  // 16 MB

/// @returns -1 when the variable is not set
int number_of(const char* variable) {
    const char* const text = std::getenv(variable);
    if (!text) return -1;
    char* end = nullptr;
    const long value = std::strtol(text, &end, 10);
    if (end == text || *end || value < 0 || value > 1 << 20)
        throw Error(ErrorKind::Usage, "not a number of ranks")
            .where(variable)
            .got(std::string("'") + text + "'");
    return int(value);
}

}  // namespace

RankOptions ranks_of_environment() {
    RankOptions options;
    for (const auto& [rank, size] : {std::pair{"RANK", "WORLD_SIZE"}, {"SLURM_PROCID", "SLURM_NTASKS"}}) {
        const int r = number_of(rank), n = number_of(size);
        if (r < 0 && n < 0) continue;
        if (r < 0 || n < 1 || r >= n)
            throw Error(ErrorKind::Usage, std::string(rank) + " must lie below " + size)
                .got(std::to_string(r) + " of " + std::to_string(n));
        options.rank = r;
        options.size = n;
        break;
    }
    return options;
}

#ifdef RADFORGE_GLOO

struct Ranks::Group {
    c10::intrusive_ptr<c10d::FileStore> store;
    c10::intrusive_ptr<c10d::ProcessGroupGloo> gloo;
};

Ranks::Ranks(const RankOptions& options) : options_(options) {
    if (options_.size == 1) return;
    if (options_.store_file.empty())
        throw Error(ErrorKind::Usage, "several ranks need a file to meet at")
            .hint("give --rendezvous FILE on a shared disk");
    group_ = std::make_unique<Group>();
    try {
        group_->store = c10::make_intrusive<c10d::FileStore>(options_.store_file, options_.size);
        const auto gloo = c10d::ProcessGroupGloo::Options::create(options_.timeout);
        gloo->devices.push_back(c10d::ProcessGroupGloo::createDeviceForInterface(options_.interface));
        group_->gloo =
            c10::make_intrusive<c10d::ProcessGroupGloo>(group_->store, options_.rank, options_.size, gloo);
    } catch (const std::exception& error) {
        throw Error(ErrorKind::TryAgain, std::string("the ranks did not meet: ") + error.what())
            .where(options_.store_file)
            .hint("the file must be new for every start, and all ranks must see it");
    }
}

void Ranks::sum(torch::Tensor tensor) {
    if (!group_) return;
    RADFORGE_ASSERT(tensor.is_contiguous() && tensor.device().is_cpu());
    std::vector<torch::Tensor> tensors = {tensor};
    try {
        group_->gloo->allreduce(tensors)->wait();
    } catch (const std::exception& error) {
        throw Error(ErrorKind::TryAgain, std::string("another rank is gone: ") + error.what())
            .hint("start all ranks again: they go on from the newest checkpoint");
    }
}

#else

struct Ranks::Group {};

Ranks::Ranks(const RankOptions& options) : options_(options) {
    if (options_.size > 1)
        throw Error(ErrorKind::Usage, "this build trains on one rank only")
            .hint("install libgloo-dev and build again");
}

void Ranks::sum(torch::Tensor) {}

#endif

Ranks::~Ranks() = default;

void Ranks::average(const std::vector<torch::Tensor>& tensors) {
    if (!group_) return;
    const torch::NoGradGuard no_grad;
    for (size_t first = 0; first < tensors.size();) {
        std::vector<torch::Tensor> flat;
        size_t last = first;
        for (int64_t values = 0; last < tensors.size() && (last == first || values < kBucketValues); ++last) {
            flat.push_back(tensors[last].to(torch::kCPU).to(torch::kFloat32).reshape({-1}));
            values += flat.back().numel();
        }
        torch::Tensor bucket = torch::cat(flat);
        sum(bucket);
        bucket.div_(options_.size);
        for (int64_t at = 0; first < last; ++first) {
            const torch::Tensor& to = tensors[first];
            torch::Tensor(to).copy_(bucket.slice(0, at, at + to.numel()).view(to.sizes()));
            at += to.numel();
        }
    }
}

}  // namespace radforge::models
