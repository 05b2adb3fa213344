// SPDX-License-Identifier: Apache-2.0
#include "models/data/resample.h"

#include <algorithm>
#include <cmath>

namespace radforge::loader {
namespace {

/// What one new pixel takes of an axis.
struct Part {
    int first = 0;
    std::vector<float> weights;
};

std::vector<Part> parts_of(int size, double low, double high, int count) {
    const double step = (high - low) / count;
    std::vector<Part> parts(static_cast<size_t>(count));
    for (int i = 0; i < count; ++i) {
        Part& part = parts[size_t(i)];
        double begin = low + step * i, end = begin + step;
        if (step < 1) {
            // A tent one pixel wide on either side of the centre is bilinear interpolation.
            const double centre = (begin + end) / 2 - 0.5;
            const double floor = std::floor(centre);
            part.first = int(floor);
            part.weights = {float(1 - (centre - floor)), float(centre - floor)};
        } else {
            part.first = int(std::floor(begin));
            for (int p = part.first; double(p) < end - 1e-9; ++p)
                part.weights.push_back(float((std::min(end, p + 1.0) - std::max(begin, double(p))) / step));
        }
        // Outside, the border's pixel stands for what is not there.
        std::vector<float> inside(part.weights.size(), 0.0f);
        const int first = std::clamp(part.first, 0, size - 1);
        for (size_t k = 0; k < part.weights.size(); ++k)
            inside[size_t(std::clamp(part.first + int(k), 0, size - 1) - first)] += part.weights[k];
        while (inside.size() > 1 && first + int(inside.size()) > size) inside.pop_back();
        part = {first, std::move(inside)};
    }
    return parts;
}

}  // namespace

void resample_area(Span<const float> in, const Shape& shape, const Crop& crop, int height_px, int width_px,
                   float* out) {
    const std::vector<Part> columns = parts_of(shape.width_px, crop.left_px, crop.right_px, width_px),
                            rows = parts_of(shape.height_px, crop.top_px, crop.bottom_px, height_px);
    std::vector<float> line(static_cast<size_t>(shape.width_px));
    for (int c = 0; c < shape.channels; ++c) {
        const float* const plane = in.data() + size_t(c) * size_t(shape.height_px) * size_t(shape.width_px);
        for (const Part& row : rows) {
            std::fill(line.begin(), line.end(), 0.0f);
            for (size_t k = 0; k < row.weights.size(); ++k) {
                const float* const from = plane + (size_t(row.first) + k) * line.size();
                for (size_t x = 0; x < line.size(); ++x) line[x] += row.weights[k] * from[x];
            }
            for (const Part& column : columns) {
                float sum = 0;
                for (size_t k = 0; k < column.weights.size(); ++k)
                    sum += column.weights[k] * line[size_t(column.first) + k];
                *out++ = sum;
            }
        }
    }
}

PointSampler::PointSampler(Span<const float> mask, Span<const float> uv, const Shape& shape, const Crop& crop,
                           int height_px, int width_px, double jump) {
    const int w = shape.width_px, h = shape.height_px;
    const size_t plane = size_t(w) * size_t(h);
    for (int r = 0; r < height_px; ++r)
        for (int c = 0; c < width_px; ++c) {
            const double x = crop.left_px + (c + 0.5) * crop.width_px() / width_px - 0.5,
                         y = crop.top_px + (r + 0.5) * crop.height_px() / height_px - 0.5;
            const int x0 = std::clamp(int(std::floor(x)), 0, w - 1),
                      y0 = std::clamp(int(std::floor(y)), 0, h - 1);
            const int x1 = std::min(x0 + 1, w - 1), y1 = std::min(y0 + 1, h - 1);
            const auto fx = float(std::clamp(x - x0, 0.0, 1.0)), fy = float(std::clamp(y - y0, 0.0, 1.0));
            Tap tap{
                {uint32_t(y0 * w + x0), uint32_t(y0 * w + x1), uint32_t(y1 * w + x0), uint32_t(y1 * w + x1)},
                {(1 - fy) * (1 - fx), (1 - fy) * fx, fy * (1 - fx), fy * fx}};
            const auto nearest = size_t(std::max_element(tap.weight, tap.weight + 4) - tap.weight);
            const uint32_t own = tap.at[nearest];
            bool one_surface = true;
            for (const uint32_t at : tap.at)
                one_surface = one_surface && mask[at] > 0.5f && std::fabs(uv[at] - uv[own]) <= jump &&
                              std::fabs(uv[plane + at] - uv[plane + own]) <= jump;
            if (!one_surface) tap = {{own, own, own, own}, {1, 0, 0, 0}};
            taps_.push_back(tap);
            film_.push_back(mask[own] > 0.5f);
        }
}

void PointSampler::apply(const float* plane, float* out) const {
    for (size_t i = 0; i < taps_.size(); ++i) {
        const Tap& t = taps_[i];
        out[i] = film_[i] ? t.weight[0] * plane[t.at[0]] + t.weight[1] * plane[t.at[1]] +
                                t.weight[2] * plane[t.at[2]] + t.weight[3] * plane[t.at[3]]
                          : 0.0f;
    }
}

}  // namespace radforge::loader
