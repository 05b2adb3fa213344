// SPDX-License-Identifier: Apache-2.0
#include "models/photo/film_part.h"

#include "models/data/resample.h"
#include "render/geometry/backward_map.h"
#include "synth/base/error.h"

#include <algorithm>
#include <cmath>

namespace radforge::photo {
namespace {

using loader::FieldBlock;
using loader::Shape;

enum Input { kPhoto, kBm, kTruth, kInputs };

/// One axis of a part: film texels it is made of, and which of them are its own rather than mirrored.
struct Axis {
    std::vector<int> texel;
    std::vector<uint8_t> own;
};

/// `size` texels within [first, last): anywhere if there is room, else all and their mirror image.
Axis place(int first, int last, int size, double draw) {
    const int n = last - first, room = std::max(0, n - size);
    const int begin = std::min(int(draw * (room + 1)), room);
    Axis axis;
    for (int i = 0; i < size; ++i) {
        const int period = std::max(1, 2 * (n - 1)), at = (begin + i) % period;
        axis.texel.push_back(first + (at < n ? at : period - at));
        axis.own.push_back(begin + i < n);
    }
    return axis;
}

/// Means of the truth over the film texels of a part; NaN where one of the values below is.
/// @param values  [C,h,w] of the box `own` of the truth, whose texels are scale_x by scale_y of the film's
void truth_of(Span<const float> values, int channels, const Panel& own, const Axis& x, const Axis& y,
              double scale_x, double scale_y, std::vector<float>& out) {
    const auto [left, right] = std::minmax_element(x.texel.begin(), x.texel.end());
    const auto [top, bottom] = std::minmax_element(y.texel.begin(), y.texel.end());
    const loader::Crop crop{*left / scale_x - own.left_px, *top / scale_y - own.top_px,
                            (*right + 1) / scale_x - own.left_px, (*bottom + 1) / scale_y - own.top_px};
    const int w = *right + 1 - *left, h = *bottom + 1 - *top;
    std::vector<float> block(size_t(channels) * size_t(w) * size_t(h));
    loader::resample_area(values, {channels, own.height_px(), own.width_px()}, crop, h, w, block.data());
    out.clear();
    for (int k = 0; k < channels; ++k)
        for (const int r : y.texel)
            for (const int c : x.texel)
                out.push_back(
                    block[(size_t(k) * size_t(h) + size_t(r - *top)) * size_t(w) + size_t(c - *left)]);
}

/// Box of a slice drawn by area, in texels of the CT values.
Panel draw_panel(const FieldBlock& hu, const std::vector<PrintedPanel>& panels, Rng& rng) {
    const uint64_t count = hu.shape.values(), first = rng.below(count);
    for (uint64_t i = 0; i < count; ++i) {
        const uint64_t at = (first + i) % count;
        if (std::isnan(hu.values[at])) continue;
        const int x = int(at % uint64_t(hu.shape.width_px)), y = int(at / uint64_t(hu.shape.width_px));
        for (const PrintedPanel& panel : panels) {
            const Panel box = panel.texels();
            if (x >= box.left_px && x < box.right_px && y >= box.top_px && y < box.bottom_px)
                return *known_box(hu.values, hu.shape, panel);
        }
    }
    throw Error(ErrorKind::BadData, "a film without slices");
}

/// f32 [H,W,3].
Image picture_of(const FieldBlock& photo) {
    Image image(photo.shape.height_px, photo.shape.width_px, photo.shape.channels, PixelType::F32,
                ColorSpace::Data);
    const size_t plane = size_t(photo.shape.height_px) * size_t(photo.shape.width_px),
                 channels = size_t(photo.shape.channels);
    const auto out = image.values<float>();
    for (size_t k = 0; k < channels; ++k)
        for (size_t i = 0; i < plane; ++i) out[i * channels + k] = photo.values[k * plane + i];
    return image;
}

}  // namespace

Image backward_map_at(Span<const float> bm, const Shape& shape, Span<const double> u, Span<const double> v) {
    const size_t plane = size_t(shape.height_px) * size_t(shape.width_px);
    Image out(int(v.size()), int(u.size()), 2, PixelType::F32, ColorSpace::Data);
    const auto view = out.view<float>();
    for (int r = 0; r < out.height_px; ++r)
        for (int c = 0; c < out.width_px; ++c) {
            const double y = std::clamp(v[size_t(r)] * shape.height_px - 0.5, 0.0, shape.height_px - 1.0),
                         x = std::clamp(u[size_t(c)] * shape.width_px - 0.5, 0.0, shape.width_px - 1.0);
            const int y0 = int(y), x0 = int(x);
            const int y1 = std::min(y0 + 1, shape.height_px - 1), x1 = std::min(x0 + 1, shape.width_px - 1);
            const auto fy = float(y - y0), fx = float(x - x0);
            for (size_t k = 0; k < 2; ++k) {
                const auto at = [&](int j, int i) {
                    return bm[k * plane + size_t(j) * size_t(shape.width_px) + size_t(i)];
                };
                view(r, c, int(k)) = (at(y0, x0) * (1 - fx) + at(y0, x1) * fx) * (1 - fy) +
                                     (at(y1, x0) * (1 - fx) + at(y1, x1) * fx) * fy;
            }
        }
    return out;
}

PartTransform::PartTransform(PartConfig config, Truth truth) : config_(config), truth_(truth) {
    if (!(config_.low_hu < config_.high_hu))
        throw Error(ErrorKind::Usage, "low_hu must lie below high_hu")
            .got(std::to_string(config_.low_hu) + " and " + std::to_string(config_.high_hu));
}

std::vector<std::string> PartTransform::inputs(Truth truth) {
    return {"photo", "bm", truth == Truth::Flat ? "flat" : "hu"};
}

std::vector<std::pair<std::string, Shape>> PartTransform::outputs(
    const std::vector<std::pair<std::string, Shape>>& in) const {
    const std::vector<std::string> wanted = inputs(truth_);
    for (size_t f = 0; f < wanted.size(); ++f)
        if (f >= in.size() || in[f].first != wanted[f])
            throw Error(ErrorKind::BadData, "film samples need the field '" + wanted[f] + "' here")
                .got(f < in.size() ? in[f].first : "nothing");
    const int s = config_.crop_px;
    return {{"film", {3, s, s}},
            {"truth", {truth_ == Truth::Flat ? 3 : 1, s, s}},
            {"counts", {1, s, s}},
            {"place", {1, 1, 2}}};
}

void PartTransform::apply(const std::vector<FieldBlock>& in, Rng& rng, const std::vector<float*>& out) const {
    apply_with_meta(in, "", rng, out);
}

void PartTransform::apply_with_meta(const std::vector<FieldBlock>& in, const std::string& meta, Rng& rng,
                                    const std::vector<float*>& out) const {
    const int side = config_.crop_px;
    const size_t plane = size_t(side) * size_t(side);
    float *const film = out[0], *const truth = out[1], *const counts = out[2], *const at = out[3];
    const Shape& sheet = in[kTruth].shape;
    const int height = config_.film_height_px,
              width = std::max(1, int(std::lround(double(height) * sheet.width_px / sheet.height_px)));
    const double scale_x = double(width) / sheet.width_px, scale_y = double(height) / sheet.height_px;
    Panel box{0, 0, width, height}, panel{0, 0, sheet.width_px, sheet.height_px};
    std::vector<float> slice;
    if (truth_ == Truth::Hu) {
        panel = draw_panel(in[kTruth], printed_panels(meta), rng);
        slice = values_in(panel, in[kTruth].values, sheet);
        // Texels that the slice fills altogether.
        box = {int(std::ceil(panel.left_px * scale_x - 1e-9)), int(std::ceil(panel.top_px * scale_y - 1e-9)),
               int(std::floor(panel.right_px * scale_x + 1e-9)),
               int(std::floor(panel.bottom_px * scale_y + 1e-9))};
        if (box.width_px() < 1 || box.height_px() < 1)
            throw Error(ErrorKind::Usage, "film_height_px leaves nothing of a slice")
                .got(std::to_string(height) + " px");
    } else if (width < side || height < side) {
        throw Error(ErrorKind::Usage, "crop_px is larger than the film")
            .got(std::to_string(side) + " px")
            .expected("at most " + std::to_string(std::min(width, height)));
    }
    const Axis x = place(box.left_px, box.right_px, side, rng.uniform()),
               y = place(box.top_px, box.bottom_px, side, rng.uniform());

    std::vector<double> u, v;
    for (const int c : x.texel) u.push_back((c + 0.5) / width);
    for (const int r : y.texel) v.push_back((r + 0.5) / height);
    const Image bm = backward_map_at({in[kBm].values.data(), in[kBm].shape.values()}, in[kBm].shape, u, v);
    const Image flat = geometry::dewarp(picture_of(in[kPhoto]), bm, geometry::Sampling::Footprint);
    std::vector<float> wanted;
    truth_of(truth_ == Truth::Hu ? slice : in[kTruth].values, sheet.channels, panel, x, y, scale_x, scale_y,
             wanted);

    const auto seen = bm.values<float>(), colours = flat.values<float>();
    const double range = config_.high_hu - config_.low_hu;
    for (size_t i = 0; i < plane; ++i) {
        for (size_t k = 0; k < 3; ++k) film[k * plane + i] = colours[3 * i + k];
        bool known = !std::isnan(seen[2 * i]) && x.own[i % size_t(side)] && y.own[i / size_t(side)];
        if (truth_ == Truth::Flat) {
            for (size_t k = 0; k < 3; ++k) truth[k * plane + i] = wanted[k * plane + i];
        } else {
            known = known && !std::isnan(wanted[i]);
            truth[i] = std::isnan(wanted[i])
                           ? 0.0f
                           : float(std::clamp((double(wanted[i]) - config_.low_hu) / range, 0.0, 1.0));
        }
        counts[i] = known ? 1.0f : 0.0f;
    }
    at[0] = float((x.texel[size_t(side) / 2] + 0.5) / scale_x);
    at[1] = float((y.texel[size_t(side) / 2] + 0.5) / scale_y);
}

}  // namespace radforge::photo
