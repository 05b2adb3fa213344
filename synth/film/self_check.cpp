// SPDX-License-Identifier: Apache-2.0
#include "synth/film/self_check.h"

#include "render/geometry/backward_map.h"
#include "render/picture/resize.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace radforge::film {
namespace {

/// Values on a grid, with the operations that the comparison needs.
struct Grid {
    int height, width;
    std::vector<float> values;

    Grid(int h, int w) : height(h), width(w), values(size_t(h) * size_t(w)) {}
    float& at(int r, int c) { return values[size_t(r) * size_t(width) + size_t(c)]; }
    float at(int r, int c) const { return values[size_t(r) * size_t(width) + size_t(c)]; }
};

/// Gaussian low-pass; beyond the rim the rim's values.
Grid blurred(const Grid& in, double sigma) {
    constexpr int kReach = 5;
    std::array<float, 2 * kReach + 1> weight{};
    float total = 0;
    for (int k = -kReach; k <= kReach; ++k)
        total += weight[size_t(k + kReach)] = float(std::exp(-0.5 * k * k / (sigma * sigma)));
    for (float& w : weight) w /= total;
    Grid half(in.height, in.width), out(in.height, in.width);
    for (int r = 0; r < in.height; ++r)
        for (int c = 0; c < in.width; ++c)
            for (int k = -kReach; k <= kReach; ++k)
                half.at(r, c) += weight[size_t(k + kReach)] * in.at(r, std::clamp(c + k, 0, in.width - 1));
    for (int r = 0; r < in.height; ++r)
        for (int c = 0; c < in.width; ++c)
            for (int k = -kReach; k <= kReach; ++k)
                out.at(r, c) += weight[size_t(k + kReach)] * half.at(std::clamp(r + k, 0, in.height - 1), c);
    return out;
}

Grid product(const Grid& a, const Grid& b) {
    Grid out(a.height, a.width);
    for (size_t k = 0; k < out.values.size(); ++k) out.values[k] = a.values[k] * b.values[k];
    return out;
}

Grid display_luminance(const Image& rgb) {
    Grid out(rgb.height_px, rgb.width_px);
    const auto in = rgb.view<uint8_t>();
    for (int r = 0; r < out.height; ++r)
        for (int c = 0; c < out.width; ++c)
            out.at(r, c) = luminance(float(in(r, c, 0)), float(in(r, c, 1)), float(in(r, c, 2))) / 255;
    return out;
}

/// The backward map at the middles of blocks of `step` texels, step odd.
Image middles(const Image& bm, int step) {
    Image out(bm.height_px / step, bm.width_px / step, 2, PixelType::F32, ColorSpace::Data);
    for (int r = 0; r < out.height_px; ++r)
        for (int c = 0; c < out.width_px; ++c)
            for (int k = 0; k < 2; ++k)
                out.view<float>()(r, c, k) = bm.view<float>()(r * step + step / 2, c * step + step / 2, k);
    return out;
}

/// Blocks that the photo shows with a pixel or more, and all around them. @param seen blocks that are visible
Grid resolved(const Image& bm, int photo_height_px, int photo_width_px, int64_t& seen, int64_t& good) {
    Grid out(bm.height_px, bm.width_px);
    const auto view = bm.view<float>();
    const auto at = [&](int r, int c) {
        return Vec2d{double(view(r, c, 0)) * 0.5 * photo_width_px,
                     double(view(r, c, 1)) * 0.5 * photo_height_px};
    };
    seen = good = 0;
    for (int r = 2; r + 2 < bm.height_px; ++r)
        for (int c = 2; c + 2 < bm.width_px; ++c) {
            const Vec2d u = at(r, c + 1) - at(r, c - 1), v = at(r + 1, c) - at(r - 1, c);
            const double area = 0.25 * std::fabs(cross(u, v));
            if (!std::isfinite(area + at(r + 2, c).x + at(r - 2, c).x + at(r, c + 2).x + at(r, c - 2).x))
                continue;
            ++seen;
            if (area < 1) continue;
            ++good;
            out.at(r, c) = 1;
        }
    return out;
}

}  // namespace

SelfCheck check_maps(const Image& albedo, const Image& bm, const Image& flat) {
    constexpr int64_t kFewest = 400;
    SelfCheck check;
    std::array<float, 256> linear{};
    for (size_t i = 0; i < linear.size(); ++i) linear[i] = linear_from_srgb(float(i) / 255);
    for (const int step : {1, 3, 5, 7}) {
        const Image blocks = middles(bm, step);
        if (blocks.height_px < 16 || blocks.width_px < 16) break;
        int64_t seen = 0, good = 0;
        const Grid counts = resolved(blocks, albedo.height_px, albedo.width_px, seen, good);
        if (2 * good < seen || good < kFewest) continue;
        check.texel_step = step;
        const Image read =
            geometry::dewarp(picture::srgb_u8_from_linear(albedo), blocks, geometry::Sampling::Footprint);
        // The blocks end at a whole number of steps: what is left over is cut off the flat film too.
        const Image wanted = picture::resize(flat, bm.height_px, bm.width_px, picture::Filter::Area);
        Image block_mean(blocks.height_px, blocks.width_px, 3, PixelType::U8, ColorSpace::Srgb);
        for (int r = 0; r < blocks.height_px; ++r)
            for (int c = 0; c < blocks.width_px; ++c)
                for (int k = 0; k < 3; ++k) {
                    float sum = 0;
                    for (int i = 0; i < step; ++i)
                        for (int j = 0; j < step; ++j)
                            sum += linear[wanted.view<uint8_t>()(r * step + i, c * step + j, k)];
                    block_mean.view<uint8_t>()(r, c, k) =
                        quantize_u8(srgb_from_linear(sum / float(step * step)));
                }
        const Grid x = blurred(display_luminance(read), 1), y = blurred(display_luminance(block_mean), 1);
        constexpr double kWindow = 1.5;
        const Grid whole = blurred(counts, kWindow), mx = blurred(x, kWindow), my = blurred(y, kWindow),
                   xx = blurred(product(x, x), kWindow), yy = blurred(product(y, y), kWindow),
                   xy = blurred(product(x, y), kWindow);
        constexpr double c1 = 0.01 * 0.01, c2 = 0.03 * 0.03;
        for (size_t k = 0; k < whole.values.size(); ++k) {
            if (whole.values[k] < 0.999f) continue;
            const double a = double(mx.values[k]), b = double(my.values[k]),
                         va = double(xx.values[k]) - a * a, vb = double(yy.values[k]) - b * b,
                         vab = double(xy.values[k]) - a * b;
            check.ssim += (2 * a * b + c1) * (2 * vab + c2) / ((a * a + b * b + c1) * (va + vb + c2));
            check.mean_error += std::fabs(double(x.values[k]) - double(y.values[k]));
            ++check.windows;
        }
        if (check.windows > 0) {
            check.ssim /= double(check.windows);
            check.mean_error /= double(check.windows);
        }
        return check;
    }
    return check;
}

}  // namespace radforge::film
