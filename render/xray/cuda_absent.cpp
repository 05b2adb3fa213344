// SPDX-License-Identifier: Apache-2.0
// Takes the place of projector_cuda.cu where no CUDA compiler was found.
#include "render/xray/backends.h"
#include "synth/base/error.h"

namespace radforge::xray {
namespace {

Error absent() {
    return Error(ErrorKind::Usage, "built without CUDA")
        .where("x-ray projector")
        .hint("configure again with nvcc in PATH");
}

}  // namespace

bool cuda_available() { return false; }
double cuda_kernel_seconds(const Grid&, const ProjectorOptions&, Span<const View>, int) { throw absent(); }
std::unique_ptr<Projector> make_cuda_projector(const Grid&, const ProjectorOptions&) { throw absent(); }
std::unique_ptr<Projector> make_cuda_projector(std::shared_ptr<const SparseGrid>, const ProjectorOptions&) {
    throw absent();
}

}  // namespace radforge::xray
