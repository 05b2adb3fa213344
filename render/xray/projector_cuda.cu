// SPDX-License-Identifier: Apache-2.0
// The kernels of projector_kernel.h, a thread per pixel and a batch of views a launch. Compiled without
// contraction of floating point, so that CPU and GPU differ by the last bits of division and square root at
// most.
#include "render/xray/adjoint_kernel.h"
#include "render/xray/backends.h"
#include "render/xray/cuda_trace.cuh"
#include "render/xray/dense_volume.h"
#include "render/xray/device_memory.cuh"
#include "render/xray/lattice_view.h"
#include "render/xray/shear_plan.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

namespace radforge::xray {
namespace {

/// How virtual pixels of a parallel beam meet a slice: its row and column is theirs plus (row, column), the
/// weights are those of the four voxels from there on.
struct alignas(16) ShiftedSlice {
    float w00, w01, w10, w11;
    int row, column;
    float row_fraction, column_fraction;
};

ShiftedSlice shifted_slice(double row0, double column0) {
    const double row = std::floor(row0), column = std::floor(column0);
    const float fr = float(row0 - row), fc = float(column0 - column);
    return {(1 - fr) * (1 - fc), (1 - fr) * fc, fr * (1 - fc), fr * fc, int(row), int(column), fr, fc};
}

/// The same in a cone beam: row0 + scale * row, column0 + scale * column.
struct ScaledSlice {
    double row0, column0, scale;
};

/// One shear-warp pass of a view, in device memory.
struct CudaPass {
    kernel::LatticeView ordered;
    kernel::WarpFrame frame;
    const float* data;
    long slice_stride, row_stride;
    int slices, rows, columns, axis, scaled;
    size_t first_pixel, first_virtual;
    const ShiftedSlice* shifted_slices;  ///< unless `scaled`
    const ScaledSlice* scaled_slices;    ///< if `scaled`
};

struct JosephDense {
    kernel::DenseField field;
    __device__ float operator()(const kernel::LatticeView&, const kernel::LatticeLine& line) const {
        return kernel::joseph_integral(field, kernel::joseph_line(line, field.n));
    }
};

struct SiddonDense {
    kernel::DenseField field;
    __device__ float operator()(const kernel::LatticeView&, const kernel::LatticeLine& line) const {
        return kernel::siddon_integral(field, line);
    }
};

struct MarchDense {
    kernel::DenseField field;
    MarchSettings settings;
    __device__ float operator()(const kernel::LatticeView& view, const kernel::LatticeLine& line) const {
        const kernel::MarchLine m = kernel::march_line(view, line, settings.steps, settings.length_mm);
        int lo, hi;
        kernel::march_range(m, field.n, settings.steps, &lo, &hi);
        float sum = 0;
        for (int i = lo; i <= hi; ++i) sum += kernel::march_sample(field, m, i);
        return sum * (settings.length_mm / float(settings.steps));
    }
};

struct MarchTexture {
    cudaTextureObject_t texture;
    MarchSettings settings;
    __device__ float operator()(const kernel::LatticeView& view, const kernel::LatticeLine& line) const {
        const kernel::MarchLine m = kernel::march_line(view, line, settings.steps, settings.length_mm);
        float sum = 0;
#pragma unroll 8
        for (int i = 0; i < settings.steps; ++i)
            sum += tex3D<float>(texture, __fmaf_rn(float(i), m.step[0], m.start[0] - .5f),
                                __fmaf_rn(float(i), m.step[1], m.start[1] - .5f),
                                __fmaf_rn(float(i), m.step[2], m.start[2] - .5f));
        return sum * (settings.length_mm / float(settings.steps));
    }
};

constexpr int kRows = 4;  // virtual pixels of a thread, one below the other

// Operation by operation as lanes_shear.h has it; two virtual rows share the row of voxels between them. What
// lies above or below the slice is moved onto its rim of zeros.
__device__ void add_shifted(const CudaPass& p, int j, int x, float* sum) {
    const int slices = p.slices, last_row = p.rows + 1, last_column = p.columns, stride = int(p.row_stride);
    const ShiftedSlice* const shifted = p.shifted_slices;
    const float* slice = p.data;
    for (int i = 0; i < slices; ++i) {
        slice += p.slice_stride;
        const ShiftedSlice s = shifted[i];
        const int column = x + s.column;
        if (column < 0 || column > last_column) continue;
        float a[kRows + 1], b[kRows + 1];
#pragma unroll
        for (int r = 0; r <= kRows; ++r) {
            const int row = min(max(j + s.row + r, 0), last_row);
            const float* const at = slice + (row * stride + column);
            a[r] = at[0], b[r] = at[1];
        }
#pragma unroll
        for (int r = 0; r < kRows; ++r)
            sum[r] += (s.w00 * a[r] + s.w01 * b[r]) + (s.w10 * a[r + 1] + s.w11 * b[r + 1]);
    }
}

__device__ void add_scaled(const CudaPass& p, int j, int x, float* sum) {
    const int slices = p.slices, rows = p.rows, columns = p.columns, stride = int(p.row_stride);
    const ScaledSlice* const scaled = p.scaled_slices;
    const float* slice = p.data;
    for (int i = 0; i < slices; ++i) {
        slice += p.slice_stride;
        const ScaledSlice s = scaled[i];
        int row, column;
        const float fc = kernel::place(float(s.column0 + s.scale * x), columns, &column);
#pragma unroll
        for (int r = 0; r < kRows; ++r) {
            const float fr = kernel::place(float(s.row0 + s.scale * (j + r)), rows, &row);
            sum[r] += kernel::bilinear(slice + (row * stride + column), stride, 1, fr, fc);
        }
    }
}

// The sums over the slices.
__global__ void __launch_bounds__(256) shear(const CudaPass* passes, float* virtual_images) {
    const CudaPass& p = passes[blockIdx.z];
    const int x = blockIdx.x * 32 + (threadIdx.x & 31), j = (blockIdx.y * 8 + (threadIdx.x >> 5)) * kRows;
    if (x >= p.frame.stride || j >= p.frame.height) return;
    float sum[kRows] = {};
    if (p.scaled)
        add_scaled(p, j, x, sum);
    else
        add_shifted(p, j, x, sum);
    float* const to = virtual_images + p.first_virtual + size_t(j) * size_t(p.frame.stride) + size_t(x);
#pragma unroll
    for (int r = 0; r < kRows; ++r)
        if (j + r < p.frame.height) to[long(r) * p.frame.stride] = sum[r];
}

__device__ kernel::WarpPoint point_of(const CudaPass& p, int row, int column) {
    return p.scaled ? kernel::warp_point<true>(p.ordered, p.frame, p.axis, row, column)
                    : kernel::warp_point<false>(p.ordered, p.frame, p.axis, row, column);
}

__global__ void __launch_bounds__(256) warp(const CudaPass* passes, const float* virtual_images, float* out) {
    const CudaPass& p = passes[blockIdx.z];
    int row, column;
    if (!thread_pixel(p.ordered.height, p.ordered.width, &row, &column)) return;
    const kernel::WarpPoint at = point_of(p, row, column);
    if (!at.mine) return;
    float wr[4], wc[4], tap[4];
    kernel::catmull_rom(at.row_fraction, wr, 1);
    kernel::catmull_rom(at.column_fraction, wc, 1);
    const float* from =
        virtual_images + p.first_virtual + long(at.row - 1) * p.frame.stride + (at.column - 1);
    for (int c = 0; c < 4; ++c)
        tap[c] = (wr[0] * from[c] + wr[1] * from[p.frame.stride + c]) +
                 (wr[2] * from[2 * p.frame.stride + c] + wr[3] * from[3 * p.frame.stride + c]);
    const float sum = (wc[0] * tap[0] + wc[1] * tap[1]) + (wc[2] * tap[2] + wc[3] * tap[3]);
    out[p.first_pixel + size_t(row) * size_t(p.ordered.width) + size_t(column)] = sum * at.weight;
}

// Integers add in any order to the same sum: fixed-point accumulators keep the adjoint deterministic.
struct FixedAdder {
    unsigned long long* sums;
    double scale;
    int stride[3];
    __device__ void add(long offset, float weight) const {
        atomicAdd(sums + offset, static_cast<unsigned long long>(__double2ll_rn(double(weight) * scale)));
    }
    __device__ void operator()(const int* cell, float weight) const {
        add(long(cell[0]) * stride[0] + long(cell[1]) * stride[1] + long(cell[2]) * stride[2], weight);
    }
};

struct Scatter {
    Method method;
    int n[3];
    MarchSettings settings;
    FixedAdder add;
};

__global__ void __launch_bounds__(256) scatter(const CudaView* views, const float* images, Scatter s) {
    const CudaView& view = views[blockIdx.z];
    int row, column;
    if (!thread_pixel(view.view.height, view.view.width, &row, &column)) return;
    const kernel::LatticeLine line = kernel::line_of(view.view, row, column);
    const float value = images[view.first_pixel + size_t(row) * size_t(view.view.width) + size_t(column)];
    const int zero[3] = {0, 0, 0};
    if (s.method == Method::March) {
        const float step_mm = s.settings.length_mm / float(s.settings.steps);
        kernel::march_scatter(s.n,
                              kernel::march_line(view.view, line, s.settings.steps, s.settings.length_mm),
                              s.settings.steps, value * step_mm, s.add);
    } else if (s.method == Method::Siddon) {
        kernel::siddon_scatter(line, zero, s.n, value, s.add);
    } else {
        const kernel::JosephLine j = kernel::joseph_line(line, s.n);
        kernel::joseph_scatter(s.n, j, j.lo, j.hi, value, s.add);
    }
}

__global__ void __launch_bounds__(256)
    scatter_warp(const CudaPass* passes, const float* images, FixedAdder add) {
    const CudaPass& p = passes[blockIdx.z];
    int row, column;
    if (!thread_pixel(p.ordered.height, p.ordered.width, &row, &column)) return;
    const kernel::WarpPoint at = point_of(p, row, column);
    if (!at.mine) return;
    float wr[4], wc[4];
    kernel::catmull_rom(at.row_fraction, wr, 1);
    kernel::catmull_rom(at.column_fraction, wc, 1);
    const float value =
        images[p.first_pixel + size_t(row) * size_t(p.ordered.width) + size_t(column)] * at.weight;
    const long to = long(p.first_virtual) + long(at.row - 1) * p.frame.stride + (at.column - 1);
    for (int k = 0; k < 4; ++k)
        for (int l = 0; l < 4; ++l) add.add(to + long(k) * p.frame.stride + l, value * wr[k] * wc[l]);
}

__global__ void __launch_bounds__(256)
    scatter_shear(const CudaPass* passes, const unsigned long long* virtual_sums, double virtual_scale,
                  FixedAdder add) {
    const CudaPass& p = passes[blockIdx.z];
    const int x = blockIdx.x * 32 + (threadIdx.x & 31), j = blockIdx.y * 8 + (threadIdx.x >> 5);
    if (x >= p.frame.width || j >= p.frame.height) return;
    const size_t at = p.first_virtual + size_t(j) * size_t(p.frame.stride) + size_t(x);
    const float value = float(double(static_cast<long long>(virtual_sums[at])) / virtual_scale);
    if (value == 0.f) return;
    for (int i = 0; i < p.slices; ++i) {
        int cell[3];
        float fraction[3] = {};
        bool wide[3] = {true, true, true};
        wide[p.axis] = false;
        const int r = kernel::row_axis(p.axis), c = kernel::column_axis(p.axis);
        cell[p.axis] = i + 1;
        if (p.scaled) {
            const ScaledSlice s = p.scaled_slices[i];
            fraction[r] = kernel::place(float(s.row0 + s.scale * j), p.rows, &cell[r]);
            fraction[c] = kernel::place(float(s.column0 + s.scale * x), p.columns, &cell[c]);
        } else {
            const ShiftedSlice s = p.shifted_slices[i];
            cell[r] = j + s.row, cell[c] = x + s.column;
            if (cell[r] < 0 || cell[r] > p.rows || cell[c] < 0 || cell[c] > p.columns) continue;
            fraction[r] = s.row_fraction, fraction[c] = s.column_fraction;
        }
        kernel::splat(cell, fraction, wide, value, add);
    }
}

DeviceArray<float> upload_images(Span<const Image> images, size_t pixels) {
    std::vector<float> all;
    all.reserve(pixels);
    for (const Image& image : images)
        all.insert(all.end(), image.values<float>().begin(), image.values<float>().end());
    return DeviceArray<float>(all);
}

// The largest power of two for which no voxel can overflow 62 bits: every weight of a ray is at most the
// length it represents, and a voxel meets every ray at most 16 times that.
double fixed_point_scale(Span<const Image> images, double longest_mm) {
    double total = 0;
    for (const Image& image : images)
        for (const float value : image.values<float>()) total += std::fabs(double(value));
    const double bound = std::max(16 * total * longest_mm, 1e-30);
    return std::exp2(std::floor(std::log2(0x1p62 / bound)));
}

/// The shear-warp passes of a batch with everything they point to.
struct PassList {
    DeviceArray<ShiftedSlice> shifted;
    DeviceArray<ScaledSlice> scaled;
    DeviceArray<CudaPass> device;
    size_t virtual_pixels = 0;
    int virtual_rows = 1, virtual_columns = 1;  ///< of the largest virtual image
    dim3 pixels;

