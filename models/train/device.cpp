// SPDX-License-Identifier: Apache-2.0
#include "models/train/device.h"

#include "synth/base/error.h"

#include <algorithm>

namespace radforge::models {

torch::Device device_of(const std::string& name, int local) {
    if (name == "cpu") return torch::kCPU;
    const std::string gpu = "cuda";
    const std::string number = name.substr(std::min(name.size(), gpu.size() + 1));
    const bool numbered = name.compare(0, gpu.size() + 1, gpu + ":") == 0 && !number.empty() &&
                          number.size() < 4 && number.find_first_not_of("0123456789") == std::string::npos;
    if (name != gpu && !numbered)
        throw Error(ErrorKind::Usage, "no such device").got("'" + name + "'").expected("cpu, cuda or cuda:N");
    const int count = int(torch::cuda::device_count());
    if (count == 0 && !at::Context::hasCUDART())
        throw Error(ErrorKind::Usage, "this program cannot use a GPU: its LibTorch was built without CUDA")
            .got(name)
            .hint("use --device cpu, or build against a LibTorch with CUDA (scenes/train/README.md)");
    if (count == 0)
        throw Error(ErrorKind::Usage, "no GPU is to be seen here")
            .got(name)
            .hint("use --device cpu; nvidia-smi and CUDA_VISIBLE_DEVICES say what there is");
    const int wanted = numbered ? std::stoi(number) : count == 1 ? 0 : local;
    if (wanted >= count)
        throw Error(ErrorKind::Usage, numbered ? "no such GPU" : "more processes than GPUs on this machine")
            .got(gpu + ":" + std::to_string(wanted))
            .expected("below " + std::to_string(count));
    return {torch::kCUDA, torch::DeviceIndex(wanted)};
}

}  // namespace radforge::models
