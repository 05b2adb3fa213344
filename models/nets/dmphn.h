// SPDX-License-Identifier: Apache-2.0
/// Deep stacked multi-patch network (models.md 1.5): a picture is recovered from finer to coarser patches,
/// and the result again by the next network of the stack. Source: Zhang, Dai, Li, Koniusz, "Deep stacked
/// hierarchical multi-patch network for image deblurring", CVPR 2019, and its code at revision 9fff261.
#pragma once
#include "models/nets/blocks.h"
#include "synth/config/schema.h"

#include <string>
#include <vector>

namespace radforge::models {

struct DmphnConfig {
    std::string patches = "1-2-4";
    int stacks = 2, width = 32;

    template <class V>
    void visit(V& v) {
        v("patches", patches, Options{"1-2-4", "1-2-4-8"}, "parts of the picture at each level");
        v("stacks", stacks, "", Range{1, 8}, "networks one after the other: 2 for a CPU, 4 as the paper");
        v("width", width, "", Range{1, 256}, "channels of the first scale; 32 in the paper");
    }
};

/// Three scales of residual pairs. [B,in,H,W] -> [B,4 width,H/4,W/4]
class DmphnEncoderImpl final : public torch::nn::Module {
public:
    DmphnEncoderImpl(int64_t in, int64_t width);
    torch::Tensor forward(const torch::Tensor& x) { return layers_->forward(x); }

private:
    torch::nn::Sequential layers_;
};
TORCH_MODULE(DmphnEncoder);

/// The way back. [B,4 width,H/4,W/4] -> [B,out,H,W], any value
class DmphnDecoderImpl final : public torch::nn::Module {
public:
    DmphnDecoderImpl(int64_t out, int64_t width);
    torch::Tensor forward(const torch::Tensor& x) { return layers_->forward(x); }

private:
    torch::nn::Sequential layers_;
};
TORCH_MODULE(DmphnDecoder);

class DmphnImpl final : public torch::nn::Module {
public:
    /// @param out  channels of the results, 1 or 3
    DmphnImpl(const DmphnConfig& config, int64_t out);
    /// @param x  [B,3,H,W] in [0,1], any size: reflected to the multiple that the patches need, and cropped
    /// @returns  the result of each network of the stack, [B,out,H,W]; around [0,1], not held there
    std::vector<torch::Tensor> forward(const torch::Tensor& x);
    /// What the sides of a picture are filled up to.
    int64_t multiple() const { return levels_ > 3 ? 16 : 8; }

private:
    struct Stage {
        std::vector<DmphnEncoder> encoders;  ///< of level 1, 2, ...
        std::vector<DmphnDecoder> decoders;
    };
    int levels_ = 0;
    std::vector<Stage> stages_;
};
TORCH_MODULE(Dmphn);

/// Weights normal with the deviation sqrt(0.5 / (k k Cout)), biases 0.
void init_dmphn(torch::nn::Module& module);

/// L_recover = 1/2 sum over the stack of mean (S_i - G)^2 over the pixels that count.
/// @param stages  [B,C,H,W] each
/// @param counts  [B,1,H,W], 1 where the truth is known, else 0
torch::Tensor recover_loss(const std::vector<torch::Tensor>& stages, const torch::Tensor& truth,
                           const torch::Tensor& counts);

}  // namespace radforge::models
