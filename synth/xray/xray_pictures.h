// SPDX-License-Identifier: Apache-2.0
/// What an x-ray sample looks like: the image, and the volume behind it as surfaces that people can judge.
#pragma once
#include "synth/preview.h"
#include "synth/shard/plan.h"

#include <vector>

namespace radforge::xray {

/// The volume of a sample in the frame of its view, [n,n,n] densities: from volume.npy, or turned out of
/// volumes/<id>.npy of the dataset.
/// @throws Error when that file is missing
struct ViewedVolume {
    int n = 0;
    std::vector<float> densities;
};
ViewedVolume viewed_volume(const Sample& sample, const DatasetPlan& plan);

/// x-ray (dense = bright), physical image if there is one, iso-surface 0.1 as the source sees it, cut open,
/// red-cyan stereo, and from three other sides.
/// @param tile_px  side that the renders are going to be shown at; the others come in their own size
std::vector<Tile> tiles(const Sample& sample, const DatasetPlan& plan, int tile_px);

}  // namespace radforge::xray
