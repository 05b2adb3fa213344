// SPDX-License-Identifier: Apache-2.0
#include "synth/enhance/correction_maps.h"

#include "synth/base/error.h"
#include "synth/base/parallel.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace radforge::enhance {
namespace {

constexpr Range<double> kRanges[4] = {kSlope, kBias, kCentre, kWidth};

float clamped(double value, int channel) {
    return float(std::clamp(value, kRanges[channel].lo, kRanges[channel].hi));
}

void check(const Image& maps) {
    if (maps.type != PixelType::F32 || maps.channels != 4)
        throw Error(ErrorKind::BadData, "correction maps").expected("an f32 [H,W,4] image");
}

/// Two neighbours of a position between cell centres, and the weight of the second.
struct Pair {
    int first, second;
    double weight;
};
std::vector<Pair> pairs(int from, int to) {
    std::vector<Pair> list;
    for (int i = 0; i < to; ++i) {
        const double at = std::max(0.0, (i + 0.5) * from / to - 0.5);
        const int first = std::min(int(at), from - 1);
        list.push_back({first, std::min(first + 1, from - 1), at - first});
    }
    return list;
}

/// Upsamples maps row by row.
class Upsampler {
public:
    Upsampler(const Image& maps, int height_px, int width_px)
        : maps_(maps), rows_(pairs(maps.height_px, height_px)), columns_(pairs(maps.width_px, width_px)) {}

    /// @param line  scratch
    /// @param to    [width_px,4]
    void row(int r, std::vector<double>& line, float* to) const {
        const auto in = maps_.view<float>();
        const Pair v = rows_[size_t(r)];
        const float *above = in.pixel(v.first, 0), *below = in.pixel(v.second, 0);
        line.resize(size_t(maps_.width_px) * 4);
        for (size_t i = 0; i < line.size(); ++i)
            line[i] = double(above[i]) + v.weight * (double(below[i]) - double(above[i]));
        for (const Pair& u : columns_)
            for (int k = 0; k < 4; ++k, ++to) {
                const double left = line[size_t(4 * u.first + k)], right = line[size_t(4 * u.second + k)];
                *to = clamped(left + u.weight * (right - left), k);
            }
    }

private:
    const Image& maps_;
    std::vector<Pair> rows_, columns_;
};

}  // namespace

int64_t clamp_to_ranges(Image& maps) {
    check(maps);
    int64_t changed = 0;
    const Span<float> values = maps.values<float>();
    for (size_t i = 0; i < values.size(); ++i) {
        const float kept = clamped(double(values[i]), int(i % 4));
        changed += kept < values[i] || kept > values[i];
        values[i] = kept;
    }
    return changed;
}

Image full_maps(const Image& maps, int height_px, int width_px) {
    check(maps);
    Image out(height_px, width_px, 4, PixelType::F32, maps.space);
    const Upsampler upsampler(maps, height_px, width_px);
    const auto to = out.view<float>();
    parallel_for(height_px, 16, [&](int64_t begin, int64_t end) {
        std::vector<double> line;
        for (int r = int(begin); r < int(end); ++r) upsampler.row(r, line, to.pixel(r, 0));
    });
    return out;
}

Image remap(const Image& raw, const Image& maps) {
    check(maps);
    if (raw.type != PixelType::U16 || raw.channels != 1)
        throw Error(ErrorKind::BadData, "remap").expected("a u16 [H,W,1] radiograph");
    Image out(raw.height_px, raw.width_px, 1, PixelType::U16, raw.space);
    const Upsampler upsampler(maps, raw.height_px, raw.width_px);
    const auto in = raw.view<uint16_t>();
    const auto to = out.view<uint16_t>();
    parallel_for(raw.height_px, 16, [&](int64_t begin, int64_t end) {
        std::vector<double> line;
        std::vector<float> full(size_t(raw.width_px) * 4);
        Window window(0.5, 1);
        for (int r = int(begin); r < int(end); ++r) {
            upsampler.row(r, line, full.data());
            for (int c = 0; c < raw.width_px; ++c) {
                const float* m = full.data() + 4 * c;
                if (!window.is(double(m[kWc]), double(m[kWw])))
                    window = Window(double(m[kWc]), double(m[kWw]));
                to(r, c) = stored(window(regional(in(r, c) / kFullScale, double(m[kA]), double(m[kB]))));
            }
        }
    });
    return out;
}

}  // namespace radforge::enhance
