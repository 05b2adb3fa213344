// SPDX-License-Identifier: Apache-2.0
/// Where LibTorch's interface moved between 1.13 (Debian 12) and 2.x: the only file that asks for its
/// version.
///  - autocast: one set of functions for all devices since 2.4 (aten/src/ATen/autocast_mode.h, pull request
///    #124359); before, one for each device
///  - c10d: Gloo and NCCL derive from Backend since 2.0 (torch/csrc/distributed/c10d/ProcessGroupGloo.hpp),
///    before from ProcessGroup
///  - TCPStore: asks for libuv since 2.4 (TCPStoreOptions::useLibUV), which Debian 13 builds without
/// Looked up, and the same in both: autograd's grad_accumulator(), Node::add_post_hook and LambdaPostHook,
/// convolution_backward, native_batch_norm, FileStore, TCPStoreOptions, ProcessGroupGloo::Options,
/// createDeviceForInterface and createDeviceForHostname, the default generator's state. Not used, as they
/// differ or fail in 1.13 (training.md 4): torch::optim, torch::serialize, c10d::Reducer.
#pragma once
#include <ATen/autocast_mode.h>
#include <torch/torch.h>
#include <torch/version.h>

#if __has_include(<torch/csrc/distributed/c10d/Backend.hpp>)
#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>
#endif

namespace radforge::models::compat {

#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)

inline bool autocasts(torch::Device device) { return at::autocast::is_autocast_enabled(device.type()); }
inline void set_autocast(torch::Device device, bool on) {
    at::autocast::set_autocast_enabled(device.type(), on);
    if (on) at::autocast::set_autocast_dtype(device.type(), torch::kBFloat16);
}
inline torch::ScalarType autocast_type(torch::Device device) {
    return at::autocast::get_autocast_dtype(device.type());
}

#else

inline bool autocasts(torch::Device device) {
    return device.is_cpu() ? at::autocast::is_cpu_enabled() : at::autocast::is_enabled();
}
inline void set_autocast(torch::Device device, bool on) {
    if (device.is_cpu()) {
        at::autocast::set_cpu_enabled(on);
        if (on) at::autocast::set_autocast_cpu_dtype(torch::kBFloat16);
    } else {
        at::autocast::set_enabled(on);
        if (on) at::autocast::set_autocast_gpu_dtype(torch::kBFloat16);
    }
}
inline torch::ScalarType autocast_type(torch::Device device) {
    return device.is_cpu() ? at::autocast::get_autocast_cpu_dtype() : at::autocast::get_autocast_gpu_dtype();
}

#endif

#if __has_include(<torch/csrc/distributed/c10d/Backend.hpp>)
#if TORCH_VERSION_MAJOR >= 2
using ProcessGroup = c10d::Backend;
#else
using ProcessGroup = c10d::ProcessGroup;
#endif

/// The server of sockets and threads, which every build has.
template <class TcpStoreOptions>
void use_plain_tcp_server(TcpStoreOptions& options) {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
    options.useLibUV = false;
#else
    static_cast<void>(options);
#endif
}
#endif

}  // namespace radforge::models::compat
