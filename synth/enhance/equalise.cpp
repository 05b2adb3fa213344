// SPDX-License-Identifier: Apache-2.0
#include "synth/enhance/equalise.h"

#include "render/picture/resize.h"
#include "synth/base/error.h"
#include "synth/enhance/correction_maps.h"
#include "synth/enhance/smooth.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace radforge::enhance {
namespace {

constexpr double kSmoothShare = 1.0 / 16;  // of the height: deviation of the Gaussian, radius of the guide
constexpr double kGuideEpsilon = 1e-3;
constexpr double kLeastBody = 0.02;  // of the picture; with less, median and percentiles say nothing

Image reduced(const Image& image) {
    return picture::resize(image, image.height_px / kMapStep_px, image.width_px / kMapStep_px,
                           picture::Filter::Area);
}

Image unit_of(const Image& raw) {
    Image out(raw.height_px, raw.width_px, 1, PixelType::F32, raw.space);
    const Span<float> to = out.values<float>();
    const Span<const uint16_t> in = raw.values<uint16_t>();
    for (size_t i = 0; i < to.size(); ++i) to[i] = float(in[i] / kFullScale);
    return out;
}

/// Cells that the collimator leaves wholly open.
OpenField open_cells(const Degradation& d, int height_px, int width_px) {
    const OpenField px = open_field(d, height_px, width_px);
    return {(px.top + kMapStep_px - 1) / kMapStep_px, px.bottom / kMapStep_px,
            (px.left + kMapStep_px - 1) / kMapStep_px, px.right / kMapStep_px};
}

int mirrored_into(int i, int begin, int end) {
    const int length = end - begin, period = 2 * length;
    const int k = (((i - begin) % period) + period) % period;
    return begin + (k < length ? k : period - 1 - k);
}

/// What the collimator hides, replaced by the open field mirrored at its edges.
Image continued(const Image& cells, const OpenField& open) {
    Image out = cells;
    const auto to = out.view<float>();
    const auto in = cells.view<float>();
    for (int r = 0; r < cells.height_px; ++r)
        for (int c = 0; c < cells.width_px; ++c)
            if (!open.holds(r, c))
                to(r, c) =
                    in(mirrored_into(r, open.top, open.bottom), mirrored_into(c, open.left, open.right));
    return out;
}

Image smoothed(const Image& image, bool guided) {
    const double reach_px = kSmoothShare * image.height_px;
    return guided ? smooth_guided(image, std::max(1, int(std::lround(reach_px))), kGuideEpsilon)
                  : smooth_gaussian(image, reach_px);
}

/// The value at rank share * (n - 1), interpolated between its neighbours.
double quantile(std::vector<double>& values, double share) {
    const double rank = share * double(values.size() - 1);
    const auto at = values.begin() + ptrdiff_t(rank);
    std::nth_element(values.begin(), at, values.end());
    const double below = *at;
    if (at + 1 == values.end()) return below;
    return below + (rank - std::floor(rank)) * (*std::min_element(at + 1, values.end()) - below);
}

/// Cells of the maps' grid that show the body in the open field.
std::vector<size_t> body_cells(const Image& body, const OpenField& open) {
    const int h = body.height_px / kMapStep_px, w = body.width_px / kMapStep_px;
    const auto in = body.view<uint8_t>();
    std::vector<size_t> cells;
    for (int r = 0; r < h; ++r)
        for (int c = 0; c < w; ++c) {
            if (!open.holds(r, c)) continue;
            int seen = 0;
            for (int i = 0; i < kMapStep_px * kMapStep_px; ++i)
                seen += in(r * kMapStep_px + i / kMapStep_px, c * kMapStep_px + i % kMapStep_px) != 0;
            if (2 * seen > kMapStep_px * kMapStep_px) cells.push_back(size_t(r) * size_t(w) + size_t(c));
        }
    const double share = double(cells.size()) / (double(h) * w);
    if (share < kLeastBody)
        throw Error(ErrorKind::BadData, "hardly any body in the radiograph")
            .got(std::to_string(100 * share) + " % of the picture")
            .expected("at least 2 %");
    return cells;
}

}  // namespace

CorrectionMaps equalise(const Image& raw, const Image& ideal, const Image& body, const Degradation& d,
                        const Equalisation& e) {
    if (raw.height_px % kMapStep_px != 0 || raw.width_px % kMapStep_px != 0)
        throw Error(ErrorKind::BadData, "radiograph does not divide into the cells of its maps")
            .got(std::to_string(raw.height_px) + " x " + std::to_string(raw.width_px) + " px")
            .expected("multiples of " + std::to_string(kMapStep_px));
    const Image x = reduced(unit_of(raw));
    const OpenField open = open_cells(d, raw.height_px, raw.width_px);
    const std::vector<size_t> cells = body_cells(body, open);
    const Image local_x = smoothed(continued(x, open), e.guided),
                local_r = smoothed(continued(reduced(ideal), open), e.guided);
    const Span<const float> lx = local_x.values<float>(), lr = local_r.values<float>(),
                            seen = x.values<float>();
    CorrectionMaps out;
    out.body_share = double(cells.size()) / double(lx.size());

    std::vector<double> inside;
    for (const size_t i : cells) inside.push_back(double(lr[i]));
    const double middle = quantile(inside, 0.5);
    out.maps = Image(x.height_px, x.width_px, 4, PixelType::F32, ColorSpace::Data);
    const Span<float> maps = out.maps.values<float>();
    for (size_t i = 0; i < lx.size(); ++i) {
        const double wanted = 0.5 + e.kappa * (double(lr[i]) - middle);
        const double slope = e.detail / tone_slope(d, double(lr[i]));
        const double a = std::clamp(slope, kSlope.lo, kSlope.hi);
        out.clamped += a < slope || a > slope;
        maps[4 * i + kA] = float(a);
        maps[4 * i + kB] = float(wanted - a * double(lx[i]));
    }
    inside.clear();
    for (const size_t i : cells)
        inside.push_back(double(maps[4 * i + kA]) * double(seen[i]) + double(maps[4 * i + kB]));
    const double p2 = quantile(inside, 0.02), p98 = quantile(inside, 0.98);
    for (size_t i = 0; i < lx.size(); ++i) {
        maps[4 * i + kWc] = float(0.5 * (p2 + p98));
        maps[4 * i + kWw] = float(1.2 * (p98 - p2));
    }
    out.clamped += clamp_to_ranges(out.maps);
    return out;
}

}  // namespace radforge::enhance
