// SPDX-License-Identifier: Apache-2.0
#include "render/xray/shear_plan.h"

#include "synth/base/error.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace radforge::xray {
namespace {

constexpr int kMaxVirtualSide = 1 << 14;

struct Interval {
    double lo = 1e300, hi = -1e300;
    void add(double x) { lo = std::min(lo, x), hi = std::max(hi, x); }
    bool empty() const { return lo > hi; }
};

// Where the rays of each axis cross their reference slice.
struct Footprint {
    Interval rows, columns;
};

double reference_slice(const int* n, int axis) { return .5 * (n[axis] + 1); }

void add_pixel(const kernel::LatticeView& v, const int* n, int row, int column,
               std::array<Footprint, 3>& all) {
    const kernel::LatticeLine line = kernel::line_of(v, row, column);
    const int a = kernel::shear_axis(v, line.direction), r = kernel::row_axis(a), c = kernel::column_axis(a);
    const double depth = (reference_slice(n, a) - double(line.point[a])) / double(line.direction[a]);
    all[size_t(a)].rows.add(double(line.point[r]) + depth * double(line.direction[r]));
    all[size_t(a)].columns.add(double(line.point[c]) + depth * double(line.direction[c]));
}

// The pixels of one axis and sign are convex in the detector, so that corners bound them when all four
// agree.
std::array<Footprint, 3> footprints(const kernel::LatticeView& v, const int* n) {
    std::array<Footprint, 3> all;
    const int rows[2] = {0, v.height - 1}, columns[2] = {0, v.width - 1};
    int same = 0, axis = 0;
    bool positive = false;
    for (const int row : rows)
        for (const int column : columns) {
            const kernel::LatticeLine line = kernel::line_of(v, row, column);
            const int a = kernel::shear_axis(v, line.direction);
            if (same == 0) axis = a, positive = line.direction[a] > 0;
            same += a == axis && (line.direction[a] > 0) == positive;
        }
    if (same == 4) {
        for (const int row : rows)
            for (const int column : columns) add_pixel(v, n, row, column, all);
    } else {
        for (int row = 0; row < v.height; ++row)
            for (int column = 0; column < v.width; ++column) add_pixel(v, n, row, column, all);
    }
    return all;
}

// Base and size of one side of the virtual image: what the pixels need of what the slices reach, with a rim
// for the cubic.
int side(const Interval& pixels, const Interval& support, double pitch, float* base) {
    const double lo = std::max(pixels.lo - 2 * pitch, support.lo - 4 * pitch);
    const double hi = std::min(pixels.hi, support.hi);
    *base = float(lo);
    const double cells = std::ceil(std::max(0., hi - double(*base)) / pitch) + 6;
    if (!(cells < kMaxVirtualSide))
        throw Error(ErrorKind::BadData, "focal spot too near for method shearwarp")
            .where("x-ray view")
            .hint("use method joseph");
    return int(cells);
}

ShearPlan plan_axis(const kernel::LatticeView& v, const int* n, int axis, const Footprint& pixels) {
    const int r = kernel::row_axis(axis), c = kernel::column_axis(axis), slices = n[axis];
    const double middle = reference_slice(n, axis);
    const double origin[3] = {double(v.origin[0]), double(v.origin[1]), double(v.origin[2])};
    ShearPlan plan;
    plan.axis = axis;
    plan.scaled = v.cone != 0;
    std::vector<double> factor(size_t(slices), 1.);
    if (plan.scaled) {
        const double to_middle = middle - origin[axis];
        for (int i = 0; i < slices; ++i) factor[size_t(i)] = (i + 1 - origin[axis]) / to_middle;
    }
    const double pitch = 1 / *std::max_element(factor.begin(), factor.end());
    // Slice row at virtual row x0: scaled, origin + (x0 - origin) f; sheared, x0 + (i + 1 - middle) slope.
    const auto shift = [&](int k, int i) {
        return plan.scaled ? origin[k] * (1 - factor[size_t(i)])
                           : (i + 1 - middle) * origin[k] / origin[axis];
    };
    Interval rows, columns;
    for (const int i : {0, slices - 1})
        for (const bool top : {false, true}) {
            rows.add(((top ? n[r] + 1 : 0) - shift(r, i)) / factor[size_t(i)]);
            columns.add(((top ? n[c] + 1 : 0) - shift(c, i)) / factor[size_t(i)]);
        }
    plan.frame.height = side(pixels.rows, rows, pitch, &plan.frame.row_base);
    plan.frame.width = side(pixels.columns, columns, pitch, &plan.frame.column_base);
    plan.frame.stride = (plan.frame.width + 15) / 16 * 16;
    plan.frame.reference_slice = float(middle);
    plan.frame.per_pitch = float(1 / pitch);
    for (int i = 0; i < slices; ++i) {
        plan.row0.push_back(shift(r, i) + double(plan.frame.row_base) * factor[size_t(i)]);
        plan.col0.push_back(shift(c, i) + double(plan.frame.column_base) * factor[size_t(i)]);
        plan.scale.push_back(plan.scaled ? std::min(1., factor[size_t(i)] * pitch) : 1.);
    }
    return plan;
}

}  // namespace

std::vector<ShearPlan> plan_shear(const kernel::LatticeView& view, const int* n) {
    if (!(view.open[0] + view.open[1] + view.open[2] > 0))
        throw Error(ErrorKind::BadData, "focal spot too near for method shearwarp")
            .where("x-ray view")
            .hint("use method joseph");
    const std::array<Footprint, 3> all = footprints(view, n);
    std::vector<ShearPlan> plans;
    for (int axis = 0; axis < 3; ++axis)
        if (view.open[axis] > 0 && !all[size_t(axis)].rows.empty())
            plans.push_back(plan_axis(view, n, axis, all[size_t(axis)]));
    return plans;
}

}  // namespace radforge::xray
