// SPDX-License-Identifier: Apache-2.0
/// Which samples go into which shard: a pure function of generator and plan.
///
/// Groups of adjacent indices are taken in order; each goes to the open shard of its split; a shard is closed
/// when the next group would not fit. Shards are numbered by their first index, so a larger count only fills
/// up the last shard of each split and appends new ones.
#pragma once
#include "synth/generator.h"
#include "synth/shard/plan.h"
#include "synth/shard/shard_writer.h"

#include <string>
#include <vector>

namespace radforge {

/// All shards of the plan, by id. Calls generator.split() once per group.
/// @throws Error when there are more than 1000000 shards in a split
std::vector<shard::ShardTask> list_shards(const Generator& generator, const DatasetPlan& plan);

/// The groups of keys of one shard, in order.
/// @throws Error when the keys of one group have different splits
std::vector<std::vector<SampleKey>> groups_of(const Generator& generator, const DatasetPlan& plan,
                                              const shard::ShardTask& task);

/// What to tell where a split that should have a share of the sources got no sample; empty where none is.
std::string warn_of_empty_splits(const DatasetPlan& plan, const std::vector<shard::ShardTask>& shards);

}  // namespace radforge
