// SPDX-License-Identifier: Apache-2.0
/// Node numbering of the film: columns along u (width), rows along v (height, downwards).
#pragma once
#include "synth/base/vec.h"

#include <cstddef>

namespace radforge::physics {

struct FilmGrid {
    int columns = 0, rows = 0;
    double width_m = 0, height_m = 0;

    size_t size() const { return size_t(columns) * size_t(rows); }
    int id(int column, int row) const { return row * columns + column; }
    double dx_m() const { return width_m / (columns - 1); }
    double dy_m() const { return height_m / (rows - 1); }
    Vec2d film_point_m(int column, int row) const { return {column * dx_m(), row * dy_m()}; }
};

/// Inclusive ranges of columns and rows.
struct NodeRange {
    int column0 = 0, column1 = 0, row0 = 0, row1 = 0;
};

/// A rectangle of the film, in metres from its top-left corner.
struct FilmRect {
    double u0_m = 0, u1_m = 0, v0_m = 0, v1_m = 0;
    /// Distance of a film point from the rectangle, 0 inside.
    double distance_m(Vec2d p) const;
    /// The nodes nearest to the rectangle's sides, at least two each way, so that a grip holds a direction
    /// too.
    NodeRange nodes(const FilmGrid& grid) const;
};

}  // namespace radforge::physics
