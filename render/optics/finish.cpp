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
    // Tap by tap over a whole line, so that neighbours are added side by side; each sum runs in the order of
    // the taps.
    const int h = image.height_px, length = n * image.width_px;
    const auto add_taps = [&](float* __restrict sum, const auto& line) {
        std::fill_n(sum, length, 0.0f);
        for (int k = 0; k <= 2 * reach; ++k) {
            const float w = weight[size_t(k)];
            const float* __restrict from = line(k);
            for (int c = 0; c < length; ++c) sum[c] += w * from[c];
        }
    };
    Image half(h, image.width_px, n, PixelType::F32, image.space), out = half;
    const auto in = image.view<float>();
    const auto across = half.view<float>(), both = out.view<float>();
    parallel_for(h, 16, [&](int64_t begin, int64_t end) {
        std::vector<float> padded(size_t(length) + size_t(2 * reach * n));
        for (int r = int(begin); r < int(end); ++r) {
            const float *row = in.pixel(r, 0), *last = row + length - n;
            for (int k = 0; k < reach; ++k) {
                std::copy_n(row, n, &padded[size_t(k * n)]);
                std::copy_n(last, n, &padded[size_t((reach + image.width_px + k) * n)]);
            }
            std::copy_n(row, length, &padded[size_t(reach * n)]);
            add_taps(across.pixel(r, 0), [&](int k) { return padded.data() + k * n; });
        }
    });
    each_row(image, [&](int r) {
        add_taps(both.pixel(r, 0),
                 [&](int k) { return across.pixel(std::clamp(r + k - reach, 0, h - 1), 0); });
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
