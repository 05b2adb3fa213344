// SPDX-License-Identifier: Apache-2.0
/// Small datasets of several shards for the loader's tests.
#pragma once
#include "synth/shard/plan.h"

#include <string>
#include <vector>

namespace radforge::test {

/// Writes a finished set of kind "toy" under `directory`, one train shard for each entry of `counts`, which
/// may be unequal. Samples: photo.png u8 [6,8,3], map.npy int16 [2,6,8], depth.npy f32 [1,6,8] with NaN,
/// bm.npy f32 [2,4,*] whose width is 3 + index % 3, hu.npy.gz int16 [1,2,2], meta.json. Value (c,y,x) of map
/// is index / 1000 + (c + y + x) / 100.
DatasetPlan write_sharded_set(const std::string& directory, const std::vector<uint32_t>& counts,
                              uint64_t seed = 7);

}  // namespace radforge::test
