// SPDX-License-Identifier: Apache-2.0
#include "render/xray/dense_volume.h"

#include "synth/base/parallel.h"

#include <algorithm>
#include <iterator>

namespace radforge::xray {
namespace {

Occupied occupied(const float* row, int length) {
    const auto is_set = [](float v) { return v != 0; };
    const float* const behind = row + length;
    const float* const first = std::find_if(row, behind, is_set);
    if (first == behind) return {length, 0};
    const auto last =
        std::find_if(std::make_reverse_iterator(behind), std::make_reverse_iterator(first), is_set);
    return {int(first - row), int(last.base() - row)};
}

/// As ShearSlices::pairs.
std::vector<Occupied> occupied_pairs(const ShearSlices& s) {
    const auto pairs = size_t(s.rows + 1);
    std::vector<Occupied> out(size_t(s.slices) * pairs);
    parallel_for(s.slices, 4, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
            const float* const slice = s.data + (i + 1) * s.slice_stride;
            Occupied before = occupied(slice, s.columns + 2);
            for (size_t r = 0; r < pairs; ++r) {
                const Occupied next = occupied(slice + long(r + 1) * s.row_stride, s.columns + 2);
                out[size_t(i) * pairs + r] = {std::min(before.first, next.first),
                                              std::max(before.end, next.end)};
                before = next;
            }
        }
    });
    return out;
}

}  // namespace

kernel::DenseField padded_layout(const Grid& place) {
    return {nullptr, {place.nx, place.ny, place.nz}, {1, place.nx + 2, (place.nx + 2) * (place.ny + 2)}};
}

size_t padded_count(const kernel::DenseField& layout) {
    return size_t(layout.stride[2]) * size_t(layout.n[2] + 2);
}

std::vector<float> without_shell(const kernel::DenseField& layout, const std::vector<float>& padded) {
    std::vector<float> values(size_t(layout.n[0]) * size_t(layout.n[1]) * size_t(layout.n[2]));
    parallel_for(layout.n[2], 8, [&](int64_t begin, int64_t end) {
        for (int64_t z = begin; z < end; ++z)
            for (int64_t y = 0; y < layout.n[1]; ++y)
                std::copy_n(&padded[size_t((z + 1) * layout.stride[2] + (y + 1) * layout.stride[1] + 1)],
                            layout.n[0], &values[size_t((z * layout.n[1] + y) * layout.n[0])]);
    });
    return values;
}

DenseVolume::DenseVolume(const Grid& grid, bool turned) : n_{grid.nx, grid.ny, grid.nz} {
    const kernel::DenseField layout = padded_layout(grid);
    padded_.assign(padded_count(layout) + kVolumeSlack, 0.f);
    parallel_for(grid.nz, 8, [&](int64_t begin, int64_t end) {
        for (int64_t z = begin; z < end; ++z)
            for (int64_t y = 0; y < grid.ny; ++y)
                std::copy_n(&grid.values[size_t((z * grid.ny + y) * grid.nx)], grid.nx,
                            &padded_[size_t((z + 1) * layout.stride[2] + (y + 1) * layout.stride[1] + 1)]);
    });
    if (!turned) return;
    const int64_t row = grid.ny + 2, slice = row * (grid.nz + 2);
    turned_.assign(padded_.size(), 0.f);
    parallel_for(grid.nx, 8, [&](int64_t begin, int64_t end) {
        for (int64_t z = 0; z < grid.nz; ++z)
            for (int64_t y = 0; y < grid.ny; ++y) {
                const float* from = &grid.values[size_t((z * grid.ny + y) * grid.nx)];
                for (int64_t x = begin; x < end; ++x)
                    turned_[size_t((x + 1) * slice + (z + 1) * row + (y + 1))] = from[x];
            }
    });
    for (int axis = 0; axis < 3; ++axis) {
        ShearPlan plan;
        plan.axis = axis;
        pairs_[axis] = occupied_pairs(slices(plan));
    }
}

kernel::DenseField DenseVolume::field() const {
    return {padded_.data(), {n_[0], n_[1], n_[2]}, {1, n_[0] + 2, (n_[0] + 2) * (n_[1] + 2)}};
}

ShearSlices slice_layout(const ShearPlan& plan, const int* n) {
    const int stride[3] = {1, n[0] + 2, (n[0] + 2) * (n[1] + 2)};
    ShearSlices s{};
    s.slice_stride = stride[plan.axis];
    s.row_stride = stride[kernel::row_axis(plan.axis)];
    if (plan.axis == 0) {  // the turned copy: x, z, y
        s.row_stride = n[1] + 2;
        s.slice_stride = long(n[1] + 2) * (n[2] + 2);
    }
    s.slices = n[plan.axis];
    s.rows = n[kernel::row_axis(plan.axis)];
    s.columns = n[kernel::column_axis(plan.axis)];
    s.row0 = plan.row0.data(), s.col0 = plan.col0.data(), s.scale = plan.scale.data();
    s.scaled = plan.scaled;
    return s;
}

ShearSlices DenseVolume::slices(const ShearPlan& plan) const {
    ShearSlices s = slice_layout(plan, n_);
    s.data = plan.axis == 0 ? turned_.data() : padded_.data();
    s.pairs = pairs_[plan.axis].data();
    return s;
}

}  // namespace radforge::xray
