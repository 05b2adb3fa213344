// SPDX-License-Identifier: Apache-2.0
#include "synth/xray/view_frame.h"

#include "synth/base/error.h"
#include "synth/xray/mirror.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace radforge::xray {
namespace {

/// Of an array of side^3.
size_t offset(int side, int x, int y, int z) {
    return (size_t(z) * size_t(side) + size_t(y)) * size_t(side) + size_t(x);
}

/// For every brick: whether all voxels are zero that a run nearest to the axis, with its middle in the brick,
/// may read.
std::vector<uint8_t> empty_bricks(const std::vector<uint8_t>& occupied, const PaddedCube& cube, int axis) {
    const int count = cube.bricks(), length = cube.side();
    // Axis by axis, z first, voxels shrink to bricks.
    const auto shrink = [&](const std::vector<uint8_t>& in, size_t outer, size_t inner, int reach) {
        std::vector<uint8_t> out(outer * size_t(count) * inner, 0);
        for (size_t o = 0; o < outer; ++o)
            for (int b = 0; b < count; ++b) {
                uint8_t* const to = &out[(o * size_t(count) + size_t(b)) * inner];
                const int first = std::max(0, b * kBrick - (reach - 1)),
                          last = std::min(length - 1, b * kBrick + kBrick - 1 + reach);
                for (int i = first; i <= last; ++i) {
                    const uint8_t* const from = &in[(o * size_t(length) + size_t(i)) * inner];
                    for (size_t k = 0; k < inner; ++k) to[k] |= from[k];
                }
            }
        return out;
    };
    const auto side = size_t(length), bricks = size_t(count);
    const auto reach = [&](int k) { return k == axis ? kReach : kReachAcross; };
    std::vector<uint8_t> any = shrink(occupied, 1, side * side, reach(2));
    any = shrink(any, bricks, side, reach(1));
    any = shrink(any, bricks * bricks, 1, reach(0));
    for (uint8_t& b : any) b = !b;
    any.resize(any.size() + sizeof(int), 0);  // bytes are read four at a time
    return any;
}

/// Rows of one direction, cut to those samples that lie inside the padded cube.
class Rows {
public:
    Rows(Vec3d step, Vec3d to_next, int n) : to_next_(to_next), n_(n) {
        constexpr double kLeast = 1e-12;  // such rows never leave the cube
        for (int k = 0; k < 3; ++k)
            per_step_[k] = 1 / (std::fabs(step[k]) < kLeast ? kLeast : double(step[k]));
    }
    /// @param start  of the first of bundle.count rows
    void cut(Vec3d start, Bundle& bundle) const {
        double low[Bundle::kMost], high[Bundle::kMost];
        std::fill_n(low, Bundle::kMost, 0.);
        std::fill_n(high, Bundle::kMost, n_ - 1.);
        for (int k = 0; k < 3; ++k)
            for (int row = 0; row < Bundle::kMost; ++row) {
                const double at = start[k] + row * to_next_[k];  // both ends lie on zeros
                const double a = -at * per_step_[k], b = (n_ + 1 - at) * per_step_[k];
                low[row] = std::max(low[row], std::min(a, b));
                high[row] = std::min(high[row], std::max(a, b));
                bundle.lines[row].start[k] = float(at);
            }
        for (int row = 0; row < Bundle::kMost; ++row) {
            bundle.lines[row].begin = int(std::ceil(std::min(low[row], double(n_))));
            bundle.lines[row].end = int(std::floor(std::max(high[row], -1.))) + 1;
        }
    }

private:
    Vec3d to_next_;
    int n_;
    double per_step_[3];
};

int nearest_axis(Vec3d v) {
    const double x = std::fabs(v.x), y = std::fabs(v.y), z = std::fabs(v.z);
    return x >= std::max(y, z) ? 0 : y >= z ? 1 : 2;
}

/// @returns room for `count` more values of a volume, zeros
template <class T>
T* grow(NdArray& volume, size_t count) {
    const size_t at = volume.bytes.size();
    volume.bytes.resize(at + count * sizeof(T));
    return reinterpret_cast<T*>(volume.bytes.data() + at);
}

}  // namespace

