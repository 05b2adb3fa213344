// SPDX-License-Identifier: Apache-2.0
#include "models/train/blas_probe.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdlib>
#include <cstring>

namespace radforge::models {
namespace {

constexpr size_t kBytes = 64 << 20, kPage = 4096;

/// Pages that the kernel had to bring while a block was written and freed.
int64_t faults_of_a_block() {
    const auto faults = [] {
        rusage usage{};
        getrusage(RUSAGE_SELF, &usage);
        return int64_t(usage.ru_minflt);
    };
    const int64_t before = faults();
    void* volatile const block = std::malloc(kBytes);
    std::memset(block, 1, kBytes);
    std::free(block);
    return faults() - before;
}

TEST(SetUpCpu, KeepsTheMemoryOfFreedTensors) {
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP() << "the sanitizer has an allocator of its own";
#endif
    Logger logger(LogFormat::Text, true);
    set_up_cpu(1, logger);
    faults_of_a_block();
    EXPECT_LT(faults_of_a_block(), int64_t(kBytes / kPage / 20));
}

}  // namespace
}  // namespace radforge::models
