// SPDX-License-Identifier: Apache-2.0
/// A bent film with known maps: position in the photo X = 0.8 U + 0.06 sin(pi V), Y = 0.8 V + 0.05 cos(pi U),
/// all in [-1,1]; the film fills 80 % of the photo's sides.
#pragma once
#include "models/infer/dewarp.h"

#include <cmath>

namespace radforge::test {

constexpr double kPi = 3.14159265358979323846;

inline Image floats(int h, int w, int channels) {
    return Image(h, w, channels, PixelType::F32, ColorSpace::Data);
}

inline double place(int i, int n) { return (2 * i + 1.0) / n - 1; }

inline std::array<double, 2> photo_of_texture(double u, double v) {
    return {0.8 * u + 0.06 * std::sin(kPi * v), 0.8 * v + 0.05 * std::cos(kPi * u)};
}

/// The inverse, by repeated substitution, which shrinks the error to a quarter each time.
inline std::array<double, 2> texture_of_photo(double x, double y) {
    double u = x / 0.8, v = y / 0.8;
    for (int i = 0; i < 60; ++i) {
        const double next_u = (x - 0.06 * std::sin(kPi * v)) / 0.8, next_v = (y - 0.05 * std::cos(kPi * u)) / 0.8;
        u = next_u;
        v = next_v;
    }
    return {u, v};
}

/// @param rim  film beyond the edge of the sheet, in [-1,1] of the texture
inline infer::PhotoMaps bent_film(int side, double rim = 0) {
    infer::PhotoMaps maps{floats(side, side, 2), floats(side, side, 1), floats(side, side, 2), {}};
    for (int r = 0; r < side; ++r)
        for (int c = 0; c < side; ++c) {
            const double x = place(c, side), y = place(r, side);
            const auto [u, v] = texture_of_photo(x, y);
            const bool on = std::max(std::abs(u), std::abs(v)) <= 1 + rim;
            maps.bg.view<float>()(r, c) = on ? 1 : -1;
            if (!on) continue;
            maps.uv.view<float>()(r, c, 0) = float(u);
            maps.uv.view<float>()(r, c, 1) = float(v);
            maps.df.view<float>()(r, c, 0) = float((u - x) / 2);
            maps.df.view<float>()(r, c, 1) = float((v - y) / 2);
        }
    return maps;
}

/// Largest distance of a backward map to the known one in texels of the film, over texels that are finite and at
/// least `inset` texels from the border; and how many of those were finite.
struct MapError {
    double largest = 0;
    double finite_part = 0;
};
inline MapError error_of(const Image& bm, int inset = 0) {
    const int n = bm.width_px;
    MapError error;
    int64_t all = 0, finite = 0;
    for (int r = inset; r < bm.height_px - inset; ++r)
        for (int c = inset; c < n - inset; ++c) {
            ++all;
            const float* const p = bm.view<float>().pixel(r, c);
            if (!std::isfinite(p[0]) || !std::isfinite(p[1])) continue;
            ++finite;
            const auto [x, y] = photo_of_texture(place(c, n), place(r, bm.height_px));
            error.largest = std::max(error.largest, std::hypot(double(p[0]) - x, double(p[1]) - y) / 0.8 * n / 2);
        }
    error.finite_part = double(finite) / double(all);
    return error;
}

}  // namespace radforge::test
