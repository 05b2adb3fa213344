// SPDX-License-Identifier: Apache-2.0
#include "models/infer/dewarp.h"

#include "models/infer/fill.h"
#include "render/geometry/uv_unwarp.h"
#include "synth/base/error.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace radforge::infer {
namespace {

[[noreturn]] void no_film() { throw Error(ErrorKind::BadData, "the maps show no film"); }

/// Pixels that hang together with (row, column) by sides and fulfil `inside`; marks them with `label`.
template <class F>
int64_t flood(int row, int column, int h, int w, std::vector<int32_t>& labels, int32_t label, const F& inside) {
    std::vector<std::pair<int, int>> stack;
    int64_t count = 0;
    const auto visit = [&](int r, int c) {
        if (r < 0 || c < 0 || r >= h || c >= w) return;
        const size_t i = size_t(r) * size_t(w) + size_t(c);
        if (labels[i] != 0 || !inside(i)) return;
        labels[i] = label;
        ++count;
        stack.emplace_back(r, c);
    };
    visit(row, column);
    while (!stack.empty()) {
        const auto [r, c] = stack.back();
        stack.pop_back();
        visit(r - 1, c);
        visit(r + 1, c);
        visit(r, c - 1);
        visit(r, c + 1);
    }
    return count;
}

/// Pixels whose eight neighbours are set, too; beyond the border of the photo the film goes on.
Image eroded(const Image& mask) {
    Image out(mask.height_px, mask.width_px, 1, PixelType::U8, ColorSpace::Data);
    const auto in = mask.view<uint8_t>();
    const auto view = out.view<uint8_t>();
    for (int r = 0; r < mask.height_px; ++r)
        for (int c = 0; c < mask.width_px; ++c) {
            bool all = true;
            for (int y = std::max(0, r - 1); y <= std::min(mask.height_px - 1, r + 1); ++y)
                for (int x = std::max(0, c - 1); x <= std::min(mask.width_px - 1, c + 1); ++x)
                    all = all && in(y, x) != 0;
            view(r, c) = all;
        }
    return out;
}

/// A map at another size, bilinear between pixel centres. Where some of the four pixels are off the mask the
/// others count alone; where all are, all count.
/// @param mask  u8 of the map's size, or empty
Image resized(const Image& map, const Image& mask, int side) {
    if (map.height_px == side && map.width_px == side) return map;
    Image out(side, side, map.channels, PixelType::F32, ColorSpace::Data);
    const auto in = map.view<float>();
    const auto view = out.view<float>();
    for (int r = 0; r < side; ++r)
        for (int c = 0; c < side; ++c) {
            const double y = std::clamp((r + 0.5) * map.height_px / side - 0.5, 0.0, map.height_px - 1.0),
                         x = std::clamp((c + 0.5) * map.width_px / side - 0.5, 0.0, map.width_px - 1.0);
            const int y0 = int(y), x0 = int(x);
            const double fy = y - y0, fx = x - x0;
            double masked[4], all[4], sum = 0;
            for (int t = 0; t < 4; ++t) {
                all[t] = (t / 2 ? fy : 1 - fy) * (t % 2 ? fx : 1 - fx);
                const int rr = std::min(y0 + t / 2, map.height_px - 1), cc = std::min(x0 + t % 2, map.width_px - 1);
                masked[t] = mask.channels == 0 || mask.view<uint8_t>()(rr, cc) ? all[t] : 0;
                sum += masked[t];
            }
            for (int k = 0; k < map.channels; ++k) {
                double value = 0;
                for (int t = 0; t < 4; ++t)
                    value += (sum > 0 ? masked[t] / sum : all[t]) *
                             double(in(std::min(y0 + t / 2, map.height_px - 1),
                                       std::min(x0 + t % 2, map.width_px - 1), k));
                view(r, c, k) = float(value);
            }
        }
    return out;
}

/// 3 x 3 means under the mask. A neighbour counts with its opposite only: else the rim would move inwards.
Image blurred_inside(const Image& map, const Image& mask) {
    Image out = map;
    const auto in = map.view<float>();
    const auto set = mask.view<uint8_t>();
    const auto view = out.view<float>();
    const auto inside = [&](int r, int c) {
        return r >= 0 && c >= 0 && r < map.height_px && c < map.width_px && set(r, c) != 0;
    };
    for (int r = 0; r < map.height_px; ++r)
        for (int c = 0; c < map.width_px; ++c) {
            if (!set(r, c)) continue;
            for (int k = 0; k < map.channels; ++k) {
                double sum = double(in(r, c, k));
                int count = 1;
                for (const auto& [dr, dc] : {std::pair{0, 1}, {1, -1}, {1, 0}, {1, 1}})
                    if (inside(r + dr, c + dc) && inside(r - dr, c - dc)) {
                        sum += double(in(r + dr, c + dc, k)) + double(in(r - dr, c - dc, k));
                        count += 2;
                    }
                view(r, c, k) = float(sum / count);
            }
        }
    return out;
}

/// Median of a - b under the mask, per channel.
std::array<double, 2> median_difference(const Image& a, const Image& b, const Image& mask) {
    std::array<double, 2> median{};
    const auto set = mask.values<uint8_t>();
    for (size_t k = 0; k < 2; ++k) {
        std::vector<float> differences;
        for (size_t i = 0; i < set.size(); ++i)
            if (set[i]) differences.push_back(a.values<float>()[2 * i + k] - b.values<float>()[2 * i + k]);
        const auto middle = differences.begin() + ptrdiff_t(differences.size() / 2);
        std::nth_element(differences.begin(), middle, differences.end());
        median[k] = double(*middle);
    }
    return median;
}

void shift(Image& map, const std::array<double, 2>& by) {
    const auto values = map.values<float>();
    for (size_t i = 0; i < values.size(); ++i) values[i] += float(by[i % 2]);
}

void check(const PhotoMaps& maps, const DewarpOptions& options) {
    const auto fits = [&](const Image& map, int channels) {
        return map.channels == channels && map.height_px == maps.bg.height_px &&
               map.width_px == maps.bg.width_px && map.type == PixelType::F32;
    };
    if (!fits(maps.bg, 1) || !fits(maps.uv, 2) || (maps.df.channels != 0 && !fits(maps.df, 2)) ||
        (maps.depth.channels != 0 && !fits(maps.depth, 1)))
        throw Error(ErrorKind::BadData, "maps of a photo that do not fit")
            .expected("f32 uv [H,W,2] and bg [H,W,1]; df [H,W,2] and depth [H,W,1] or empty; one size");
    if (options.working_px < 2 || options.texels < 2 || options.height_px < 1 || options.width_px < 1)
        throw Error(ErrorKind::BadData, "impossible size of a flat film");
}

/// Steps after the map is known in all texels: blur, enlarge, sample.
DewarpResult finished(const Image& bm, const Image& photo, const DewarpOptions& options) {
    DewarpResult result;
    result.bm = enlarge(box_blur(bm), options.height_px, options.width_px);
    for (float& v : result.bm.values<float>()) v = std::clamp(v, -1.0f, 1.0f);
    result.film = geometry::dewarp(photo, result.bm, options.sampling);
    return result;
}

}  // namespace

