// SPDX-License-Identifier: Apache-2.0
#include "render/optics/psf.h"

#include "synth/base/error.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace radforge::optics {
namespace {

/// Sums of a run of points within one cell, enough for the weights of its four corners.
struct CellSums {
    double count = 0, x = 0, y = 0, xy = 0;
};

void check(bool inside, size_t t) {
    if (!inside)
        throw Error(ErrorKind::BadData, "the path leaves the kernel")
            .got("point " + std::to_string(t))
            .hint("centre the path or take a larger canvas");
}

void add_corners(Psf& psf, int slice, int row, int column, const CellSums& s, double weight) {
    const bool right = column + 1 < psf.side_px, below = row + 1 < psf.side_px;
    const auto add = [&](int r, int c, double w) { psf.at(slice, r, c) += float(weight * w); };
    add(row, column, s.count - s.x - s.y + s.xy);
    if (right) add(row, column + 1, s.x - s.xy);
    if (below) add(row + 1, column, s.y - s.xy);
    if (right && below) add(row + 1, column + 1, s.xy);
}

Psf blank(int depth, int side_px) {
    RADFORGE_ASSERT(depth >= 1 && side_px >= 1);
    Psf psf;
    psf.depth = depth;
    psf.side_px = side_px;
    psf.weights.assign(size_t(depth) * size_t(side_px) * size_t(side_px), 0.0f);
    return psf;
}

}  // namespace

double Psf::sum() const {
    double total = 0;
    for (const float w : weights) total += double(w);
    return total;
}

float Psf::largest() const { return *std::max_element(weights.begin(), weights.end()); }

void Psf::scale(double factor) {
    for (float& w : weights) w = float(double(w) * factor);
}

Psf rasterise_path(Span<const float> column_px, Span<const float> row_px, int side_px, double weight) {
    RADFORGE_ASSERT(column_px.size() == row_px.size());
    Psf psf = blank(1, side_px);
    const float limit = float(side_px);
    size_t t = 0;
    // A point moves far less than a pixel from one time to the next: points are summed cell by cell.
    while (t < column_px.size()) {
        check(column_px[t] >= 0 && column_px[t] < limit && row_px[t] >= 0 && row_px[t] < limit, t);
        const int column = int(column_px[t]), row = int(row_px[t]);
        const float left = float(column), top = float(row);
        CellSums sums;
        for (; t < column_px.size(); ++t) {
            const float x = column_px[t] - left, y = row_px[t] - top;
            if (!(x >= 0 && x < 1 && y >= 0 && y < 1)) break;
            sums.count += 1;
            sums.x += double(x);
            sums.y += double(y);
            sums.xy += double(x) * double(y);
        }
        add_corners(psf, 0, row, column, sums, weight);
    }
    return psf;
}

Psf rasterise_path(Span<const float> slice, Span<const float> column_px, Span<const float> row_px, int depth,
                   int side_px, double weight) {
    RADFORGE_ASSERT(column_px.size() == row_px.size() && column_px.size() == slice.size());
    Psf psf = blank(depth, side_px);
    const float limit = float(side_px);
    for (size_t t = 0; t < slice.size(); ++t) {
        check(column_px[t] >= 0 && column_px[t] < limit && row_px[t] >= 0 && row_px[t] < limit &&
                  slice[t] >= 0 && slice[t] <= float(depth - 1),
              t);
        const int column = int(column_px[t]), row = int(row_px[t]), k = int(slice[t]);
        const double x = double(column_px[t]) - column, y = double(row_px[t]) - row, z = double(slice[t]) - k;
        add_corners(psf, k, row, column, {1, x, y, x * y}, weight * (1 - z));
        if (z > 0) add_corners(psf, k + 1, row, column, {1, x, y, x * y}, weight * z);
    }
    return psf;
}

}  // namespace radforge::optics
