// SPDX-License-Identifier: Apache-2.0
#include "models/train/blas_probe.h"

#include "synth/base/cpu_clock.h"

#include <torch/torch.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <algorithm>
#include <cstdio>
#include <functional>

namespace radforge::models {
namespace {

/// By the clock of this thread, which stands still while others have the core.
double gflops(double gflop, const std::function<void()>& work) {
    const double start = thread_cpu_s();
    work();
    return gflop / std::max(1e-9, thread_cpu_s() - start);
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
    const torch::Tensor a = torch::ones({256, 256}), x = torch::ones({1, 64, 32, 32}),
                        w = torch::ones({64, 64, 3, 3});
    const int threads = at::get_num_threads();
    at::set_num_threads(1);
    BlasProbe probe;
    for (int i = 0; i < 5; ++i) {
        probe.product_gflops =
            std::max(probe.product_gflops, gflops(2 * 256.0 * 256 * 256 / 1e9, [&] { torch::mm(a, a); }));
        probe.convolution_gflops =
            std::max(probe.convolution_gflops,
                     gflops(2 * 32.0 * 32 * 9 * 64 * 64 / 1e9, [&] { torch::conv2d(x, w, {}, 1, 1); }));
    }
    at::set_num_threads(threads);
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
