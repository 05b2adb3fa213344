// SPDX-License-Identifier: Apache-2.0
#include "synth/colorize/painter.h"

#include "synth/base/error.h"
#include "synth/base/parallel.h"
#include "synth/colorize/look.h"
#include "synth/volume/phantom_artefact.h"
#include "synth/volume/phantom_shape.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace radforge::colorize {
namespace {

using volume::mix_bits;
using volume::Tissue;
using volume::tissue_facts;

constexpr int kN = kSupersampling;

/// Quadratic B-spline weights of a sub-pixel on the pixels before, at and after its own.
std::array<std::array<float, 3>, kN> spline_weights() {
    std::array<std::array<float, 3>, kN> weights{};
    for (int i = 0; i < kN; ++i) {
        const float x = (float(i) + 0.5f) / kN - 0.5f;
        weights[size_t(i)] = {0.5f * (0.5f - x) * (0.5f - x), 0.75f - x * x, 0.5f * (0.5f + x) * (0.5f + x)};
    }
    return weights;
}

/// The label of one sub-pixel from the 3x3 labels around its pixel.
uint8_t vote(const uint8_t (&around)[9], const std::array<float, 3>& wy, const std::array<float, 3>& wx) {
    uint8_t winner = 0;
    float most = -1;
    for (int a = 0; a < 9; ++a) {
        float sum = 0;
        for (int b = 0; b < 9; ++b)
            if (around[b] == around[a]) sum += wy[size_t(b / 3)] * wx[size_t(b % 3)];
        if (sum > most || (sum == most && around[a] < winner)) most = sum, winner = around[a];
    }
    return winner;
}

/// Places of the sub-pixels.
struct FineGrid {
    Vec3f origin_mm, along_row_mm, along_column_mm;
    explicit FineGrid(const SliceFrame& f)
        : origin_mm(f.origin_mm - (f.along_row_mm + f.along_column_mm) * ((kN - 1) / (2.0f * kN))),
          along_row_mm(f.along_row_mm * (1.0f / kN)),
          along_column_mm(f.along_column_mm * (1.0f / kN)) {}
    Vec3f at(int row, int column) const {
        return origin_mm + along_row_mm * float(column) + along_column_mm * float(row);
    }
};

/// Sum of four 16-bit uniforms: close to normal, unit deviation, bounded at 3.5.
float white_noise(uint32_t seed, uint32_t pixel) {
    const uint32_t a = mix_bits(pixel * 0x9e3779b9u + seed), b = mix_bits(a ^ 0x5bd1e995u);
    const float sum = float(a & 0xffffu) + float(a >> 16) + float(b & 0xffffu) + float(b >> 16);
    return (sum / 65536.0f - 2.0f) * 1.7320508f;
}

/// Adds noise that is correlated over a pixel or so and has exactly this deviation over the slice.
void add_noise(ImageView<float> hu, double deviation, uint32_t seed) {
    constexpr float kGrain_px = 0.8f;
    const size_t count = size_t(hu.height_px) * size_t(hu.width_px);
    std::vector<float> noise(count);
    for (size_t i = 0; i < count; ++i) noise[i] = white_noise(seed, uint32_t(i));
    volume::gaussian_blur({noise.data(), hu.height_px, hu.width_px, 1, hu.width_px}, kGrain_px);
    double sum = 0, squares = 0;
    for (const float v : noise) sum += double(v), squares += double(v) * double(v);
    const double mean = sum / double(count);
    const double scale = deviation / std::sqrt(squares / double(count) - mean * mean);
    for (size_t i = 0; i < count; ++i) hu.data[i] += float((double(noise[i]) - mean) * scale);
}

void add_rings(ImageView<float> hu, const std::vector<Ring>& rings) {
    if (rings.empty()) return;
    const double middle_r = 0.5 * (hu.height_px - 1), middle_c = 0.5 * (hu.width_px - 1);
    for (int r = 0; r < hu.height_px; ++r)
        for (int c = 0; c < hu.width_px; ++c) {
            const double radius =
                std::sqrt((r - middle_r) * (r - middle_r) + (c - middle_c) * (c - middle_c));
            for (const Ring& ring : rings) {
                const double d = (radius - ring.radius_px) / 0.8;
                if (std::abs(d) < 4) hu(r, c) += float(ring.height_hu * std::exp(-0.5 * d * d));
            }
        }
}

void add_streaks(ImageView<float> hu, const std::vector<Streak>& streaks) {
    for (const Streak& s : streaks) {
        const double ux = std::cos(s.heading_rad), uy = std::sin(s.heading_rad);
        const double length = 0.25 * std::max(hu.height_px, hu.width_px);
        for (int r = 0; r < hu.height_px; ++r)
            for (int c = 0; c < hu.width_px; ++c) {
                const double dx = c - s.column_px, dy = r - s.row_px;
                const double across = (dx * uy - dy * ux) / 1.4, along = (dx * ux + dy * uy) / length;
                if (std::abs(across) < 4)
                    hu(r, c) += float(s.height_hu * std::exp(-0.5 * across * across) / (1 + along * along));
            }
    }
}

}  // namespace

