// SPDX-License-Identifier: Apache-2.0
#include "synth/blur/kernel.h"

#include "synth/base/error.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace radforge::blur {
namespace {

constexpr int kBoxCanvas_px = 64, kCentroidCanvas_px = 65;

/// Points 1..n of a path are exposed.
int exposed_points(double exposure) {
    RADFORGE_ASSERT(exposure > 0 && exposure <= 1);
    return std::max(1, std::min(int(std::lround(exposure * kTimes)), kTimes - 1));
}

Span<const float> exposed(const std::vector<float>& path, int points) {
    RADFORGE_ASSERT(path.size() > size_t(points));
    return Span<const float>(path).from(1).first(size_t(points));
}

double mean(Span<const float> values) {
    // Partial sums, so that additions need not wait for each other.
    double sums[8] = {};
    for (size_t i = 0; i < values.size(); ++i) sums[i % 8] += double(values[i]);
    return (((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]))) /
           double(values.size());
}

struct Extent {
    float lowest, highest;
};

Extent extent(Span<const float> values) {
    float lo[8], hi[8];
    for (int k = 0; k < 8; ++k) lo[k] = hi[k] = values[0];
    const size_t whole = values.size() / 8 * 8;
    for (size_t i = 0; i < whole; i += 8)
        for (size_t k = 0; k < 8; ++k) {
            lo[k] = values[i + k] < lo[k] ? values[i + k] : lo[k];
            hi[k] = values[i + k] > hi[k] ? values[i + k] : hi[k];
        }
    Extent e{*std::min_element(lo, lo + 8), *std::max_element(hi, hi + 8)};
    for (size_t i = whole; i < values.size(); ++i)
        e = {std::min(e.lowest, values[i]), std::max(e.highest, values[i])};
    return e;
}

/// DeblurGAN's shift of one axis: whole-pixel start, at least 1, the box in the middle.
double box_shift(const std::vector<float>& path) {
    const Extent e = extent(path);
    const double start = double(path[0]) - double(e.lowest);
    const double shift = 1 - double(e.lowest) - (start - std::floor(start));
    return shift + std::ceil((kBoxCanvas_px - (double(e.highest) + shift)) / 2);
}

std::vector<float> moved(Span<const float> path, double shift) {
    std::vector<float> out(path.size());
    for (size_t i = 0; i < path.size(); ++i) out[i] = float(double(path[i]) + shift);
    return out;
}

/// A stack of slices that is mirrored about its first and last one, without end.
class MirroredStack {
public:
    MirroredStack(Span<const double> places, int slice) : places_(places), at_(slice) {
        RADFORGE_ASSERT(places.size() >= 2 && slice >= 0 && size_t(slice) < places.size());
    }
    /// Of any index, also negative ones.
    double place(int index) const {
        const int last = int(places_.size()) - 1, period = 2 * last;
        const int turns = (index >= 0 ? index : index - period + 1) / period, rest = index - turns * period;
        const double far = places_[size_t(last)], near = places_[0];
        const double within = rest <= last ? places_[size_t(rest)] : 2 * far - places_[size_t(period - rest)];
        return 2 * turns * (far - near) + within;
    }
    /// Index of a place, with the part of the way to the next slice; quick where the last one asked for is
    /// near.
    double index(double place_px) {
        while (place(at_ + 1) <= place_px) ++at_;
        while (place(at_) > place_px) --at_;
        const double low = place(at_);
        return at_ + (place_px - low) / (place(at_ + 1) - low);
    }

private:
    Span<const double> places_;
    int at_;
};

}  // namespace

int canvas_px(Centring centring) { return centring == Centring::Box ? kBoxCanvas_px : kCentroidCanvas_px; }

KernelCentre centre_of(const optics::Psf& psf, Centring centring) {
    return {psf.depth / 2, (canvas_px(centring) - 1) / 2};
}

int points_needed(double exposure, Centring centring) {
    return centring == Centring::Box ? kTimes : exposed_points(exposure) + 1;
}

optics::Psf make_kernel(const MotionPath& path, double exposure, Centring centring) {
    const int points = exposed_points(exposure);
    const Span<const float> columns = exposed(path.column_px, points), rows = exposed(path.row_px, points);
    double column_shift, row_shift;
    if (centring == Centring::Box) {
        RADFORGE_ASSERT(path.column_px.size() == size_t(kTimes));
        column_shift = box_shift(path.column_px);
        row_shift = box_shift(path.row_px);
    } else {
        column_shift = kCentroidCanvas_px / 2 - mean(columns);
        row_shift = kCentroidCanvas_px / 2 - mean(rows);
    }
    return optics::rasterise_path(moved(columns, column_shift), moved(rows, row_shift), canvas_px(centring),
                                  1.0 / kTimes);
}

optics::Psf make_kernel(const MotionPath& in_plane, const MotionPath& through, Span<const double> places_px,
                        int slice, double exposure) {
    const int points = exposed_points(exposure);
    const Span<const float> columns = exposed(in_plane.column_px, points),
                            rows = exposed(in_plane.row_px, points);
    const Span<const float> along = exposed(through.column_px, points);
    const double here = places_px[size_t(slice)], middle = mean(along);
    MirroredStack stack(places_px, slice);
    // What has moved along the stack was in a slice before this one.
    std::vector<float> slices;
    for (const float a : along) slices.push_back(float(slice - stack.index(here - (double(a) - middle))));
    const Extent e = extent(slices);
    const int half = int(std::ceil(double(std::max(-e.lowest, e.highest))));
    for (float& s : slices) s += float(half);
    return optics::rasterise_path(slices, moved(columns, kCentroidCanvas_px / 2 - mean(columns)),
                                  moved(rows, kCentroidCanvas_px / 2 - mean(rows)), 2 * half + 1,
                                  kCentroidCanvas_px, 1.0 / kTimes);
}

}  // namespace radforge::blur