    dim3 virtual_grid(int rows_of_a_thread) const {
        const int rows_of_a_block = 8 * rows_of_a_thread;
        return {unsigned((virtual_columns + 31) / 32),
                unsigned((virtual_rows + rows_of_a_block - 1) / rows_of_a_block), unsigned(device.size())};
    }
};

class DenseCudaProjector final : public Projector {
public:
    DenseCudaProjector(const Grid& grid, const ProjectorOptions& options)
        : place_(placement_of(grid)),
          options_(options),
          settings_{options.march_steps,
                    float(options.march_length_mm > 0 ? options.march_length_mm : longest_edge_mm(grid))} {
        if (options.cuda_texture) {
            texture_ = VolumeTexture(grid.values.data(), grid.nx, grid.ny, grid.nz);
            return;
        }
        const DenseVolume volume(grid, options.method == Method::ShearWarp);
        padded_ = DeviceArray<float>(volume.padded());
        turned_ = DeviceArray<float>(volume.turned());
    }

    /// Seconds of the kernels alone for one batch, the mean of `repeats` launches between two events.
    double kernel_seconds(Span<const View> views, int repeats) const {
        size_t pixels = 0;
        const std::vector<CudaView> host = cuda_views(views, place_, &pixels);
        const DeviceArray<float> out(pixels);
        const Launch launch = prepare(host, views);
        launch_kernels(launch, out);
        check_launch("projection");
        cudaEvent_t start, stop;
        check_cuda(cudaEventCreate(&start), "event");
        check_cuda(cudaEventCreate(&stop), "event");
        check_cuda(cudaEventRecord(start), "event");
        for (int i = 0; i < repeats; ++i) launch_kernels(launch, out);
        check_cuda(cudaEventRecord(stop), "event");
        check_launch("projection");
        float ms = 0;
        check_cuda(cudaEventElapsedTime(&ms, start, stop), "event");
        cudaEventDestroy(start);
        cudaEventDestroy(stop);
        return 1e-3 * double(ms) / repeats;
    }

