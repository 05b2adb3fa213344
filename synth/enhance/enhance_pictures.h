// SPDX-License-Identifier: Apache-2.0
/// What an enhancement sample looks like.
#pragma once
#include "synth/preview.h"
#include "synth/shard/plan.h"

#include <vector>

namespace radforge::enhance {

/// Raw and target on the same scale (0 black, 65535 white), slope and bias in blue below and red above 1 and
/// 0, white between; full colour at slopes of 1/4 and 4 and at biases of -2 and 2.
/// @throws Error when the sample lacks a member
std::vector<Tile> tiles(const Sample& sample, const DatasetPlan& plan, int tile_px);

}  // namespace radforge::enhance
