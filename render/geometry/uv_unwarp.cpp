// SPDX-License-Identifier: Apache-2.0
#include "render/geometry/uv_unwarp.h"

#include "render/geometry/uv_raster.h"
#include "synth/base/error.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace radforge::geometry {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

void check(const Image& uv, const Image& mask, const Image& depth, int h, int w) {
    const auto fits = [&](const Image& image) {
        return image.height_px == uv.height_px && image.width_px == uv.width_px && image.channels == 1;
    };
    if (uv.channels != 2 || !fits(mask) || (depth.channels != 0 && !fits(depth)))
        throw Error(ErrorKind::BadData, "texture coordinates, mask and depth do not fit")
            .expected("uv [H,W,2], mask and depth [H,W,1] of one size");
    if (h < 1 || w < 1 || h > 8192 || w > 8192)
        throw Error(ErrorKind::BadData, "impossible texture size")
            .got(std::to_string(w) + " x " + std::to_string(h))
            .expected("1..8192 texels a side");
}

/// Triangles in texels of the sheet, all wound the same way in the photo.
class Triangles {
public:
    Triangles(const Image& uv, Span<const uint8_t> set, int h, int w) : points_(set.size()) {
        const auto values = uv.values<float>();
        std::vector<uint8_t> usable(set.size());
        for (size_t i = 0; i < set.size(); ++i) {
            points_[i] = {(values[2 * i] + 1) / 2 * float(w), (values[2 * i + 1] + 1) / 2 * float(h)};
            // Half a sheet around the sheet is enough for every triangle that reaches into it.
            usable[i] = set[i] > 0 && std::abs(values[2 * i]) <= 2 && std::abs(values[2 * i + 1]) <= 2;
        }
        const auto width = uint32_t(uv.width_px);
        for (uint32_t r = 0; r + 1 < uint32_t(uv.height_px); ++r)
            for (uint32_t c = 0; c + 1 < width; ++c) {
                const uint32_t a = r * width + c, b = a + 1, d = a + width, e = d + 1;
                add_block(a, b, d, e, usable);
            }
    }
    float signed_area(const Tri& f) const {
        return cross(points_[f[1]] - points_[f[0]], points_[f[2]] - points_[f[0]]) / 2;
    }
    float longest_edge(const Tri& f) const {
        return std::max({edge(f, 0), edge(f, 1), edge(f, 2)});
    }
    void drop_folds() {
        double sum = 0;
        for (const Tri& f : faces_) sum += double(signed_area(f));
        keep([&](const Tri& f) { return double(signed_area(f)) * sum > 0; });
    }
    void drop_tears(double max_edge) {
        if (faces_.empty()) return;
        std::vector<float> edges;
        edges.reserve(3 * faces_.size());
        for (const Tri& f : faces_)
            for (size_t k = 0; k < 3; ++k) edges.push_back(edge(f, k));
        const auto middle = edges.begin() + ptrdiff_t(edges.size() / 2);
        std::nth_element(edges.begin(), middle, edges.end());
        const double limit = max_edge * double(*middle);
        keep([&](const Tri& f) { return double(longest_edge(f)) <= limit; });
    }
    const std::vector<Vec2f>& points() const { return points_; }
    const std::vector<Tri>& faces() const { return faces_; }

private:
    float edge(const Tri& f, size_t k) const { return length(points_[f[(k + 1) % 3]] - points_[f[k]]); }
    void add_block(uint32_t a, uint32_t b, uint32_t d, uint32_t e, const std::vector<uint8_t>& usable) {
        const int count = usable[a] + usable[b] + usable[d] + usable[e];
        if (count < 3) return;
        if (count == 3) {
            if (!usable[a])
                faces_.push_back({b, e, d});
            else if (!usable[b])
                faces_.push_back({a, e, d});
            else if (!usable[d])
                faces_.push_back({a, b, e});
            else
                faces_.push_back({a, b, d});
        } else if (length(points_[e] - points_[a]) <= length(points_[d] - points_[b])) {
            faces_.push_back({a, b, e});
            faces_.push_back({a, e, d});
        } else {
            faces_.push_back({a, b, d});
            faces_.push_back({b, e, d});
        }
    }
    template <class F>
    void keep(const F& wanted) {
        faces_.erase(std::remove_if(faces_.begin(), faces_.end(), [&](const Tri& f) { return !wanted(f); }),
                     faces_.end());
    }

    std::vector<Vec2f> points_;
    std::vector<Tri> faces_;
};

}  // namespace

Image rasterise_uv(const Image& uv, const Image& mask, const Image& depth, int h, int w, double max_edge) {
    check(uv, mask, depth, h, w);
    Triangles sheet(uv, mask.values<uint8_t>(), h, w);
    sheet.drop_folds();
    sheet.drop_tears(max_edge);
    const std::vector<Tri>& faces = sheet.faces();

    // raster() takes [0,1]: a grid with half a sheet on each side.
    const int margin_x = w / 2 + 1, margin_y = h / 2 + 1, all_w = w + 2 * margin_x, all_h = h + 2 * margin_y;
    std::vector<Vec2f> places(sheet.points().size());
    for (const Tri& f : faces)
        for (const uint32_t i : f)
            places[i] = {(sheet.points()[i].x + float(margin_x)) / float(all_w),
                         (sheet.points()[i].y + float(margin_y)) / float(all_h)};
    std::vector<float> rank(faces.size());  // the largest counts
    for (size_t f = 0; f < faces.size(); ++f) {
        if (depth.channels == 0) {
            rank[f] = std::abs(sheet.signed_area(faces[f]));
            continue;
        }
        const auto z = depth.values<float>();
        rank[f] = -(z[faces[f][0]] + z[faces[f][1]] + z[faces[f][2]]);
    }
    Image map(h, w, 2, PixelType::F32, ColorSpace::Data);
    std::fill(map.values<float>().begin(), map.values<float>().end(), kNaN);
    std::vector<float> best(size_t(h) * size_t(w), -std::numeric_limits<float>::infinity());
    const auto view = map.view<float>();
    const auto centre = [&](uint32_t i) {
        return Vec2d{double(i % uint32_t(uv.width_px)) + 0.5, double(i / uint32_t(uv.width_px)) + 0.5};
    };
    raster(places, faces, all_h, all_w, [&](int row, int column, const TexelHit& hit) {
        row -= margin_y;
        column -= margin_x;
        if (row < 0 || column < 0 || row >= h || column >= w) return;
        float& kept = best[size_t(row) * size_t(w) + size_t(column)];
        if (!(rank[size_t(hit.face)] > kept)) return;
        kept = rank[size_t(hit.face)];
        const Tri& f = faces[size_t(hit.face)];
        const Vec2d px = (1 - hit.b1 - hit.b2) * centre(f[0]) + hit.b1 * centre(f[1]) + hit.b2 * centre(f[2]);
        float* const texel = view.pixel(row, column);
        texel[0] = float(2 * px.x / uv.width_px - 1);
        texel[1] = float(2 * px.y / uv.height_px - 1);
    });
    return map;
}

}  // namespace radforge::geometry
