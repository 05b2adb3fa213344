// SPDX-License-Identifier: Apache-2.0
/// Training of FIReNet: photo of a film -> its maps (models.md section 1).
#pragma once
#include "models/data/augment.h"
#include "models/nets/firenet.h"
#include "models/train/trainer.h"

#include <memory>
#include <string>
#include <vector>

namespace radforge::models {

struct FireNetSettings {
    std::string uv_loss = "custom+l1";
    double shape_weight = 1;
    template <class V>
    void visit(V& v) {
        v("uv_loss", uv_loss, Options{"custom+l1", "custom", "l1"}, "loss of the texture coordinates");
        v("shape_weight", shape_weight, "", Range{0., 1e6},
          "of the mean absolute errors of 3D coordinates, normals, depth and mask");
    }
};

/// What [-1,1] stands for in the maps that have no range of their own; belongs to the trained weights.
struct RangesConfig {
    std::vector<double> low, high;
    std::string axes = "world";
    template <class V>
    void visit(V& v) {
        v("low", low, "m", Range{-1000., 1000.}, "lowest wc x, y, z and depth; empty = of the training data");
        v("high", high, "m", Range{-1000., 1000.},
          "highest wc x, y, z and depth; empty = of the training data");
        v("axes", axes, Options{"world", "camera"},
          "of wc: as stored, y up, depth from the camera; or the camera's, depth beyond the film's middle");
    }
    /// @throws Error unless there are four of each, the lower below the higher
    loader::FilmRanges film() const;
};

/// Everything that a FIReNet run is told.
struct FireNetRunConfig {
    TrainConfig train;
    FireNetConfig net;
    FireNetSettings loss;
    loader::LoaderConfig loader;
    loader::AugmentConfig augment;
    RangesConfig ranges;

    template <class V>
    void visit(V& v) {
        v("train", train, "the run");
        v("net", net, "the network");
        v("loss", loss, "what it is told to make small");
        v("loader", loader, "how samples come from the shards");
        v("augment", augment, "what is done to a sample");
        v("ranges", ranges, "scale of the maps");
    }
};

/// @param config  seeds the weights with train.seed
std::unique_ptr<Task> make_firenet(const FireNetRunConfig& config);

}  // namespace radforge::models
