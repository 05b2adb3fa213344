// SPDX-License-Identifier: Apache-2.0
/// What happens around the trainer's steps. Hooks follow detectron2's engine/train_loop.py.
#pragma once
#include <cstdint>
#include <map>
#include <string>

namespace radforge::models {

class Trainer;

/// Numbers of one step: "<group>.<loss>", "<group>.total", "<group>.gradient", "<group>.rate".
struct StepReport {
    int64_t step = 0;  ///< steps done, this one included
    std::map<std::string, double> numbers;
};

class Hook {
public:
    virtual ~Hook() = default;
    virtual void before_run(Trainer&) {}
    virtual void after_step(Trainer&, const StepReport&) {}
    virtual void after_run(Trainer&) {}
};

}  // namespace radforge::models
