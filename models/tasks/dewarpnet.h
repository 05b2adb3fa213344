// SPDX-License-Identifier: Apache-2.0
/// Training of the DewarpNet baseline (models.md 1.7): photo -> 3D coordinates -> backward map.
#pragma once
#include "models/nets/dewarpnet.h"
#include "models/tasks/firenet.h"

namespace radforge::models {

struct DewarpNetSettings {
    double map_weight = 10, reconstruction_weight = 0.5, shape_rate = 0.1;
    int64_t reconstruction_from = 0;
    int squares = 16;
    std::string mapping_sees = "truth";

    template <class V>
    void visit(V& v) {
        v("map_weight", map_weight, "", Range{0., 1e6}, "of the backward map's mean absolute error");
        v("reconstruction_weight", reconstruction_weight, "", Range{0., 1e6},
          "of the squared error of a chequered sheet unwarped by it");
        v("reconstruction_from", reconstruction_from, "", Range<int64_t>{0, int64_t(1) << 40},
          "steps with the map's error alone before that");
        v("squares", squares, "", Range{2, 256}, "of the chequered sheet, each way");
        v("shape_rate", shape_rate, "", Range{0., 1e6},
          "learning rate of the shape network, in rates of the mapping network");
        v("mapping_sees", mapping_sees, Options{"truth", "found"},
          "3D coordinates that the mapping network learns from: the data's or the shape network's");
    }
};

/// Everything that a DewarpNet run is told.
struct DewarpNetRunConfig {
    TrainConfig train;
    DewarpNetConfig net;
    DewarpNetSettings loss;
    loader::LoaderConfig loader;
    loader::AugmentConfig augment;
    RangesConfig ranges;

    template <class V>
    void visit(V& v) {
        v("train", train, "the run");
        v("net", net, "the networks");
        v("loss", loss, "what they are told to make small");
        v("loader", loader, "how samples come from the shards");
        v("augment", augment, "what is done to a sample");
        v("ranges", ranges, "scale of the maps");
    }
};

/// Both networks under one roof: shape.*, mapping.*.
class DewarpNetImpl final : public torch::nn::Module {
public:
    explicit DewarpNetImpl(const DewarpNetConfig& config);
    /// @param photo  [B,3,H,W] in [0,1] @returns [B,3,H,W] in [0,1], 0 off the film
    torch::Tensor find_shape(const torch::Tensor& photo) { return shape_(photo); }
    /// @param wc  as found @returns [B,2,128,128] in [-1,1]
    torch::Tensor find_map(const torch::Tensor& wc) { return mapping_(to_mapping_side(wc)); }

private:
    ShapeNet shape_{nullptr};
    MappingNet mapping_{nullptr};
};
TORCH_MODULE(DewarpNet);

/// @param config  seeds the weights with train.seed
std::unique_ptr<Task> make_dewarpnet(const DewarpNetRunConfig& config);

}  // namespace radforge::models
