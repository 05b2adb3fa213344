// SPDX-License-Identifier: Apache-2.0
#include "synth/export/checkerboard.h"

#include <algorithm>
#include <cmath>

namespace radforge::exporter {
namespace {

/// Integral of the square wave that is +1 on [0, 1), -1 on [1, 2), and so on.
double integral(double x) {
    const double part = x - 2 * std::floor(x / 2);
    return part < 1 ? part : 2 - part;
}

/// Mean of that wave over [x - half, x + half].
double mean_wave(double x, double half) {
    if (half < 1e-9) return std::fmod(std::floor(x), 2) == 0 ? 1 : -1;
    return (integral(x + half) - integral(x - half)) / (2 * half);
}

/// Change of channel k from this pixel to the next, along the row and along the column: of the two neighbours
/// under the mask the nearer in value (the other may lie on another fold).
double step(const ImageView<const float>& uv, const ImageView<const uint8_t>& mask, int r, int c, int k) {
    const auto along = [&](int dr, int dc) {
        double least = 0;
        bool any = false;
        for (const int sign : {-1, 1}) {
            const int y = r + sign * dr, x = c + sign * dc;
            if (y < 0 || x < 0 || y >= uv.height_px || x >= uv.width_px || !mask(y, x)) continue;
            const double change = std::abs(double(uv(y, x, k)) - double(uv(r, c, k)));
            least = any ? std::min(least, change) : change;
            any = true;
        }
        return least;
    };
    return along(0, 1) + along(1, 0);
}

}  // namespace

Image checkerboard_albedo(const FilmSample& film, int squares) {
    const auto uv = film.uv.view<float>();
    const auto mask = film.mask.view<uint8_t>();
    Image image(film.mask.height_px, film.mask.width_px, 3, PixelType::U8, ColorSpace::Srgb);
    const auto out = image.view<uint8_t>();
    for (int r = 0; r < image.height_px; ++r)
        for (int c = 0; c < image.width_px; ++c) {
            if (!mask(r, c)) continue;
            double pattern = 1;
            for (int k = 0; k < 2; ++k)
                pattern *= mean_wave(double(uv(r, c, k)) * squares, step(uv, mask, r, c, k) * squares / 2);
            // Black squares reflect 2 %, so that they differ from the background.
            const double reflectance = 0.02 + 0.88 * (0.5 + 0.5 * pattern);
            const uint8_t grey = quantize_u8(srgb_from_linear(float(reflectance)));
            for (int k = 0; k < 3; ++k) out(r, c, k) = grey;
        }
    return image;
}

}  // namespace radforge::exporter
