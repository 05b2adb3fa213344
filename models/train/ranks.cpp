// SPDX-License-Identifier: Apache-2.0
#include "models/train/ranks.h"

#include "models/train/torch_compat.h"
#include "synth/base/error.h"

#ifdef RADFORGE_GLOO
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#endif
#ifdef RADFORGE_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif
#if defined(RADFORGE_GLOO) || defined(RADFORGE_NCCL)
#define RADFORGE_RANKS
#include <arpa/inet.h>
#include <sys/socket.h>
#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <unistd.h>
#endif

#include <algorithm>
#include <cstdlib>

namespace radforge::models {
namespace {

std::string text_of(const char* variable) {
    const char* const text = std::getenv(variable);
    return text ? text : "";
}

/// @returns -1 when the variable is not set
int number_of(const char* variable, long most = 1 << 20) {
    const std::string text = text_of(variable);
    if (text.empty()) return -1;
    char* end = nullptr;
    const long value = std::strtol(text.c_str(), &end, 10);
    if (*end || value < 0 || value > most)
        throw Error(ErrorKind::Usage, "not a number from 0 to " + std::to_string(most))
            .where(variable)
            .got("'" + text + "'");
    return int(value);
}

#ifdef RADFORGE_RANKS
/// The address of this machine that packets to another one leave from; nothing is sent.
std::string address_towards(const std::string& host) {
    sockaddr_in to{}, from{};
    to.sin_family = AF_INET;
    to.sin_port = htons(9);  // discard
    socklen_t size = sizeof from;
    char text[INET_ADDRSTRLEN] = "";
    const int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return "lo";
    if (inet_pton(AF_INET, host.c_str(), &to.sin_addr) == 1 &&
        connect(descriptor, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0 &&
        getsockname(descriptor, reinterpret_cast<sockaddr*>(&from), &size) == 0)
        inet_ntop(AF_INET, &from.sin_addr, text, sizeof text);
    close(descriptor);
    return *text ? text : "lo";
}
#else
std::string address_towards(const std::string&) { return "lo"; }
#endif

}  // namespace

RankOptions ranks_of_environment(const std::string& folder) {
    RankOptions options;
    bool srun = false;
    for (const auto& [rank, size] : {std::pair{"RANK", "WORLD_SIZE"}, {"SLURM_PROCID", "SLURM_NTASKS"}}) {
        const int r = number_of(rank), n = number_of(size);
        if (r < 0 && n < 0) continue;
        if (r < 0 || n < 1 || r >= n)
            throw Error(ErrorKind::Usage, std::string(rank) + " must lie below " + size)
                .got(std::to_string(r) + " of " + std::to_string(n));
        options.rank = r;
        options.size = n;
        srun = std::string(rank) != "RANK";
        options.local = std::max(0, number_of(srun ? "SLURM_LOCALID" : "LOCAL_RANK"));
        break;
    }
    const int port = number_of("MASTER_PORT", 65535), local = number_of("LOCAL_WORLD_SIZE"),
              nodes = number_of("SLURM_NNODES");
    const std::string host = text_of("MASTER_ADDR");
    std::string launcher = host;
    if (!host.empty() && port > 0) {
        options.master_host = host;
        options.master_port = port;
        options.master_runs = text_of("TORCHELASTIC_USE_AGENT_STORE") == "True";
        options.attempt = text_of(srun ? "SLURM_RESTART_COUNT" : "TORCHELASTIC_RESTART_COUNT");
    } else if (srun && !text_of("SLURM_JOB_ID").empty()) {
        options.store_file = folder + "/meet." + text_of("SLURM_JOB_ID") + "." + text_of("SLURM_STEP_ID") +
                             "." + text_of("SLURM_RESTART_COUNT");
    }
    if (srun) launcher = text_of("SLURM_LAUNCH_NODE_IPADDR");
    if (srun ? nodes > 1 : local > 0 && local < options.size) options.interface = address_towards(launcher);
    return options;
}

#ifdef RADFORGE_RANKS

struct Ranks::Group {
    c10::intrusive_ptr<c10d::Store> store;
    c10::intrusive_ptr<compat::ProcessGroup> processes;
    torch::Device wire = torch::kCPU;  ///< where tensors must lie to be sent
};

namespace {

c10::intrusive_ptr<c10d::Store> open_store(const RankOptions& options) {
    if (!options.store_file.empty())
        return c10::make_intrusive<c10d::FileStore>(options.store_file, options.size);
    c10d::TCPStoreOptions tcp;
    tcp.port = uint16_t(options.master_port);
    tcp.isServer = options.rank == 0 && !options.master_runs;
    tcp.numWorkers = size_t(options.size);
    tcp.waitWorkers = false;
    tcp.timeout = options.timeout;
    compat::use_plain_tcp_server(tcp);
    return c10::make_intrusive<c10d::PrefixStore>(
        "radforge" + options.attempt, c10::make_intrusive<c10d::TCPStore>(options.master_host, tcp));
}

[[noreturn]] void rank_gone(const std::exception& error) {
    throw Error(ErrorKind::TryAgain, std::string("another rank is gone: ") + error.what())
        .hint("start all ranks again: they go on from the newest checkpoint");
}

}  // namespace

Ranks::Ranks(const RankOptions& options) : options_(options) {
    if (options_.size == 1) return;
    const std::string place = options_.store_file.empty()
                                  ? options_.master_host + ":" + std::to_string(options_.master_port)
                                  : options_.store_file;
    if (options_.store_file.empty() && options_.master_host.empty())
        throw Error(ErrorKind::Usage, "several ranks need a place to meet")
            .hint("give --rendezvous FILE on a shared disk, or set MASTER_ADDR and MASTER_PORT");
    group_ = std::make_unique<Group>();
    try {
        group_->store = open_store(options_);
#ifdef RADFORGE_NCCL
        if (options_.device.is_cuda()) {
            const auto nccl = c10d::ProcessGroupNCCL::Options::create();
            nccl->timeout = options_.timeout;
            group_->processes = c10::make_intrusive<c10d::ProcessGroupNCCL>(group_->store, options_.rank,
                                                                            options_.size, nccl);
            group_->wire = options_.device;
        }
#endif
#ifdef RADFORGE_GLOO
        if (!group_->processes) {
            const auto gloo = c10d::ProcessGroupGloo::Options::create(options_.timeout);
            const bool address = options_.interface.find_first_of(".:") != std::string::npos;
            gloo->devices.push_back(
                address ? c10d::ProcessGroupGloo::createDeviceForHostname(options_.interface)
                        : c10d::ProcessGroupGloo::createDeviceForInterface(options_.interface));
            group_->processes = c10::make_intrusive<c10d::ProcessGroupGloo>(group_->store, options_.rank,
                                                                            options_.size, gloo);
        }
#endif
    } catch (const std::exception& error) {
        throw Error(ErrorKind::TryAgain, std::string("the ranks did not meet: ") + error.what())
            .where(place)
            .hint("the file must be new for every start, and all ranks must see it");
    }
    if (!group_->processes)
        throw Error(ErrorKind::Usage, "this build has no way between ranks on the CPU")
            .hint("install libgloo-dev and build again");
}

std::function<void()> Ranks::sum_later(torch::Tensor tensor) {
    if (!group_) return [] {};
    RADFORGE_ASSERT(tensor.is_contiguous());
    std::vector<torch::Tensor> sent = {tensor.to(group_->wire)};
    try {
        const auto work = group_->processes->allreduce(sent);
        return [work, tensor, sent] {
            try {
                work->wait();
            } catch (const std::exception& error) {
                rank_gone(error);
            }
            if (!sent[0].is_same(tensor)) torch::Tensor(tensor).copy_(sent[0]);
        };
    } catch (const std::exception& error) {
        rank_gone(error);
    }
}

std::vector<torch::Tensor> Ranks::gather(const torch::Tensor& tensor) {
    if (!group_) return {tensor};
    std::vector<torch::Tensor> sent = {tensor.contiguous().to(group_->wire)};
    std::vector<std::vector<torch::Tensor>> all(1);
    for (int r = 0; r < size(); ++r) all[0].push_back(torch::empty_like(sent[0]));
    try {
        group_->processes->allgather(all, sent)->wait();
    } catch (const std::exception& error) {
        rank_gone(error);
    }
    for (torch::Tensor& each : all[0]) each = each.to(tensor.device());
    return all[0];
}

void Ranks::share(torch::Tensor tensor) {
    if (!group_) return;
    std::vector<torch::Tensor> sent = {tensor.detach().contiguous().to(group_->wire)};
    try {
        group_->processes->broadcast(sent)->wait();
    } catch (const std::exception& error) {
        rank_gone(error);
    }
    const torch::NoGradGuard no_grad;
    tensor.copy_(sent[0]);
}

#else

struct Ranks::Group {};

Ranks::Ranks(const RankOptions& options) : options_(options) {
    if (options_.size > 1)
        throw Error(ErrorKind::Usage, "this build trains on one rank only")
            .hint("install libgloo-dev and build again");
}

std::function<void()> Ranks::sum_later(torch::Tensor) {
    return [] {};
}
std::vector<torch::Tensor> Ranks::gather(const torch::Tensor& tensor) { return {tensor}; }
void Ranks::share(torch::Tensor) {}

#endif

Ranks::~Ranks() = default;

void Ranks::sum(torch::Tensor tensor) { sum_later(std::move(tensor))(); }

}  // namespace radforge::models
