// SPDX-License-Identifier: Apache-2.0
#include "render/path/texture.h"

#include "render/optics/doubles4.h"
#include "render/path/elementary.h"
#include "synth/base/error.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#ifdef __AVX__
#include <immintrin.h>
#endif

namespace radforge::path {

namespace {

/// Three linear values a pixel, one pixel after the other.
std::vector<float> decoded(const Image& image) {
    std::vector<float> values(3 * size_t(image.height_px) * size_t(image.width_px));
    const auto fill = [&](auto from, auto convert) {
        if (image.channels == 3)
            std::transform(from.begin(), from.end(), values.begin(), convert);
        else
            for (size_t i = 0; i < values.size(); ++i) values[i] = convert(from[i / 3]);
    };
    const auto by_table = [&](auto from, float largest) {
        std::vector<float> table(size_t(largest) + 1);
        for (size_t i = 0; i < table.size(); ++i) {
            const float v = float(i) / largest;
            table[i] = image.space == ColorSpace::Srgb ? linear_from_srgb(v) : v;
        }
        fill(from, [&](auto v) { return table[v]; });
    };
    if (image.type == PixelType::F32)
        fill(image.values<float>(), [](float v) { return v; });
    else if (image.type == PixelType::U16)
        by_table(image.values<uint16_t>(), 65535);
    else if (image.type == PixelType::U8)
        by_table(image.values<uint8_t>(), 255);
    else
        throw Error(ErrorKind::BadData, "a texture needs u8, u16 or f32 values");
    return values;
}

void check_range(Span<const float> values) {
    int outside = 0;
    for (const float v : values) outside |= int(!(v >= 0)) | int(!(v <= kMaxHalf));
    if (outside == 0) return;
    for (const float v : values)
        if (!(v >= 0 && v <= kMaxHalf))
            throw Error(ErrorKind::BadData, "texture value out of range")
                .got(std::to_string(v))
                .expected("0..65504, finite");
}

/// Fine texels below one coarse texel, with their shares of its width.
struct Taps {
    int first = 0, count = 0;
    std::array<float, 3> share{};
};
std::vector<Taps> taps(int fine, int coarse) {
    std::vector<Taps> all(static_cast<size_t>(coarse));
    const double scale = double(fine) / coarse;
    for (int i = 0; i < coarse; ++i) {
        Taps& t = all[size_t(i)];
        const double lo = i * scale, hi = lo + scale;
        t.first = int(lo);
        for (int k = t.first; k < fine && t.count < 3; ++k) {
            const double share = std::min(hi, k + 1.0) - std::max(lo, double(k));
            if (share <= 1e-9) break;
            t.share[size_t(t.count++)] = float(share / scale);
        }
    }
    return all;
}

/// Area-weighted halving; an odd side spreads its texels over fractions of the coarser ones.
std::vector<float> halve(const float* fine, int width, int height, int coarse_width, int coarse_height) {
    const size_t length = 3 * size_t(width);
    std::vector<float> coarse(3 * size_t(coarse_width) * size_t(coarse_height)), line(length);
    const std::vector<Taps> rows = taps(height, coarse_height), columns = taps(width, coarse_width);
    float* to = coarse.data();
    for (const Taps& r : rows) {
        for (int a = 0; a < r.count; ++a) {
            const float* from = fine + size_t(r.first + a) * length;
            const float share = r.share[size_t(a)];
            if (a == 0)
                for (size_t j = 0; j < length; ++j) line[j] = share * from[j];
            else
                for (size_t j = 0; j < length; ++j) line[j] += share * from[j];
        }
        for (const Taps& t : columns) {
            const float* from = &line[3 * size_t(t.first)];
            for (size_t c = 0; c < 3; ++c) {
                float sum = 0;
                for (int b = 0; b < t.count; ++b) sum += t.share[size_t(b)] * from[3 * size_t(b) + c];
                to[c] = sum;
            }
            to += 3;
        }
    }
    return coarse;
}

/// Longest sides of a footprint that is integrated over the texels of a level.
constexpr int kShortTexels = 32, kLongTexels = 512;

#ifdef __AVX__
constexpr int kLanes = 8;  // texels of a row that are weighed together; the weights do not depend on it
#else
constexpr int kLanes = 4;
#endif
using Lanes = float __attribute__((vector_size(4 * kLanes)));

inline Lanes least(const Lanes& a, const Lanes& b) {
#ifdef __AVX__
    return _mm256_min_ps(a, b);
#else
    return a < b ? a : b;
#endif
}
inline Lanes most(const Lanes& a, const Lanes& b) {
#ifdef __AVX__
    return _mm256_max_ps(a, b);
#else
    return a > b ? a : b;
#endif
}

/// Integral of a tent of width 2 up to d from its middle.
inline Lanes tent_below(const Lanes& d) {
    const Lanes one = Lanes{} + 1.0f, c = most(least(d, one), -one);
    return 0.5f + c - 0.5f * c * most(c, -c);
}

/// Part of a row of texels from one place to another, in columns.
struct Line {
    float from, to;
    /// What it takes of the tents of kLanes columns.
    Lanes share(int first_column) const {
        Lanes column;
        for (int k = 0; k < kLanes; ++k) column[k] = float(first_column + k);
        return tent_below(to - column) - tent_below(from - column);
    }
};

/// Weights of the texels of two rows one below the other, of kGroups groups of columns.
template <int kGroups>
struct NarrowRows {
    NarrowRows<kGroups - 1> before;
    Lanes upper{}, lower{};

