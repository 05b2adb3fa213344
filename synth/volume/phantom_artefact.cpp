// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/phantom_artefact.h"

#include "synth/volume/phantom_shape.h"

#include <algorithm>
#include <cmath>

namespace radforge::volume {
namespace {

constexpr float kPi = 3.14159265f;

std::vector<float> gaussian_taps(float sigma_px) {
    const int radius = std::max(1, int(std::ceil(3 * sigma_px)));
    std::vector<float> taps(size_t(2 * radius + 1));
    float sum = 0;
    for (int i = -radius; i <= radius; ++i)
        sum += taps[size_t(i + radius)] = std::exp(-0.5f * float(i * i) / (sigma_px * sigma_px));
    for (float& t : taps) t /= sum;
    return taps;
}

/// Three box passes of the same width, close to a Gaussian at a cost that does not grow with sigma.
void box_blur_line(float* line, ptrdiff_t stride, int n, int radius, std::vector<float>& copy) {
    copy.resize(size_t(n));
    for (int pass = 0; pass < 3; ++pass) {
        for (int i = 0; i < n; ++i) copy[size_t(i)] = line[i * stride];
        double sum = 0;
        for (int i = -radius; i <= radius; ++i) sum += copy[size_t(std::clamp(i, 0, n - 1))];
        for (int i = 0; i < n; ++i) {
            line[i * stride] = float(sum / (2 * radius + 1));
            sum += copy[size_t(std::min(i + radius + 1, n - 1))] - copy[size_t(std::max(i - radius, 0))];
        }
    }
}
void wide_blur(ImageView<float> image, int radius) {
    std::vector<float> copy;
    for (int r = 0; r < image.height_px; ++r)
        box_blur_line(image.pixel(r, 0), 1, image.width_px, radius, copy);
    for (int c = 0; c < image.width_px; ++c)
        box_blur_line(image.pixel(0, c), image.row_stride, image.height_px, radius, copy);
}

/// Sum of four 16-bit uniforms: close to normal, unit deviation, bounded at 3.5.
float white_noise(uint64_t key, uint32_t slice, uint32_t pixel) {
    const uint32_t a =
        mix_bits(pixel * 0x9e3779b9u + mix_bits(slice * 0x85ebca6bu + uint32_t(key)) + uint32_t(key >> 32));
    const uint32_t b = mix_bits(a ^ 0x5bd1e995u);
    const float sum = float(a & 0xffffu) + float(a >> 16) + float(b & 0xffffu) + float(b >> 16);
    return (sum / 65536.0f - 2.0f) * 1.7320508f;
}

struct Slice {
    ImageView<float> hu;
    std::vector<float> work;
    ImageView<float> scratch() {
        work.resize(size_t(hu.height_px) * size_t(hu.width_px));
        return {work.data(), hu.height_px, hu.width_px, 1, hu.width_px};
    }
};

float bone_excess(float hu) { return std::clamp((hu - 250) / 1000, 0.0f, 2.0f); }

void add_cupping(Slice& slice, float amplitude_hu, float pixel_mm) {
    const ImageView<float> bone = slice.scratch(), hu = slice.hu;
    for (int r = 0; r < hu.height_px; ++r)
        for (int c = 0; c < hu.width_px; ++c) bone(r, c) = bone_excess(hu(r, c));
    wide_blur(bone, std::max(1, int(std::lround(6 / pixel_mm))));
    for (int r = 0; r < hu.height_px; ++r)
        for (int c = 0; c < hu.width_px; ++c)
            if (hu(r, c) > -200) hu(r, c) += amplitude_hu * std::min(bone(r, c), 0.5f) * 2;
}

/// Hounsfield bar: soft tissue between two thick bones along x reads low.
void add_hardening(Slice& slice, float amplitude_hu, float pixel_mm) {
    const ImageView<float> dark = slice.scratch(), hu = slice.hu;
    for (int r = 0; r < hu.height_px; ++r) {
        float total = 0, left = 0;
        for (int c = 0; c < hu.width_px; ++c) total += bone_excess(hu(r, c));
        for (int c = 0; c < hu.width_px; ++c) {
            left += bone_excess(hu(r, c));
            const float between = std::min(left, total - left) * pixel_mm;
            dark(r, c) = std::clamp((between - 9) / 20, 0.0f, 1.5f);
        }
    }
    wide_blur(dark, std::max(1, int(std::lround(2 / pixel_mm))));
    for (int r = 0; r < hu.height_px; ++r)
        for (int c = 0; c < hu.width_px; ++c)
            if (hu(r, c) > -200) hu(r, c) -= amplitude_hu * dark(r, c);
}

struct Metal {
    float row = 0, column = 0, pixels = 0;
};
/// Centres of metal on a coarse grid, so that two fillings make two stars.
std::vector<Metal> find_metal(ImageView<const uint8_t> labels) {
    constexpr int kCell = 16;
    std::vector<Metal> found;
    for (int r0 = 0; r0 < labels.height_px; r0 += kCell)
        for (int c0 = 0; c0 < labels.width_px; c0 += kCell) {
            Metal m;
            for (int r = r0; r < std::min(r0 + kCell, labels.height_px); ++r)
                for (int c = c0; c < std::min(c0 + kCell, labels.width_px); ++c)
                    if (labels(r, c) == uint8_t(Tissue::Metal))
                        m.row += float(r), m.column += float(c), ++m.pixels;
            if (m.pixels > 0) found.push_back({m.row / m.pixels, m.column / m.pixels, m.pixels});
        }
    return found;
}

void add_metal_streaks(ImageView<float> hu, ImageView<const uint8_t> labels, const ScanPhysics& physics,
                       float pixel_mm, int slice) {
    const std::vector<Metal> metal = find_metal(labels);
    for (size_t m = 0; m < metal.size(); ++m) {
        const uint32_t seed = mix_bits(uint32_t(physics.noise_key) + uint32_t(slice) * 977u + uint32_t(m));
        const float strength =
            float(physics.metal_streak_hu) * std::min(1.0f, metal[m].pixels * pixel_mm * pixel_mm / 20);
        for (int r = 0; r < hu.height_px; ++r)
            for (int c = 0; c < hu.width_px; ++c) {
                const float dx = (float(c) - metal[m].column) * pixel_mm,
                            dy = (float(r) - metal[m].row) * pixel_mm;
                const float distance = std::sqrt(dx * dx + dy * dy) + 2, angle = std::atan2(dy, dx);
                const float turn = angle / kPi * 9;
                hu(r, c) +=
                    strength * value_noise({turn * 2.1f, distance * 0.01f, 0}, seed) * 14 / (distance + 8);
            }
    }
}

void add_noise(Slice& slice, const ScanPhysics& physics, float pixel_mm, int s) {
    const ImageView<float> hu = slice.hu, noise = slice.scratch();
    const int rows = hu.height_px, columns = hu.width_px;
    for (int r = 0; r < rows; ++r)
        for (int c = 0; c < columns; ++c)
            noise(r, c) = white_noise(physics.noise_key, uint32_t(s), uint32_t(r * columns + c));
    const float fine = std::max(0.45f, (physics.sharp_kernel ? 0.30f : 0.62f) / pixel_mm);
    std::vector<float> broad_values;
    gaussian_blur(noise, fine);
    broad_values.assign(noise.data, noise.data + size_t(rows) * size_t(columns));
    const ImageView<float> broad{broad_values.data(), rows, columns, 1, columns};
    const float extra = 1.8f * fine, share = 0.7f;
    gaussian_blur(broad, extra);
    // Variance of a * G(s1) - b * G(s2) over white noise: pairwise 1 / (2 pi (s1^2 + s2^2)) terms.
    const float s1 = fine * fine, s2 = s1 + extra * extra;
    const float variance =
        (1 / (2 * s1) - 4 * share / (2 * (s1 + s2)) + share * share / (2 * s2)) / (2 * kPi);
    const float scale = float(physics.noise_hu) * (physics.sharp_kernel ? 3.0f : 1.0f) / std::sqrt(variance);
    for (int r = 0; r < rows; ++r) {
        float path_mm = 0, streak = 0;
        for (int c = 0; c < columns; ++c) path_mm += std::max(0.0f, 1 + hu(r, c) / 1000) * pixel_mm;
        const float starvation = std::exp(std::clamp((path_mm - 350) / 90, -4.0f, 1.2f));
        for (int c = 0; c < columns; ++c) {
            const float inside = hu(r, c) > -700 ? 1.0f : 0.75f;
            const float level = 0.55f + 0.45f * std::min(path_mm / 200, 1.6f);
            const float fresh =
                white_noise(physics.noise_key ^ 0xa5a5a5a5u, uint32_t(s), uint32_t(r * columns + c));
            streak = 0.93f * streak + 0.3676f * fresh;  // unit variance: 0.3676^2 = 1 - 0.93^2
            hu(r, c) += inside * (level * scale * (noise(r, c) - share * broad(r, c)) +
                                  float(physics.streak_hu) * starvation * streak);
        }
    }
}

}  // namespace

void gaussian_blur(ImageView<float> image, float sigma_px) {
    const std::vector<float> taps = gaussian_taps(sigma_px);
    const int radius = int(taps.size() / 2), rows = image.height_px, columns = image.width_px;
    std::vector<float> padded(size_t(columns + 2 * radius)), out(size_t(rows) * size_t(columns));
    for (int r = 0; r < rows; ++r) {
        const float* row = image.pixel(r, 0);
        for (int i = 0; i < columns + 2 * radius; ++i)
            padded[size_t(i)] = row[std::clamp(i - radius, 0, columns - 1)];
        float* target = out.data() + size_t(r) * size_t(columns);
        for (size_t k = 0; k < taps.size(); ++k)
            for (int c = 0; c < columns; ++c) target[c] += taps[k] * padded[size_t(c) + k];
    }
    for (int r = 0; r < rows; ++r) {
        float* target = image.pixel(r, 0);
        std::fill(target, target + columns, 0.0f);
        for (int k = -radius; k <= radius; ++k) {
            const float* source = out.data() + size_t(std::clamp(r + k, 0, rows - 1)) * size_t(columns);
            const float tap = taps[size_t(k + radius)];
            for (int c = 0; c < columns; ++c) target[c] += tap * source[c];
        }
    }
}

void add_artefacts(ImageView<float> hu, ImageView<const uint8_t> labels, const ScanPhysics& physics,
                   double pixel_mm, int slice) {
    const float pixel = float(pixel_mm);
    Slice work{hu, {}};
    if (physics.blur_mm > 0) gaussian_blur(hu, std::max(0.3f, float(physics.blur_mm) / pixel));
    if (physics.sharp_kernel) {
        const ImageView<float> smooth = work.scratch();
        std::copy(hu.data, hu.data + work.work.size(), smooth.data);
        gaussian_blur(smooth, 1.1f / pixel);
        for (size_t i = 0; i < work.work.size(); ++i) hu.data[i] += 0.6f * (hu.data[i] - smooth.data[i]);
    }
    if (physics.bone_cupping_hu > 0) add_cupping(work, float(physics.bone_cupping_hu), pixel);
    if (physics.hardening_hu > 0) add_hardening(work, float(physics.hardening_hu), pixel);
    if (physics.metal_streak_hu > 0) add_metal_streaks(hu, labels, physics, pixel, slice);
    if (physics.noise_hu > 0) add_noise(work, physics, pixel, slice);
}

}  // namespace radforge::volume