    std::vector<Image> project(Span<const View> views) const override {
        std::vector<Image> images = blank_images(views);
        in_batches(views, [&](size_t first, Span<const View> batch) {
            size_t pixels = 0;
            const std::vector<CudaView> host = cuda_views(batch, place_, &pixels);
            DeviceArray<float> out(pixels);
            const Launch launch = prepare(host, batch);
            launch_kernels(launch, out);
            check_launch("projection");
            download_images(out, host, first, images);
        });
        return images;
    }

    Grid backproject(Span<const View> views, Span<const Image> images) const override {
        check_images(views, images);
        const kernel::DenseField layout = padded_layout(place_);
        const double scale = fixed_point_scale(images, 4 * longest_edge_mm(place_));
        DeviceArray<unsigned long long> sums(padded_count(layout));
        sums.clear();
        const FixedAdder add{sums.data(), scale, {layout.stride[0], layout.stride[1], layout.stride[2]}};
        in_batches(views, [&](size_t first, Span<const View> batch) {
            size_t pixels = 0;
            const std::vector<CudaView> host = cuda_views(batch, place_, &pixels);
            const Span<const Image> batch_images = images.from(first).first(batch.size());
            const DeviceArray<float> values = upload_images(batch_images, pixels);
            if (options_.method == Method::ShearWarp)
                return backproject_shear(host, batch, batch_images, values, add);
            const DeviceArray<CudaView> device(host);
            const Scatter job{options_.method, {place_.nx, place_.ny, place_.nz}, settings_, add};
            scatter<<<pixel_grid(batch), 256>>>(device.data(), values.data(), job);
            check_launch("back-projection");
        });
        std::vector<unsigned long long> fixed(sums.size());
        sums.download(fixed.data(), 0, fixed.size());
        std::vector<float> padded(fixed.size());
        for (size_t i = 0; i < fixed.size(); ++i)
            padded[i] = float(double(static_cast<long long>(fixed[i])) / scale);
        Grid grid = place_;
        grid.values = without_shell(layout, padded);
        return grid;
    }

private:
    kernel::DenseField field() const {
        kernel::DenseField f = padded_layout(place_);
        f.data = padded_.data();
        return f;
    }

