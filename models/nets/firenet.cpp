// SPDX-License-Identifier: Apache-2.0
#include "models/nets/firenet.h"

#include "synth/base/error.h"

namespace radforge::models {
namespace {

constexpr int kScales = 5;

}  // namespace

UNetEncoderImpl::UNetEncoderImpl(int64_t in, int64_t width) {
    for (int i = 0; i < kScales; ++i)
        scales_.push_back(register_module("scale" + std::to_string(i),
                                          DoubleConv(i == 0 ? in : width << (i - 1), width << i)));
}

std::vector<torch::Tensor> UNetEncoderImpl::forward(const torch::Tensor& x) {
    const int64_t multiple = 1 << (kScales - 1);
    if (x.size(2) % multiple != 0 || x.size(3) % multiple != 0)
        throw Error(ErrorKind::Usage, "picture whose sides a U-Net cannot halve four times")
            .got(std::to_string(x.size(2)) + " x " + std::to_string(x.size(3)))
            .expected("multiples of " + std::to_string(multiple));
    // One value a channel has no variance: batch normalisation would return its shift alone.
    if (is_training() && x.size(0) * (x.size(2) / multiple) * (x.size(3) / multiple) < 2)
        throw Error(ErrorKind::Usage, "batch normalisation needs more than one value a channel")
            .hint("take a larger batch or larger pictures");
    std::vector<torch::Tensor> features;
    torch::Tensor y = x;
    for (size_t i = 0; i < scales_.size(); ++i) {
        if (i > 0) y = torch::max_pool2d(y, 2);
        y = scales_[i](y);
        features.push_back(y);
    }
    return features;
}

UNetDecoderImpl::UNetDecoderImpl(int64_t out, int64_t width) {
    for (int i = kScales - 1; i > 0; --i) {
        ups_.push_back(register_module("up" + std::to_string(i), UpConv(width << i, width << (i - 1), 2, 2)));
        joins_.push_back(
            register_module("join" + std::to_string(i), DoubleConv(width << i, width << (i - 1))));
    }
    last_ = register_module("last", torch::nn::Conv2d(torch::nn::Conv2dOptions(width, out, 1)));
}

torch::Tensor UNetDecoderImpl::forward(const std::vector<torch::Tensor>& features) {
    torch::Tensor y = features.back();
    for (size_t i = 0; i < ups_.size(); ++i) {
        const torch::Tensor& skip = features[features.size() - 2 - i];
        y = joins_[i](torch::cat({skip, ups_[i](y).to(skip.scalar_type())}, 1));
    }
    return torch::tanh(last_(y).to(torch::kFloat32));
}

FireNetImpl::FireNetImpl(const FireNetConfig& config) : config_(config) {
    const int64_t w = config.width;
    if (config.deform && !config.uv)
        throw Error(ErrorKind::Usage, "net.deform corrects texture coordinates: it needs net.uv");
    shape_encoder_ = register_module("shape_encoder", UNetEncoder(3, w));
    wc_ = register_module("wc", UNetDecoder(3, w));
    if (config.many_maps) {
        normal_ = register_module("normal", UNetDecoder(3, w));
        depth_ = register_module("depth", UNetDecoder(1, w));
    }
    bg_ = register_module("bg", UNetDecoder(1, w));
    const int64_t maps = (config.many_maps ? 7 : 3) + 1 + (config.photo_in_transform ? 3 : 0);
    transform_encoder_ = register_module("transform_encoder", UNetEncoder(maps, w));
    if (config.uv) uv_ = register_module("uv", UNetDecoder(2, w));
    if (config.deform) df_ = register_module("df", UNetDecoder(2, w));
    if (!config.uv) bm_ = register_module("bm", UNetDecoder(2, w));
    init_kaiming(*this);
}

FilmMaps FireNetImpl::forward(const torch::Tensor& photo) {
    FilmMaps maps;
    const std::vector<torch::Tensor> shape = shape_encoder_(photo);
    maps.wc = wc_(shape);
    maps.bg = bg_(shape);
    std::vector<torch::Tensor> parts = {maps.wc};
    if (config_.many_maps) {
        maps.normal = normal_(shape);
        maps.depth = depth_(shape);
        parts.push_back(maps.normal);
        parts.push_back(maps.depth);
    }
    const torch::Tensor film = is_training() ? (maps.bg + 1) / 2 : (maps.bg > 0).to(torch::kFloat32);
    parts = {torch::cat(parts, 1) * film, film};
    if (config_.photo_in_transform) parts.push_back(photo);
    const std::vector<torch::Tensor> features = transform_encoder_(torch::cat(parts, 1));
    if (config_.uv) maps.uv = uv_(features);
    if (config_.deform) maps.df = df_(features);
    if (!config_.uv) maps.bm = bm_(features);
    return maps;
}

}  // namespace radforge::models
