// SPDX-License-Identifier: Apache-2.0
#include "synth/film/scout.h"

#include "synth/base/error.h"

#include <algorithm>
#include <cmath>

namespace radforge::film {
namespace {

constexpr int kAirHu = -1000;

/// The volume averaged along one in-plane axis: values[s][i], i along the other axis.
struct Projection {
    std::vector<float> values;
    int length;
    double spacing_mm;
    Vec3d along;  ///< direction of i
};

Projection project(const Volume& v, bool along_columns) {
    Projection p{{},
                 along_columns ? v.rows : v.columns,
                 along_columns ? v.row_spacing_mm : v.column_spacing_mm,
                 along_columns ? v.column_direction : v.row_direction};
    p.values.assign(size_t(v.slices) * size_t(p.length), 0.0f);
    const float share = 1.0f / float(along_columns ? v.columns : v.rows);
    std::vector<int64_t> sum(size_t(p.length));
    for (int s = 0; s < v.slices; ++s) {
        const auto slice = v.slice(s);
        std::fill(sum.begin(), sum.end(), 0);
        for (int r = 0; r < v.rows; ++r) {
            const int16_t* hu = slice.pixel(r, 0);
            int32_t row = 0;  // at most 65535 columns fit
            for (int c = 0; c < v.columns; ++c) {
                const int value = std::max(kAirHu, int(hu[c]));
                if (along_columns)
                    row += value;
                else
                    sum[size_t(c)] += value;
            }
            if (along_columns) sum[size_t(r)] = row;
        }
        for (size_t i = 0; i < sum.size(); ++i)
            p.values[size_t(s) * size_t(p.length) + i] = share * float(sum[i]);
    }
    return p;
}

}  // namespace

Scout make_scout(const Volume& volume, double pixel_mm) {
    if (volume.slices < 2) throw Error(ErrorKind::BadData, "a scout view needs at least 2 slices");
    Scout scout;
    scout.pixel_mm = pixel_mm;
    scout.lateral = volume.body_part == BodyPart::Head || volume.body_part == BodyPart::Neck;
    // Average along the in-plane axis nearest to the view: x for a lateral view, y for a frontal one.
    const bool row_is_x = std::abs(volume.row_direction.x) >= std::abs(volume.row_direction.y);
    const Projection p = project(volume, scout.lateral == row_is_x);

    // Plane coordinates: a along the patient axis across the picture, b towards the head.
    const auto across_of = [&](Vec3d d) { return scout.lateral ? d.y : d.x; };
    const auto flat = [&](Vec3d d) { return Vec2d{across_of(d), d.z}; };
    const Vec2d along = flat(p.along) * p.spacing_mm;
    std::vector<Vec2d> starts;
    for (const Vec3d& origin : volume.slice_origin_mm) starts.push_back(flat(origin));
    Vec2d lo = starts[0], hi = starts[0];
    for (const Vec2d& start : starts)
        for (const Vec2d end : {start, start + along * double(p.length)}) {
            lo = {std::min(lo.x, end.x), std::min(lo.y, end.y)};
            hi = {std::max(hi.x, end.x), std::max(hi.y, end.y)};
        }
    const int width = std::max(1, int(std::ceil((hi.x - lo.x) / pixel_mm)));
    const int height = std::max(1, int(std::ceil((hi.y - lo.y) / pixel_mm)));
    scout.hu = Image(height, width, 1, PixelType::F32, ColorSpace::Data);
    const auto to_px = [&](Vec2d ab) { return Vec2d{(ab.x - lo.x) / pixel_mm, (hi.y - ab.y) / pixel_mm}; };
    for (const Vec2d& start : starts)
        scout.lines.push_back({to_px(start), to_px(start + along * double(p.length))});

    // For a pixel, the pair of slices around it: distance to slice s measured across its line.
    const Vec2d unit = along * (1 / length(along));
    const auto above = [&](Vec2d at, size_t s) { return cross(unit, at - starts[s]); };
    const double sense = above(starts.back(), 0) >= 0 ? 1 : -1;
    std::vector<float> inside;
    const auto out = scout.hu.view<float>();
    for (int r = 0; r < height; ++r)
        for (int c = 0; c < width; ++c) {
            out(r, c) = float(kAirHu);
            const Vec2d at{lo.x + (c + 0.5) * pixel_mm, hi.y - (r + 0.5) * pixel_mm};
            const auto beyond = std::partition_point(starts.begin(), starts.end(), [&](const Vec2d& start) {
                return sense * cross(unit, at - start) >= 0;
            });
            if (beyond == starts.begin() || beyond == starts.end()) continue;
            const size_t s1 = size_t(beyond - starts.begin()), s0 = s1 - 1;
            const double d0 = std::abs(above(at, s0)), d1 = std::abs(above(at, s1));
            const double t = d0 + d1 > 0 ? d0 / (d0 + d1) : 0;
            const Vec2d start = starts[s0] * (1 - t) + starts[s1] * t;
            const int i = int(std::floor(dot(at - start, unit) / p.spacing_mm));
            if (i < 0 || i >= p.length) continue;
            const auto value = [&](size_t s) { return p.values[s * size_t(p.length) + size_t(i)]; };
            out(r, c) = float(1 - t) * value(s0) + float(t) * value(s1);
            inside.push_back(out(r, c));
        }
    if (inside.empty()) throw Error(ErrorKind::BadData, "the volume is too thin for a scout view");
    const auto percentile = [&](double share) {
        const auto at = inside.begin() + ptrdiff_t(share * double(inside.size() - 1));
        std::nth_element(inside.begin(), at, inside.end());
        return double(*at);
    };
    const double low = percentile(0.02), high = percentile(0.995);
    scout.window_center_hu = 0.5 * (low + high);
    scout.window_width_hu = std::max(2.0, high - low);
    return scout;
}

}  // namespace radforge::film
