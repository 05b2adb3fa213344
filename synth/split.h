// SPDX-License-Identifier: Apache-2.0
/// Which split of a dataset a thing falls into that samples are made from.
#pragma once
#include "synth/dataset_config.h"

#include <cstdint>
#include <string>

namespace radforge {

/// Where a name falls on [0, 1) for a seed, whatever other names there are.
double keyed_position(int64_t seed, const std::string& name);

/// "train", "val" or "test" of a scan: by dataset.split_seed alone, so that a network is never scored on a
/// scan that it saw in a set of another dataset.seed.
std::string split_of_scan(const DatasetConfig& dataset, const std::string& split_key);
/// The same of what the dataset invents: by dataset.seed, for another seed makes another thing of the same
/// name.
std::string split_of_invention(const DatasetConfig& dataset, const std::string& name);

/// @throws Error when the parts of the splits exceed the whole
void require_parts(const DatasetConfig& dataset);

}  // namespace radforge
