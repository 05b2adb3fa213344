// SPDX-License-Identifier: Apache-2.0
#include "physics/height_field.h"

#include "synth/base/error.h"

#include <algorithm>
#include <cmath>

namespace radforge::physics {
namespace {

constexpr double kFarBelow_m = -1;
constexpr int kMargin = 4;  // cells beyond the meshes

}  // namespace

HeightField::HeightField(const std::vector<Mesh>& meshes, double raster_m) : raster_m_(raster_m) {
    Vec2d lo{1e9, 1e9}, hi{-1e9, -1e9};
    for (const Mesh& mesh : meshes)
        for (const Vec3f& p : mesh.positions_m) {
            lo = {std::min(lo.x, double(p.x)), std::min(lo.y, double(p.z))};
            hi = {std::max(hi.x, double(p.x)), std::max(hi.y, double(p.z))};
        }
    RADFORGE_ASSERT(hi.x > lo.x && raster_m > 0);
    x0_m_ = lo.x - kMargin * raster_m;
    z0_m_ = lo.y - kMargin * raster_m;
    columns_ = int(std::ceil((hi.x - lo.x) / raster_m)) + 2 * kMargin + 1;
    rows_ = int(std::ceil((hi.y - lo.y) / raster_m)) + 2 * kMargin + 1;
    heights_m_.assign(size_t(columns_) * size_t(rows_), kFarBelow_m);
    for (const Mesh& mesh : meshes) raise_to(mesh);
    fall_away();
}

void HeightField::raise_to(const Mesh& mesh) {
    for (const Tri& f : mesh.faces) {
        const Vec3d a = to_double(mesh.positions_m[f[0]]), b = to_double(mesh.positions_m[f[1]]),
                    c = to_double(mesh.positions_m[f[2]]);
        const double twice = (b.x - a.x) * (c.z - a.z) - (c.x - a.x) * (b.z - a.z);
        if (std::abs(twice) < 1e-14) continue;  // seen edge-on
        const auto range = [&](double lo, double hi, double origin, int count) {
            return std::pair<int, int>{std::max(0, int(std::ceil((lo - origin) / raster_m_))),
                                       std::min(count - 1, int(std::floor((hi - origin) / raster_m_)))};
        };
        const auto [i0, i1] = range(std::min({a.x, b.x, c.x}), std::max({a.x, b.x, c.x}), x0_m_, columns_);
        const auto [j0, j1] = range(std::min({a.z, b.z, c.z}), std::max({a.z, b.z, c.z}), z0_m_, rows_);
        for (int j = j0; j <= j1; ++j)
            for (int i = i0; i <= i1; ++i) {
                const double x = x0_m_ + i * raster_m_ - a.x, z = z0_m_ + j * raster_m_ - a.z;
                const double p = (x * (c.z - a.z) - (c.x - a.x) * z) / twice,
                             q = ((b.x - a.x) * z - x * (b.z - a.z)) / twice;
                if (p < -1e-9 || q < -1e-9 || p + q > 1 + 1e-9) continue;
                cell(i, j) = std::max(cell(i, j), a.y + p * (b.y - a.y) + q * (c.y - a.y));
            }
    }
}

void HeightField::fall_away() {
    // Two sweeps carry heights outwards along rows, columns and diagonals.
    const auto carry = [&](int i, int j, int di, int dj) {
        if (i + di < 0 || i + di >= columns_ || j + dj < 0 || j + dj >= rows_) return;
        const double fallen = cell(i + di, j + dj) - raster_m_ * std::hypot(di, dj);
        cell(i, j) = std::max(cell(i, j), fallen);
    };
    for (int j = 0; j < rows_; ++j)
        for (int i = 0; i < columns_; ++i)
            for (const auto& [di, dj] : {std::pair{-1, 0}, {0, -1}, {-1, -1}, {1, -1}}) carry(i, j, di, dj);
    for (int j = rows_ - 1; j >= 0; --j)
        for (int i = columns_ - 1; i >= 0; --i)
            for (const auto& [di, dj] : {std::pair{1, 0}, {0, 1}, {1, 1}, {-1, 1}}) carry(i, j, di, dj);
}

HeightField::Point HeightField::at(double x_m, double z_m) const {
    const double x = (x_m - x0_m_) / raster_m_, z = (z_m - z0_m_) / raster_m_;
    const int i = int(std::lround(x)), j = int(std::lround(z));
    if (i < 1 || i + 1 >= columns_ || j < 1 || j + 1 >= rows_) return {kFarBelow_m, 0, 0};
    const auto weights = [](double t, double(&w)[3], double(&d)[3]) {  // t in [-0.5, 0.5]
        w[0] = 0.5 * (0.5 - t) * (0.5 - t);
        w[1] = 0.75 - t * t;
        w[2] = 0.5 * (0.5 + t) * (0.5 + t);
        d[0] = t - 0.5;
        d[1] = -2 * t;
        d[2] = t + 0.5;
    };
    double wx[3], dx[3], wz[3], dz[3];
    weights(x - i, wx, dx);
    weights(z - j, wz, dz);
    Point p{0, 0, 0};
    for (int b = 0; b < 3; ++b)
        for (int a = 0; a < 3; ++a) {
            const double h = cell(i + a - 1, j + b - 1);
            p.height_m += wx[a] * wz[b] * h;
            p.slope_x += dx[a] * wz[b] * h / raster_m_;
            p.slope_z += wx[a] * dz[b] * h / raster_m_;
        }
    return p;
}

}  // namespace radforge::physics
