// SPDX-License-Identifier: Apache-2.0
#include "models/metrics/level_image.h"

#include "synth/base/error.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace radforge::metrics {

LevelImage level_image(int height_px, int width_px, std::vector<int> levels) {
    RADFORGE_ASSERT(levels.size() == size_t(height_px) * size_t(width_px));
    LevelImage out{height_px, width_px, std::move(levels), {}, 0, 0};
    for (const int level : out.levels)
        if (level > 0) {
            ++out.count;
            out.present.push_back(level);
        }
    std::sort(out.present.begin(), out.present.end());
    out.present.erase(std::unique(out.present.begin(), out.present.end()), out.present.end());
    if (!out.present.empty()) out.highest = out.present.back();
    return out;
}

LevelImage discretised(const Image& values, const Image& region, double bin_width) {
    if (values.height_px != region.height_px || values.width_px != region.width_px || values.channels != 1 ||
        region.channels != 1)
        throw Error(ErrorKind::BadData, "a slice and its region of interest need one shape and one channel");
    if (!(bin_width > 0)) throw Error(ErrorKind::Usage, "bins need a width").got(std::to_string(bin_width));
    const auto x = values.values<float>();
    const auto inside = region.values<uint8_t>();
    double lowest = std::numeric_limits<double>::infinity();
    for (size_t i = 0; i < x.size(); ++i) {
        if (inside[i] == 0) continue;
        if (!std::isfinite(x[i]))
            throw Error(ErrorKind::BadData, "the region of interest holds a value that is not finite");
        lowest = std::min(lowest, double(x[i]));
    }
    if (!std::isfinite(lowest)) throw Error(ErrorKind::BadData, "the region of interest is empty");
    std::vector<int> levels(x.size());
    for (size_t i = 0; i < x.size(); ++i)
        if (inside[i] != 0)
            levels[i] = int(std::floor(double(x[i]) / bin_width) - std::floor(lowest / bin_width)) + 1;
    return level_image(values.height_px, values.width_px, std::move(levels));
}

}  // namespace radforge::metrics
