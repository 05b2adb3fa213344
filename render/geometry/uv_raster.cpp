// SPDX-License-Identifier: Apache-2.0
#include "render/geometry/uv_raster.h"

#include "synth/base/error.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace radforge::geometry {
namespace {

constexpr int kFractionBits = 16, kLargestSide = 16384;  // so that an edge function stays below 2^62
constexpr int64_t kOne = int64_t(1) << kFractionBits, kHalf = kOne / 2;

struct Fixed {
    int64_t x, y;
};

int64_t doubled_area(Fixed a, Fixed b, Fixed p) {
    return (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x);
}

/// One side a -> b of a triangle with positive area (y down): >= bias inside.
struct Edge {
    int64_t value, step_x, step_y, bias;
    Edge(Fixed a, Fixed b, Fixed start)
        : value(doubled_area(a, b, start)), step_x(-(b.y - a.y) * kOne), step_y((b.x - a.x) * kOne) {
        const bool left = b.y < a.y, top = b.y == a.y && b.x > a.x;
        bias = left || top ? 0 : 1;
    }
};

/// First index whose centre is at or beyond `at`.
int first_centre(int64_t at) { return int((at + kHalf - 1) >> kFractionBits); }
int last_centre(int64_t at) { return int((at - kHalf) >> kFractionBits); }

std::vector<Fixed> to_fixed(Span<const Vec2f> uv, int h, int w) {
    std::vector<Fixed> points;
    points.reserve(uv.size());
    for (const Vec2f& p : uv) {
        if (!(p.x >= 0 && p.x <= 1 && p.y >= 0 && p.y <= 1))
            throw Error(ErrorKind::BadData, "a texture coordinate is outside the sheet")
                .got("(" + std::to_string(p.x) + ", " + std::to_string(p.y) + ") at vertex " +
                     std::to_string(points.size()))
                .expected("0..1");
        points.push_back({std::llround(double(p.x) * w * kOne), std::llround(double(p.y) * h * kOne)});
    }
    return points;
}

}  // namespace

int64_t raster(Span<const Vec2f> uv, Span<const Tri> faces, int h, int w, const TexelVisitor& visit) {
    if (h < 1 || w < 1 || h > kLargestSide || w > kLargestSide)
        throw Error(ErrorKind::BadData, "impossible texture size")
            .got(std::to_string(w) + " x " + std::to_string(h))
            .expected("1..16384 texels a side");
    const std::vector<Fixed> points = to_fixed(uv, h, w);
    int64_t degenerate = 0;
    for (size_t f = 0; f < faces.size(); ++f) {
        for (const uint32_t i : faces[f])
            if (i >= points.size())
                throw Error(ErrorKind::BadData,
                            "face " + std::to_string(f) + " names a vertex that is not there");
        Fixed a = points[faces[f][0]], b = points[faces[f][1]], c = points[faces[f][2]];
        int64_t area = doubled_area(a, b, c);
        if (area == 0) {
            ++degenerate;
            continue;
        }
        const bool turned = area < 0;
        if (turned) {
            std::swap(b, c);
            area = -area;
        }
        const int left = std::max(0, first_centre(std::min({a.x, b.x, c.x})));
        const int right = std::min(w - 1, last_centre(std::max({a.x, b.x, c.x})));
        const int top = std::max(0, first_centre(std::min({a.y, b.y, c.y})));
        const int bottom = std::min(h - 1, last_centre(std::max({a.y, b.y, c.y})));
        const Fixed start{left * kOne + kHalf, top * kOne + kHalf};
        Edge bc(b, c, start), ca(c, a, start), ab(a, b, start);
        const double scale = 1.0 / double(area);
        for (int row = top; row <= bottom; ++row) {
            int64_t at_bc = bc.value, at_ca = ca.value, at_ab = ab.value;
            for (int column = left; column <= right; ++column) {
                if (at_bc >= bc.bias && at_ca >= ca.bias && at_ab >= ab.bias) {
                    const double of_b = double(at_ca) * scale, of_c = double(at_ab) * scale;
                    visit(row, column, {int32_t(f), turned ? of_c : of_b, turned ? of_b : of_c});
                }
                at_bc += bc.step_x;
                at_ca += ca.step_x;
                at_ab += ab.step_x;
            }
            bc.value += bc.step_y;
            ca.value += ca.step_y;
            ab.value += ab.step_y;
        }
    }
    return degenerate;
}

}  // namespace radforge::geometry
