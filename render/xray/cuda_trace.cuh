// SPDX-License-Identifier: Apache-2.0
/// One thread per pixel, a batch of views a launch: what the dense and the sparse CUDA projector share.
#pragma once
#include "render/xray/device_memory.cuh"
#include "render/xray/lattice_view.h"
#include "render/xray/projector_kernel.h"
#include "render/xray/view.h"
#include "synth/base/image.h"
#include "synth/base/span.h"

#include <algorithm>
#include <vector>

namespace radforge::xray {
namespace {

constexpr int kBlock = 16, kMaxBatch = 4096;
constexpr size_t kMaxBatchPixels = size_t(1) << 28;

/// What a thread needs of its view.
struct CudaView {
    kernel::LatticeView view;
    size_t first_pixel;
};

struct MarchSettings {
    int steps;
    float length_mm;
};

// A warp covers 8 x 4 pixels: neighbours read neighbouring voxels.
__device__ bool thread_pixel(int height, int width, int* row, int* column) {
    const int warp = threadIdx.x >> 5, lane = threadIdx.x & 31;
    *column = blockIdx.x * kBlock + (warp & 1) * 8 + (lane & 7);
    *row = blockIdx.y * kBlock + (warp >> 1) * 4 + (lane >> 3);
    return *row < height && *column < width;
}

template <class Integral>
__global__ void __launch_bounds__(256) trace(const CudaView* views, Integral integral, float* out) {
    const CudaView& view = views[blockIdx.z];
    int row, column;
    if (!thread_pixel(view.view.height, view.view.width, &row, &column)) return;
    out[view.first_pixel + size_t(row) * size_t(view.view.width) + size_t(column)] =
        integral(view.view, kernel::line_of(view.view, row, column));
}

/// Blocks of thread_pixel().
inline dim3 pixel_grid(int height, int width, size_t images) {
    return {unsigned((width + kBlock - 1) / kBlock), unsigned((height + kBlock - 1) / kBlock),
            unsigned(images)};
}

inline dim3 pixel_grid(Span<const View> views) {
    int height = 1, width = 1;
    for (const View& v : views) height = std::max(height, v.height_px), width = std::max(width, v.width_px);
    return pixel_grid(height, width, views.size());
}

inline void check_launch(const char* what) {
    check_cuda(cudaGetLastError(), what);
    check_cuda(cudaDeviceSynchronize(), what);
}

inline std::vector<CudaView> cuda_views(Span<const View> views, const Grid& place, size_t* pixels) {
    std::vector<CudaView> out;
    *pixels = 0;
    for (const View& view : views) {
        out.push_back({lattice_view(view, place), *pixels});
        *pixels += size_t(view.height_px) * size_t(view.width_px);
    }
    return out;
}

// Splits views so that a launch and its images stay within limits.
template <class Body>
void in_batches(Span<const View> views, Body body) {
    for (size_t first = 0; first < views.size();) {
        size_t count = 0, pixels = 0;
        while (first + count < views.size() && count < kMaxBatch) {
            const View& v = views[first + count];
            pixels += size_t(std::max(0, v.height_px)) * size_t(std::max(0, v.width_px));
            if (count && pixels > kMaxBatchPixels) break;
            ++count;
        }
        body(first, views.from(first).first(count));
        first += count;
    }
}

/// Downloads the images of a batch. @param images  all of them, the batch beginning at `first`
inline void download_images(const DeviceArray<float>& out, const std::vector<CudaView>& views, size_t first,
                            std::vector<Image>& images) {
    for (size_t i = 0; i < views.size(); ++i) {
        const Span<float> image = images[first + i].values<float>();
        out.download(image.data(), views[i].first_pixel, image.size());
    }
}

}  // namespace
}  // namespace radforge::xray