    // Everything a batch needs on the device.
    struct Launch {
        dim3 grid;
        DeviceArray<CudaView> views;
        PassList passes;
        DeviceArray<float> virtual_images;
    };

    Launch prepare(const std::vector<CudaView>& host, Span<const View> batch) const {
        Launch launch{pixel_grid(batch), {}, {}, {}};
        if (options_.method == Method::ShearWarp) {
            launch.passes = make_passes(host);
            launch.virtual_images = DeviceArray<float>(launch.passes.virtual_pixels);
        } else {
            launch.views = DeviceArray<CudaView>(host);
        }
        return launch;
    }

    void launch_kernels(const Launch& l, const DeviceArray<float>& out) const {
        if (options_.method == Method::ShearWarp) {
            shear<<<l.passes.virtual_grid(kRows), 256>>>(l.passes.device.data(), l.virtual_images.data());
            warp<<<l.passes.pixels, 256>>>(l.passes.device.data(), l.virtual_images.data(), out.data());
        } else if (options_.cuda_texture) {
            trace<<<l.grid, 256>>>(l.views.data(), MarchTexture{texture_.object(), settings_}, out.data());
        } else if (options_.method == Method::March) {
            trace<<<l.grid, 256>>>(l.views.data(), MarchDense{field(), settings_}, out.data());
        } else if (options_.method == Method::Siddon) {
            trace<<<l.grid, 256>>>(l.views.data(), SiddonDense{field()}, out.data());
        } else {
            trace<<<l.grid, 256>>>(l.views.data(), JosephDense{field()}, out.data());
        }
    }

