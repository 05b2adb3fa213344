// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/phantom_spec.h"

#include "synth/base/error.h"

#include <algorithm>

namespace radforge::volume {

void check_number(const std::string& what, const Dist<double>& number, double lo, double hi) {
    const std::string defect = number.defect();
    if (!defect.empty()) throw Error(ErrorKind::BadData, what + ": " + defect);
    const Range<double> range = number.range();
    if (!(range.lo >= lo && range.hi <= hi))
        throw Error(ErrorKind::BadData, what + " is out of range")
            .got(std::to_string(range.lo) + " .. " + std::to_string(range.hi))
            .expected(std::to_string(lo) + " .. " + std::to_string(hi));
}

void check_grid(const std::string& what, const PhantomGrid& grid) {
    check_number(what + ": slices", double(grid.slices), 1, 2000);
    check_number(what + ": rows", double(grid.rows), 16, 2048);
    check_number(what + ": columns", double(grid.columns), 16, 2048);
    check_number(what + ": field_of_view_mm", grid.field_of_view_mm, 20, 1000);
    check_number(what + ": slice_spacing_mm", grid.slice_spacing_mm, 0.05, 100);
    check_number(what + ": slice_thickness_mm", grid.slice_thickness_mm, 0.05, 100);
}

ScanGeometry make_geometry(const PhantomGrid& grid) {
    ScanGeometry g;
    g.slices = grid.slices, g.rows = grid.rows, g.columns = grid.columns;
    g.pixel_mm = grid.field_of_view_mm / std::max(grid.rows, grid.columns);
    g.slice_spacing_mm = grid.slice_spacing_mm;
    g.slice_thickness_mm = grid.slice_thickness_mm;
    return g;
}

}  // namespace radforge::volume
