// SPDX-License-Identifier: Apache-2.0
/// FIReNet's two U-Nets (models.md 1.2): photo -> 3D shape, normals, depth, background -> texture coordinates
/// and displacement.
#pragma once
#include "models/nets/blocks.h"
#include "synth/config/schema.h"

#include <vector>

namespace radforge::models {

struct FireNetConfig {
    int width = 32;
    bool many_maps = true, deform = true, uv = true, photo_in_transform = false;

    template <class V>
    void visit(V& v) {
        v("width", width, "", Range{1, 1024},
          "channels of the first scale: 16 for a CPU, 32, 64 for an accelerator");
        v("many_maps", many_maps, "also predict normals and depth (ablation MM)");
        v("deform", deform, "also predict the displacement (ablation Deform)");
        v("uv", uv, "predict texture coordinates; else the backward map itself (the paper's baseline row)");
        v("photo_in_transform", photo_in_transform, "give the photo to the second network, too");
    }
};

/// Five scales: DoubleConv, then four times half the size and twice the channels.
class UNetEncoderImpl final : public torch::nn::Module {
public:
    UNetEncoderImpl(int64_t in, int64_t width);
    /// @returns features of width, 2 width, ... 16 width channels; the sides of x must be multiples of 16
    std::vector<torch::Tensor> forward(const torch::Tensor& x);

private:
    std::vector<DoubleConv> scales_;
};
TORCH_MODULE(UNetEncoder);

/// From the encoder's features back to [B,out,H,W] in (-1,1).
class UNetDecoderImpl final : public torch::nn::Module {
public:
    UNetDecoderImpl(int64_t out, int64_t width);
    torch::Tensor forward(const std::vector<torch::Tensor>& features);

private:
    std::vector<UpConv> ups_;
    std::vector<DoubleConv> joins_;
    torch::nn::Conv2d last_{nullptr};
};
TORCH_MODULE(UNetDecoder);

/// What FIReNet says about a photo; all in (-1,1), undefined where the configuration leaves a head out.
struct FilmMaps {
    torch::Tensor wc, normal, depth, bg;  ///< [B,3|3|1|1,H,W]
    torch::Tensor uv, df;                 ///< [B,2,H,W]
    torch::Tensor bm;                     ///< [B,2,H,W], with uv = false only
};

class FireNetImpl final : public torch::nn::Module {
public:
    explicit FireNetImpl(const FireNetConfig& config);
    /// @param photo  [B,3,H,W] in [-1,1], sides multiples of 16. Training: the maps are weighted by the soft
    /// film mask;
    ///               else by the hard one.
    FilmMaps forward(const torch::Tensor& photo);

private:
    FireNetConfig config_;
    UNetEncoder shape_encoder_{nullptr}, transform_encoder_{nullptr};
    UNetDecoder wc_{nullptr}, normal_{nullptr}, depth_{nullptr}, bg_{nullptr}, uv_{nullptr}, df_{nullptr},
        bm_{nullptr};
};
TORCH_MODULE(FireNet);

}  // namespace radforge::models
