// SPDX-License-Identifier: Apache-2.0
#include "render/xray/backends.h"
#include "render/xray/lattice_view.h"
#include "render/xray/nano_field.h"
#include "render/xray/sparse_kernel.h"
#include "render/xray/sparse_tree.h"
#include "synth/base/parallel.h"

namespace radforge::xray {
namespace {

constexpr int kRowsPerTask = 4;

class SparseCpuProjector final : public Projector {
public:
    SparseCpuProjector(std::shared_ptr<const SparseGrid> grid, const ProjectorOptions& options)
        : grid_(std::move(grid)), options_(options) {
        options_.march_length_mm =
            options.march_length_mm > 0 ? options.march_length_mm : longest_edge_mm(grid_->box());
    }

    std::vector<Image> project(Span<const View> views) const override {
        const std::vector<kernel::LatticeView> lattice = lattice_views(views, grid_->box());
        std::vector<Image> images = blank_images(views);
        for (size_t i = 0; i < views.size(); ++i)
            parallel_for(lattice[i].height, kRowsPerTask, [&](int64_t begin, int64_t end) {
                const NanoField field(grid_->tree().grid(), grid_->tree().first);
                for (int64_t row = begin; row < end; ++row)
                    trace_row(field, lattice[i], int(row), images[i].view<float>().pixel(int(row), 0));
            });
        return images;
    }

    // The weights do not depend on the values: the operator's adjoint is that of the dense box.
    Grid backproject(Span<const View> views, Span<const Image> images) const override {
        Grid box = grid_->box();
        box.values.assign(box.count(), 0.f);
        return make_cpu_projector(box, options_)->backproject(views, images);
    }

private:
    void trace_row(const NanoField& field, const kernel::LatticeView& v, int row, float* out) const {
        const int n[3] = {grid_->box().nx, grid_->box().ny, grid_->box().nz};
        const float length_mm = float(options_.march_length_mm);
        for (int column = 0; column < v.width; ++column) {
            const kernel::LatticeLine line = kernel::line_of(v, row, column);
            out[column] = options_.method == Method::March
                              ? kernel::march_sparse(
                                    field, n, kernel::march_line(v, line, options_.march_steps, length_mm),
                                    options_.march_steps, length_mm / float(options_.march_steps))
                              : kernel::joseph_sparse(field, n, kernel::joseph_line(line, n));
        }
    }

    std::shared_ptr<const SparseGrid> grid_;
    ProjectorOptions options_;
};

}  // namespace

std::unique_ptr<Projector> make_cpu_projector(std::shared_ptr<const SparseGrid> grid,
                                              const ProjectorOptions& options) {
    return std::make_unique<SparseCpuProjector>(std::move(grid), options);
}

}  // namespace radforge::xray
