// SPDX-License-Identifier: Apache-2.0
#include "synth/film/sheet_shape.h"

#include "synth/base/error.h"

#include <algorithm>
#include <cmath>

namespace radforge::film {
namespace {

struct Cell {
    int column, row;
    double x, y;  // within it, [0,1]
};

Cell cell_at(Vec2d uv, int columns, int rows) {
    const double x = std::clamp(uv.x, 0.0, 1.0) * (columns - 1), y = std::clamp(uv.y, 0.0, 1.0) * (rows - 1);
    const int column = std::min(int(x), columns - 2), row = std::min(int(y), rows - 2);
    return {column, row, x - column, y - row};
}

}  // namespace

Vec3d on_sheet(const Mesh& mesh, int columns, int rows, Vec2d uv) {
    return on_sheet(mesh.positions_m, columns, rows, uv);
}

Vec3d on_sheet(Span<const Vec3f> nodes, int columns, int rows, Vec2d uv) {
    RADFORGE_ASSERT(nodes.size() == size_t(columns) * size_t(rows));
    const Cell cell = cell_at(uv, columns, rows);
    const auto at = [&](int right, int down) {
        return to_double(nodes[size_t(cell.row + down) * size_t(columns) + size_t(cell.column + right)]);
    };
    const Vec3d a = at(0, 0), d = at(1, 1);
    if (cell.x >= cell.y) return a + (at(1, 0) - a) * (cell.x - cell.y) + (d - a) * cell.y;
    return a + (at(0, 1) - a) * (cell.y - cell.x) + (d - a) * cell.x;
}

Image principal_curvatures(const Mesh& mesh, int columns, int rows) {
    RADFORGE_ASSERT(columns >= 3 && rows >= 3 && mesh.positions_m.size() == size_t(columns) * size_t(rows));
    Image image(rows, columns, 2, PixelType::F32, ColorSpace::Data);
    const auto at = [&](int i, int j) {
        return to_double(mesh.positions_m[size_t(j) * size_t(columns) + size_t(i)]);
    };
    for (int row = 0; row < rows; ++row)
        for (int column = 0; column < columns; ++column) {
            // Rim nodes take the stencil of their inner neighbours.
            const int i = std::clamp(column, 1, columns - 2), j = std::clamp(row, 1, rows - 2);
            const Vec3d pu = (at(i + 1, j) - at(i - 1, j)) * 0.5, pv = (at(i, j + 1) - at(i, j - 1)) * 0.5;
            const Vec3d puu = at(i + 1, j) - 2.0 * at(i, j) + at(i - 1, j),
                        pvv = at(i, j + 1) - 2.0 * at(i, j) + at(i, j - 1),
                        puv = (at(i + 1, j + 1) - at(i - 1, j + 1) - at(i + 1, j - 1) + at(i - 1, j - 1)) *
                              0.25;
            const Vec3d n = normalized(cross(pu, pv));
            const double e = dot(pu, pu), f = dot(pu, pv), g = dot(pv, pv), l = dot(puu, n), m = dot(puv, n),
                         k = dot(pvv, n);
            const double area = e * g - f * f, mean = (e * k - 2 * f * m + g * l) / (2 * area),
                         gauss = (l * k - m * m) / area;
            const double spread = std::sqrt(std::max(0.0, mean * mean - gauss));
            float* out = image.view<float>().pixel(row, column);
            out[0] = float(mean + spread);
            out[1] = float(mean - spread);
        }
    return image;
}

void at_uv(const Image& nodes, Vec2d uv, float* out) {
    const Cell cell = cell_at(uv, nodes.width_px, nodes.height_px);
    const auto view = nodes.view<float>();
    for (int c = 0; c < nodes.channels; ++c) {
        const double top = view(cell.row, cell.column, c) * (1 - cell.x) +
                           view(cell.row, cell.column + 1, c) * cell.x,
                     bottom = view(cell.row + 1, cell.column, c) * (1 - cell.x) +
                              view(cell.row + 1, cell.column + 1, c) * cell.x;
        out[c] = float(top * (1 - cell.y) + bottom * cell.y);
    }
}

}  // namespace radforge::film
