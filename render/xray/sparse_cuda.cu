// SPDX-License-Identifier: Apache-2.0
#include "render/xray/backends.h"
#include "render/xray/cuda_trace.cuh"
#include "render/xray/device_memory.cuh"
#include "render/xray/nano_field.h"
#include "render/xray/sparse_kernel.h"
#include "render/xray/sparse_tree.h"

#include <cstdint>

namespace radforge::xray {
namespace {

/// Placement of a tree on the device.
struct CudaTree {
    const nanovdb::FloatGrid* grid;
    int first[3], n[3];
};

struct JosephSparse {
    CudaTree tree;
    __device__ float operator()(const kernel::LatticeView&, const kernel::LatticeLine& line) const {
        return kernel::joseph_sparse(NanoField(tree.grid, tree.first), tree.n,
                                     kernel::joseph_line(line, tree.n));
    }
};

struct MarchSparse {
    CudaTree tree;
    MarchSettings settings;
    __device__ float operator()(const kernel::LatticeView& view, const kernel::LatticeLine& line) const {
        return kernel::march_sparse(NanoField(tree.grid, tree.first), tree.n,
                                    kernel::march_line(view, line, settings.steps, settings.length_mm),
                                    settings.steps, settings.length_mm / float(settings.steps));
    }
};

class SparseCudaProjector final : public Projector {
public:
    SparseCudaProjector(std::shared_ptr<const SparseGrid> grid, const ProjectorOptions& options)
        : grid_(std::move(grid)), options_(options) {
        const auto& handle = grid_->tree().handle;
        bytes_ = DeviceArray<uint8_t>(size_t(handle.size()));
        bytes_.upload(handle.data(), size_t(handle.size()));
        options_.march_length_mm =
            options.march_length_mm > 0 ? options.march_length_mm : longest_edge_mm(grid_->box());
    }

    std::vector<Image> project(Span<const View> views) const override {
        const Grid& box = grid_->box();
        const int* first_voxel = grid_->tree().first;
        const CudaTree tree{reinterpret_cast<const nanovdb::FloatGrid*>(bytes_.data()),
                            {first_voxel[0], first_voxel[1], first_voxel[2]},
                            {box.nx, box.ny, box.nz}};
        const MarchSettings settings{options_.march_steps, float(options_.march_length_mm)};
        std::vector<Image> images = blank_images(views);
        in_batches(views, [&](size_t first, Span<const View> batch) {
            size_t pixels = 0;
            const std::vector<CudaView> host = cuda_views(batch, box, &pixels);
            const DeviceArray<CudaView> device(host);
            const DeviceArray<float> out(pixels);
            if (options_.method == Method::March)
                trace<<<pixel_grid(batch), 256>>>(device.data(), MarchSparse{tree, settings}, out.data());
            else
                trace<<<pixel_grid(batch), 256>>>(device.data(), JosephSparse{tree}, out.data());
            check_launch("projection");
            download_images(out, host, first, images);
        });
        return images;
    }

    // The weights do not depend on the values: the operator's adjoint is that of the dense box.
    Grid backproject(Span<const View> views, Span<const Image> images) const override {
        Grid box = grid_->box();
        box.values.assign(box.count(), 0.f);
        return make_cuda_projector(box, options_)->backproject(views, images);
    }

private:
    std::shared_ptr<const SparseGrid> grid_;
    ProjectorOptions options_;
    DeviceArray<uint8_t> bytes_;
};

}  // namespace

std::unique_ptr<Projector> make_cuda_projector(std::shared_ptr<const SparseGrid> grid,
                                               const ProjectorOptions& options) {
    return std::make_unique<SparseCudaProjector>(std::move(grid), options);
}

}  // namespace radforge::xray
