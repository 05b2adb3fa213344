// SPDX-License-Identifier: Apache-2.0
/// Parallel loops on TBB, out of sight of headers.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>

namespace radforge {

/// Calls body(begin, end) over disjoint blocks of [0, count) of about `grain` items, in any order, on any
/// thread.
void parallel_for(int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& body);

/// Runs `body` with parallel loops inside it, those of libraries too, on the calling thread alone: for work
/// whose result could depend on who does which part.
void run_alone(const std::function<void()>& body);

/// Keeps the number of worker threads at `threads` while alive (0 = all cores of this process).
class ThreadLimit {
public:
    explicit ThreadLimit(int threads);
    ~ThreadLimit();
    ThreadLimit(const ThreadLimit&) = delete;
    ThreadLimit& operator=(const ThreadLimit&) = delete;

private:
    struct Control;
    std::unique_ptr<Control> control_;
};

}  // namespace radforge
