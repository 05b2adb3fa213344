// SPDX-License-Identifier: Apache-2.0
/// How fast samples are made and encoded in memory.
#pragma once
#include "synth/registry.h"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace radforge::cli {

struct Throughput {
    int64_t samples = 0, tar_bytes = 0;  ///< made, and what they would take in a shard
    int threads = 0;
    double wall_s = 0, cpu_s = 0;
    std::vector<std::string> failures;  ///< of whole groups
};

/// Makes samples first, first + 1, ... below `end` in whole groups, a group at a time on each thread as a run
/// does.
/// @param threads  0: one a core
/// @param most_s   no group is begun after that
Throughput measure_throughput(const GeneratorSetup& setup, uint64_t first, uint64_t end, int threads,
                              double most_s = std::numeric_limits<double>::infinity());

}  // namespace radforge::cli
