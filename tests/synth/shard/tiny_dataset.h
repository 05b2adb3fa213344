// SPDX-License-Identifier: Apache-2.0
/// The smallest dataset that has one member of every sort.
#pragma once
#include "synth/shard/plan.h"

#include <set>
#include <string>

namespace radforge::test {

/// Kind "toy": photo.png u8 [2,3,3], map.npy int16 [2,2,2] scaled by 1/32767, depth.npy f32 [1,2,2] with NaN,
/// hu.npy.gz int16 [1,1,2], meta.json.
DatasetPlan tiny_plan(const std::string& directory, uint64_t count = 4);
/// Sample of tiny_plan; content varies with the index.
Sample tiny_sample(const DatasetPlan& plan, uint64_t index, const std::string& split = "train");

/// Writes one shard "toy-train-000000.tar" with all samples but the quarantined, and everything derived.
void write_tiny_dataset(const DatasetPlan& plan, const std::set<uint64_t>& quarantined = {});

}  // namespace radforge::test
