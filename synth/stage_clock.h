// SPDX-License-Identifier: Apache-2.0
/// CPU time of a sample by stage, for benchmarks.
#pragma once
#include "synth/base/cpu_clock.h"

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
    explicit StageClock(StageSeconds* seconds) : seconds_(seconds), last_(process_cpu_s()) {}
    void done(const char* stage) {
        if (!seconds_) return;
        const double t = process_cpu_s();
        seconds_->emplace_back(stage, t - last_);
        last_ = t;
    }

private:
    StageSeconds* seconds_;
    double last_;
};

}  // namespace radforge