Image converted_uv(const Image& df) {
    Image uv = df;
    const auto view = uv.view<float>();
    for (int r = 0; r < df.height_px; ++r)
        for (int c = 0; c < df.width_px; ++c) {
            view(r, c, 0) = float((2 * c + 1.0) / df.width_px - 1) + 2 * view(r, c, 0);
            view(r, c, 1) = float((2 * r + 1.0) / df.height_px - 1) + 2 * view(r, c, 1);
        }
    return uv;
}

Image film_mask(const Image& bg) {
    const int h = bg.height_px, w = bg.width_px;
    const auto values = bg.values<float>();
    const auto film = [&](size_t i) { return values[i] > 0; };
    std::vector<int32_t> labels(values.size());
    int32_t label = 0, largest = 0;
    int64_t most = 0;
    for (int r = 0; r < h; ++r)
        for (int c = 0; c < w; ++c) {
            const int64_t count = flood(r, c, h, w, labels, ++label, film);
            if (count > most) {
                most = count;
                largest = label;
            }
        }
    Image mask(h, w, 1, PixelType::U8, ColorSpace::Data);
    if (most == 0) return mask;
    // What the border does not reach past the largest piece is the piece or a hole in it.
    std::vector<int32_t> outside(values.size());
    const auto around = [&](size_t i) { return labels[i] != largest; };
    for (int r = 0; r < h; ++r)
        for (int c = 0; c < w; ++c)
            if (r == 0 || c == 0 || r == h - 1 || c == w - 1) flood(r, c, h, w, outside, 1, around);
    const auto out = mask.values<uint8_t>();
    for (size_t i = 0; i < out.size(); ++i) out[i] = outside[i] == 0;
    return mask;
}

