// SPDX-License-Identifier: Apache-2.0
#include "synth/cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

namespace radforge {
namespace {

TEST(Cache, MakesAnEntryOnceHoweverManyThreadsAsk) {
    Cache<int> cache(4);
    std::atomic<int> made{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t)
        threads.emplace_back([&] {
            for (int k = 0; k < 3; ++k)
                EXPECT_EQ(*cache.get(std::to_string(k),
                                     [&] {
                                         ++made;
                                         return std::make_shared<const int>(k);
                                     }),
                          k);
        });
    for (std::thread& t : threads) t.join();
    EXPECT_EQ(made, 3);
}

TEST(Cache, ForgetsTheLeastRecentlyUsedEntry) {
    Cache<int> cache(2);
    int made = 0;
    const auto make = [&] {
        ++made;
        return std::make_shared<const int>(1);
    };
    cache.get("a", make);
    cache.get("b", make);
    cache.get("a", make);
    cache.get("c", make);  // b goes
    EXPECT_EQ(made, 3);
    cache.get("a", make);
    EXPECT_EQ(made, 3);
    cache.get("b", make);
    EXPECT_EQ(made, 4);
}

TEST(Cache, RemembersAFailure) {
    Cache<int> cache(2);
    int tries = 0;
    const auto fail = [&]() -> std::shared_ptr<const int> {
        ++tries;
        throw std::runtime_error("no");
    };
    EXPECT_THROW(cache.get("x", fail), std::runtime_error);
    EXPECT_THROW(cache.get("x", fail), std::runtime_error);
    EXPECT_EQ(tries, 1);
}

}  // namespace
}  // namespace radforge
