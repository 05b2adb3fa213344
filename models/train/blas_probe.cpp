// SPDX-License-Identifier: Apache-2.0
#include "models/train/blas_probe.h"

#include <torch/torch.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>

namespace radforge::models {
namespace {

double best_gflops(double gflop, const std::function<void()>& work) {
    work();
    double best = 0;
    for (int i = 0; i < 3; ++i) {
        const auto start = std::chrono::steady_clock::now();
        work();
        best = std::max(
            best, gflop / std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    return best;
}

/// Every step takes and frees the same blocks. glibc gives the large ones back to the kernel at once, which
/// must then clear them page by page when they are asked for again.
void keep_freed_memory() {
#ifdef __GLIBC__
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TRIM_THRESHOLD, -1);
#endif
}

}  // namespace

BlasProbe probe_blas() {
    const torch::NoGradGuard no_grad;
    const torch::Tensor a = torch::ones({512, 512}), x = torch::ones({1, 64, 64, 64}),
                        w = torch::ones({64, 64, 3, 3});
    BlasProbe probe;
    probe.product_gflops = best_gflops(2 * 512.0 * 512 * 512 / 1e9, [&] { torch::mm(a, a); });
    probe.convolution_gflops =
        best_gflops(2 * 64.0 * 64 * 9 * 64 * 64 / 1e9, [&] { torch::conv2d(x, w, {}, 1, 1); });
    return probe;
}

void set_up_cpu(int threads, Logger& logger) {
    keep_freed_memory();
    if (threads > 0) at::set_num_threads(threads);
    const BlasProbe probe = probe_blas();
    if (!probe.slow()) return;
    char text[200];
    std::snprintf(
        text, sizeof text,
        "slow BLAS: matrix products run at %.0f GFLOP/s, convolutions at %.0f; install libopenblas0-openmp",
        probe.product_gflops, probe.convolution_gflops);
    logger.warn(text);
}

}  // namespace radforge::models
