// SPDX-License-Identifier: Apache-2.0
/// Where a network computes, by the name that a user gives.
#pragma once
#include <torch/torch.h>

#include <string>

namespace radforge::models {

/// @param name   cpu, cuda, or cuda:N; cuda alone is the GPU of this process
/// @param local  number of this process among those of one run on this machine: each takes its own GPU, or
///               the only one that its launcher lets it see
/// @throws Error(Usage) when there is no such device, or LibTorch was built without it
torch::Device device_of(const std::string& name, int local = 0);

}  // namespace radforge::models
