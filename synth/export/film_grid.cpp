// SPDX-License-Identifier: Apache-2.0
#include "synth/export/film_grid.h"

#include "synth/base/error.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace radforge::exporter {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

/// One channel at one resolution; `known` marks values that count.
struct Level {
    int height = 0, width = 0;
    std::vector<double> value;
    std::vector<char> known;
    Level(int h, int w) : height(h), width(w), value(size_t(h) * size_t(w)), known(value.size()) {}
    size_t at(int r, int c) const { return size_t(r) * size_t(width) + size_t(c); }
};

Level halved(const Level& fine) {
    Level coarse((fine.height + 1) / 2, (fine.width + 1) / 2);
    for (int r = 0; r < coarse.height; ++r)
        for (int c = 0; c < coarse.width; ++c) {
            double sum = 0;
            int count = 0;
            for (int y = 2 * r; y < std::min(2 * r + 2, fine.height); ++y)
                for (int x = 2 * c; x < std::min(2 * c + 2, fine.width); ++x)
                    if (fine.known[fine.at(y, x)]) sum += fine.value[fine.at(y, x)], ++count;
            if (count == 0) continue;
            coarse.value[coarse.at(r, c)] = sum / count;
            coarse.known[coarse.at(r, c)] = 1;
        }
    return coarse;
}

double bilinear_inside(const Level& level, double row, double column) {
    const double r = std::clamp(row, 0.0, double(level.height - 1)),
                 c = std::clamp(column, 0.0, double(level.width - 1));
    const int r0 = int(r), c0 = int(c), r1 = std::min(r0 + 1, level.height - 1),
              c1 = std::min(c0 + 1, level.width - 1);
    const double fr = r - r0, fc = c - c0;
    return (1 - fr) * ((1 - fc) * level.value[level.at(r0, c0)] + fc * level.value[level.at(r0, c1)]) +
           fr * ((1 - fc) * level.value[level.at(r1, c0)] + fc * level.value[level.at(r1, c1)]);
}

void push_pull(Level& fine) {
    if (std::find(fine.known.begin(), fine.known.end(), char(0)) == fine.known.end()) return;
    Level coarse = halved(fine);
    push_pull(coarse);
    for (int r = 0; r < fine.height; ++r)
        for (int c = 0; c < fine.width; ++c)
            if (!fine.known[fine.at(r, c)])
                fine.value[fine.at(r, c)] = bilinear_inside(coarse, (r - 0.5) / 2, (c - 0.5) / 2);
}

/// Least-squares a + b x + c y; x and y are centred to [-0.5, 0.5], so that the system is well conditioned.
struct Trend {
    double a = 0, b = 0, c = 0;
    double operator()(double x, double y) const { return a + b * x + c * y; }
};

double determinant(const std::array<Vec3d, 3>& m) { return dot(m[0], cross(m[1], m[2])); }

Trend fit(const Level& level) {
    std::array<Vec3d, 3> m;  // normal equations, columns are alike to rows
    Vec3d right;
    int64_t count = 0;
    for (int r = 0; r < level.height; ++r)
        for (int c = 0; c < level.width; ++c) {
            if (!level.known[level.at(r, c)]) continue;
            const Vec3d basis{1, (c + 0.5) / level.width - 0.5, (r + 0.5) / level.height - 0.5};
            for (int i = 0; i < 3; ++i) m[size_t(i)] += basis * basis[i];
            right += basis * level.value[level.at(r, c)];
            ++count;
        }
    if (count < 3)
        throw Error(ErrorKind::BadData, "too little of the film is seen to fill the rest")
            .got(std::to_string(count) + " texels");
    const double d = determinant(m);
    if (!(std::abs(d) > 1e-12 * double(count) * double(count) * double(count)))
        return {right.x / double(count), 0, 0};  // texels of one line: only the mean is certain
    const auto solved = [&](size_t column) {     // the matrix is symmetric: replace a row instead of a column
        std::array<Vec3d, 3> replaced = m;
        replaced[column] = right;
        return determinant(replaced) / d;
    };
    return {solved(0), solved(1), solved(2)};
}

double node(int i, int count, Nodes nodes) {
    switch (nodes) {
        case Nodes::Corners:
            return double(i) / (count - 1);
        case Nodes::Ends:
            return double(i + 1) / count;
        case Nodes::Centres:
            break;
    }
    return (i + 0.5) / count;
}

