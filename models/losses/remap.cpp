// SPDX-License-Identifier: Apache-2.0
#include "models/losses/remap.h"

#include "synth/base/error.h"

#include <string>
#include <utility>
#include <vector>

namespace radforge::models {
namespace {

constexpr double kLeak = 0.01;
constexpr std::pair<double, double> kRanges[4] = {{0.25, 4}, {-4, 4}, {-0.25, 1.25}, {0.05, 2}};

void check(const torch::Tensor& tensor, int64_t channels, const char* name) {
    if (tensor.dim() != 4 || tensor.size(1) != channels)
        throw Error(ErrorKind::BadData, name)
            .expected("a tensor of four dimensions, the second of size " + std::to_string(channels));
}

torch::Tensor regional(const torch::Tensor& z) {
    return torch::where(z < 0, kLeak * z, torch::where(z > 1, 1 + kLeak * (z - 1), z));
}

/// With p = 2 / ww, (g(y) - g(0)) / (g(1) - g(0)) = sinh(p y) cosh(p (1 - wc)) / (sinh(p) cosh(p (y - wc))):
/// unlike differences of g, these quotients keep their digits in float32 where g is flat.
torch::Tensor window(const torch::Tensor& y, const torch::Tensor& wc, const torch::Tensor& ww) {
    const torch::Tensor p = 2 / ww;
    return (torch::sinh(p * y) / torch::sinh(p)) * (torch::cosh(p * (1 - wc)) / torch::cosh(p * (y - wc)));
}

}  // namespace

torch::Tensor full_maps(const torch::Tensor& maps, int64_t height_px, int64_t width_px) {
    namespace F = torch::nn::functional;
    check(maps, 4, "correction maps");
    const torch::Tensor precise = maps.scalar_type() == torch::kFloat64 ? maps : maps.to(torch::kFloat32);
    const torch::Tensor full = F::interpolate(precise, F::InterpolateFuncOptions()
                                                           .size(std::vector<int64_t>{height_px, width_px})
                                                           .mode(torch::kBilinear)
                                                           .align_corners(false));
    std::vector<torch::Tensor> channels = full.split(1, 1);
    for (size_t k = 0; k < 4; ++k) channels[k] = channels[k].clamp(kRanges[k].first, kRanges[k].second);
    return torch::cat(channels, 1);
}

torch::Tensor remap(const torch::Tensor& raw, const torch::Tensor& maps) {
    check(raw, 1, "remap");
    const std::vector<torch::Tensor> m = full_maps(maps, raw.size(2), raw.size(3)).split(1, 1);
    if (raw.size(0) != maps.size(0))
        throw Error(ErrorKind::BadData, "remap").expected("as many radiographs as maps");
    return window(regional(m[0] * raw.to(m[0].scalar_type()) + m[1]), m[2], m[3]);
}

}  // namespace radforge::models
