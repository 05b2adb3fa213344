// SPDX-License-Identifier: Apache-2.0
/// The baseline of Das et al., "DewarpNet", ICCV 2019, as its public code has it (models.md 1.7): a U-Net from
/// photo to 3D coordinates, and a dense network from those to the backward map.
#pragma once
#include "models/nets/blocks.h"
#include "models/train/batch_norm.h"
#include "synth/config/schema.h"

#include <string>
#include <vector>

namespace radforge::models {

struct DewarpNetConfig {
    int shape_width = 64, mapping_width = 32, downs = 7;
    std::string dense = "fixed";

    template <class V>
    void visit(V& v) {
        v("shape_width", shape_width, "", Range{1, 1024}, "channels of the U-Net's first scale");
        v("mapping_width", mapping_width, "", Range{1, 1024}, "channels of the mapping network's first scale");
        v("downs", downs, "", Range{2, 12},
          "halvings of the U-Net; photo sides are multiples of 2 to this power");
        v("dense", dense, Options{"fixed", "released"},
          "dense blocks: each layer sees the sum of all before it, or the first layer alone, which is what the "
          "public code computes");
    }
};

/// The U-Net of pix2pix (Isola et al. 2017): 4x4 convolutions of stride 2 down and up, batch normalisation,
/// tanh. [B,in,H,W] -> [B,out,H,W]
class Pix2PixUNetImpl final : public torch::nn::Module {
public:
    Pix2PixUNetImpl(int64_t in, int64_t out, int64_t width, int downs);
    torch::Tensor forward(const torch::Tensor& x);

private:
    std::vector<torch::nn::Conv2d> downs_;
    std::vector<UpConv> ups_;
    std::vector<BatchNorm> down_norms_, up_norms_;
};
TORCH_MODULE(Pix2PixUNet);

/// Photo to 3D coordinates. @param photo [B,3,H,W] in [0,1] @returns [B,3,H,W] in [0,1], 0 off the film
class ShapeNetImpl final : public torch::nn::Module {
public:
    explicit ShapeNetImpl(const DewarpNetConfig& config);
    torch::Tensor forward(const torch::Tensor& photo);

private:
    Pix2PixUNet net_{nullptr};
};
TORCH_MODULE(ShapeNet);

/// n layers of normalisation, ReLU and 3x3 convolution at one width.
class DenseBlockImpl final : public torch::nn::Module {
public:
    /// @param released  builds and runs the first layer alone: the public block's later layers never run, it
    ///                  sums earlier outputs, which scales the first by 2^(n-2), and the next normalisation
    ///                  takes that out
    DenseBlockImpl(int64_t width, int layers, bool released);
    torch::Tensor forward(const torch::Tensor& x);

private:
    std::vector<torch::nn::Sequential> layers_;
};
TORCH_MODULE(DenseBlock);

/// 3D coordinates to the backward map, at 128 x 128.
class MappingNetImpl final : public torch::nn::Module {
public:
    static constexpr int kSide = 128;
    explicit MappingNetImpl(const DewarpNetConfig& config);
    /// @param wc  [B,3,128,128] in [0,1] @returns [B,2,128,128] in [-1,1]
    torch::Tensor forward(const torch::Tensor& wc);

private:
    torch::nn::Sequential encoder_, decoder_;
};
TORCH_MODULE(MappingNet);

/// Any map at 128 x 128, nearest neighbour, as the public inference does.
torch::Tensor to_mapping_side(const torch::Tensor& map);

}  // namespace radforge::models