Image refine_labels(ImageView<const uint8_t> labels) {
    const int h = labels.height_px, w = labels.width_px;
    RADFORGE_ASSERT(labels.channels == 1);
    Image fine(h * kN, w * kN, 1, PixelType::U8, ColorSpace::Data);
    const ImageView<uint8_t> out = fine.view<uint8_t>();
    const auto weights = spline_weights();
    for (int r = 0; r < h; ++r)
        for (int c = 0; c < w; ++c) {
            uint8_t around[9];
            bool same = true;
            for (int i = 0; i < 9; ++i) {
                around[i] = labels(std::clamp(r + i / 3 - 1, 0, h - 1), std::clamp(c + i % 3 - 1, 0, w - 1));
                same = same && around[i] == around[0];
            }
            for (int y = 0; y < kN; ++y)
                for (int x = 0; x < kN; ++x)
                    out(r * kN + y, c * kN + x) =
                        same ? around[0] : vote(around, weights[size_t(y)], weights[size_t(x)]);
        }
    return fine;
}

Image paint_section(const Image& fine, const SliceFrame& frame, const PhotoRecipe& recipe, uint32_t seed) {
    const ImageView<const uint8_t> labels = fine.view<uint8_t>();
    const int h = labels.height_px / kN, w = labels.width_px / kN;
    RADFORGE_ASSERT(labels.height_px == h * kN && labels.width_px == w * kN);
    const FineGrid grid(frame);
    Image photo(h, w, 3, PixelType::F32, ColorSpace::Srgb);
    const ImageView<float> out = photo.view<float>();
    const float ux = float(std::cos(recipe.ramp_heading_rad)), uy = float(std::sin(recipe.ramp_heading_rad));
    parallel_for(h, 4, [&](int64_t begin, int64_t end) {
        for (int r = int(begin); r < int(end); ++r)
            for (int c = 0; c < w; ++c) {
                Vec3f sum{};
                for (int y = r * kN; y < (r + 1) * kN; ++y)
                    for (int x = c * kN; x < (c + 1) * kN; ++x)
                        sum += section_colour(Tissue(labels(y, x)), grid.at(y, x), seed);
                const float ramp = float(recipe.ramp_counts) *
                                   (ux * (float(c) / float(w) - 0.5f) + uy * (float(r) / float(h) - 0.5f));
                for (int k = 0; k < 3; ++k)
                    out(r, c, k) = sum[k] / (kN * kN) + ramp +
                                   float(recipe.noise_counts) *
                                       white_noise(recipe.noise_seed, uint32_t((r * w + c) * 3 + k));
            }
    });
    return photo;
}

Image scan_section(const Image& fine, const SliceFrame& frame, const ScanRecipe& recipe, uint32_t seed) {
    const ImageView<const uint8_t> labels = fine.view<uint8_t>();
    const int h = labels.height_px / kN, w = labels.width_px / kN;
    RADFORGE_ASSERT(labels.height_px == h * kN && labels.width_px == w * kN);
    const FineGrid grid(frame);
    std::vector<float> values(size_t(h) * size_t(w));
    const ImageView<float> hu{values.data(), h, w, 1, w};
    parallel_for(h, 4, [&](int64_t begin, int64_t end) {
        for (int r = int(begin); r < int(end); ++r)
            for (int c = 0; c < w; ++c) {
                float sum = 0;
                for (int y = r * kN; y < (r + 1) * kN; ++y)
                    for (int x = c * kN; x < (c + 1) * kN; ++x) {
                        const Tissue tissue = Tissue(labels(y, x));
                        const TissueLook& look = tissue_look(tissue);
                        sum += look.hu_mean;
                        if (look.hu_deviation > 0)
                            sum += look.hu_deviation *
                                   volume::value_noise(grid.at(y, x) * (1 / tissue_facts(tissue).texture_mm),
                                                       seed + uint32_t(tissue));
                    }
                hu(r, c) = sum / (kN * kN);
            }
    });
    volume::gaussian_blur(hu, kPointSpread_px);
    add_rings(hu, recipe.rings);
    add_streaks(hu, recipe.streaks);
    if (recipe.noise_hu > 0) add_noise(hu, recipe.noise_hu, recipe.noise_seed);
    Image out(h, w, 1, PixelType::I16, ColorSpace::Data);
    const Span<int16_t> to = out.values<int16_t>();
    for (size_t i = 0; i < to.size(); ++i)
        to[i] = int16_t(std::lround(std::clamp(values[i], -1024.0f, 3071.0f)));
    return out;
}

Image masked_photo(const Image& colour, const Image& mask) {
    const ImageView<const float> from = colour.view<float>();
    const ImageView<const uint8_t> inside = mask.view<uint8_t>();
    Image out(from.height_px, from.width_px, 3, PixelType::U8, ColorSpace::Srgb);
    const ImageView<uint8_t> to = out.view<uint8_t>();
    for (int r = 0; r < from.height_px; ++r)
        for (int c = 0; c < from.width_px; ++c)
            for (int k = 0; inside(r, c) != 0 && k < 3; ++k) to(r, c, k) = quantize_u8(from(r, c, k) / 255);
    return out;
}

}  // namespace radforge::colorize