    /// A texel beyond the line takes exactly nothing.
    void add(const Line& line, float share_upper, float share_lower) {
        before.add(line, share_upper, share_lower);
        const Lanes share = line.share((kGroups - 1) * kLanes);
        upper += share_upper * share;
        lower += share_lower * share;
    }
    /// Hands out the upper row's; the lower row becomes the upper one.
    void next(float* weights) {
        before.next(weights);
        std::memcpy(weights + (kGroups - 1) * kLanes, &upper, sizeof(Lanes));
        upper = lower;
        lower = Lanes{};
    }
};
template <>
struct NarrowRows<0> {
    void add(const Line&, float, float) {}
    void next(float*) {}
};

/// The same of any number of columns.
class WideRows {
public:
    explicit WideRows(int columns) : groups_(columns / kLanes + 1) {
        std::fill_n(upper_, groups_, Lanes{});
        std::fill_n(lower_, groups_, Lanes{});
    }
    void add(const Line& line, float share_upper, float share_lower) {
        const int begin = std::max(0, int(line.from)) / kLanes,
                  end = std::min((int(line.to) + 1) / kLanes + 1, groups_);
        for (int g = begin; g < end; ++g) {
            const Lanes share = line.share(g * kLanes);
            upper_[g] += share_upper * share;
            lower_[g] += share_lower * share;
        }
    }
    void next(float* weights) {
        std::memcpy(weights, upper_, size_t(groups_) * sizeof(Lanes));
        std::swap(upper_, lower_);
        std::fill_n(lower_, groups_, Lanes{});
    }
    static constexpr int kMostGroups = (kLongTexels + kShortTexels + 4) / kLanes + 1;

private:
    int groups_;
    std::array<std::array<Lanes, kMostGroups>, 2> buffer_;
    Lanes *upper_ = buffer_[0].data(), *lower_ = buffer_[1].data();
};

/// Weights of the texels for the mean over a parallelogram of their bilinear interpolant: along a row the
/// integral of each texel's tent, across rows two-point Gauss quadrature between the corners' and the texels'
/// rows, exact for upright rectangles.
class Footprint {
public:
    /// @param centre,a,b in texels, with their centres at whole numbers
    Footprint(Vec2d centre, Vec2d a, Vec2d b) : centre_(centre), a_(a), b_(b) {
        if (std::fabs(a_.y) < std::fabs(b_.y)) std::swap(a_, b_);
        const double x = 0.5 * (std::fabs(a.x) + std::fabs(b.x)), y = 0.5 * (std::fabs(a.y) + std::fabs(b.y));
        first_column_ = int(std::floor(centre.x - x));
        columns_ = int(std::floor(centre.x + x)) + 2 - first_column_;
        low_ = centre.y - y;
        high_ = centre.y + y;
        inverse_rise_ = 1 / a_.y;
        slope_ = b_.y * inverse_rise_;
        inverse_slope_ = 1 / slope_;
        step_ = b_.x - slope_ * a_.x;
        inner_sweep_ = std::fabs(a_.x / a_.y);
        outer_sweep_ = std::fabs(b_.x / b_.y);
    }
    bool has_area() const {
        return std::fabs(cross(a_, b_)) > 1e-12 && std::fabs(a_.y) > 1e-12 &&
               columns_ < WideRows::kMostGroups * kLanes;
    }
    int first_column() const { return first_column_; }
    int columns() const { return columns_; }

