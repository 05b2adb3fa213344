// SPDX-License-Identifier: Apache-2.0
/// A checkpoint of a restoration network, for an evaluation.
#pragma once
#include "models/eval/slice_scores.h"
#include "synth/base/log.h"

#include <string>

namespace radforge::models {

/// With the de-illumination before it that it was trained behind.
/// @param path    folder of a run (its best checkpoint, else the newest one), or a checkpoint's .json
/// @param device  cpu or cuda
/// @throws Error when there is none, it is damaged, of another task, or its weights are not of its config
eval::SliceNetwork trained_slice_network(const std::string& path, const std::string& device, Logger& logger);

}  // namespace radforge::models
