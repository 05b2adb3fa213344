// SPDX-License-Identifier: Apache-2.0
#include "physics/measure.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace radforge::physics {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kNearGrip_m = 0.010;

bool near_grip(Vec2d p, const std::vector<FilmRect>& grips) {
    return std::any_of(grips.begin(), grips.end(),
                       [&](const FilmRect& g) { return g.distance_m(p) <= kNearGrip_m; });
}

}  // namespace

Strain measure_strain(const FilmGrid& grid, const std::vector<Vec3d>& positions_m,
                      const std::vector<FilmRect>& grips) {
    std::vector<double> strains;
    strains.reserve(4 * grid.size());
    Strain result;
    const int step[4][2] = {{1, 0}, {0, 1}, {1, 1}, {-1, 1}};
    for (int j = 0; j < grid.rows; ++j)
        for (int i = 0; i < grid.columns; ++i)
            for (const auto& s : step) {
                const int a = i + s[0], b = j + s[1];
                if (a < 0 || a >= grid.columns || b >= grid.rows) continue;
                const double rest = std::hypot(s[0] * grid.dx_m(), s[1] * grid.dy_m());
                const Vec3d edge = positions_m[size_t(grid.id(a, b))] - positions_m[size_t(grid.id(i, j))];
                const double strain = std::abs(length(edge) / rest - 1);
                strains.push_back(strain);
                if (strain > result.max_free &&
                    !near_grip((grid.film_point_m(i, j) + grid.film_point_m(a, b)) * 0.5, grips))
                    result.max_free = strain;
            }
    result.max = *std::max_element(strains.begin(), strains.end());
    const auto at = strains.begin() + std::ptrdiff_t(0.99 * double(strains.size() - 1));
    std::nth_element(strains.begin(), at, strains.end());
    result.p99 = *at;
    return result;
}

double angle_defect_rms_deg(const FilmGrid& grid, const std::vector<Vec3d>& positions_m,
                            const std::vector<char>& left_out) {
    const int ring[6][2] = {{1, 0}, {1, 1}, {0, 1}, {-1, 0}, {-1, -1}, {0, -1}};
    double sum = 0;
    int counted = 0;
    for (int j = 1; j + 1 < grid.rows; ++j)
        for (int i = 1; i + 1 < grid.columns; ++i) {
            if (!left_out.empty() && left_out[size_t(grid.id(i, j))]) continue;
            ++counted;
            const auto spoke = [&](int k) {
                const auto& r = ring[k % 6];
                return positions_m[size_t(grid.id(i + r[0], j + r[1]))] - positions_m[size_t(grid.id(i, j))];
            };
            double angles = 0;
            for (int k = 0; k < 6; ++k) {
                const Vec3d a = spoke(k), b = spoke(k + 1);
                angles += std::atan2(length(cross(a, b)), dot(a, b));
            }
            const double defect_deg = (2 * kPi - angles) * 180 / kPi;
            sum += defect_deg * defect_deg;
        }
    return counted > 0 ? std::sqrt(sum / counted) : 0;
}

double largest_curvature_per_m(const FilmGrid& grid, const std::vector<Vec3d>& positions_m) {
    double largest = 0;
    for (int j = 0; j < grid.rows; ++j)
        for (int i = 0; i < grid.columns; ++i)
            for (const auto& s : {std::pair{1, 0}, {0, 1}, {1, 1}, {1, -1}}) {
                const int a = i - s.first, b = j - s.second, c = i + s.first, d = j + s.second;
                if (std::min(a, c) < 0 || std::min(b, d) < 0 || std::max(a, c) >= grid.columns ||
                    std::max(b, d) >= grid.rows)
                    continue;
                const Vec3d here = positions_m[size_t(grid.id(i, j))],
                            back = positions_m[size_t(grid.id(a, b))] - here,
                            ahead = positions_m[size_t(grid.id(c, d))] - here;
                // Four times the triangle's area over the product of its sides.
                const double sides = length(back) * length(ahead) * length(ahead - back);
                if (sides > 0) largest = std::max(largest, 2 * length(cross(back, ahead)) / sides);
            }
    return largest;
}

}  // namespace radforge::physics