    PassList make_passes(const std::vector<CudaView>& views) const {
        const int n[3] = {place_.nx, place_.ny, place_.nz};
        PassList list;
        std::vector<CudaPass> passes;
        std::vector<ShiftedSlice> shifted;
        std::vector<ScaledSlice> scaled;
        int rows = 1, columns = 1;
        for (const CudaView& view : views) {
            for (const ShearPlan& plan : plan_shear(view.view, n)) {
                const ShearSlices s = slice_layout(plan, n);
                for (size_t i = 0; i < size_t(s.slices); ++i)
                    if (plan.scaled)
                        scaled.push_back({plan.row0[i], plan.col0[i], plan.scale[i]});
                    else
                        shifted.push_back(shifted_slice(plan.row0[i], plan.col0[i]));
                passes.push_back({kernel::in_order_of(view.view, plan.axis), plan.frame,
                                  (plan.axis == 0 ? turned_ : padded_).data(), s.slice_stride, s.row_stride,
                                  s.slices, s.rows, s.columns, plan.axis, plan.scaled, view.first_pixel,
                                  list.virtual_pixels, nullptr, nullptr});
                list.virtual_pixels += plan.count();
                list.virtual_rows = std::max(list.virtual_rows, plan.frame.height);
                list.virtual_columns = std::max(list.virtual_columns, plan.frame.stride);
            }
            rows = std::max(rows, view.view.height), columns = std::max(columns, view.view.width);
        }
        list.shifted = DeviceArray<ShiftedSlice>(shifted);
        list.scaled = DeviceArray<ScaledSlice>(scaled);
        const ShiftedSlice* next_shifted = list.shifted.data();
        const ScaledSlice* next_scaled = list.scaled.data();
        for (CudaPass& pass : passes)
            if (pass.scaled)
                pass.scaled_slices = std::exchange(next_scaled, next_scaled + pass.slices);
            else
                pass.shifted_slices = std::exchange(next_shifted, next_shifted + pass.slices);
        list.device = DeviceArray<CudaPass>(passes);
        list.pixels = pixel_grid(rows, columns, passes.size());
        return list;
    }

    void backproject_shear(const std::vector<CudaView>& host, Span<const View>, Span<const Image> images,
                           const DeviceArray<float>& values, const FixedAdder& add) const {
        const PassList passes = make_passes(host);
        DeviceArray<unsigned long long> sums(passes.virtual_pixels);
        sums.clear();
        const double scale = fixed_point_scale(images, 4 * longest_edge_mm(place_));
        const FixedAdder to_virtual{sums.data(), scale, {}};
        scatter_warp<<<passes.pixels, 256>>>(passes.device.data(), values.data(), to_virtual);
        scatter_shear<<<passes.virtual_grid(1), 256>>>(passes.device.data(), sums.data(), scale, add);
        check_launch("back-projection");
    }

    Grid place_;
    ProjectorOptions options_;
    MarchSettings settings_;
    DeviceArray<float> padded_, turned_;
    VolumeTexture texture_;
};

}  // namespace

double cuda_kernel_seconds(const Grid& grid, const ProjectorOptions& options, Span<const View> views,
                           int repeats) {
    return DenseCudaProjector(grid, options).kernel_seconds(views, repeats);
}

bool cuda_available() {
    int count = 0;
    return cudaGetDeviceCount(&count) == cudaSuccess && count > 0;
}

std::unique_ptr<Projector> make_cuda_projector(const Grid& grid, const ProjectorOptions& options) {
    return std::make_unique<DenseCudaProjector>(grid, options);
}

}  // namespace radforge::xray
