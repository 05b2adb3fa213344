// SPDX-License-Identifier: Apache-2.0
#include "models/train/schedule.h"

#include <gtest/gtest.h>

#include <cmath>

namespace radforge::models {
namespace {

ScheduleConfig named(const char* name) {
    ScheduleConfig s;
    s.name = name;
    return s;
}

TEST(Schedule, ReachesTheClosedFormsAtTheirEnds) {
    EXPECT_EQ(rate_factor(named("constant"), 77, 100), 1);
    EXPECT_NEAR(rate_factor(named("cosine"), 0, 101), 1, 1e-12);
    EXPECT_NEAR(rate_factor(named("cosine"), 50, 101), 0.5, 1e-12);
    EXPECT_NEAR(rate_factor(named("cosine"), 100, 101), 0, 1e-12);
    EXPECT_NEAR(rate_factor(named("poly"), 50, 100), std::pow(0.5, 0.9), 1e-12);
    ScheduleConfig step = named("step");
    step.step_every = 10;
    EXPECT_NEAR(rate_factor(step, 9, 100), 1, 1e-12);
    EXPECT_NEAR(rate_factor(step, 25, 100), 0.01, 1e-12);
    const ScheduleConfig cycle = named("one_cycle");
    EXPECT_NEAR(rate_factor(cycle, 0, 101), 0.04, 1e-12);
    EXPECT_NEAR(rate_factor(cycle, 30, 101), 1, 1e-12);
    EXPECT_NEAR(rate_factor(cycle, 100, 101), 0, 1e-12);
}

TEST(Schedule, WarmsUpInEqualStepsToTheFullRate) {
    ScheduleConfig s = named("constant");
    s.warmup_steps = 4;
    EXPECT_EQ(rate_factor(s, 0, 100), 0.25);
    EXPECT_EQ(rate_factor(s, 3, 100), 1);
    EXPECT_EQ(rate_factor(s, 4, 100), 1);
}

}  // namespace
}  // namespace radforge::models
