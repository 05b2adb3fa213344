// SPDX-License-Identifier: Apache-2.0
#include "synth/enhance/degrade.h"

#include "synth/base/error.h"
#include "synth/base/parallel.h"
#include "synth/enhance/remap.h"
#include "synth/enhance/smooth.h"

#include <algorithm>
#include <atomic>
#include <cmath>

namespace radforge::enhance {
namespace {

constexpr int kVeilCells = 48;  // across the picture: eight to a deviation of the field
constexpr double kVeilShare = 1.0 / 6;
constexpr double kDarkest = 0.05;

/// A smooth random field, stretched to [0,1].
Image veil_field(int height_px, int width_px, const SampleKey& key) {
    const int columns = std::max(1, int(std::lround(double(kVeilCells) * width_px / height_px)));
    Image cells(kVeilCells, columns, 1, PixelType::F32, ColorSpace::Data);
    Rng rng(key, Stream::Light);
    for (float& v : cells.values<float>()) v = float(rng.normal());
    cells = smooth_gaussian(cells, kVeilCells * kVeilShare);
    const Span<float> values = cells.values<float>();
    const auto [lo, hi] = std::minmax_element(values.begin(), values.end());
    const float least = *lo, span = *hi - *lo;
    for (float& v : values) v = span > 0 ? (v - least) / span : 0.0f;
    return enlarge_cubic(cells, height_px, width_px);
}

/// Four independent normal numbers of one counter block (Box-Muller).
void normals(const SampleKey& key, uint32_t block, double* to) {
    const auto bits = philox(
        key.root.value, {block, uint32_t(Stream::Noise), uint32_t(key.index), uint32_t(key.index >> 32)});
    for (size_t i = 0; i < 4; i += 2) {
        const double radius = std::sqrt(-2 * std::log((bits[i] + 0.5) * 0x1p-32));
        const double angle = 2 * 3.141592653589793 * (bits[i + 1] + 0.5) * 0x1p-32;
        to[i] = radius * std::cos(angle), to[i + 1] = radius * std::sin(angle);
    }
}

Image noise_free(const Image& ideal, const Degradation& d, const SampleKey& key) {
    const int h = ideal.height_px, w = ideal.width_px;
    const Image veil = veil_field(h, w, key);
    Image out(h, w, 1, PixelType::F32, ColorSpace::Data);
    const auto in = ideal.view<float>(), fog = veil.view<float>();
    const auto to = out.view<float>();
    const double dx = std::cos(d.heel_heading_rad), dy = std::sin(d.heel_heading_rad);
    const double reach = std::abs(dx) * w + std::abs(dy) * h;  // of the ramp, from corner to corner
    parallel_for(h, 16, [&](int64_t begin, int64_t end) {
        for (int r = int(begin); r < int(end); ++r)
            for (int c = 0; c < w; ++c) {
                const double ramp = 0.5 + ((c + 0.5 - 0.5 * w) * dx + (r + 0.5 - 0.5 * h) * dy) / reach;
                to(r, c) = float(d.offset + d.gain * std::pow(double(in(r, c)), d.gamma) +
                                 d.veil * double(fog(r, c)) + d.heel * ramp);
            }
    });
    return smooth_gaussian(out, d.blur_px);
}

}  // namespace

double tone_slope(const Degradation& d, double ideal) {
    return d.gain * d.gamma * std::pow(std::max(ideal, kDarkest), d.gamma - 1);
}

OpenField open_field(const Degradation& d, int height_px, int width_px) {
    if (!d.collimated) return {0, height_px, 0, width_px};
    return {int(std::lround(d.top * height_px)), height_px - int(std::lround(d.bottom * height_px)),
            int(std::lround(d.left * width_px)), width_px - int(std::lround(d.right * width_px))};
}

RawRadiograph degrade(const Image& ideal, const Degradation& d, const SampleKey& key) {
    if (ideal.type != PixelType::F32 || ideal.channels != 1)
        throw Error(ErrorKind::BadData, "degrade").expected("an f32 [H,W,1] radiograph");
    const int h = ideal.height_px, w = ideal.width_px;
    const OpenField field = open_field(d, h, w);
    const Image signal = noise_free(ideal, d, key);
    RawRadiograph raw{Image(h, w, 1, PixelType::U16, ColorSpace::Data), 0};
    const auto in = signal.view<float>();
    const auto to = raw.image.view<uint16_t>();
    const uint32_t blocks_per_row = uint32_t(w + 3) / 4;
    const uint16_t border = stored(d.border);
    std::atomic<int64_t> clipped{0};
    parallel_for(h, 16, [&](int64_t begin, int64_t end) {
        int64_t count = 0;
        double noise[4];
        for (int r = int(begin); r < int(end); ++r)
            for (int c = 0; c < w; ++c) {
                if (c % 4 == 0) normals(key, uint32_t(r) * blocks_per_row + uint32_t(c / 4), noise);
                const double s = double(in(r, c));
                const double x = s + d.noise * std::sqrt(0.1 + std::max(0.0, s)) * noise[c % 4];
                const bool open = field.holds(r, c);
                count += open && (x < 0 || x > 1);
                to(r, c) = open ? stored(x) : border;
            }
        clipped += count;
    });
    raw.clipped_px = clipped;
    return raw;
}

}  // namespace radforge::enhance
