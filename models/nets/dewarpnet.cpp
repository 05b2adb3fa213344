// SPDX-License-Identifier: Apache-2.0
#include "models/nets/dewarpnet.h"

#include "synth/base/error.h"

#include <algorithm>

namespace radforge::models {
namespace {

torch::nn::Conv2d convolution(int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t padding,
                              bool bias) {
    return torch::nn::Conv2d(
        torch::nn::Conv2dOptions(in, out, kernel).stride(stride).padding(padding).bias(bias));
}

/// pix2pix: convolutions N(0, 0.02), scales of normalisations N(1, 0.02), biases 0.
void init_pix2pix(torch::nn::Module& module) {
    const torch::NoGradGuard no_grad;
    for (auto& item : module.named_parameters()) {
        torch::Tensor& p = item.value();
        if (p.dim() == 4)
            torch::nn::init::normal_(p, 0, 0.02);
        else
            p.zero_();
    }
    for (const auto& item : module.modules(false))
        if (auto* const norm = item->as<BatchNormImpl>()) torch::nn::init::normal_(norm->weight(), 1, 0.02);
}

/// Layers in a row; LibTorch cannot nest its Sequential.
class Row {
public:
    template <class M>
    Row& add(M layer) {
        layers_->push_back(std::move(layer));
        return *this;
    }
    Row& normalised(int64_t channels) { return add(BatchNorm(channels)).add(torch::nn::ReLU()); }
    Row& shrink(int64_t in, int64_t out, int64_t factor) {
        return add(BatchNorm(in))
            .add(torch::nn::LeakyReLU(torch::nn::LeakyReLUOptions().negative_slope(0.2)))
            .add(convolution(in, out, 1, 1, 0, false))
            .add(torch::nn::MaxPool2d(torch::nn::MaxPool2dOptions(factor)));
    }
    Row& grow(int64_t in, int64_t out) { return normalised(in).add(UpConv(in, out, 4, 2, 1, false)); }
    torch::nn::Sequential take() { return layers_; }

private:
    torch::nn::Sequential layers_;
};

/// Two more channels with each pixel's own place (Liu et al. 2018, CoordConv).
torch::Tensor with_places(const torch::Tensor& x) {
    const auto line = [&](int64_t n) { return torch::linspace(-1, 1, n, x.options()); };
    const torch::Tensor down = line(x.size(2)).view({1, 1, -1, 1}).expand({x.size(0), 1, -1, x.size(3)}),
                        right = line(x.size(3)).view({1, 1, 1, -1}).expand({x.size(0), 1, x.size(2), -1});
    return torch::cat({x, right, down}, 1);
}

}  // namespace

Pix2PixUNetImpl::Pix2PixUNetImpl(int64_t in, int64_t out, int64_t width, int downs) {
    const auto channels = [&](int i) { return width * (int64_t(1) << std::min(i, 3)); };
    for (int i = 0; i < downs; ++i) {
        const std::string name = std::to_string(i);
        downs_.push_back(register_module(
            "down" + name, convolution(i == 0 ? in : channels(i - 1), channels(i), 4, 2, 1, false)));
        // Neither the first scale nor the last, which may be one pixel, is normalised on the way down.
        down_norms_.push_back(nullptr);
        if (i > 0 && i + 1 < downs)
            down_norms_.back() = register_module("down_norm" + name, BatchNorm(channels(i)));
        const int64_t from = channels(i) * (i + 1 < downs ? 2 : 1), to = i == 0 ? out : channels(i - 1);
        ups_.push_back(register_module("up" + name, UpConv(from, to, 4, 2, 1, i == 0)));
        up_norms_.push_back(nullptr);
        if (i > 0) up_norms_.back() = register_module("up_norm" + name, BatchNorm(to));
    }
    init_pix2pix(*this);
}

torch::Tensor Pix2PixUNetImpl::forward(const torch::Tensor& x) {
    const int64_t multiple = int64_t(1) << downs_.size();
    if (x.size(2) % multiple != 0 || x.size(3) % multiple != 0)
        throw Error(ErrorKind::Usage, "picture whose sides this U-Net cannot halve that often")
            .got(std::to_string(x.size(2)) + " x " + std::to_string(x.size(3)))
            .expected("multiples of " + std::to_string(multiple));
    std::vector<torch::Tensor> features;
    torch::Tensor y = x;
    for (size_t i = 0; i < downs_.size(); ++i) {
        y = downs_[i](i == 0 ? y : torch::leaky_relu(y, 0.2));
        if (!down_norms_[i].is_empty()) y = down_norms_[i](y);
        features.push_back(y);
    }
    for (size_t i = downs_.size(); i-- > 0;) {
        y = ups_[i](torch::relu(y));
        if (!up_norms_[i].is_empty()) y = up_norms_[i](y);
        if (i > 0) y = torch::cat({features[i - 1], y.to(features[i - 1].scalar_type())}, 1);
    }
    return torch::tanh(y.to(torch::kFloat32));
}

ShapeNetImpl::ShapeNetImpl(const DewarpNetConfig& config) {
    net_ = register_module("net", Pix2PixUNet(3, 3, config.shape_width, config.downs));
}

torch::Tensor ShapeNetImpl::forward(const torch::Tensor& photo) { return torch::clamp(net_(photo), 0, 1); }

DenseBlockImpl::DenseBlockImpl(int64_t width, int layers, bool released) {
    for (int i = 0; i < (released ? 1 : layers); ++i)
        layers_.push_back(register_module("layer" + std::to_string(i),
                                          torch::nn::Sequential(BatchNorm(width), torch::nn::ReLU(),
                                                                convolution(width, width, 3, 1, 1, false))));
}

torch::Tensor DenseBlockImpl::forward(const torch::Tensor& x) {
    torch::Tensor y = layers_[0]->forward(x), sum = y;
    for (size_t i = 1; i < layers_.size(); ++i) {
        y = layers_[i]->forward(sum);
        sum = sum + y;
    }
    return y;
}

MappingNetImpl::MappingNetImpl(const DewarpNetConfig& config) {
    const int64_t w = config.mapping_width;
    const bool released = config.dense == "released";
    const auto dense = [&](int64_t width, int layers) { return DenseBlock(width, layers, released); };
    constexpr int64_t kIn = 3 + 2;
    const int64_t code = 4 * w;
    encoder_ = register_module("encoder", Row()
                                              .normalised(kIn)
                                              .add(convolution(kIn, w, 4, 2, 1, true))
                                              .add(dense(w, 6))
                                              .shrink(w, 2 * w, 2)
                                              .add(dense(2 * w, 12))
                                              .shrink(2 * w, 4 * w, 2)
                                              .add(dense(4 * w, 16))
                                              .shrink(4 * w, 8 * w, 2)
                                              .add(dense(8 * w, 16))
                                              .shrink(8 * w, 8 * w, 2)
                                              .add(dense(8 * w, 16))
                                              .shrink(8 * w, code, 4)
                                              .add(torch::nn::Tanh())
                                              .take());
    // The public code writes 3x3 transposed convolutions of stride 1: convolutions with mirrored kernels.
    const torch::nn::Conv2d last = convolution(w, 2, 3, 1, 1, false);
    decoder_ = register_module("decoder", Row()
                                              .normalised(code)
                                              .add(UpConv(code, 8 * w, 4, 1, 0, false))
                                              .add(dense(8 * w, 16))
                                              .grow(8 * w, 8 * w)
                                              .add(dense(8 * w, 16))
                                              .grow(8 * w, 4 * w)
                                              .add(dense(4 * w, 12))
                                              .grow(4 * w, 2 * w)
                                              .add(dense(2 * w, 6))
                                              .grow(2 * w, w)
                                              .add(dense(w, 6))
                                              .grow(w, w)
                                              .normalised(w)
                                              .add(last)
                                              .take());
    init_kaiming(*this);
    // Beyond -1 and 1 the cut of the output has no gradient: start well inside.
    const torch::NoGradGuard no_grad;
    last->weight.mul_(0.1);
}

torch::Tensor MappingNetImpl::forward(const torch::Tensor& wc) {
    if (wc.size(2) != kSide || wc.size(3) != kSide)
        throw Error(ErrorKind::Usage, "the mapping network has one size")
            .got(std::to_string(wc.size(2)) + " x " + std::to_string(wc.size(3)))
            .expected("128 x 128");
    if (is_training() && wc.size(0) < 2)
        throw Error(ErrorKind::Usage, "batch normalisation needs more than one value a channel")
            .hint("take a larger batch");
    const torch::Tensor code = encoder_->forward(with_places(wc));
    return torch::clamp(decoder_->forward(code).to(torch::kFloat32), -1, 1);
}

torch::Tensor to_mapping_side(const torch::Tensor& map) {
    return at::upsample_nearest2d(map, {MappingNetImpl::kSide, MappingNetImpl::kSide});
}

}  // namespace radforge::models
