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

/// Derivatives (unit spacing) of the spline at the nodes.
std::vector<Vec3d> spline_slopes(const std::vector<Vec3d>& p) {
    const std::vector<Vec3d> m = spline_moments(p);
    const size_t n = p.size();
    std::vector<Vec3d> slope(n);
    for (size_t k = 0; k + 1 < n; ++k) slope[k] = p[k + 1] - p[k] - (m[k] * 2.0 + m[k + 1]) / 6.0;
    slope[n - 1] = p[n - 1] - p[n - 2] + (m[n - 2] + m[n - 1] * 2.0) / 6.0;
    return slope;
}

/// Derivatives at the nodes of a line on a film: the direction of the spline, the length of the arcs on both
/// sides. A spline's own derivative is too long or too short where the film turns sharply, and would stretch
/// the film there.
std::vector<Vec3d> tangents(const std::vector<Vec3d>& p) {
    std::vector<Vec3d> t = spline_slopes(p);
    const size_t n = p.size();
    for (Vec3d& slope : t) slope = normalized(slope);
    std::vector<double> arc(n - 1);
    for (size_t k = 0; k + 1 < n; ++k) {
        const double half = 0.5 * std::atan2(length(cross(t[k], t[k + 1])), dot(t[k], t[k + 1]));
        arc[k] = length(p[k + 1] - p[k]) * (half > 1e-6 ? half / std::sin(half) : 1.0);
    }
    for (size_t k = 0; k < n; ++k) t[k] = t[k] * (0.5 * (arc[k > 0 ? k - 1 : 0] + arc[std::min(k, n - 2)]));
    return t;
}

std::vector<Vec3d> hermite_line(const std::vector<Vec3d>& p, const std::vector<Vec3d>& d, int count) {
    std::vector<Vec3d> out;
    out.reserve(size_t(count));
    for (int q = 0; q < count; ++q) {
        const double s = double(q) * double(p.size() - 1) / double(count - 1);
        const size_t k = std::min(size_t(s), p.size() - 2);
        const double t = s - double(k), r = 1 - t;
        // Cubic Hermite polynomials.
        out.push_back(p[k] * (r * r * (1 + 2 * t)) + p[k + 1] * (t * t * (1 + 2 * r)) + d[k] * (r * r * t) -
                      d[k + 1] * (r * t * t));
    }
    return out;
}

std::vector<Vec3d> film_line(const std::vector<Vec3d>& p, int count) {
    return hermite_line(p, tangents(p), count);
}

std::vector<Vec3d> spline_line(const std::vector<Vec3d>& p, int count) {
    return hermite_line(p, spline_slopes(p), count);
}

template <class Line>
std::vector<Vec3d> by_lines(const FilmGrid& from, const std::vector<Vec3d>& positions_m, const FilmGrid& to,
                            const Line& resample_line) {
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

}  // namespace

std::vector<Vec3d> resample(const FilmGrid& from, const std::vector<Vec3d>& positions_m, const FilmGrid& to) {
    return by_lines(from, positions_m, to, film_line);
}

std::vector<Vec3d> interpolate(const FilmGrid& from, const std::vector<Vec3d>& values, const FilmGrid& to) {
    return by_lines(from, values, to, spline_line);
}

FilmGrid refined_grid(const FilmGrid& grid, double cell_m) {
    const int across = std::max(1, int(std::ceil(grid.dx_m() / cell_m - 1e-9)));
    const int down = std::max(1, int(std::ceil(grid.dy_m() / cell_m - 1e-9)));
    return {(grid.columns - 1) * across + 1, (grid.rows - 1) * down + 1, grid.width_m, grid.height_m};
}

}  // namespace radforge::physics
