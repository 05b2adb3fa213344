// SPDX-License-Identifier: Apache-2.0
/// README.md of a dataset: what it is, how it was made, how to read it.
#pragma once
#include "synth/shard/dataset.h"

#include <string>

namespace radforge::shard {

/// Markdown; a pure function of plan and shards.
std::string card_text(const Dataset& dataset);

}  // namespace radforge::shard
