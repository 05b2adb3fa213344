// SPDX-License-Identifier: Apache-2.0
#include "models/train/schedule.h"

#include <algorithm>
#include <cmath>

namespace radforge::models {
namespace {

constexpr double kPi = 3.14159265358979323846;

/// Half a cosine from `from` to `to` while t goes from 0 to 1.
double half_cosine(double from, double to, double t) {
    return to + (from - to) * (1 + std::cos(kPi * t)) / 2;
}

double shape(const ScheduleConfig& s, int64_t step, int64_t steps) {
    const double t = steps > 1 ? std::min(1.0, double(step) / double(steps - 1)) : 0;
    if (s.name == "step") return std::pow(s.step_factor, double(step / s.step_every));
    if (s.name == "cosine") return half_cosine(1, s.final_factor, t);
    if (s.name == "poly")
        return std::pow(1 - std::min(1.0, double(step) / double(std::max<int64_t>(1, steps))), s.poly_power);
    // Smith and Topin, "Super-convergence" (2019): up from 1/25, then down, both by half a cosine.
    if (s.name == "one_cycle")
        return t < s.peak_at ? half_cosine(0.04, 1, t / s.peak_at)
                             : half_cosine(1, s.final_factor, (t - s.peak_at) / (1 - s.peak_at));
    return 1;
}

}  // namespace

bool spans_run(const ScheduleConfig& schedule) {
    return schedule.name == "cosine" || schedule.name == "poly" || schedule.name == "one_cycle";
}

double rate_factor(const ScheduleConfig& schedule, int64_t step, int64_t steps) {
    const double warm = step < schedule.warmup_steps ? double(step + 1) / double(schedule.warmup_steps) : 1;
    return warm * shape(schedule, step, steps);
}

}  // namespace radforge::models
