// SPDX-License-Identifier: Apache-2.0
#include "render/optics/finish.h"

#include "synth/base/error.h"
#include "synth/base/parallel.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace radforge::optics {
namespace {

float luminance_of(const float* p) { return luminance(p[0], p[1], p[2]); }

template <class Body>
void each_row(const Image& image, const Body& body) {
    parallel_for(image.height_px, 16, [&](int64_t begin, int64_t end) {
        for (int r = int(begin); r < int(end); ++r) body(r);
    });
}

}  // namespace

Image gaussian_blurred(const Image& image, double sigma_px) {
    RADFORGE_ASSERT(image.type == PixelType::F32 && sigma_px > 0);
    const int reach = std::max(1, int(std::ceil(3 * sigma_px))), n = image.channels;
    std::vector<float> weight;
    double total = 0;
    for (int k = -reach; k <= reach; ++k) total += std::exp(-0.5 * k * k / (sigma_px * sigma_px));
    for (int k = -reach; k <= reach; ++k)
        weight.push_back(float(std::exp(-0.5 * k * k / (sigma_px * sigma_px)) / total));
    Image half = image, out = image;
    const auto in = image.view<float>();
    each_row(image, [&](int r) {
        for (int c = 0; c < image.width_px; ++c)
            for (int j = 0; j < n; ++j) {
                float sum = 0;
                for (int k = -reach; k <= reach; ++k)
                    sum += weight[size_t(k + reach)] * in(r, std::clamp(c + k, 0, image.width_px - 1), j);
                half.view<float>()(r, c, j) = sum;
            }
    });
    each_row(image, [&](int r) {
        for (int c = 0; c < image.width_px; ++c)
            for (int j = 0; j < n; ++j) {
                float sum = 0;
                for (int k = -reach; k <= reach; ++k)
                    sum += weight[size_t(k + reach)] *
                           half.view<float>()(std::clamp(r + k, 0, image.height_px - 1), c, j);
                out.view<float>()(r, c, j) = sum;
            }
    });
    return out;
}

void denoise(Image& image, double sigma_px, double noise_slope, double noise_floor) {
    if (sigma_px == 0) return;
    const int reach = std::max(1, int(std::ceil(2 * sigma_px)));
    std::vector<float> spatial;
    for (int i = -reach; i <= reach; ++i)
        for (int j = -reach; j <= reach; ++j)
            spatial.push_back(float(std::exp(-0.5 * (i * i + j * j) / (sigma_px * sigma_px))));
    const Image from = image;
    const auto in = from.view<float>();
    each_row(image, [&](int r) {
        for (int c = 0; c < image.width_px; ++c) {
            const float own = luminance_of(in.pixel(r, c));
            const double variance = noise_slope * double(std::max(0.0f, own)) + noise_floor;
            const float inverse = float(1 / std::max(1e-12, 9 * variance));
            float sum[3] = {}, total = 0;
            size_t k = 0;
            for (int i = -reach; i <= reach; ++i)
                for (int j = -reach; j <= reach; ++j, ++k) {
                    const float* p = in.pixel(std::clamp(r + i, 0, image.height_px - 1),
                                              std::clamp(c + j, 0, image.width_px - 1));
                    const float d = luminance_of(p) - own, far = d * d * inverse;
                    if (far >= 1) continue;
                    const float w = spatial[k] * (1 - far) * (1 - far);
                    for (int channel = 0; channel < 3; ++channel) sum[channel] += w * p[channel];
                    total += w;
                }
            for (int channel = 0; channel < 3; ++channel)
                image.view<float>()(r, c, channel) = sum[channel] / total;
        }
    });
}

void local_tone(Image& image, double strength, double radius_px) {
    if (strength == 0) return;
    constexpr float kFloor = 1e-3f;
    Image logs(image.height_px, image.width_px, 1, PixelType::F32, ColorSpace::Data);
    double sum = 0;
    for (int r = 0; r < image.height_px; ++r)
        for (int c = 0; c < image.width_px; ++c) {
            const float y = std::log(std::max(kFloor, luminance_of(image.view<float>().pixel(r, c))));
            logs.view<float>()(r, c) = y;
            sum += double(y);
        }
    const double mean = sum / (double(image.height_px) * image.width_px);
    const Image around = gaussian_blurred(logs, radius_px);
    for (int r = 0; r < image.height_px; ++r)
        for (int c = 0; c < image.width_px; ++c) {
            const auto factor = float(std::exp(strength * (mean - double(around.view<float>()(r, c)))));
            for (int k = 0; k < 3; ++k) image.view<float>()(r, c, k) *= factor;
        }
}

void unsharp(Image& image, double amount, double radius_px) {
    if (amount == 0) return;
    const Image soft = gaussian_blurred(image, radius_px);
    const auto strength = float(amount);
    for (size_t k = 0; k < image.value_count(); ++k) {
        float& v = image.values<float>()[k];
        v = std::clamp(v + strength * (v - soft.values<float>()[k]), 0.0f, 1.0f);
    }
}

}  // namespace radforge::optics
