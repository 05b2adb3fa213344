// SPDX-License-Identifier: Apache-2.0
#include "synth/film/film_base.h"

#include "synth/base/error.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace radforge::film {
namespace {

using Triple = std::array<double, 3>;
constexpr Triple kBlue = {0.25, 0.18, 0.10}, kClear = {0.05, 0.05, 0.05}, kWarm = {0.97, 1.0, 1.05};
constexpr Triple kLuminance = {0.2126, 0.7152, 0.0722};

double visual_density(const Triple& ratios, double scale) {
    double light = 0;
    for (size_t k = 0; k < 3; ++k) light += kLuminance[k] * std::pow(10.0, -scale * ratios[k]);
    return -std::log10(light);
}

/// May exceed 1 where the density is less than that of a tinted base, which grain can do.
float unbounded(const FilmBase& base, double density, int k) {
    return float(std::pow(
        10.0, -((density - base.base_visual_density) * base.image_factor[k] + base.base_density[k])));
}

}  // namespace

FilmBase film_base(const SheetRecipe& recipe) {
    if (recipe.base != "blue" && recipe.base != "clear")
        throw Error(ErrorKind::BadData, "unknown film base").got(recipe.base).expected("blue or clear");
    const Triple& ratios = recipe.base == "blue" ? kBlue : kClear;
    FilmBase base;
    base.base_visual_density = recipe.base_share * recipe.density_min;
    double lo = 0, hi = 100;
    for (int i = 0; i < 100; ++i) {
        const double middle = 0.5 * (lo + hi);
        (visual_density(ratios, middle) < base.base_visual_density ? lo : hi) = middle;
    }
    for (size_t k = 0; k < 3; ++k) {
        base.base_density[k] = lo * ratios[k];
        base.image_factor[k] = 1 + recipe.image_tone * (kWarm[k] - 1);
    }
    return base;
}

void film_transmittance(const FilmBase& base, double density, float rgb[3]) {
    for (int k = 0; k < 3; ++k) rgb[k] = std::min(1.0f, unbounded(base, density, k));
}

Image film_transmittance(const FilmBase& base, const Image& density) {
    // Linear interpolation of 10^-D in steps of h errs by (h ln 10)^2 / 8 of the value: 7e-7 here.
    constexpr int kSteps = 6144;
    constexpr float kLargest = 6;
    std::vector<float> table(3 * (kSteps + 2));
    for (int i = 0; i < kSteps + 2; ++i)
        for (int k = 0; k < 3; ++k)
            table[size_t(3 * i + k)] = unbounded(base, double(kLargest) * i / kSteps, k);
    Image out(density.height_px, density.width_px, 3, PixelType::F32, ColorSpace::Linear);
    const auto from = density.values<float>();
    float* to = out.values<float>().data();
    for (const float d : from) {
        RADFORGE_ASSERT(d >= 0 && d <= kLargest);
        const float at = d * (kSteps / kLargest);
        const int i = int(at);
        const float t = at - float(i);
        const float* entry = table.data() + 3 * i;
        for (int k = 0; k < 3; ++k) to[k] = std::min(1.0f, entry[k] + t * (entry[k + 3] - entry[k]));
        to += 3;
    }
    return out;
}

}  // namespace radforge::film
