// SPDX-License-Identifier: Apache-2.0
#include "physics/film_grid.h"

#include <algorithm>
#include <cmath>

namespace radforge::physics {
namespace {

void nearest(double lo_m, double hi_m, double spacing_m, int count, int& first, int& last) {
    first = std::clamp(int(std::lround(lo_m / spacing_m)), 0, count - 1);
    last = std::clamp(int(std::lround(hi_m / spacing_m)), first, count - 1);
    if (last > first) return;
    if (last + 1 < count)
        ++last;
    else
        --first;
}

}  // namespace

double FilmRect::distance_m(Vec2d p) const {
    const double du = std::max({u0_m - p.x, p.x - u1_m, 0.0}), dv = std::max({v0_m - p.y, p.y - v1_m, 0.0});
    return std::hypot(du, dv);
}

NodeRange FilmRect::nodes(const FilmGrid& grid) const {
    NodeRange r;
    nearest(u0_m, u1_m, grid.dx_m(), grid.columns, r.column0, r.column1);
    nearest(v0_m, v1_m, grid.dy_m(), grid.rows, r.row0, r.row1);
    return r;
}

}  // namespace radforge::physics
