// SPDX-License-Identifier: Apache-2.0
#include "synth/base/parallel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

namespace radforge {
namespace {

TEST(ParallelFor, VisitsEachIndexOnceForAnyCountGrainAndThreads) {
    for (const int threads : {1, 4}) {
        const ThreadLimit limit(threads);
        for (const int64_t count : {0, 1, 7, 1000})
            for (const int64_t grain : {1, 3, 5000}) {
                std::vector<std::atomic<int>> visits(static_cast<size_t>(count));
                parallel_for(count, grain, [&](int64_t begin, int64_t end) {
                    EXPECT_LE(end - begin, grain);
                    for (int64_t i = begin; i < end; ++i) ++visits.at(size_t(i));
                });
                EXPECT_TRUE(std::all_of(visits.begin(), visits.end(), [](const auto& n) { return n == 1; }));
            }
    }
}

TEST(ParallelFor, AnExceptionReachesTheCaller) {
    EXPECT_THROW(parallel_for(100, 1,
                              [](int64_t begin, int64_t) {
                                  if (begin == 42) throw std::runtime_error("42");
                              }),
                 std::runtime_error);
}

TEST(RunAlone, KeepsParallelLoopsOnTheCallingThread) {
    std::atomic<int> elsewhere{0}, visits{0};
    const auto caller = std::this_thread::get_id();
    run_alone([&] {
        parallel_for(200, 1, [&](int64_t, int64_t) {
            elsewhere += std::this_thread::get_id() != caller;
            ++visits;
        });
    });
    EXPECT_EQ(elsewhere, 0);
    EXPECT_EQ(visits, 200);
}

TEST(ThreadLimit, OneThreadRunsEverythingInTheCaller) {
    const ThreadLimit limit(1);
    std::atomic<int> elsewhere{0};
    const auto caller = std::this_thread::get_id();
    parallel_for(200, 1, [&](int64_t, int64_t) { elsewhere += std::this_thread::get_id() != caller; });
    EXPECT_EQ(elsewhere, 0);
}

}  // namespace
}  // namespace radforge
