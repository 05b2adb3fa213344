// SPDX-License-Identifier: Apache-2.0
// Agreement of the CUDA projector with the CPU's, and its speed against the texture roof of the same GPU in
// the same run. Built and run by tools/xray-gpu-check.sh, which needs nvcc and a C++ compiler and nothing
// else.
#include "render/xray/backends.h"
#include "synth/base/error.h"
#include "synth/base/parallel.h"

#include <cuda_runtime.h>

#include <cmath>
#include <cstdio>
#include <thread>
#include <vector>

namespace radforge {

// The library's loop runs on TBB; this program has threads alone.
void parallel_for(int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& body) {
    const int64_t blocks = (count + grain - 1) / grain,
                  workers = std::max(1u, std::thread::hardware_concurrency());
    std::vector<std::thread> threads;
    for (int64_t w = 0; w < std::min(workers, blocks); ++w)
        threads.emplace_back([=, &body] {
            for (int64_t b = w; b < blocks; b += workers) body(b * grain, std::min(count, (b + 1) * grain));
        });
    for (std::thread& t : threads) t.join();
}

}  // namespace radforge

namespace {

using namespace radforge;
using namespace radforge::xray;

constexpr double kEdgeMm = 256;

// Low-discrepancy numbers in [0,1): reproducible without a generator.
double weyl(size_t i, double step) { return std::fmod(.5 + double(i) * step, 1.); }

Grid noise_grid(int n) {
    Grid grid = zero_grid(n, n, n, {kEdgeMm / n, kEdgeMm / n, kEdgeMm / n});
    for (size_t i = 0; i < grid.values.size(); ++i)
        grid.values[i] = float(weyl(i, .6180339887498949) / kEdgeMm);
    return grid;
}

struct Blob {
    Vec3d centre;
    double sigma, value;
};

std::vector<Blob> blobs() {
    std::vector<Blob> out;
    for (size_t i = 0; i < 8; ++i)
        out.push_back(
            {{(weyl(i, .8191725) - .5) * 100, (weyl(i, .6710436) - .5) * 100, (weyl(i, .5497004) - .5) * 100},
             (.035 + .05 * weyl(i, .4503)) * kEdgeMm,
             (.2 + .8 * weyl(i, .7302)) / kEdgeMm});
    return out;
}

Grid blob_grid(int n) {
    Grid grid = zero_grid(n, n, n, {kEdgeMm / n, kEdgeMm / n, kEdgeMm / n});
    for (int z = 0; z < n; ++z)
        for (int y = 0; y < n; ++y)
            for (int x = 0; x < n; ++x)
                for (const Blob& b : blobs()) {
                    const Vec3d q = grid.world_mm({double(x), double(y), double(z)}) - b.centre;
                    grid.at(x, y, z) += float(b.value * std::exp(-dot(q, q) / (2 * b.sigma * b.sigma)));
                }
    return grid;
}

double exact(Vec3d origin, Vec3d direction) {
    double sum = 0;
    for (const Blob& b : blobs()) {
        const Vec3d q = origin - b.centre;
        const double along = dot(q, direction), across = dot(q, q) - along * along;
        sum += b.value * b.sigma * std::sqrt(2 * M_PI) * std::exp(-across / (2 * b.sigma * b.sigma));
    }
    return sum;
}

std::vector<View> views(int count, Beam beam, int side_px) {
    std::vector<View> out;
    for (int i = 0; i < count; ++i) {
        const double z = weyl(size_t(i), .7548776662), turn = 2 * M_PI * weyl(size_t(i), .5698402910);
        const double r = std::sqrt(1 - z * z);
        const Vec3d d{r * std::cos(turn), r * std::sin(turn), z},
            up = z < .9 ? Vec3d{0, 0, 1} : Vec3d{1, 0, 0};
        out.push_back(beam == Beam::Cone
                          ? cone_view(-1000. * d, {}, up, 1500, 1.5 * kEdgeMm / side_px, side_px, side_px)
                          : parallel_view(d, up, {}, kEdgeMm / side_px, side_px, side_px));
    }
    return out;
}

template <class Truth>
double relative_rms(const std::vector<Image>& images, Truth truth) {
    double error = 0, power = 0;
    for (size_t i = 0; i < images.size(); ++i)
        for (size_t k = 0; k < images[i].value_count(); ++k) {
            const double a = double(images[i].values<float>()[k]), b = truth(i, k);
            error += (a - b) * (a - b), power += b * b;
        }
    return std::sqrt(error / power);
}

struct Row {
    const char* name;
    Method method;
    bool texture;
};
const Row kRows[] = {{"march", Method::March, false},
                     {"march, texture", Method::March, true},
                     {"joseph", Method::Joseph, false},
                     {"shearwarp", Method::ShearWarp, false},
                     {"siddon", Method::Siddon, false}};

ProjectorOptions options_of(const Row& row, Device device) {
    ProjectorOptions options;
    options.method = row.method;
    options.device = device;
    options.cuda_texture = row.texture && device == Device::Cuda;
    return options;
}

bool check_agreement() {
    bool good = true;
    const Grid grid = noise_grid(96);
    for (const Beam beam : {Beam::Parallel, Beam::Cone})
        for (const Row& row : kRows) {
            const std::vector<View> some = views(12, beam, 128);
            const auto cpu = make_cpu_projector(grid, options_of(row, Device::Cpu));
            const auto gpu = make_cuda_projector(grid, options_of(row, Device::Cuda));
            const std::vector<Image> a = cpu->project(some), b = gpu->project(some);
            const double forward =
                relative_rms(b, [&](size_t i, size_t k) { return double(a[i].values<float>()[k]); });
            const Grid back_cpu = cpu->backproject(some, a), back_gpu = gpu->backproject(some, a);
            double error = 0, power = 0, ax = 0, xa = 0;
            for (size_t k = 0; k < grid.count(); ++k) {
                const double c = double(back_cpu.values[k]), g = double(back_gpu.values[k]);
                error += (c - g) * (c - g), power += c * c, xa += g * double(grid.values[k]);
            }
            for (size_t i = 0; i < a.size(); ++i)
                for (size_t k = 0; k < a[i].value_count(); ++k)
                    ax += double(a[i].values<float>()[k]) * double(b[i].values<float>()[k]);
            const bool same = gpu->backproject(some, a).values == back_gpu.values;
            const double adjoint = std::sqrt(error / power), dots = std::fabs(ax - xa) / std::fabs(ax);
            const bool fine = row.texture ? forward < 5e-3 : forward < 1e-5 && adjoint < 1e-5 && dots < 1e-6;
            good = good && fine && same;
            std::printf(
                "  %-8s %-16s CPU-GPU %.1e  adjoint CPU-GPU %.1e  dot product %.1e  repeatable %s  %s\n",
                beam == Beam::Cone ? "cone" : "parallel", row.name, forward, adjoint, dots,
                same ? "yes" : "NO", fine && same ? "ok" : "FAILED");
        }
    return good;
}

// Trilinear reads of an 8^3 texture that stays in L1: what the texture units can do at best.
__global__ void roof_kernel(cudaTextureObject_t texture, int steps, float* out) {
    const float x0 = float(threadIdx.x & 31) * .03f, y0 = float(threadIdx.x >> 5) * .1f;
    float sum = 0;
#pragma unroll 8
    for (int i = 0; i < steps; ++i)
        sum += tex3D<float>(texture, x0 + float(i) * .05f, y0 + float(i) * .02f, 1.f + float(i) * .04f);
    out[size_t(blockIdx.x) * blockDim.x + threadIdx.x] = sum;
}

double texture_roof_samples_per_s() {
    const std::vector<float> values(512, .01f);
    const cudaChannelFormatDesc format = cudaCreateChannelDesc<float>();
    cudaArray_t array{};
    cudaMalloc3DArray(&array, &format, make_cudaExtent(8, 8, 8));
    cudaMemcpy3DParms copy{};
    copy.srcPtr = make_cudaPitchedPtr(const_cast<float*>(values.data()), 8 * sizeof(float), 8, 8);
    copy.dstArray = array;
    copy.extent = make_cudaExtent(8, 8, 8);
    copy.kind = cudaMemcpyHostToDevice;
    cudaMemcpy3D(&copy);
    cudaResourceDesc resource{};
    resource.resType = cudaResourceTypeArray;
    resource.res.array.array = array;
    cudaTextureDesc description{};
    description.filterMode = cudaFilterModeLinear;
    cudaTextureObject_t texture{};
    cudaCreateTextureObject(&texture, &resource, &description, nullptr);
    constexpr int blocks = 16384, threads = 256, steps = 128, repeats = 50;
    float* out{};
    cudaMalloc(&out, sizeof(float) * blocks * threads);
    roof_kernel<<<blocks, threads>>>(texture, steps, out);
    cudaEvent_t start{}, stop{};
    cudaEventCreate(&start);
    cudaEventCreate(&stop);
    cudaEventRecord(start);
    for (int i = 0; i < repeats; ++i) roof_kernel<<<blocks, threads>>>(texture, steps, out);
    cudaEventRecord(stop);
    cudaEventSynchronize(stop);
    float ms = 0;
    cudaEventElapsedTime(&ms, start, stop);
    cudaFree(out);
    cudaDestroyTextureObject(texture);
    cudaFreeArray(array);
    if (cudaGetLastError() != cudaSuccess) throw Error(ErrorKind::Failed, "the roof kernel did not run");
    return double(blocks) * threads * steps * repeats / (1e-3 * double(ms));
}

void time_table(int n, int side_px, int batch, Beam beam, double roof) {
    const Grid grid = blob_grid(n);
    const std::vector<View> many = views(batch, beam, side_px);
    std::printf("%s beam, %d^3 voxels, %d^2 pixels, %d views a launch (roof: %.0f Gsample/s)\n",
                beam == Beam::Cone ? "cone" : "parallel", n, side_px, batch, roof * 1e-9);
    for (const Row& row : kRows) {
        const ProjectorOptions options = options_of(row, Device::Cuda);
        const std::vector<View> few(many.begin(), many.begin() + 4);
        const double error =
            relative_rms(make_cuda_projector(grid, options)->project(few), [&](size_t i, size_t k) {
                const int r = int(k) / side_px, c = int(k) % side_px;
                return exact(few[i].pixel_mm(r, c), few[i].ray_direction(r, c));
            });
        const double once = cuda_kernel_seconds(grid, options, many, 3);
        const double seconds = cuda_kernel_seconds(grid, options, many, std::max(3, int(1 / once)));
        const double samples =
            double(batch) * side_px * side_px * (row.method == Method::March ? options.march_steps : n);
        std::printf("  %-16s %10.0f images/s  %8.1f nominal Gsample/s  %5.1f %% of the roof  error %.2e\n",
                    row.name, batch / seconds, samples / seconds * 1e-9, 100 * samples / seconds / roof,
                    error);
    }
}

}  // namespace

int main() {
    try {
        if (!cuda_available())
            throw Error(ErrorKind::Failed, "no CUDA device on this machine: nothing was checked or measured")
                .hint("run where nvidia-smi lists a GPU");
        cudaDeviceProp device{};
        cudaGetDeviceProperties(&device, 0);
        std::printf("%s, %d multiprocessors\nagreement (bounds: 1e-5, dot product 1e-6; texture 5e-3)\n",
                    device.name, device.multiProcessorCount);
        const bool good = check_agreement();
        const double roof = texture_roof_samples_per_s();
        time_table(128, 256, 256, Beam::Parallel, roof);
        time_table(128, 256, 256, Beam::Cone, roof);
        time_table(256, 512, 64, Beam::Cone, roof);
        std::printf(good ? "CPU and GPU agree\n" : "CPU AND GPU DISAGREE\n");
        return good ? 0 : 1;
    } catch (const Error& error) {
        std::fprintf(stderr, "xray_gpu_check: %s\n", error.what());
        return error.exit_code();
    }
}