    /// @param add_row called as (row, weights of columns()) for each row in turn
    /// @return sum of the weights
    template <class AddRow>
    float weigh(const AddRow& add_row) const {
        if (columns_ < kLanes) return weigh(NarrowRows<1>{}, add_row);
        if (columns_ < 2 * kLanes) return weigh(NarrowRows<2>{}, add_row);
        if (columns_ < 3 * kLanes) return weigh(NarrowRows<3>{}, add_row);
        return weigh(WideRows(columns_), add_row);
    }

private:
    /// Parts of some rows, each without a corner or a texel's row inside.
    struct Pieces {
        static constexpr size_t kMostInRow = 4 * 5;  // four parts in four, or five by rounding
        static constexpr size_t kMost = 64 + kMostInRow + 1;
        size_t count = 0;
        std::array<double, kMost> y, height, row;
        void add(double from, double high, double of_row) {
            y[count] = from;
            height[count] = high;
            row[count++] = of_row;
        }
    };
    /// The lines of Gauss' rule in them, two a piece.
    struct Lines {
        alignas(16) std::array<float, 2 * Pieces::kMost + 2> from, to, share_upper, share_lower;
    };

    template <class Rows, class AddRow>
    float weigh(Rows rows, const AddRow& add_row) const {
        alignas(Lanes) std::array<float, size_t(WideRows::kMostGroups * kLanes)> weights;
        std::array<size_t, Pieces::kMost + 1> ends;
        Pieces pieces;
        Lines lines;
        double total = 0, y = low_;
        int row = int(std::floor(low_));
        while (y < high_) {
            pieces.count = 0;
            size_t count = 0;
            for (; y < high_ && pieces.count + Pieces::kMostInRow < Pieces::kMost; ++count) {
                y = cut(y, row + int(count), pieces);
                ends[count] = pieces.count;
            }
            find(pieces, lines);
            for (size_t i = 0, piece = 0; i < count; ++i) {
                for (; piece < ends[i]; ++piece)
                    for (const size_t k : {2 * piece, 2 * piece + 1}) {
                        const Line line{lines.from[k], lines.to[k]};
                        rows.add(line, lines.share_upper[k], lines.share_lower[k]);
                        // of the rounded ends, as the weights are
                        total += 0.5 * pieces.height[piece] * double(line.to - line.from);
                    }
                rows.next(weights.data());
                add_row(row++, weights.data());
            }
        }
        rows.next(weights.data());
        add_row(row, weights.data());
        return float(total);
    }
    /// A row's part from y on. @return where it ends
    double cut(double y, int row, Pieces& pieces) const {
        const double half = 0.5 * std::min(std::fabs(a_.y - b_.y), std::fabs(a_.y + b_.y));
        for (const double corner : {centre_.y - half, centre_.y + half, high_, double(row) + 1}) {
            const double end = std::min({corner, high_, double(row) + 1});
            if (!(end > y)) continue;
            // Beyond the inner corners both edges bound the lines; the flatter one sweeps many texels.
            const bool inner = y >= centre_.y - half && end <= centre_.y + half;
            const double sweep = inner ? inner_sweep_ : outer_sweep_;
            const double piece = (end - y) / std::ceil(std::min(4.0, sweep * (end - y)) + 1e-6);
            for (; y < end - 0.5 * piece; y += piece) pieces.add(y, piece, row);
            y = end;
        }
        return y;
    }
    void find(Pieces& pieces, Lines& lines) const {
        using optics::Doubles4;
        using Floats = float __attribute__((vector_size(16)));
        const auto narrow = [](const Doubles4& v) { return __builtin_convertvector(v.value, Floats); };
        const auto store = [](const Floats& v, float* to) { std::memcpy(to, &v, sizeof v); };
        pieces.add(0, 0, 0);  // beside the last, where that is without a partner
        for (size_t k = 0; k + 1 < pieces.count; k += 2) {
            const auto both = [&](const std::array<double, Pieces::kMost>& of) {
                return Doubles4(Doubles4::Native{of[k], of[k], of[k + 1], of[k + 1]});
            };
            const Doubles4 gauss(Doubles4::Native{0.21132486540518713, 0.78867513459481287,
                                                  0.21132486540518713, 0.78867513459481287});
            const Doubles4 height = both(pieces.height), at = both(pieces.y) + gauss * height,
                           below = at - both(pieces.row);
            // Points centre + s a + t b at this height: s follows from t.
            const Doubles4 d = (at - centre_.y) * inverse_rise_;
            Doubles4 t0 = -0.5, t1 = 0.5;
            if (slope_ != 0) {
                const Doubles4 u = (d - 0.5) * inverse_slope_, v = (d + 0.5) * inverse_slope_;
                t0 = larger(t0, smaller(u, v));
                t1 = smaller(t1, larger(u, v));
            }
            const Doubles4 start = centre_.x + d * a_.x, e0 = start + t0 * step_, e1 = start + t1 * step_;
            const Doubles4::Mask meets = t1 > t0;
            const Doubles4 first = double(first_column_);
            // What does not meet the parallelogram is as good as a line without length.
            store(narrow(select(meets, smaller(e0, e1) - first, 0)), &lines.from[2 * k]);
            store(narrow(select(meets, larger(e0, e1) - first, 0)), &lines.to[2 * k]);
            const Floats weight = narrow(0.5 * height);
            store(narrow(1 - below) * weight, &lines.share_upper[2 * k]);
            store(narrow(below) * weight, &lines.share_lower[2 * k]);
        }
    }
    static optics::Doubles4 smaller(const optics::Doubles4& a, const optics::Doubles4& b) {
        return select(b < a, b, a);
    }
    static optics::Doubles4 larger(const optics::Doubles4& a, const optics::Doubles4& b) {
        return select(a < b, b, a);
    }