struct Between {
    int first = 0;
    double part = 0;  ///< below 0 or above 1 beyond the outermost centres
};
Between between(double position01, int count, Nodes nodes) {
    const double at = nodes == Nodes::Corners ? position01 * (count - 1) : position01 * count - 0.5;
    const int first = std::clamp(int(std::floor(at)), 0, count - 2);
    return {first, at - first};
}

double bilinear(const ImageView<const float>& map, Between y, Between x, int channel) {
    const auto row = [&](int i) {
        return (1 - x.part) * double(map(i, x.first, channel)) +
               x.part * double(map(i, x.first + 1, channel));
    };
    return (1 - y.part) * row(y.first) + y.part * row(y.first + 1);
}

void take_from(const Image& nodes, Image& map) {
    RADFORGE_ASSERT(nodes.channels == map.channels && nodes.height_px >= 2 && nodes.width_px >= 2);
    const auto in = nodes.view<float>();
    const auto out = map.view<float>();
    for (int r = 0; r < map.height_px; ++r) {
        const Between y = between((r + 0.5) / map.height_px, nodes.height_px, Nodes::Corners);
        for (int c = 0; c < map.width_px; ++c) {
            const Between x = between((c + 0.5) / map.width_px, nodes.width_px, Nodes::Corners);
            for (int k = 0; k < map.channels; ++k)
                if (std::isnan(out(r, c, k))) out(r, c, k) = float(bilinear(in, y, x, k));
        }
    }
}

}  // namespace

Image fill_holes(const Image& map, const std::optional<Image>& nodes) {
    Image filled = map;
    if (nodes) take_from(*nodes, filled);
    const auto out = filled.view<float>();
    for (int k = 0; k < map.channels; ++k) {
        Level level(map.height_px, map.width_px);
        for (int r = 0; r < level.height; ++r)
            for (int c = 0; c < level.width; ++c) {
                const float value = out(r, c, k);
                level.known[level.at(r, c)] = std::isnan(value) ? 0 : 1;
                level.value[level.at(r, c)] = std::isnan(value) ? 0 : double(value);
            }
        const Trend trend = fit(level);
        const auto trend_at = [&](int r, int c) {
            return trend((c + 0.5) / level.width - 0.5, (r + 0.5) / level.height - 0.5);
        };
        for (int r = 0; r < level.height; ++r)
            for (int c = 0; c < level.width; ++c) level.value[level.at(r, c)] -= trend_at(r, c);
        push_pull(level);
        for (int r = 0; r < level.height; ++r)
            for (int c = 0; c < level.width; ++c)
                if (!level.known[level.at(r, c)])
                    out(r, c, k) = float(level.value[level.at(r, c)] + trend_at(r, c));
    }
    return filled;
}

Image resample(const Image& map, int height, int width, Nodes nodes) {
    RADFORGE_ASSERT(map.height_px >= 2 && map.width_px >= 2);
    Image result(height, width, map.channels, PixelType::F32, map.space);
    const auto in = map.view<float>();
    const auto out = result.view<float>();
    for (int r = 0; r < height; ++r) {
        const Between y = between(node(r, height, nodes), map.height_px, Nodes::Centres);
        for (int c = 0; c < width; ++c) {
            const Between x = between(node(c, width, nodes), map.width_px, Nodes::Centres);
            for (int k = 0; k < map.channels; ++k) out(r, c, k) = float(bilinear(in, y, x, k));
        }
    }
    return result;
}

Image bm_in_pixels(const FilmSample& film) {
    Image map = film.bm;
    const auto out = map.view<float>();
    for (int r = 0; r < map.height_px; ++r)
        for (int c = 0; c < map.width_px; ++c) {
            out(r, c, 0) = float((double(out(r, c, 0)) + 1) / 2 * film.photo.width_px);
            out(r, c, 1) = float((double(out(r, c, 1)) + 1) / 2 * film.photo.height_px);
        }
    return fill_holes(map, film.grid2d);
}

