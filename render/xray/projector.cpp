// SPDX-License-Identifier: Apache-2.0
#include "render/xray/projector.h"

#include "render/xray/backends.h"
#include "synth/base/error.h"

namespace radforge::xray {
namespace {

void need_cuda() {
    if (!cuda_available())
        throw Error(ErrorKind::Usage, "no CUDA device")
            .where("x-ray projector")
            .hint("use the CPU (--device cpu), or build with nvcc and run on a machine with an NVIDIA GPU");
}

}  // namespace

std::unique_ptr<Projector> make_projector(const Grid& grid, const ProjectorOptions& options) {
    grid.validate("x-ray volume");
    options.validate();
    if (options.device == Device::Cpu) return make_cpu_projector(grid, options);
    need_cuda();
    return make_cuda_projector(grid, options);
}

std::unique_ptr<Projector> make_projector(std::shared_ptr<const SparseGrid> grid,
                                          const ProjectorOptions& options) {
    options.validate();
    if (options.method != Method::March && options.method != Method::Joseph)
        throw Error(ErrorKind::BadData, "method not available for sparse volumes")
            .where("x-ray projector")
            .expected("march or joseph");
    if (options.device == Device::Cpu) return make_cpu_projector(std::move(grid), options);
    need_cuda();
    return make_cuda_projector(std::move(grid), options);
}

}  // namespace radforge::xray
