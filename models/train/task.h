// SPDX-License-Identifier: Apache-2.0
/// What a model is to the trainer: parameters, losses, metrics, a picture.
#pragma once
#include "models/data/loader.h"
#include "models/train/optimizer.h"
#include "synth/base/image.h"

#include <torch/torch.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace radforge::models {

/// [B,C,H,W] float32 on the trainer's device; colour in [0,1] unless the task's transform says otherwise.
struct Batch {
    std::map<std::string, torch::Tensor> fields;
    std::vector<SampleKey> keys;
    std::vector<std::string> metas;
    int64_t size() const { return int64_t(keys.size()); }
    const torch::Tensor& at(const std::string& field) const;  ///< @throws Error naming what there is
};
/// Without a copy on the CPU: the tensors keep the loader's memory.
Batch to_batch(std::shared_ptr<const loader::HostBatch> host, torch::Device device);

/// Named parts of a loss, each a scalar; the trainer minimises their sum.
using Losses = std::vector<std::pair<std::string, torch::Tensor>>;

/// Mean of a quantity over n samples; of none the value says nothing.
struct Metric {
    std::string name, unit;
    double value = 0;
    int64_t n = 0;
};

class Task {
public:
    virtual ~Task() = default;
    virtual torch::nn::Module& module() = 0;
    /// One optimiser each, in the order of their updates.
    virtual std::vector<ParamGroup> groups() = 0;
    /// @param step  steps done before the one whose losses are asked for next, on all ranks
    virtual void begin_step(int64_t /*step*/) {}
    virtual Losses losses(const std::string& group, const Batch& batch) = 0;
    virtual std::vector<Metric> evaluate(const Batch& batch) = 0;
    /// One sample as a picture: input, result, truth. @returns u8 [H,W,3]
    virtual Image preview(const Batch& batch, int64_t row) = 0;
};

}  // namespace radforge::models
