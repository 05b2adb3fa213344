// SPDX-License-Identifier: Apache-2.0
#include "render/xray/lattice_view.h"

#include "synth/base/error.h"

#include <algorithm>
#include <cmath>

namespace radforge::xray {
namespace {

void store(float* out, Vec3d v) { out[0] = float(v.x), out[1] = float(v.y), out[2] = float(v.z); }

// Rays run one way only: the box must lie in front of the focal spot as a whole, or half-lines and lines
// differ.
void check_source(const View& view, const Grid& place) {
    const Vec3d forward = view.detector_centre_mm() - view.source_mm;
    for (int corner = 0; corner < 8; ++corner) {
        const Vec3d index{corner & 1 ? place.nx : -1., corner & 2 ? place.ny : -1.,
                          corner & 4 ? place.nz : -1.};
        if (!(dot(place.world_mm(index) - view.source_mm, forward) > 0))
            throw Error(ErrorKind::BadData, "focal spot lies in or behind the volume")
                .where("x-ray view")
                .expected("the whole volume in front of it")
                .hint("move the source away or crop the volume");
    }
}

// Whether the planes 1..n are seen from one side, and none from so near that scaling to it is in vain.
bool can_scale(double source, int n) {
    constexpr double kNearest = 1e-2;  // of the distance to the middle of the volume
    const double to_middle = std::fabs(.5 * (n + 1) - source);
    return to_middle - .5 * (n - 1) > kNearest * to_middle;
}

}  // namespace

kernel::LatticeView lattice_view(const View& view, const Grid& place) {
    view.validate();
    const Mat3d index_from_mm = inverse(place.step_mm);
    const auto to_lattice = [&](Vec3d world) {
        return index_from_mm * (world - place.origin_mm) + Vec3d{1, 1, 1};
    };
    const Vec3d centre_mm = place.centre_mm(), normal = cross(view.column_step_mm, view.row_step_mm);
    Vec3d first = view.first_pixel_mm, column = view.column_step_mm, row = view.row_step_mm, origin;
    if (view.beam == Beam::Parallel) {
        first += dot(centre_mm - first, normal) / dot(view.direction, normal) * view.direction;
        origin = index_from_mm * view.direction;
    } else {
        check_source(view, place);
        const double shrink = dot(centre_mm - view.source_mm, normal) / dot(first - view.source_mm, normal);
        first = view.source_mm + shrink * (first - view.source_mm);
        column *= shrink, row *= shrink;
        origin = to_lattice(view.source_mm);
    }
    kernel::LatticeView v{};
    v.cone = view.beam == Beam::Cone;
    v.height = view.height_px, v.width = view.width_px;
    store(v.base, to_lattice(first));
    store(v.column, index_from_mm * column);
    store(v.row, index_from_mm * row);
    store(v.origin, origin);
    store(v.centre, to_lattice(centre_mm));
    const int n[3] = {place.nx, place.ny, place.nz};
    for (int k = 0; k < 3; ++k) v.open[k] = !v.cone || can_scale(origin[k], n[k]) ? 1 : 0;
    const Mat3d& m = place.step_mm;
    const Vec3d x = m.column(0), y = m.column(1), z = m.column(2);
    const double metric[6] = {dot(x, x), dot(y, y), dot(z, z), dot(x, y), dot(x, z), dot(y, z)};
    std::copy(metric, metric + 6, v.metric);
    return v;
}

double longest_edge_mm(const Grid& place) {
    const Mat3d& m = place.step_mm;
    return std::max(
        {place.nx * length(m.column(0)), place.ny * length(m.column(1)), place.nz * length(m.column(2))});
}

}  // namespace radforge::xray
