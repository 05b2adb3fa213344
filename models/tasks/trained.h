// SPDX-License-Identifier: Apache-2.0
/// Trained weights, for use.
#pragma once
#include "models/train/checkpoint.h"

#include <string>
#include <vector>

namespace radforge::models {

struct Trained {
    std::string file;  ///< of the weights
    Checkpoint checkpoint;
};

/// @param path   folder of a run (its best checkpoint, else the newest one), or a checkpoint's .json or
///               .safetensors
/// @param tasks  one of which it must be of
/// @throws Error when there is none, it is damaged, or of another task
Trained open_trained(const std::string& path, const std::vector<std::string>& tasks);

/// Puts the averaged weights into the module, where the run averaged, else the last ones; ready for use on
/// `device`.
/// @throws Error when they do not fit
void put_weights(const Trained& trained, torch::nn::Module& module, torch::Device device);

}  // namespace radforge::models
