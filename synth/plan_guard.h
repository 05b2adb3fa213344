// SPDX-License-Identifier: Apache-2.0
/// Sees to it that one folder holds one plan.
#pragma once
#include "synth/base/log.h"
#include "synth/shard/plan.h"

namespace radforge {

/// Makes the folder and writes config.toml, overrides.txt and plan.json, or finds the same plan there
/// already. A larger count than the one there replaces it. Of two that start at once with different plans,
/// one loses.
/// @throws Error (64), with the folder as it was, where files of something else lie under the names of a
/// dataset's; (65) naming the keys that differ, or when the folder cannot be written
void settle_plan(const DatasetPlan& plan, Logger& logger);

/// Takes the three files away again where nothing was made of the plan, so that the folder is free for
/// another one.
void withdraw_plan(const std::string& directory);

}  // namespace radforge
