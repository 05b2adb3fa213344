// SPDX-License-Identifier: Apache-2.0
#include "render/xray/adjoint.h"
#include "render/xray/backends.h"
#include "render/xray/dense_volume.h"
#include "render/xray/lanes.h"
#include "render/xray/lattice_view.h"
#include "synth/base/error.h"
#include "synth/base/parallel.h"

#include <algorithm>

namespace radforge::xray {
namespace {

constexpr int kRowsPerTask = 8, kBandRows = 32, kViewsAtOnce = 8, kSlabPlanes = 16;

LaneTable lanes_of(Isa isa) {
    switch (isa == Isa::Auto ? best_isa() : isa) {
        case Isa::Avx512:
            return lanes_avx512();
        case Isa::Avx2:
            return lanes_avx2();
        default:
            return lanes_generic();
    }
}

class DenseCpuProjector final : public Projector {
public:
    DenseCpuProjector(const Grid& grid, const ProjectorOptions& options)
        : place_(placement_of(grid)),
          options_(options),
          length_mm_(float(options.march_length_mm > 0 ? options.march_length_mm : longest_edge_mm(grid))),
          lanes_(lanes_of(options.isa)),
          volume_(grid, options.method == Method::ShearWarp) {}

    std::vector<Image> project(Span<const View> views) const override {
        const std::vector<kernel::LatticeView> lattice = lattice_views(views, place_);
        std::vector<Image> images = blank_images(views);
        if (options_.method == Method::ShearWarp)
            for (size_t first = 0; first < views.size(); first += kViewsAtOnce)
                shear_warp(lattice, first, std::min(views.size(), first + kViewsAtOnce), images);
        else
            for_rows(lattice, 0, views.size(), [&](size_t view, int row) {
                trace_row(lattice[view], row, image_row(images[view], row));
            });
        return images;
    }

    Grid backproject(Span<const View> views, Span<const Image> images) const override {
        check_images(views, images);
        const std::vector<kernel::LatticeView> lattice = lattice_views(views, place_);
        const kernel::DenseField layout = padded_layout(place_);
        std::vector<double> sums(padded_count(layout), 0.);
        for (size_t i = 0; i < views.size(); ++i) scatter(layout, lattice[i], images[i], sums.data());
        std::vector<float> padded(sums.size());
        for (size_t i = 0; i < sums.size(); ++i) padded[i] = float(sums[i]);
        Grid grid = place_;
        grid.values = without_shell(layout, padded);
        return grid;
    }

private:
    static float* image_row(Image& image, int row) { return image.view<float>().pixel(row, 0); }

    template <class Body>
    static void for_rows(const std::vector<kernel::LatticeView>& views, size_t begin, size_t end, Body body) {
        std::vector<std::pair<size_t, int>> blocks;
        for (size_t view = begin; view < end; ++view)
            for (int row = 0; row < views[view].height; row += kRowsPerTask) blocks.emplace_back(view, row);
        parallel_for(int64_t(blocks.size()), 1, [&](int64_t from, int64_t to) {
            for (int64_t b = from; b < to; ++b) {
                const auto [view, first] = blocks[size_t(b)];
                for (int row = first; row < std::min(first + kRowsPerTask, views[view].height); ++row)
                    body(view, row);
            }
        });
    }

    void trace_row(const kernel::LatticeView& v, int row, float* out) const {
        const kernel::DenseField field = volume_.field();
        switch (options_.method) {
            case Method::March:
                lanes_.march_row(field, v, options_.march_steps, length_mm_, row, out);
                break;
            case Method::Siddon:
                lanes_.siddon_row(field, v, row, out);
                break;
            default:
                lanes_.joseph_row(field, v, row, out);
        }
    }

    struct Pass {
        size_t view;
        ShearPlan plan;
        std::vector<float> image;
        std::vector<Occupied> touched;  // of its rows
    };

