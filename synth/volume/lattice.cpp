// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/lattice.h"

#include "synth/base/error.h"

#include <algorithm>
#include <cmath>

namespace radforge::volume {
namespace {

/// The assignment of lattice axes to left, back and head with the largest sum of cosines.
std::array<int, 3> axes_by_direction(const std::array<Vec3d, 3>& step) {
    std::array<int, 3> order{0, 1, 2}, best = order;
    double most = -1;
    do {
        double sum = 0;
        for (int a = 0; a < 3; ++a)
            sum += std::abs(step[size_t(order[size_t(a)])][a]) / length(step[size_t(order[size_t(a)])]);
        if (sum > most + 1e-9) most = sum, best = order;
    } while (std::next_permutation(order.begin(), order.end()));
    return best;
}

}  // namespace

Volume from_lattice(const Lattice& lattice, const std::string& name) {
    const auto bad = [&](const std::string& what) { return Error(ErrorKind::BadData, what).where(name); };
    for (size_t a = 0; a < 3; ++a) {
        const double step = length(lattice.step_mm[a]);
        if (!(step > 1e-4 && step < 1000))
            throw bad("impossible voxel spacing")
                .got(std::to_string(step) + " mm")
                .expected("0.0001 to 1000")
                .hint("correct the affine of the header");
        if (lattice.size[a] < 1) throw bad("the volume is empty").hint("leave the file out");
    }
    const std::array<int, 3> axis = axes_by_direction(lattice.step_mm);
    const std::array<ptrdiff_t, 3> stride{1, lattice.size[0], ptrdiff_t(lattice.size[0]) * lattice.size[1]};
    std::array<int, 3> count{};
    std::array<Vec3d, 3> step{};
    std::array<ptrdiff_t, 3> jump{};
    Vec3d origin = lattice.origin_mm;
    ptrdiff_t start = 0;
    const auto turn = [&](size_t a) {
        origin += double(count[a] - 1) * step[a];
        start += jump[a] * (count[a] - 1);
        step[a] = -step[a];
        jump[a] = -jump[a];
    };
    for (size_t a = 0; a < 3; ++a) {
        const auto from = size_t(axis[a]);
        count[a] = lattice.size[from];
        step[a] = lattice.step_mm[from];
        jump[a] = stride[from];
        if (a < 2 && step[a][int(a)] < 0) turn(a);
    }
    if (dot(step[2], cross(step[0], step[1])) < 0) turn(2);

    Volume v;
    v.columns = count[0];
    v.rows = count[1];
    v.slices = count[2];
    v.column_spacing_mm = length(step[0]);
    v.row_spacing_mm = length(step[1]);
    v.row_direction = normalized(step[0]);
    v.column_direction = normalized(step[1]);
    if (std::abs(dot(v.row_direction, v.column_direction)) > 1e-3)
        throw bad("the in-plane axes are not orthogonal").hint("resample it onto a regular grid first");
    v.slice_thickness_mm = std::abs(dot(step[2], v.normal()));
    v.hu.resize(size_t(v.slices) * size_t(v.rows) * size_t(v.columns));
    size_t out = 0;
    for (int s = 0; s < v.slices; ++s) {
        v.slice_origin_mm.push_back(origin + double(s) * step[2]);
        for (int r = 0; r < v.rows; ++r)
            for (int c = 0; c < v.columns; ++c)
                v.hu[out++] = lattice.hu[size_t(start + s * jump[2] + r * jump[1] + c * jump[0])];
    }
    return v;
}

}  // namespace radforge::volume
