// SPDX-License-Identifier: Apache-2.0
#include "synth/film/film_grain.h"

#include "synth/base/error.h"
#include "synth/base/rng.h"
#include "synth/film/canvas.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace radforge::film {
namespace {

constexpr double kReferenceUm = 84, kTwoPi = 6.283185307179586477;
constexpr float kLargestDensity = 5.9f;  // what the transmittance table holds

/// A hash of the texel: the finaliser of MurmurHash3 (public domain), strong enough for grain.
uint64_t scramble(uint64_t x) {
    x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdULL;
    x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53ULL;
    return x ^ (x >> 33);
}

/// Mean 0, deviation 1: four 16-bit uniforms, whose sum has variance (2^32 - 1) / 3.
float grain_deviate(uint64_t hash) {
    const auto part = [&](int i) { return int(hash >> (16 * i) & 0xffff); };
    const int sum = part(0) + part(1) + part(2) + part(3) - 2 * 0xffff;
    return float(sum) * (1.0f / 37837.22f);
}

std::vector<float> gaussian_taps(double sigma_px) {
    const int reach = int(std::ceil(4 * sigma_px));
    std::vector<float> taps;
    const auto cumulative = [&](double x) { return 0.5 * std::erfc(-x / (sigma_px * std::sqrt(2.0))); };
    const double whole = cumulative(reach + 0.5) - cumulative(-reach - 0.5);
    for (int i = -reach; i <= reach; ++i)
        taps.push_back(float((cumulative(i + 0.5) - cumulative(i - 0.5)) / whole));
    return taps;
}

/// Grains of dust are round and dark; scratches are thin and clear where they tear the layer, else dark.
void add_marks(Image& density, const Grain& grain, uint64_t key) {
    if (grain.dust == 0 && grain.scratches == 0) return;
    Rng rng({Seed{key >> 1}, 0}, Stream::Film);
    const double w = density.width_px, h = density.height_px, px_per_mm = 1000 / grain.texel_um;
    const auto mark = [&](double x0, double y0, double x1, double y1, double width_mm, bool clear) {
        const double width_px = width_mm * px_per_mm, reach = 0.5 * width_px + 2;
        const int left = std::max(0, int(std::min(x0, x1) - reach)),
                  top = std::max(0, int(std::min(y0, y1) - reach));
        const int right = std::min(density.width_px, int(std::max(x0, x1) + reach) + 1);
        const int bottom = std::min(density.height_px, int(std::max(y0, y1) + reach) + 1);
        Image cover(bottom - top, right - left, 1, PixelType::F32, ColorSpace::Data);
        line(cover, x0 - left, y0 - top, x1 - left, y1 - top, width_px,
             {0, 0, double(right - left), double(bottom - top)});
        const double mark_light = std::pow(10.0, -(clear ? grain.density_min : grain.density_max));
        for (int r = top; r < bottom; ++r)
            for (int c = left; c < right; ++c) {
                const float share = cover.view<float>()(r - top, c - left);
                if (share == 0) continue;
                float& value = density.view<float>()(r, c);
                const double under = std::pow(10.0, -double(value));
                const double over = clear ? std::max(under, mark_light) : std::min(under, mark_light);
                value = float(-std::log10(under + double(share) * (over - under)));
            }
    };
    for (int i = 0; i < grain.dust; ++i) {
        const double x = rng.uniform(0, w), y = rng.uniform(0, h),
                     size_mm = 0.05 * std::pow(10.0, rng.uniform());
        mark(x, y, x, y, size_mm, false);
    }
    for (int i = 0; i < grain.scratches; ++i) {
        const double x = rng.uniform(0, w), y = rng.uniform(0, h), angle = rng.uniform(0, kTwoPi);
        const double length_px = rng.uniform(5, 60) * px_per_mm, width_mm = rng.uniform(0.02, 0.1);
        mark(x, y, x + length_px * std::cos(angle), y + length_px * std::sin(angle), width_mm,
             rng.uniform() < 0.7);
    }
}

}  // namespace

void blur_spot(Image& density, double sigma_px) {
    if (!(sigma_px >= 0 && sigma_px <= kMostSpot_px))
        throw Error(ErrorKind::BadData, "impossible spot blur")
            .got(std::to_string(sigma_px) + " texels")
            .expected("0.." + std::to_string(kMostSpot_px));
    if (sigma_px == 0) return;
    const std::vector<float> taps = gaussian_taps(sigma_px);
    const int reach = int(taps.size() / 2), h = density.height_px, w = density.width_px;
    const auto image = density.view<float>();
    std::vector<float> padded(size_t(w + 2 * reach));
    for (int r = 0; r < h; ++r) {
        float* row = image.pixel(r, 0);
        for (int c = 0; c < w + 2 * reach; ++c) padded[size_t(c)] = row[std::clamp(c - reach, 0, w - 1)];
        std::fill(row, row + w, 0.0f);
        for (size_t k = 0; k < taps.size(); ++k)
            for (int c = 0; c < w; ++c) row[c] += taps[k] * padded[size_t(c) + k];
    }
    const std::vector<float> rows(density.values<float>().begin(), density.values<float>().end());
    for (int r = 0; r < h; ++r) {
        float* row = image.pixel(r, 0);
        std::fill(row, row + w, 0.0f);
        for (size_t k = 0; k < taps.size(); ++k) {
            const float* from = rows.data() + size_t(std::clamp(r + int(k) - reach, 0, h - 1)) * size_t(w);
            for (int c = 0; c < w; ++c) row[c] += taps[k] * from[c];
        }
    }
}

void add_grain(Image& density, const Grain& grain, uint64_t key) {
    const float sigma = float(grain.sigma_density * kReferenceUm / grain.texel_um);
    const uint64_t start = scramble(key);
    const double phase = kTwoPi * double(start >> 11) * 0x1p-53;
    const auto image = density.view<float>();
    for (int r = 0; r < density.height_px; ++r) {
        const float band =
            float(grain.banding_density * std::sin(kTwoPi * r / grain.banding_period_px + phase));
        float* row = image.pixel(r, 0);
        for (int c = 0; c < density.width_px; ++c) {
            const float root = std::sqrt(row[c]);
            const float noise =
                sigma * grain_deviate(scramble(start + (uint64_t(uint32_t(r)) << 32 | uint32_t(c))));
            // Both fade with the density, so a clear film stays clear; fine texels have noise beyond that.
            row[c] = std::clamp(row[c] + root * noise + std::min(1.0f, row[c]) * band, 0.0f, kLargestDensity);
        }
    }
    add_marks(density, grain, key);
}

}  // namespace radforge::film
