// SPDX-License-Identifier: Apache-2.0
#include "synth/xray/view_frame.h"

#include "synth/xray/mirror.h"

#include <algorithm>
#include <cmath>

namespace radforge::xray {
namespace {

/// Of an array of side^3.
size_t offset(int side, int x, int y, int z) {
    return (size_t(z) * size_t(side) + size_t(y)) * size_t(side) + size_t(x);
}

/// For every brick: whether all voxels are zero that a run with its middle in the brick may read.
std::vector<uint8_t> empty_bricks(const std::vector<int16_t>& padded, const PaddedCube& cube) {
    const int count = cube.bricks(), length = cube.side();
    // Axis by axis: x, then y, then z shrink from voxels to bricks.
    const auto shrink = [&](const std::vector<uint8_t>& in, size_t outer, size_t inner) {
        std::vector<uint8_t> out(outer * size_t(count) * inner, 0);
        for (size_t o = 0; o < outer; ++o)
            for (int b = 0; b < count; ++b) {
                uint8_t* const to = &out[(o * size_t(count) + size_t(b)) * inner];
                const int first = std::max(0, b * kBrick - kReach),
                          last = std::min(length - 1, b * kBrick + kBrick - 1 + kReach);
                for (int i = first; i <= last; ++i) {
                    const uint8_t* const from = &in[(o * size_t(length) + size_t(i)) * inner];
                    for (size_t k = 0; k < inner; ++k) to[k] |= from[k];
                }
            }
        return out;
    };
    const auto side = size_t(length), bricks = size_t(count);
    std::vector<uint8_t> occupied(side * side * side);
    for (size_t i = 0; i < occupied.size(); ++i) occupied[i] = padded[i] != 0;
    occupied = shrink(occupied, side * side, 1);
    occupied = shrink(occupied, side, bricks);
    occupied = shrink(occupied, 1, bricks * bricks);
    for (uint8_t& b : occupied) b = !b;
    occupied.resize(occupied.size() + sizeof(int), 0);  // bytes are read four at a time
    return occupied;
}

/// Rows of one direction.
class Rows {
public:
    Rows(Vec3d step, int n) : n_(n) {
        for (int k = 0; k < 3; ++k) inverse_[k] = std::fabs(step[k]) < 1e-12 ? 0 : 1 / step[k];
    }
    /// Those samples of the row from `start` on that lie inside the padded cube.
    Line inside(Vec3d start) const {
        double low = 0, high = n_ - 1;
        for (int k = 0; k < 3; ++k) {
            const double first = 0, last = n_ + 1;  // both ends lie on zeros
            if (inverse_[k] == 0) {
                if (start[k] <= first || start[k] >= last) high = -1;
                continue;
            }
            double a = (first - start[k]) * inverse_[k], b = (last - start[k]) * inverse_[k];
            if (a > b) std::swap(a, b);
            low = std::max(low, a), high = std::min(high, b);
        }
        Line line;
        for (int k = 0; k < 3; ++k) line.start[k] = float(start[k]);
        line.begin = high < low ? 0 : int(std::ceil(low));
        line.end = high < low ? 0 : int(std::floor(high)) + 1;
        return line;
    }

private:
    int n_;
    double inverse_[3];
};

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
    const int side = padded().side();
    const size_t count = offset(side, 0, 0, side);
    // Samples on the last face read the zeros behind it.
    const size_t behind = offset(side, 2, 1, 1);
    values_.assign(count + behind, 0);
    for (int z = 0; z < n_; ++z)
        for (int y = 0; y < n_; ++y)
            std::copy_n(&cube.levels[offset(n_, 0, y, z)], n_, &values_[offset(side, 1, y + 1, z + 1)]);
    empty_ = empty_bricks(values_, padded());
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

PaddedCube ViewFrame::padded() const { return {n_, columns_.data(), values_.data(), empty_.data()}; }

template <class T, class Turn>
NdArray ViewFrame::turned(Turn turn, const Mat3d& cube_from_view, Reflection* reflection) const {
    const auto n = size_t(n_);
    NdArray out{pixel_type_of<T>(), {n_, n_, n_}, {}};
    out.bytes.reserve(n * n * n * sizeof(T));
    if (reflection) {
        reflection->volume = {out.type, out.shape, {}};
        reflection->volume.bytes.reserve(n * n * n * sizeof(T));
    }
    const PaddedCube cube = padded();
    const double middle = .5 * (n_ - 1);
    const Vec3d step = cube_from_view.column(0);
    const Rows rows(step, n_);
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
                for (int y = 0; y < bundle.count; ++y) {
                    const Vec3d centred = cube_from_view * Vec3d{-middle, y0 + y - middle, z0 + z - middle};
                    bundle.lines[y] = rows.inside(centred + Vec3d{middle + 1, middle + 1, middle + 1});
                }
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
