// SPDX-License-Identifier: Apache-2.0
#include "synth/base/parallel.h"

#include <tbb/blocked_range.h>
#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

namespace radforge {

void parallel_for(int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& body) {
    // Isolated: a thread that waits for its own loop must not pick up another sample meanwhile, or memory
    // grows.
    tbb::this_task_arena::isolate([&] {
        tbb::parallel_for(
            tbb::blocked_range<int64_t>(0, count, size_t(grain)),
            [&](const tbb::blocked_range<int64_t>& r) { body(r.begin(), r.end()); },
            tbb::simple_partitioner());
    });
}

void run_alone(const std::function<void()>& body) { tbb::task_arena(1).execute(body); }

struct ThreadLimit::Control {
    tbb::global_control control;
};

ThreadLimit::ThreadLimit(int threads)
    : control_(new Control{
          tbb::global_control(tbb::global_control::max_allowed_parallelism,
                              threads > 0 ? size_t(threads) : size_t(tbb::info::default_concurrency()))}) {}
ThreadLimit::~ThreadLimit() = default;

}  // namespace radforge
