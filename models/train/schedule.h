// SPDX-License-Identifier: Apache-2.0
/// Learning rates: pure functions of the step, but for the factor of `plateau`, which the trainer keeps.
#pragma once
#include "synth/config/schema.h"

#include <cstdint>
#include <string>

namespace radforge::models {

struct ScheduleConfig {
    std::string name = "constant";
    int64_t warmup_steps = 0, step_every = 1000;
    double step_factor = 0.1, poly_power = 0.9, final_factor = 0.0, peak_at = 0.3, plateau_factor = 0.5;
    int plateau_patience = 3;

    template <class V>
    void visit(V& v) {
        v("name", name, Options{"constant", "step", "cosine", "poly", "one_cycle", "plateau"},
          "shape of the rate");
        v("warmup_steps", warmup_steps, "", Range<int64_t>{0, int64_t(1) << 40},
          "steps of linear growth from 0");
        v("step_every", step_every, "", Range<int64_t>{1, int64_t(1) << 40}, "step: steps between two drops");
        v("step_factor", step_factor, "", Range{0., 1.}, "step: factor of each drop");
        v("poly_power", poly_power, "", Range{0.1, 10.}, "poly: (1 - t)^power");
        v("final_factor", final_factor, "", Range{0., 1.},
          "cosine and one_cycle: part of the rate left at the end");
        v("peak_at", peak_at, "", Range{0.01, 0.99}, "one_cycle: part of the run before the peak");
        v("plateau_factor", plateau_factor, "", Range{0.01, 1.},
          "plateau: factor when the metric stops improving");
        v("plateau_patience", plateau_patience, "", Range{1, 1000},
          "plateau: validations without improvement");
    }
};

/// Whether the rate of a step depends on how long the whole run is.
bool spans_run(const ScheduleConfig& schedule);

/// Part of the learning rate at a step, without plateau's own factor.
/// @param step   0 for the first
/// @param steps  of the whole run
double rate_factor(const ScheduleConfig& schedule, int64_t step, int64_t steps);

}  // namespace radforge::models
