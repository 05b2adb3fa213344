// SPDX-License-Identifier: Apache-2.0
#include "models/train/blas_probe.h"
#include "models/train/device.h"
#include "synth/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

namespace radforge::models {
namespace {

using testing::HasSubstr;
using testing::Not;

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

TEST(BlasProbe, TellsTheSameOnABusyMachine) {
    const auto ratio = [] {
        const BlasProbe probe = probe_blas();
        return probe.product_gflops / probe.convolution_gflops;
    };
    const double idle = ratio();
    std::atomic<bool> stop{false};
    std::vector<std::thread> others;
    for (unsigned i = 0; i < 4 * std::thread::hardware_concurrency(); ++i)
        others.emplace_back([&stop] {
            while (!stop) {
            }
        });
    std::vector<double> busy;
    for (int i = 0; i < 5; ++i) busy.push_back(ratio());
    stop = true;
    for (std::thread& other : others) other.join();
    for (const double r : busy) {
        EXPECT_GT(r, idle / 3);
        EXPECT_LT(r, idle * 3);
    }
}

std::string refusal_of(const std::string& device) {
    try {
        device_of(device);
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::Usage);
        return error.what();
    }
    return "";
}

TEST(Device, IsNamedOrRefusedByName) {
    EXPECT_TRUE(device_of("cpu").is_cpu());
    EXPECT_TRUE(device_of("cpu", 3).is_cpu());
    for (const char* const name : {"", "banana", "cuda:", "cuda:x", "cuda:-1", "cudas", "cuda:99999999999"})
        EXPECT_THAT(refusal_of(name), HasSubstr("cpu, cuda or cuda:N")) << name;
}

TEST(Device, GpuThatIsNotThereIsToldInOneLine) {
    if (torch::cuda::is_available()) {
        EXPECT_TRUE(device_of("cuda").is_cuda());
        EXPECT_THAT(refusal_of("cuda:999"), HasSubstr("no such GPU"));
        return;
    }
    for (const char* const name : {"cuda", "cuda:1"}) {
        EXPECT_THAT(refusal_of(name), HasSubstr("--device cpu"));
        EXPECT_THAT(refusal_of(name), Not(HasSubstr("\n")));
    }
}

}  // namespace
}  // namespace radforge::models
