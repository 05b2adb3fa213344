// SPDX-License-Identifier: Apache-2.0
// Value noise: Ebert et al., "Texturing and Modeling", 3rd edition, section 2.7.
#include "synth/export/table_texture.h"

#include "synth/base/vec.h"

#include <cmath>

namespace radforge::exporter {
namespace {

/// Well mixed 64 bits (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014, mix64).
uint64_t mixed(uint64_t z) {
    z += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}
double unit(uint64_t seed, int64_t x, int64_t y) {
    return double(mixed(mixed(seed ^ mixed(uint64_t(x))) ^ uint64_t(y)) >> 11) * 0x1p-53;
}

double value_noise(uint64_t seed, double x, double y) {
    const auto ix = int64_t(std::floor(x)), iy = int64_t(std::floor(y));
    const auto smooth = [](double t) { return t * t * (3 - 2 * t); };
    const double fx = smooth(x - double(ix)), fy = smooth(y - double(iy));
    return (1 - fy) * ((1 - fx) * unit(seed, ix, iy) + fx * unit(seed, ix + 1, iy)) +
           fy * ((1 - fx) * unit(seed, ix, iy + 1) + fx * unit(seed, ix + 1, iy + 1));
}

}  // namespace

Image table_texture(int size_px, uint64_t number) {
    const uint64_t seed = mixed(number);
    Vec3d low, high;
    for (int k = 0; k < 3; ++k) {
        low[k] = 0.04 + 0.3 * unit(seed, 1, k);
        high[k] = low[k] + 0.1 + 0.5 * unit(seed, 2, k);
    }
    const double stretch = number % 2 == 0 ? 1 : 12;
    Image image(size_px, size_px, 3, PixelType::U8, ColorSpace::Srgb);
    const auto out = image.view<uint8_t>();
    for (int r = 0; r < size_px; ++r)
        for (int c = 0; c < size_px; ++c) {
            double sum = 0, weight = 0;
            for (int octave = 0; octave < 6; ++octave) {
                const double frequency = double(4 << octave) / size_px, part = std::pow(0.6, octave);
                sum += part * value_noise(seed + uint64_t(octave), c * frequency / stretch, r * frequency);
                weight += part;
            }
            for (int k = 0; k < 3; ++k)
                out(r, c, k) =
                    quantize_u8(srgb_from_linear(float(low[k] + (high[k] - low[k]) * sum / weight)));
        }
    return image;
}

}  // namespace radforge::exporter
