// SPDX-License-Identifier: Apache-2.0
#include "models/photo/film_check.h"

#include "synth/base/error.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

namespace radforge::photo {
namespace {

std::string percent(double part) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f %%", 100 * part);
    return text;
}

/// Cells of a map along its shorter side. Coarse: the noise of single pixels turns many of them over in maps
/// that are blurred before use, and says nothing.
constexpr int kCells = 16;

/// Part of the cells that turn another way than most do.
template <class F>
double folded_part(const Image& map, const F& counts) {
    const auto at = map.view<float>();
    const int step = std::max(1, std::min(map.height_px, map.width_px) / kCells);
    int64_t blocks = 0, straight = 0;
    for (int r = 0; r + step < map.height_px; ++r)
        for (int c = 0; c + step < map.width_px; ++c) {
            const int below = r + step, right = c + step;
            if (!counts(r, c) || !counts(r, right) || !counts(below, c) || !counts(below, right)) continue;
            // Twice the cell's area: the product of its diagonals.
            const float ax = at(below, right, 0) - at(r, c, 0), ay = at(below, right, 1) - at(r, c, 1),
                        bx = at(below, c, 0) - at(r, right, 0), by = at(below, c, 1) - at(r, right, 1);
            ++blocks;
            if (ax * by - ay * bx > 0) ++straight;
        }
    return blocks > 0 ? 1 - double(std::max(straight, blocks - straight)) / double(blocks) : 0;
}

}  // namespace

FilmSigns signs_of_film(const Image& mask, double covered, const Image& uv, const Image& converted) {
    if (uv.height_px != mask.height_px || uv.width_px != mask.width_px || uv.channels != 2 ||
        (converted.channels != 0 && converted.value_count() != uv.value_count()))
        throw Error(ErrorKind::BadData, "mask and maps of another size");
    const auto set = mask.values<uint8_t>();
    const auto values = uv.values<float>();
    std::vector<float> u, v, apart;
    for (size_t i = 0; i < set.size(); ++i) {
        if (!set[i]) continue;
        u.push_back(values[2 * i]);
        v.push_back(values[2 * i + 1]);
    }
    FilmSigns signs;
    signs.area = covered * double(u.size()) / double(set.size());
    if (u.empty()) return signs;
    // From the 2nd to the 98th percentile, so that single pixels do not count; in films, whose side is 2.
    const auto reach = [](std::vector<float>& x) {
        const size_t low = x.size() / 50, high = x.size() - 1 - low;
        std::nth_element(x.begin(), x.begin() + ptrdiff_t(low), x.end());
        const double first = double(x[low]);
        std::nth_element(x.begin(), x.begin() + ptrdiff_t(high), x.end());
        return (double(x[high]) - first) / 2 / 0.96;
    };
    signs.reach_u = reach(u);
    signs.reach_v = reach(v);
    const auto in = mask.view<uint8_t>();
    signs.folded = folded_part(uv, [&](int r, int c) { return in(r, c) != 0; });
    if (converted.channels == 0) return signs;
    const auto other = converted.values<float>();
    for (size_t i = 0; i < set.size(); ++i)
        if (set[i])
            apart.push_back(std::hypot(values[2 * i] - other[2 * i], values[2 * i + 1] - other[2 * i + 1]) /
                            2);
    const auto middle = apart.begin() + ptrdiff_t(apart.size() / 2);
    std::nth_element(apart.begin(), middle, apart.end());
    signs.disagreement = double(*middle);
    return signs;
}

FilmSigns signs_of_map(const Image& bm, double area) {
    FilmSigns signs;
    signs.area = area;
    signs.reach_u = signs.reach_v = 1;
    const auto at = bm.view<float>();
    signs.folded = folded_part(bm, [&](int r, int c) { return std::isfinite(at(r, c, 0)); });
    return signs;
}

void require_film(const FilmSigns& signs, const FilmLimits& limits) {
    const auto no_film = [](const std::string& why) {
        return Error(ErrorKind::BadData, "no film is found in the photo: " + why);
    };
    if (!(signs.area >= limits.least_area))
        throw no_film("too small a part of it looks like one")
            .got(percent(signs.area))
            .expected("at least " + percent(limits.least_area));
    if (!(std::min(signs.reach_u, signs.reach_v) >= limits.least_reach))
        throw no_film("what is found is no whole film")
            .got(percent(signs.reach_u) + " of its width and " + percent(signs.reach_v) + " of its height")
            .expected("at least " + percent(limits.least_reach));
    if (!(signs.folded <= limits.most_folded))
        throw no_film("its texture coordinates turn over")
            .got("on " + percent(signs.folded) + " of it")
            .expected("at most " + percent(limits.most_folded));
    if (signs.disagreement && !(*signs.disagreement <= limits.most_disagreement))
        throw no_film("texture coordinates and displacement contradict each other")
            .got("by " + percent(*signs.disagreement) + " of the film")
            .expected("at most " + percent(limits.most_disagreement));
    if (signs.following && !(*signs.following >= limits.least_following))
        throw no_film("what is found stays where it was when the photo is moved")
            .got(percent(*signs.following) + " of the way")
            .expected("at least " + percent(limits.least_following));
}

}  // namespace radforge::photo