ViewFrame::ViewFrame(const Cube& cube, Isa isa)
    : n_(cube.n),
      largest_(cube.largest),
      turn_((isa == Isa::Auto ? best_isa() : isa) == Isa::Avx512 ? turn_rows_avx512() : turn_rows_avx2()) {
    if (n_ > kMostSide)
        throw Error(ErrorKind::BadData, "cube too large to be turned")
            .got(std::to_string(n_) + " voxels a side")
            .expected("at most " + std::to_string(kMostSide));
    const int side = padded(0).side();
    const size_t count = offset(side, 0, 0, side);
    // Samples on the last face read the zeros behind it.
    const size_t behind = offset(side, 2, 1, 1);
    values_.assign(count + behind, 0);
    for (int z = 0; z < n_; ++z)
        for (int y = 0; y < n_; ++y)
            std::copy_n(&cube.levels[offset(n_, 0, y, z)], n_, &values_[offset(side, 1, y + 1, z + 1)]);
    std::vector<uint8_t> occupied(count);
    for (size_t i = 0; i < count; ++i) occupied[i] = values_[i] != 0;
    for (int axis = 0; axis < 3; ++axis) empty_[axis] = empty_bricks(occupied, padded(axis), axis);
    if (largest_ > 255) return;
    columns_.assign(count + behind, 0);
    for (int z = 0; z < side; ++z)
        for (int y = 0; y + 1 < side; ++y)
            for (int x = 0; x < side; ++x)
                columns_[offset(side, x, y, z)] =
                    uint16_t(values_[offset(side, x, y, z)] | values_[offset(side, x, y + 1, z)] << 8);
    values_.clear();
    values_.shrink_to_fit();
}

PaddedCube ViewFrame::padded(int axis) const {
    return {n_, columns_.data(), values_.data(), empty_[axis].data()};
}

template <class T, class Turn>
NdArray ViewFrame::turned(Turn turn, const Mat3d& cube_from_view, Reflection* reflection) const {
    const auto n = size_t(n_);
    NdArray out{pixel_type_of<T>(), {n_, n_, n_}, {}};
    out.bytes.reserve(n * n * n * sizeof(T));
    if (reflection) {
        reflection->volume = {out.type, out.shape, {}};
        reflection->volume.bytes.reserve(n * n * n * sizeof(T));
    }
    const Vec3d step = cube_from_view.column(0);
    const PaddedCube cube = padded(nearest_axis(step));
    const double middle = .5 * (n_ - 1);
    const Rows rows(step, cube_from_view.column(1), n_);
    Bundle bundle{{float(step.x), float(step.y), float(step.z)}, 0, {}};
    // A slab stays in the nearer caches until it is mirrored; within it go bundles of rows that stay together
    // in the cube, whatever the turn: what one row brings in its neighbours read again.
    for (int z0 = 0; z0 < n_; z0 += Bundle::kMost) {
        const int planes = std::min(n_ - z0, Bundle::kMost);
        const size_t count = size_t(planes) * n * n;
        T* const slab = grow<T>(out, count);
        for (int y0 = 0; y0 < n_; y0 += Bundle::kMost)
            for (int z = 0; z < planes; ++z) {
                bundle.count = std::min(n_ - y0, Bundle::kMost);
                const Vec3d centred = cube_from_view * Vec3d{-middle, y0 - middle, z0 + z - middle};
                rows.cut(centred + Vec3d{middle + 1, middle + 1, middle + 1}, bundle);
                turn(cube, bundle, n_, slab + (size_t(z) * n + size_t(y0)) * n);
            }
        if (reflection)
            mirror(slab, size_t(planes), n, n, reflection->of_rows, grow<T>(reflection->volume, count));
    }
    return out;
}

NdArray ViewFrame::resample(const Mat3d& cube_from_view, Reflection* reflection) const {
    return largest_ <= 255 ? turned<uint8_t>(turn_.bytes, cube_from_view, reflection)
                           : turned<int16_t>(turn_.words, cube_from_view, reflection);
}

std::vector<double> cube_from_view_4x4(const Mat3d& m) {
    return {m.rows[0].x, m.rows[0].y, m.rows[0].z, 0, m.rows[1].x, m.rows[1].y, m.rows[1].z, 0,
            m.rows[2].x, m.rows[2].y, m.rows[2].z, 0, 0,           0,           0,           1};
}

}  // namespace radforge::xray
