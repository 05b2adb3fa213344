// SPDX-License-Identifier: Apache-2.0
#include "render/xray/readout.h"

#include "synth/base/error.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace radforge::xray {
namespace {

template <class Map>
Image mapped(const Image& in, Map map) {
    Image out(in.height_px, in.width_px, in.channels, PixelType::F32, ColorSpace::Data);
    const Span<const float> from = in.values<float>();
    const Span<float> to = out.values<float>();
    for (size_t i = 0; i < to.size(); ++i) to[i] = float(map(double(from[i]), i));
    return out;
}

}  // namespace

Image opacity(const Image& line_integral, double chi, double unit_mm) {
    if (!(chi > 0) || !(unit_mm > 0))
        throw Error(ErrorKind::BadData, "chi model").expected("positive chi and unit length");
    // Many pixels see nothing.
    return mapped(line_integral,
                  [&](double mm, size_t) { return mm == 0 ? 0. : -std::expm1(-chi * mm / unit_mm); });
}

Readout log_readout(const Exposure& exposure, double floor) {
    if (!(floor > 0 && floor < 1)) throw Error(ErrorKind::BadData, "log read-out floor").expected("0..1");
    Readout out;
    const Span<const float> flat = exposure.flat.values<float>();
    out.image = mapped(exposure.signal, [&](double signal, size_t i) {
        const double open = double(flat[i]);
        const bool clipped = starved(signal, open, floor);
        out.clipped_px += clipped;
        return !(open > 0) ? 0. : -std::log(clipped ? floor : signal / open);
    });
    return out;
}

Readout window_u16(const Image& values, double low, double high) {
    if (!(std::isfinite(low) && std::isfinite(high)) || low == high)
        throw Error(ErrorKind::BadData, "window").got(std::to_string(low) + ".." + std::to_string(high));
    Readout out{Image(values.height_px, values.width_px, values.channels, PixelType::U16, ColorSpace::Data),
                0};
    const Span<const float> from = values.values<float>();
    const Span<uint16_t> to = out.image.values<uint16_t>();
    for (size_t i = 0; i < to.size(); ++i) {
        const double scaled = std::round((double(from[i]) - low) / (high - low) * 65535);
        out.clipped_px += !(scaled >= 0 && scaled <= 65535);
        to[i] = uint16_t(std::clamp(std::isnan(scaled) ? 0. : scaled, 0., 65535.));
    }
    return out;
}

double FilmCurve::density(double exposure) const {
    if (exposure <= 0) return d_min;
    return d_min + (d_max - d_min) / (1 + std::pow(exposure / k50, -gamma));
}

double FilmCurve::exposure(double density) const {
    if (!(density > d_min && density < d_max))
        throw Error(ErrorKind::BadData, "optical density")
            .where("film curve")
            .got(std::to_string(density))
            .expected("between " + std::to_string(d_min) + " and " + std::to_string(d_max));
    return k50 * std::pow((d_max - d_min) / (density - d_min) - 1, -1 / gamma);
}

void FilmCurve::validate() const {
    if (d_min >= 0 && d_max > d_min && d_max < 10 && k50 > 0 && gamma > 0 && gamma < 20) return;
    throw Error(ErrorKind::BadData, "film curve")
        .expected("0 <= d_min < d_max < 10, k50 > 0, gamma in 0..20");
}

Image film_density(const Exposure& exposure, const FilmCurve& film, double mean_exposure) {
    film.validate();
    const auto open = exposure.flat.view<float>(), signal = exposure.signal.view<float>();
    const Span<const float> flat = exposure.flat.values<float>();
    const float no_beam = kNoBeam * *std::max_element(flat.begin(), flat.end());
    const int top = open.height_px / 3, left = open.width_px / 3;
    double arrives = 0;
    int64_t within = 0;
    for (int r = top; r < open.height_px - top; ++r)
        for (int c = left; c < open.width_px - left; ++c)
            if (open(r, c) > no_beam) arrives += double(signal(r, c)), ++within;
    arrives /= double(within);
    if (!(arrives > 0) || !(mean_exposure > 0)) throw Error(ErrorKind::BadData, "film without exposure");
    return mapped(exposure.signal,
                  [&](double s, size_t) { return film.density(s / arrives * mean_exposure); });
}

}  // namespace radforge::xray
