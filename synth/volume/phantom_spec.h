// SPDX-License-Identifier: Apache-2.0
/// What the specs of the phantoms share: the grid and its checks.
#pragma once
#include "synth/base/dist.h"
#include "synth/volume/phantom_scan.h"

#include <string>

namespace radforge::volume {

constexpr double kDegPerRad = 180 / 3.141592653589793;

struct PhantomGrid {
    int slices, rows, columns;
    double field_of_view_mm, slice_spacing_mm, slice_thickness_mm;
};

/// @throws Error naming `what` when the grid is impossible
void check_grid(const std::string& what, const PhantomGrid& grid);
/// @throws Error when the number, or any draw, can leave [lo, hi]
void check_number(const std::string& what, const Dist<double>& number, double lo, double hi);

/// Square pixels over the wider side; centred, untilted, no couch.
ScanGeometry make_geometry(const PhantomGrid& grid);

}  // namespace radforge::volume
