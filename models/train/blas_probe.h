// SPDX-License-Identifier: Apache-2.0
/// Debian's LibTorch takes any BLAS, and the reference one makes training ten times slower (training.md 1.1).
#pragma once
#include "synth/base/log.h"

namespace radforge::models {

/// Speed of matrix products and, as a measure of the machine, of a convolution, which comes from oneDNN: in
/// one thread's CPU time, the best of five short tries, so that it is the same on a busy machine.
struct BlasProbe {
    double product_gflops = 0, convolution_gflops = 0;
    /// The reference BLAS reaches 5 % of oneDNN here, OpenBLAS 75 %.
    bool slow() const { return product_gflops < 0.2 * convolution_gflops; }
};
BlasProbe probe_blas();

/// What every verb does before its first tensor: lets the process keep the memory of freed tensors, gives
/// LibTorch its threads (0 = as many as it likes) and warns when the BLAS is slow.
void set_up_cpu(int threads, Logger& logger);

}  // namespace radforge::models
