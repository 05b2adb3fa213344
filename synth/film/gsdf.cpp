// SPDX-License-Identifier: Apache-2.0
#include "synth/film/gsdf.h"

#include "synth/base/error.h"

#include <cmath>
#include <string>

namespace radforge::film {
namespace {

/// Checks what both curves need; returns 2^bits - 1.
int check(const FilmRange& range, int bits) {
    if (bits < 8 || bits > 12)
        throw Error(ErrorKind::BadData, "impossible depth of P-values")
            .got(std::to_string(bits))
            .expected("8..12 bits");
    if (!(range.density_min >= 0 && range.density_min < range.density_max && range.density_max <= 5))
        throw Error(ErrorKind::BadData, "impossible density range")
            .got(std::to_string(range.density_min) + ".." + std::to_string(range.density_max))
            .expected("0 <= density_min < density_max <= 5");
    return (1 << bits) - 1;
}

double luminance_of(const FilmRange& range, double density) {
    const double luminance = range.ambient_cd_m2 + range.lightbox_cd_m2 * std::pow(10.0, -density);
    if (!(luminance >= 0.05 && luminance <= 4000))
        throw Error(ErrorKind::BadData, "the film's luminance leaves the standard display function")
            .got(std::to_string(luminance) + " cd/m^2")
            .expected("0.05..4000 cd/m^2");
    return luminance;
}

}  // namespace

double gsdf_luminance_cd_m2(double j) {
    constexpr double a = -1.3011877, b = -2.5840191e-2, c = 8.0242636e-2, d = -1.0320229e-1, e = 1.3646699e-1,
                     f = 2.8745620e-2, g = -2.5468404e-2, h = -3.1978977e-3, k = 1.2992634e-4,
                     m = 1.3635334e-3;
    const double x = std::log(j);
    const double above = a + x * (c + x * (e + x * (g + x * m)));
    const double below = 1 + x * (b + x * (d + x * (f + x * (h + x * k))));
    return std::pow(10.0, above / below);
}

double gsdf_jnd(double luminance_cd_m2) {
    constexpr double A[] = {71.498068,  94.593053,   41.912053,  9.8247004,   0.28175407,
                            -1.1878455, -0.18014349, 0.14710899, -0.017046845};
    const double x = std::log10(luminance_cd_m2);
    double sum = 0;
    for (int i = 8; i >= 0; --i) sum = sum * x + A[i];
    return sum;
}

DensityCurve gsdf_curve(const FilmRange& range, int bits) {
    const int largest = check(range, bits);
    const double j_lo = gsdf_jnd(luminance_of(range, range.density_max));
    const double j_hi = gsdf_jnd(luminance_of(range, range.density_min));
    DensityCurve curve;
    curve.density.reserve(size_t(largest) + 1);
    for (int p = 0; p <= largest; ++p) {
        const double luminance = gsdf_luminance_cd_m2(j_lo + (j_hi - j_lo) * p / largest);
        curve.density.push_back(float(-std::log10((luminance - range.ambient_cd_m2) / range.lightbox_cd_m2)));
    }
    return curve;
}

DensityCurve logistic_curve(const FilmRange& range, double gamma, int bits) {
    const int largest = check(range, bits);
    if (!(gamma >= 1 && gamma <= 5))
        throw Error(ErrorKind::BadData, "impossible film gamma").got(std::to_string(gamma)).expected("1..5");
    constexpr double kDecades = 2, kMiddleShare = 0.36;
    const double height = range.density_max - range.density_min, k = 4 * gamma / (height * std::log(10.0));
    const double shift = std::log10(1 / kMiddleShare - 1) / k;
    DensityCurve curve;
    curve.density.reserve(size_t(largest) + 1);
    for (int p = 0; p <= largest; ++p) {
        const double log_exposure = kDecades * (0.5 - double(p) / largest) - shift;
        curve.density.push_back(float(range.density_min + height / (1 + std::pow(10.0, -k * log_exposure))));
    }
    return curve;
}

}  // namespace radforge::film