    void shear_warp(const std::vector<kernel::LatticeView>& views, size_t begin, size_t end,
                    std::vector<Image>& images) const {
        const int n[3] = {place_.nx, place_.ny, place_.nz};
        std::vector<Pass> passes;
        std::vector<std::pair<size_t, int>> bands;
        for (size_t view = begin; view < end; ++view)
            for (ShearPlan& plan : plan_shear(views[view], n)) {
                for (int j = 0; j < plan.frame.height; j += kBandRows) bands.emplace_back(passes.size(), j);
                std::vector<float> image(plan.count(), 0.f);
                std::vector<Occupied> touched(size_t(plan.frame.height), {plan.frame.stride, 0});
                passes.push_back({view, std::move(plan), std::move(image), std::move(touched)});
            }
        parallel_for(int64_t(bands.size()), 1, [&](int64_t from, int64_t to) {
            std::vector<float> scratch;
            for (int64_t b = from; b < to; ++b) {
                Pass& pass = passes[bands[size_t(b)].first];
                const kernel::WarpFrame& frame = pass.plan.frame;
                const int j0 = bands[size_t(b)].second, j1 = std::min(j0 + kBandRows, frame.height);
                scratch.resize(size_t(frame.stride) * 5);
                lanes_.shear_band(volume_.slices(pass.plan), j0, j1, frame.stride, pass.image.data(),
                                  pass.touched.data(), scratch.data());
            }
        });
        for (const Pass& pass : passes) {
            const kernel::LatticeView ordered = kernel::in_order_of(views[pass.view], pass.plan.axis);
            for_rows(views, pass.view, pass.view + 1, [&](size_t view, int row) {
                lanes_.warp_row(pass.plan.frame, pass.image.data(), pass.touched.data(), pass.plan.axis,
                                ordered, row, image_row(images[view], row));
            });
        }
    }

    void scatter(const kernel::DenseField& layout, const kernel::LatticeView& v, const Image& image,
                 double* out) const {
        const float* pixels = image.values<float>().data();
        if (options_.method == Method::ShearWarp) return scatter_shear(layout, v, pixels, out);
        const int axis = kernel::main_axis(kernel::line_of(v, v.height / 2, v.width / 2).direction);
        const int planes = layout.n[axis] + 2, slabs = (planes + kSlabPlanes - 1) / kSlabPlanes;
        parallel_for(slabs, 1, [&](int64_t from, int64_t to) {
            for (int64_t s = from; s < to; ++s) {
                const Slab slab{axis, int(s) * kSlabPlanes, std::min((int(s) + 1) * kSlabPlanes, planes)};
                switch (options_.method) {
                    case Method::March:
                        scatter_march(layout, v, options_.march_steps, length_mm_, pixels, slab, out);
                        break;
                    case Method::Siddon:
                        scatter_siddon(layout, v, pixels, slab, out);
                        break;
                    default:
                        scatter_joseph(layout, v, pixels, slab, out);
                }
            }
        });
    }

    static void scatter_shear(const kernel::DenseField& layout, const kernel::LatticeView& v,
                              const float* pixels, double* out) {
        for (const ShearPlan& plan : plan_shear(v, layout.n)) {
            std::vector<float> virtual_image(plan.count(), 0.f);
            scatter_warp(plan, v, pixels, virtual_image.data());
            parallel_for(layout.n[plan.axis], 4, [&](int64_t from, int64_t to) {
                for (int64_t i = from; i < to; ++i)
                    scatter_slice(plan, layout, int(i), virtual_image.data(), out);
            });
        }
    }

    Grid place_;
    ProjectorOptions options_;
    float length_mm_;
    LaneTable lanes_;
    DenseVolume volume_;
};

}  // namespace

std::unique_ptr<Projector> make_cpu_projector(const Grid& grid, const ProjectorOptions& options) {
    return std::make_unique<DenseCpuProjector>(grid, options);
}

}  // namespace radforge::xray