std::array<double, 2> mean_shift(const Image& found, const Image& truth, const Image& mask) {
    if (found.channels != 2 || truth.value_count() != found.value_count() ||
        2 * mask.value_count() != found.value_count())
        throw Error(ErrorKind::BadData, "maps to compare do not fit");
    std::array<double, 2> sum{};
    int64_t count = 0;
    const auto set = mask.values<uint8_t>();
    for (size_t i = 0; i < set.size(); ++i) {
        if (!set[i]) continue;
        ++count;
        for (size_t k = 0; k < 2; ++k)
            sum[k] += double(found.values<float>()[2 * i + k]) - double(truth.values<float>()[2 * i + k]);
    }
    if (count == 0) no_film();
    return {sum[0] / double(count), sum[1] / double(count)};
}

DewarpResult dewarp(const PhotoMaps& maps, const Image& photo, const DewarpOptions& options) {
    check(maps, options);
    const int side = options.working_px;
    const Image coarse = film_mask(maps.bg);
    const Image mask = eroded(film_mask(resized(maps.bg, {}, side)));
    const auto set = mask.values<uint8_t>();
    if (std::count_if(set.begin(), set.end(), [](uint8_t v) { return v != 0; }) < 3) no_film();
    const Image depth = maps.depth.channels == 0 ? Image() : resized(maps.depth, coarse, side);
    const std::array<double, 2> back = {-options.shift[0], -options.shift[1]};

    Image uv = blurred_inside(resized(maps.uv, coarse, side), mask);
    shift(uv, back);
    Image bm = geometry::rasterise_uv(uv, mask, depth, options.texels, options.texels);
    const size_t texels = bm.value_count() / 2;
    Image origin(options.texels, options.texels, 1, PixelType::U8, ColorSpace::Data);
    const auto origins = origin.values<uint8_t>();
    std::fill(origins.begin(), origins.end(), uint8_t(Origin::Uv));
    if (maps.df.channels != 0) {
        Image other = blurred_inside(converted_uv(resized(maps.df, coarse, side)), mask);
        // Aligned to the first, so that the shift of both is the first one's.
        shift(other, median_difference(uv, other, mask));
        const Image second = geometry::rasterise_uv(other, mask, depth, options.texels, options.texels);
        const auto to = bm.values<float>();
        const auto from = second.values<float>();
        for (size_t i = 0; i < texels; ++i)
            if (std::isnan(to[2 * i]) && !std::isnan(from[2 * i])) {
                to[2 * i] = from[2 * i];
                to[2 * i + 1] = from[2 * i + 1];
                origins[i] = uint8_t(Origin::Displacement);
            }
    }
    const std::vector<Fill> how = fill(bm);
    for (size_t i = 0; i < texels; ++i) {
        if (how[i] == Fill::Inside) origins[i] = uint8_t(Origin::Filled);
        if (how[i] == Fill::Rim) origins[i] = uint8_t(Origin::Extrapolated);
        if (how[i] == Fill::Beyond) origins[i] = uint8_t(Origin::Beyond);
    }
    DewarpResult result = finished(bm, photo, options);
    for (const uint8_t o : origins) result.part[o] += 1.0 / double(texels);
    result.origin = std::move(origin);
    return result;
}

DewarpResult dewarp_by_map(const Image& bm, const Image& photo, const DewarpOptions& options) {
    if (bm.channels != 2 || bm.type != PixelType::F32)
        throw Error(ErrorKind::BadData, "a backward map has two float channels");
    Image whole = bm;
    fill(whole);
    return finished(whole, photo, options);
}

DewarpResult keep_photo(const Image& photo, const DewarpOptions& options) {
    DewarpResult result;
    result.bm = Image(options.height_px, options.width_px, 2, PixelType::F32, ColorSpace::Data);
    const auto view = result.bm.view<float>();
    for (int r = 0; r < options.height_px; ++r)
        for (int c = 0; c < options.width_px; ++c) {
            view(r, c, 0) = float((2 * c + 1.0) / options.width_px - 1);
            view(r, c, 1) = float((2 * r + 1.0) / options.height_px - 1);
        }
    result.film = geometry::dewarp(photo, result.bm, options.sampling);
    return result;
}

}  // namespace radforge::infer
