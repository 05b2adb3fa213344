// SPDX-License-Identifier: Apache-2.0
#include "render/path/texture.h"

#include "render/path/elementary.h"
#include "synth/base/error.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace radforge::path {

namespace {

using Rgb = std::array<float, 3>;

std::vector<Rgb> linear_pixels(const Image& image) {
    if (image.channels != 1 && image.channels != 3)
        throw Error(ErrorKind::BadData, "a texture needs 1 or 3 channels")
            .got(std::to_string(image.channels));
    std::vector<Rgb> pixels(size_t(image.height_px) * size_t(image.width_px));
    const int n = image.channels;
    const auto fill = [&](auto span, auto convert) {
        for (size_t i = 0; i < pixels.size(); ++i)
            for (int c = 0; c < 3; ++c)
                pixels[i][size_t(c)] = convert(span[i * size_t(n) + size_t(n == 3 ? c : 0)]);
    };
    if (image.type == PixelType::F32) {
        fill(image.values<float>(), [](float v) { return v; });
    } else if (image.type == PixelType::U16) {
        fill(image.values<uint16_t>(), [](uint16_t v) { return float(v) / 65535.0f; });
    } else if (image.type == PixelType::U8) {
        std::array<float, 256> table{};
        for (size_t i = 0; i < 256; ++i) {
            const float v = float(i) / 255.0f;
            table[i] = image.space == ColorSpace::Srgb ? linear_from_srgb(v) : v;
        }
        fill(image.values<uint8_t>(), [&](uint8_t v) { return table[v]; });
    } else {
        throw Error(ErrorKind::BadData, "a texture needs u8, u16 or f32 values");
    }
    for (const Rgb& p : pixels)
        for (const float v : p)
            if (!(v >= 0 && v <= kMaxHalf))
                throw Error(ErrorKind::BadData, "texture value out of range")
                    .got(std::to_string(v))
                    .expected("0..65504, finite");
    return pixels;
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
std::vector<Rgb> halve(const std::vector<Rgb>& fine, int width, int height, int coarse_width,
                       int coarse_height) {
    std::vector<Rgb> coarse(size_t(coarse_width) * size_t(coarse_height));
    const std::vector<Taps> rows = taps(height, coarse_height), columns = taps(width, coarse_width);
    std::vector<Rgb> line(static_cast<size_t>(width));
    for (int i = 0; i < coarse_height; ++i) {
        const Taps& r = rows[size_t(i)];
        for (int a = 0; a < r.count; ++a) {
            const Rgb* from = fine.data() + size_t(r.first + a) * size_t(width);
            const float share = r.share[size_t(a)];
            for (size_t j = 0; j < line.size(); ++j)
                for (size_t c = 0; c < 3; ++c) line[j][c] = (a == 0 ? 0 : line[j][c]) + share * from[j][c];
        }
        for (int j = 0; j < coarse_width; ++j) {
            const Taps& t = columns[size_t(j)];
            Rgb sum{};
            for (int b = 0; b < t.count; ++b)
                for (size_t c = 0; c < 3; ++c) sum[c] += t.share[size_t(b)] * line[size_t(t.first + b)][c];
            coarse[size_t(i) * size_t(coarse_width) + size_t(j)] = sum;
        }
    }
    return coarse;
}

}  // namespace

Texture::Texture(const Image& image, Wrap wrap) : wrap_(wrap) {
    std::vector<Rgb> pixels = linear_pixels(image);
    int width = image.width_px, height = image.height_px;
    for (;;) {
        Level level{width, height, std::vector<HalfRgb>(pixels.size())};
        for (size_t i = 0; i < pixels.size(); ++i)
            level.texels[i] = HalfRgb({pixels[i][0], pixels[i][1], pixels[i][2]});
        levels_.push_back(std::move(level));
        if (width == 1 && height == 1) break;
        const int w = std::max(1, width / 2), h = std::max(1, height / 2);
        pixels = halve(pixels, width, height, w, h);
        width = w;
        height = h;
    }
}

Vec3f Texture::fetch(const Level& level, int row, int column) {
    return level.texels[size_t(row) * size_t(level.width) + size_t(column)].load();
}

Vec3f Texture::bilinear_at(const Level& level, Vec2f uv) const {
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
    const Vec3f top = fetch(level, y0, x0) * (1 - fx) + fetch(level, y0, x1) * fx;
    const Vec3f bottom = fetch(level, y1, x0) * (1 - fx) + fetch(level, y1, x1) * fx;
    return top * (1 - fy) + bottom * fy;
}

Vec3f Texture::bilinear(int level, Vec2f uv) const { return bilinear_at(levels_[size_t(level)], uv); }

Vec3f Texture::sample(Vec2f uv, float texels) const {
    if (!(texels > 1)) return bilinear_at(levels_[0], uv);
    const float lod = std::min(log2_approx(texels), float(levels_.size() - 1));
    const int fine = int(lod);
    const float t = lod - float(fine);
    const Vec3f a = bilinear_at(levels_[size_t(fine)], uv);
    if (t == 0) return a;
    return a * (1 - t) + bilinear_at(levels_[size_t(fine) + 1], uv) * t;
}

Vec3f Texture::sample_parallelogram(Vec2d uv, Vec2d a, Vec2d b) const {
    const Vec2d size{double(levels_[0].width), double(levels_[0].height)};
    const double la = length(Vec2d{a.x * size.x, a.y * size.y}),
                 lb = length(Vec2d{b.x * size.x, b.y * size.y});
    // A coarser level blurs across the shorter side and beyond the ends: only where it saves much.
    constexpr double kShort = 32, kLong = 512;
    double texel = 1;
    size_t level = 0;
    while ((std::min(la, lb) / texel > kShort || std::max(la, lb) / texel > kLong) &&
           level + 1 < levels_.size())
        texel *= 2, ++level;
    const auto mean = [&](int per_texel, float& lowest, float& highest) {
        // One tap a texel weighs all texels alike; more resolve what lies across an end.
        const auto taps = [&](double texels) {
            return std::max(4, int(std::ceil(std::min(per_texel * texels, texels + 32 * (per_texel - 1)))));
        };
        const int na = taps(std::min(la / texel, kLong)), nb = taps(std::min(lb / texel, kLong));
        Vec3f sum;
        for (int i = 0; i < na; ++i)
            for (int j = 0; j < nb; ++j) {
                const double s = (i + 0.5) / na - 0.5, t = (j + 0.5) / nb - 0.5;
                const Vec3f value = bilinear_at(
                    levels_[level], {float(uv.x + s * a.x + t * b.x), float(uv.y + s * a.y + t * b.y)});
                lowest = std::min(lowest, value.y);
                highest = std::max(highest, value.y);
                sum += value;
            }
        return sum * (1.0f / float(na * nb));
    };
    // An edge that just enters a black footprint takes finer taps: there 1e-3 is four steps of an 8-bit
    // picture.
    constexpr float kEdge = 0.04f;
    float lowest = 1e30f, highest = 0;
    const Vec3f coarse = mean(2, lowest, highest);
    return highest - lowest > kEdge ? mean(6, lowest, highest) : coarse;
}

Vec3f Texture::mean() const { return fetch(levels_.back(), 0, 0); }

}  // namespace radforge::path
