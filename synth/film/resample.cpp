// SPDX-License-Identifier: Apache-2.0
#include "synth/film/resample.h"

#include <algorithm>
#include <cmath>

namespace radforge::film {
namespace {

/// Weights of one texel over source pixels first, first + 1, ..., all inside the source.
struct Taps {
    int first = 0;
    std::vector<float> weights;
};

double cubic(double x) {
    x = std::abs(x);
    if (x < 1) return 1 + x * x * (1.5 * x - 2.5);
    if (x < 2) return 2 + x * (-4 + x * (2.5 - 0.5 * x));
    return 0;
}

double weight_of(Kernel kernel, double distance) {
    if (kernel == Kernel::Cubic) return cubic(distance);
    return std::max(0.0, 1 - std::abs(distance));
}

Taps taps_of(const AxisMap& map, int i, int size, Kernel kernel) {
    const double a = map.origin + i * map.step, b = a + map.step;
    const double from = std::min(a, b), to = std::max(a, b), centre = 0.5 * (a + b);
    int lo = int(std::floor(centre)), hi = lo + 1;
    if (kernel == Kernel::Area) {
        lo = int(std::floor(from));
        hi = std::max(lo + 1, int(std::ceil(to)));
    } else if (kernel != Kernel::Replicate) {
        const int reach = kernel == Kernel::Cubic ? 2 : 1;
        lo = int(std::floor(centre - 0.5)) - reach + 1;
        hi = lo + 2 * reach;
    }
    Taps taps;
    taps.first = std::clamp(lo, 0, size - 1);
    const int last = std::clamp(hi - 1, taps.first, size - 1);
    std::vector<double> weights(size_t(last - taps.first + 1), 0.0);
    double sum = 0;
    for (int j = lo; j < hi; ++j) {
        double w = 1;
        if (kernel == Kernel::Area)
            w = std::min(to, j + 1.0) - std::max(from, double(j));
        else if (kernel != Kernel::Replicate)
            w = weight_of(kernel, j + 0.5 - centre);
        weights[size_t(std::clamp(j, taps.first, last) - taps.first)] += w;
        sum += w;
    }
    for (const double w : weights) taps.weights.push_back(float(w / sum));
    return taps;
}

std::vector<Taps> all_taps(const AxisMap& map, int size, Kernel kernel) {
    std::vector<Taps> all;
    all.reserve(size_t(map.count));
    for (int i = 0; i < map.count; ++i) all.push_back(taps_of(map, i, size, kernel));
    return all;
}

}  // namespace

std::vector<float> resample(ImageView<const float> source, const AxisMap& down, const AxisMap& across,
                            Kernel kernel) {
    const std::vector<Taps> rows = all_taps(down, source.height_px, kernel);
    const std::vector<Taps> columns = all_taps(across, source.width_px, kernel);
    std::vector<float> out(size_t(down.count) * size_t(across.count));
    std::vector<float> line(size_t(source.width_px));
    for (int r = 0; r < down.count; ++r) {
        std::fill(line.begin(), line.end(), 0.0f);
        for (size_t k = 0; k < rows[size_t(r)].weights.size(); ++k) {
            const float w = rows[size_t(r)].weights[k];
            const float* from = source.pixel(rows[size_t(r)].first + int(k), 0);
            for (int c = 0; c < source.width_px; ++c) line[size_t(c)] += w * from[c];
        }
        float* to = out.data() + size_t(r) * size_t(across.count);
        for (const Taps& taps : columns) {
            float sum = 0;
            for (size_t k = 0; k < taps.weights.size(); ++k)
                sum += taps.weights[k] * line[size_t(taps.first) + k];
            *to++ = sum;
        }
    }
    return out;
}

}  // namespace radforge::film