    Vec2d centre_, a_, b_;
    int first_column_, columns_;
    double low_, high_;
    double inverse_rise_, slope_, inverse_slope_, step_;  // of b along a: |slope| <= 1
    double inner_sweep_, outer_sweep_;                    // columns a row's height along a and b
};

}  // namespace

Texture::Texture(const Image& image, Wrap wrap) : wrap_(wrap) {
    if (image.channels != 1 && image.channels != 3)
        throw Error(ErrorKind::BadData, "a texture needs 1 or 3 channels")
            .got(std::to_string(image.channels));
    std::vector<float> own;
    const bool ready = image.type == PixelType::F32 && image.channels == 3;
    if (!ready) own = decoded(image);
    const float* values = ready ? image.values<float>().data() : own.data();
    int width = image.width_px, height = image.height_px;
    check_range({values, 3 * size_t(width) * size_t(height)});
    std::vector<Level> levels;
    for (;;) {
        Level level{width, height, WideVector<HalfRgb>(size_t(width) * size_t(height))};
        for (size_t i = 0; i < level.texels.size(); ++i)
            level.texels[i] = HalfRgb({values[3 * i], values[3 * i + 1], values[3 * i + 2]});
        levels.push_back(std::move(level));
        if (width == 1 && height == 1) break;
        const int w = std::max(1, width / 2), h = std::max(1, height / 2);
        own = halve(values, width, height, w, h);
        values = own.data();
        width = w;
        height = h;
    }
    level_count_ = int(levels.size());
    std::shared_ptr<Level[]> kept(new Level[levels.size()]);
    std::move(levels.begin(), levels.end(), kept.get());
    levels_ = std::move(kept);
}

Rgbx Texture::fetch(const Level& level, int row, int column) {
    return level.texels[size_t(row) * size_t(level.width) + size_t(column)].load();
}

Rgbx Texture::bilinear_at(const Level& level, Vec2f uv) const {
    float u = uv.x, v = uv.y;
    if (wrap_ == Wrap::Repeat) {
        u -= std::floor(u);
        v -= std::floor(v);
    } else {
        u = std::min(std::max(u, 0.0f), 1.0f);
        v = std::min(std::max(v, 0.0f), 1.0f);
    }
    const float x = u * float(level.width) - 0.5f, y = v * float(level.height) - 0.5f;
    const float fx0 = std::floor(x), fy0 = std::floor(y), fx = x - fx0, fy = y - fy0;
    int x0 = int(fx0), y0 = int(fy0), x1 = x0 + 1, y1 = y0 + 1;
    if (wrap_ == Wrap::Repeat) {
        if (x0 < 0) x0 = level.width - 1;
        if (y0 < 0) y0 = level.height - 1;
        if (x1 >= level.width) x1 = 0;
        if (y1 >= level.height) y1 = 0;
    } else {
        x0 = std::max(x0, 0);
        y0 = std::max(y0, 0);
        x1 = std::min(x1, level.width - 1);
        y1 = std::min(y1, level.height - 1);
    }
    x0 = std::min(x0, level.width - 1);
    y0 = std::min(y0, level.height - 1);
    const Rgbx top = fetch(level, y0, x0) * (1 - fx) + fetch(level, y0, x1) * fx;
    const Rgbx bottom = fetch(level, y1, x0) * (1 - fx) + fetch(level, y1, x1) * fx;
    return top * (1 - fy) + bottom * fy;
}

Vec3f Texture::bilinear(int level, Vec2f uv) const {
    return to_vec3(bilinear_at(levels_[size_t(level)], uv));
}

Vec3f Texture::sample(Vec2f uv, float texels) const {
    if (!(texels > 1)) return to_vec3(bilinear_at(levels_[0], uv));
    const float lod = std::min(log2_approx(texels), float(level_count_ - 1));
    const int fine = int(lod);
    const float t = lod - float(fine);
    const Rgbx a = bilinear_at(levels_[size_t(fine)], uv);
    if (t == 0) return to_vec3(a);
    return to_vec3(a * (1 - t) + bilinear_at(levels_[size_t(fine) + 1], uv) * t);
}

Vec3f Texture::sample_parallelogram(Vec2d uv, Vec2d a, Vec2d b) const {
    const Vec2d size{double(levels_[0].width), double(levels_[0].height)};
    const double la = length(Vec2d{a.x * size.x, a.y * size.y}),
                 lb = length(Vec2d{b.x * size.x, b.y * size.y});
    // A coarser level blurs across the shorter side and beyond the ends: only where it saves much.
    double texel = 1;
    size_t level = 0;
    while ((std::min(la, lb) / texel > kShortTexels || std::max(la, lb) / texel > kLongTexels) &&
           int(level) + 1 < level_count_)
        texel *= 2, ++level;
    const Level& from = levels_[level];
    const auto texels = [&](Vec2d v) { return Vec2d{v.x * from.width, v.y * from.height}; };
    // Texel centres at whole numbers.
    const Footprint footprint(texels(uv) - Vec2d{0.5, 0.5}, texels(a), texels(b));
    if (!footprint.has_area()) return to_vec3(bilinear_at(from, {float(uv.x), float(uv.y)}));
    const auto place = [&](int i, int n) {
        if (wrap_ == Wrap::Clamp) return std::clamp(i, 0, n - 1);
        i %= n;
        return i < 0 ? i + n : i;
    };
    const int first = footprint.first_column(), columns = footprint.columns();
    // Callers go from pixel to pixel: what the next one reads is under way when it comes.
    const Vec2d next = texels(a);
    const int rows_on = int(std::lround(next.y)), next_first = first + int(std::lround(next.x));
    const bool next_inside = next_first >= 0 && next_first + columns <= from.width;
    Rgbx sum{};
    const auto add_row = [&](int row, const float* weights) {
        const HalfRgb* line = from.texels.data() + size_t(place(row, from.height)) * size_t(from.width);
        if (next_inside && row + rows_on >= 0 && row + rows_on < from.height) {
            const HalfRgb* soon =
                from.texels.data() + size_t(row + rows_on) * size_t(from.width) + size_t(next_first);
            __builtin_prefetch(soon);
            __builtin_prefetch(soon + columns - 1);
        }
        if (first >= 0 && first + columns <= from.width) {
            for (int k = 0; k < columns; ++k) sum += line[first + k].load() * weights[k];
        } else {
            for (int k = 0; k < columns; ++k) sum += line[place(first + k, from.width)].load() * weights[k];
        }
    };
    const float scale = 1 / footprint.weigh(add_row);
    return to_vec3(sum * scale);
}

Vec3f Texture::mean() const { return to_vec3(fetch(levels_[level_count_ - 1], 0, 0)); }

}  // namespace radforge::path