Image wc_on_film(const FilmSample& film) {
    const int h = film.bm.height_px, w = film.bm.width_px;
    const auto bm = film.bm.view<float>(), uv = film.uv.view<float>(), wc = film.wc_m.view<float>();
    const auto mask = film.mask.view<uint8_t>();
    Image result(h, w, 3, PixelType::F32, ColorSpace::Data);
    const auto out = result.view<float>();
    for (int i = 0; i < h; ++i)
        for (int j = 0; j < w; ++j) {
            for (int k = 0; k < 3; ++k) out(i, j, k) = kNaN;
            if (std::isnan(bm(i, j, 0))) continue;
            const double x = (double(bm(i, j, 0)) + 1) / 2 * film.photo.width_px - 0.5,
                         y = (double(bm(i, j, 1)) + 1) / 2 * film.photo.height_px - 0.5;
            const int c = int(std::floor(x)), r = int(std::floor(y));
            if (c < 0 || r < 0 || c + 1 >= film.photo.width_px || r + 1 >= film.photo.height_px) continue;
            if (!mask(r, c) || !mask(r, c + 1) || !mask(r + 1, c) || !mask(r + 1, c + 1)) continue;
            const double fx = x - c, fy = y - r;
            const auto lerp = [&](const ImageView<const float>& map, int k) {
                return (1 - fy) * ((1 - fx) * double(map(r, c, k)) + fx * double(map(r, c + 1, k))) +
                       fy * ((1 - fx) * double(map(r + 1, c, k)) + fx * double(map(r + 1, c + 1, k)));
            };
            if (std::abs(lerp(uv, 0) * w - (j + 0.5)) > 1 || std::abs(lerp(uv, 1) * h - (i + 0.5)) > 1)
                continue;
            for (int k = 0; k < 3; ++k) out(i, j, k) = float(lerp(wc, k));
        }
    return result;
}

FilmFrame film_frame(const FilmSample& film, const Image& wc) {
    const auto at = wc.view<float>();
    const auto flat = [&](int r, int c) {
        return Vec2d{((c + 0.5) / wc.width_px - 0.5) * film.width_m,
                     (0.5 - (r + 0.5) / wc.height_px) * film.height_m};
    };
    Vec3d mean;
    Vec2d flat_mean;
    int64_t count = 0;
    for (int r = 0; r < wc.height_px; ++r)
        for (int c = 0; c < wc.width_px; ++c) {
            if (std::isnan(at(r, c, 0))) continue;
            mean += Vec3d{at(r, c, 0), at(r, c, 1), at(r, c, 2)};
            flat_mean = flat_mean + flat(r, c);
            ++count;
        }
    const Error unseen = Error(ErrorKind::BadData, "too little of the film is seen to fix its frame");
    if (count < 3) throw unseen;
    mean = mean / double(count);
    flat_mean = flat_mean * (1 / double(count));
    Vec3d along_x, along_y;  // columns of the cross-covariance H
    for (int r = 0; r < wc.height_px; ++r)
        for (int c = 0; c < wc.width_px; ++c) {
            if (std::isnan(at(r, c, 0))) continue;
            const Vec3d p = Vec3d{at(r, c, 0), at(r, c, 1), at(r, c, 2)} - mean;
            const Vec2d q = flat(r, c) - flat_mean;
            along_x += p * q.x;
            along_y += p * q.y;
        }
    // H (H^T H)^(-1/2): the square root S of a 2 x 2 matrix M is (M + sqrt(det M) I) / sqrt(tr M + 2 sqrt(det
    // M)).
    const double a = dot(along_x, along_x), b = dot(along_x, along_y), d = dot(along_y, along_y);
    const double root = std::sqrt(std::max(0.0, a * d - b * b)), scale = std::sqrt(a + d + 2 * root);
    if (!(root > 1e-9 * (a + d))) throw unseen;
    const double sa = (a + root) / scale, sb = b / scale, sd = (d + root) / scale, det = sa * sd - sb * sb;
    FilmFrame frame;
    const Vec3d x = (along_x * sd - along_y * sb) / det, y = (along_y * sa - along_x * sb) / det;
    frame.axes.rows[0] = x;
    frame.axes.rows[1] = y;
    frame.axes.rows[2] = cross(x, y);
    frame.origin_m = mean - x * flat_mean.x - y * flat_mean.y;
    return frame;
}

}  // namespace radforge::exporter
