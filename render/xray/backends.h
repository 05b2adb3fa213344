// SPDX-License-Identifier: Apache-2.0
/// What the backends share, and their factories; behind projector.h.
#pragma once
#include "render/xray/projector.h"
#include "render/xray/projector_kernel.h"

#include <memory>
#include <vector>

namespace radforge::xray {

/// The grid without its values.
Grid placement_of(const Grid& grid);
std::vector<kernel::LatticeView> lattice_views(Span<const View> views, const Grid& place);
std::vector<Image> blank_images(Span<const View> views);
/// @throws Error unless there is one f32 [H,W,1] image of finite values per view, of its size
void check_images(Span<const View> views, Span<const Image> images);

std::unique_ptr<Projector> make_cpu_projector(const Grid& grid, const ProjectorOptions& options);
std::unique_ptr<Projector> make_cpu_projector(std::shared_ptr<const SparseGrid> grid,
                                              const ProjectorOptions& options);
std::unique_ptr<Projector> make_cuda_projector(const Grid& grid, const ProjectorOptions& options);
std::unique_ptr<Projector> make_cuda_projector(std::shared_ptr<const SparseGrid> grid,
                                               const ProjectorOptions& options);

/// Seconds of the CUDA kernels alone for one batch of at most 4096 views: what benchmarks compare with a
/// roof.
double cuda_kernel_seconds(const Grid& grid, const ProjectorOptions& options, Span<const View> views,
                           int repeats);

}  // namespace radforge::xray
