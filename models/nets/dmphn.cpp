// SPDX-License-Identifier: Apache-2.0
#include "models/nets/dmphn.h"

#include "synth/base/error.h"

#include <cmath>
#include <cstdlib>

namespace radforge::models {
namespace {

torch::nn::Conv2d convolution(int64_t in, int64_t out, int64_t stride = 1) {
    return torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, 3).stride(stride).padding(1));
}

/// x + conv(ReLU(conv(x))).
class ResidualPairImpl final : public torch::nn::Module {
public:
    explicit ResidualPairImpl(int64_t channels)
        : first_(register_module("first", convolution(channels, channels))),
          second_(register_module("second", convolution(channels, channels))) {}
    torch::Tensor forward(const torch::Tensor& x) { return x + second_(torch::relu(first_(x))); }

private:
    torch::nn::Conv2d first_, second_;
};
TORCH_MODULE(ResidualPair);

void add_pairs(torch::nn::Sequential& layers, int64_t channels) {
    for (int i = 0; i < 2; ++i) layers->push_back(ResidualPair(channels));
}

/// Level 2 halves the height of the picture, level 3 the width of those, level 4 the height again.
int64_t halved_side(int level) { return level % 2 == 0 ? 2 : 3; }

/// Halves side by side -> halves below each other in the batch, and back.
torch::Tensor fold(const torch::Tensor& x, int64_t side) { return torch::cat(x.chunk(2, side), 0); }
torch::Tensor unfold(const torch::Tensor& x, int64_t side) { return torch::cat(x.chunk(2, 0), side); }

/// Continues a side to `size` by mirroring it about its last and first values, as often as it takes.
torch::Tensor reflect_to(const torch::Tensor& x, int64_t side, int64_t size) {
    const int64_t n = x.size(side);
    if (n == size) return x;
    std::vector<int64_t> from;
    for (int64_t i = 0; i < size; ++i) {
        const int64_t period = std::max<int64_t>(1, 2 * (n - 1)), at = i % period;
        from.push_back(at < n ? at : period - at);
    }
    return x.index_select(side, torch::tensor(from, torch::kInt64).to(x.device()));
}

}  // namespace

DmphnEncoderImpl::DmphnEncoderImpl(int64_t in, int64_t width) {
    layers_->push_back(convolution(in, width));
    add_pairs(layers_, width);
    for (int64_t c : {width, 2 * width}) {
        layers_->push_back(convolution(c, 2 * c, 2));
        add_pairs(layers_, 2 * c);
    }
    register_module("layers", layers_);
}

DmphnDecoderImpl::DmphnDecoderImpl(int64_t out, int64_t width) {
    for (int64_t c : {4 * width, 2 * width}) {
        add_pairs(layers_, c);
        layers_->push_back(UpConv(c, c / 2, 4, 2, 1));
    }
    add_pairs(layers_, width);
    layers_->push_back(convolution(width, out));
    register_module("layers", layers_);
}

DmphnImpl::DmphnImpl(const DmphnConfig& config, int64_t out) : levels_(config.patches == "1-2-4-8" ? 4 : 3) {
    for (int s = 1; s <= config.stacks; ++s) {
        Stage stage;
        for (int level = 1; level <= levels_; ++level) {
            const std::string name = "stage" + std::to_string(s) + "_level" + std::to_string(level);
            stage.encoders.push_back(register_module(name + "_encoder", DmphnEncoder(3, config.width)));
            stage.decoders.push_back(
                register_module(name + "_decoder", DmphnDecoder(level == 1 ? out : 3, config.width)));
        }
        stages_.push_back(std::move(stage));
    }
    init_dmphn(*this);
}

std::vector<torch::Tensor> DmphnImpl::forward(const torch::Tensor& x) {
    const int64_t height = x.size(2), width = x.size(3), m = multiple();
    torch::Tensor picture =
        reflect_to(reflect_to(x - 0.5, 2, (height + m - 1) / m * m), 3, (width + m - 1) / m * m);
    std::vector<torch::Tensor> before(size_t(levels_) + 1);  // features of the last network, by level
    std::vector<torch::Tensor> results;
    torch::Tensor first;
    for (Stage& stage : stages_) {
        std::vector<torch::Tensor> pieces = {picture};
        for (int level = 2; level <= levels_; ++level)
            pieces.push_back(fold(pieces.back(), halved_side(level)));
        torch::Tensor finer, residual;
        for (int level = levels_; level >= 1; --level) {
            const size_t l = size_t(level) - 1;
            torch::Tensor f = stage.encoders[l](residual.defined() ? pieces[l] + residual : pieces[l]);
            if (finer.defined()) f = f + finer;
            if (before[l].defined()) f = f + before[l];
            before[l] = f;
            if (level == 1) {
                residual = stage.decoders[l](f);
                break;
            }
            finer = unfold(f, halved_side(level));
            residual = stage.decoders[l](finer);
            if (level == 2 && first.defined()) residual = residual + first;
        }
        if (!first.defined()) first = residual;
        picture = residual.expand({-1, 3, -1, -1});
        results.push_back(residual.slice(2, 0, height).slice(3, 0, width) + 0.5);
    }
    return results;
}

void init_dmphn(torch::nn::Module& module) {
    const torch::NoGradGuard no_grad;
    const auto fill = [](torch::Tensor weight, int64_t out, torch::Tensor bias) {
        torch::nn::init::normal_(weight, 0, std::sqrt(0.5 / double(weight.size(2) * weight.size(3) * out)));
        bias.zero_();
    };
    for (const auto& item : module.modules(false)) {
        if (auto* const layer = item->as<torch::nn::Conv2dImpl>()) {
            fill(layer->weight, layer->weight.size(0), layer->bias);
        } else if (auto* const up = item->as<UpConvImpl>()) {
            auto parameters = up->named_parameters(false);
            fill(parameters["weight"], parameters["weight"].size(1), parameters["bias"]);
        }
    }
}

torch::Tensor recover_loss(const std::vector<torch::Tensor>& stages, const torch::Tensor& truth,
                           const torch::Tensor& counts) {
    RADFORGE_ASSERT(!stages.empty());
    const torch::Tensor n = (counts.sum() * truth.size(1)).clamp_min(1);
    torch::Tensor sum;
    for (const torch::Tensor& stage : stages) {
        const torch::Tensor part = ((stage.to(torch::kFloat32) - truth).pow(2) * counts).sum() / n;
        sum = sum.defined() ? sum + part : part;
    }
    return sum / 2;
}

}  // namespace radforge::models
