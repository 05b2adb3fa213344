// SPDX-License-Identifier: Apache-2.0
/// How fast x-ray data is made, beside what bounds it: the processor's rate of projecting and turning
/// volumes, and the disk's own rate.
#pragma once
#include "synth/registry.h"
#include "synth/xray/xray_generator.h"

#include <string>

namespace radforge::cli {

struct XrayBench {
    int samples = 192;  ///< of each round, rounded up to whole groups
    int threads = 0;    ///< 0: all cores
    std::string
        folder;  ///< where shards and the test file of the disk go; a new folder within it is removed again
};

/// Prints CPU seconds by stage on one thread, then, three times in turn so that a busy machine treats all
/// alike, the disk's sequential rate, the rate of projection and turning, and that of the whole way to
/// shards; and their ratio.
void bench_xray(const xray::XrayGenerator& generator, const GeneratorSetup& setup, const XrayBench& bench);

}  // namespace radforge::cli
