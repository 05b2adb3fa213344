// SPDX-License-Identifier: Apache-2.0
#include "physics/refine.h"

#include "synth/base/error.h"

#include <algorithm>
#include <cmath>

namespace radforge::physics {
namespace {

/// Second derivatives (unit spacing) of the natural cubic spline through `p`: the standard tridiagonal
/// system.
std::vector<Vec3d> spline_moments(const std::vector<Vec3d>& p) {
    const size_t n = p.size();
    std::vector<Vec3d> m(n);
    std::vector<double> diagonal(n, 4.0);
    for (size_t k = 1; k + 1 < n; ++k) m[k] = (p[k - 1] - p[k] * 2.0 + p[k + 1]) * 6.0;
    for (size_t k = 2; k + 1 < n; ++k) {
        const double f = 1 / diagonal[k - 1];
        diagonal[k] -= f;
        m[k] -= m[k - 1] * f;
    }
    for (size_t k = n - 1; k-- > 1;) m[k] = (m[k] - m[k + 1]) / diagonal[k];
    return m;
}

std::vector<Vec3d> resample_line(const std::vector<Vec3d>& p, int count) {
    const std::vector<Vec3d> m = spline_moments(p);
    std::vector<Vec3d> out;
    out.reserve(size_t(count));
    for (int q = 0; q < count; ++q) {
        const double s = double(q) * double(p.size() - 1) / double(count - 1);
        const size_t k = std::min(size_t(s), p.size() - 2);
        const double t = s - double(k), r = 1 - t;
        out.push_back(p[k] * r + p[k + 1] * t + m[k] * ((r * r * r - r) / 6) +
                      m[k + 1] * ((t * t * t - t) / 6));
    }
    return out;
}

}  // namespace

std::vector<Vec3d> resample(const FilmGrid& from, const std::vector<Vec3d>& positions_m, const FilmGrid& to) {
    RADFORGE_ASSERT(positions_m.size() == from.size());
    std::vector<Vec3d> wide(size_t(to.columns) * size_t(from.rows)), out(to.size()), line;
    for (int j = 0; j < from.rows; ++j) {
        const auto row = positions_m.begin() + std::ptrdiff_t(j) * from.columns;
        line = resample_line({row, row + from.columns}, to.columns);
        std::copy(line.begin(), line.end(), wide.begin() + std::ptrdiff_t(j) * to.columns);
    }
    for (int i = 0; i < to.columns; ++i) {
        line.clear();
        for (int j = 0; j < from.rows; ++j) line.push_back(wide[size_t(j) * size_t(to.columns) + size_t(i)]);
        line = resample_line(line, to.rows);
        for (int j = 0; j < to.rows; ++j) out[size_t(to.id(i, j))] = line[size_t(j)];
    }
    return out;
}

FilmGrid refined_grid(const FilmGrid& grid, double cell_m) {
    const int across = std::max(1, int(std::ceil(grid.dx_m() / cell_m - 1e-9)));
    const int down = std::max(1, int(std::ceil(grid.dy_m() / cell_m - 1e-9)));
    return {(grid.columns - 1) * across + 1, (grid.rows - 1) * down + 1, grid.width_m, grid.height_m};
}

}  // namespace radforge::physics
