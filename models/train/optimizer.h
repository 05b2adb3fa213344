// SPDX-License-Identifier: Apache-2.0
/// SGD, Adam and AdamW with state that can be saved whole: LibTorch 1.13 loads moments but not options.
#pragma once
#include "models/train/tensors.h"
#include "synth/config/schema.h"

#include <string>
#include <utility>
#include <vector>

namespace radforge::models {

struct OptimizerConfig {
    std::string name = "adamw";
    double rate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weight_decay = 0.0, momentum = 0.9;
    bool amsgrad = false;
    double clip_norm = 0;

    template <class V>
    void visit(V& v) {
        v("name", name, Options{"sgd", "adam", "adamw"}, "adamw decays weights apart from the gradient");
        v("rate", rate, "", Range{0., 100.}, "learning rate before the schedule");
        v("beta1", beta1, "", Range{0., 0.99999}, "memory of the gradient");
        v("beta2", beta2, "", Range{0., 0.9999999}, "memory of its square");
        v("epsilon", epsilon, "", Range{1e-30, 1.}, "added to its root");
        v("weight_decay", weight_decay, "", Range{0., 1.}, "pull of the weights to zero");
        v("momentum", momentum, "", Range{0., 0.99999}, "sgd: memory of the gradient");
        v("amsgrad", amsgrad, "adam: divide by the largest square so far");
        v("clip_norm", clip_norm, "", Range{0., 1e12}, "longest gradient of a group; 0 = any");
    }
};

/// Parameters that are stepped together.
struct ParamGroup {
    std::string name;  ///< "net", "critic"
    std::vector<std::pair<std::string, torch::Tensor>> parameters;
    double rate_factor = 1;  ///< on the learning rate
};

class Optimizer {
public:
    Optimizer(OptimizerConfig config, ParamGroup group);
    void zero();
    /// Shortens the gradient to clip_norm. @returns its length before, which may not be finite
    double clip();
    void step(double rate);
    /// Moments and the count of steps; they share memory with the optimiser.
    NamedTensors state() const { return state_; }
    const ParamGroup& group() const { return group_; }

private:
    void step_sgd(const std::string& name, torch::Tensor& p, double rate);
    /// @param count  steps, this one included
    void step_adam(const std::string& name, torch::Tensor& p, double rate, int64_t count);

    OptimizerConfig config_;
    ParamGroup group_;
    NamedTensors state_;
};

}  // namespace radforge::models
