// SPDX-License-Identifier: Apache-2.0
/// CPU time of a sample by stage, for benchmarks.
#pragma once
#include <time.h>

#include <string>
#include <utility>
#include <vector>

namespace radforge {

/// Stage and CPU seconds of the whole process, in order.
using StageSeconds = std::vector<std::pair<std::string, double>>;

/// CPU time of the process, split by the stages that name themselves.
class StageClock {
public:
    /// @param seconds  null: nothing is measured
    explicit StageClock(StageSeconds* seconds) : seconds_(seconds), last_(now()) {}
    void done(const char* stage) {
        if (!seconds_) return;
        const double t = now();
        seconds_->emplace_back(stage, t - last_);
        last_ = t;
    }

private:
    static double now() {
        timespec t{};
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
        return double(t.tv_sec) + 1e-9 * double(t.tv_nsec);
    }
    StageSeconds* seconds_;
    double last_;
};

}  // namespace radforge
