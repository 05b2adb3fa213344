// SPDX-License-Identifier: Apache-2.0
#include "synth/enhance/body.h"

#include "synth/base/error.h"
#include "synth/base/parallel.h"
#include "synth/volume/phantom_tissue.h"

#include <algorithm>
#include <cmath>

namespace radforge::enhance {
namespace {

constexpr int16_t kBody_hu = -350;
constexpr double kErosion_mm = 3;

/// The lattice of a volume and a mask on it.
struct Mask {
    int slices, rows, columns;
    std::vector<uint8_t> in;
    size_t plane() const { return size_t(rows) * size_t(columns); }
    uint8_t* slice(int s) { return in.data() + size_t(s) * plane(); }
};

Mask of_labels(const Volume& v) {
    Mask mask{v.slices, v.rows, v.columns, std::vector<uint8_t>(v.labels.size())};
    using volume::Tissue;
    for (size_t i = 0; i < v.labels.size(); ++i) {
        const auto t = Tissue(v.labels[i]);
        mask.in[i] = t != Tissue::Air && t != Tissue::Foam && t != Tissue::TableShell;
    }
    return mask;
}

/// Keeps where all (or, growing, any) of the 2 reach + 1 neighbours along one axis of a slice are set.
void spread_line(const uint8_t* from, uint8_t* to, int count, ptrdiff_t step, int reach, bool grow) {
    int set = 0;
    const int window = 2 * reach + 1;
    const auto at = [&](int i) { return i < 0 || i >= count ? !grow : from[i * step] != 0; };
    for (int i = -reach; i < reach; ++i) set += at(i);
    for (int i = 0; i < count; ++i) {
        set += at(i + reach);
        to[i * step] = grow ? set > 0 : set == window;
        set -= at(i - reach);
    }
}

/// Erodes or grows each slice by a rectangle of the given reach; beyond the slice the body goes on.
void spread(Mask& mask, int reach_rows, int reach_columns, bool grow) {
    parallel_for(mask.slices, 1, [&](int64_t begin, int64_t end) {
        std::vector<uint8_t> middle(mask.plane());
        for (int s = int(begin); s < int(end); ++s) {
            uint8_t* slice = mask.slice(s);
            for (int r = 0; r < mask.rows; ++r)
                spread_line(slice + r * mask.columns, middle.data() + r * mask.columns, mask.columns, 1,
                            reach_columns, grow);
            for (int c = 0; c < mask.columns; ++c)
                spread_line(middle.data() + c, slice + c, mask.rows, mask.columns, reach_rows, grow);
        }
    });
}

/// Visits what is connected to `seed` through voxels with value `from`, setting them to `to`.
size_t flood(Mask& mask, size_t seed, uint8_t from, uint8_t to, std::vector<size_t>& stack) {
    const size_t plane = mask.plane(), all = mask.in.size(), columns = size_t(mask.columns);
    size_t count = 0;
    stack.assign(1, seed);
    mask.in[seed] = to;
    const auto visit = [&](size_t i) {
        if (mask.in[i] != from) return;
        mask.in[i] = to;
        stack.push_back(i);
    };
    while (!stack.empty()) {
        const size_t i = stack.back(), c = i % columns, r = i / columns % size_t(mask.rows);
        stack.pop_back();
        ++count;
        if (c > 0) visit(i - 1);
        if (c + 1 < columns) visit(i + 1);
        if (r > 0) visit(i - columns);
        if (r + 1 < size_t(mask.rows)) visit(i + columns);
        if (i >= plane) visit(i - plane);
        if (i + plane < all) visit(i + plane);
    }
    return count;
}

void keep_largest_part(Mask& mask) {
    std::vector<size_t> stack;
    size_t best = 0, best_seed = 0;
    for (size_t i = 0; i < mask.in.size(); ++i) {
        if (mask.in[i] != 1) continue;
        const size_t count = flood(mask, i, 1, 2, stack);
        if (count > best) best = count, best_seed = i;
    }
    if (best == 0)
        throw Error(ErrorKind::BadData, "no body in the CT volume")
            .expected("voxels above " + std::to_string(kBody_hu) + " HU");
    flood(mask, best_seed, 2, 3, stack);
    for (uint8_t& v : mask.in) v = v == 3;
}

/// Sets what the mask encloses within each slice: lungs, bowel gas.
void fill_holes(Mask& mask) {
    parallel_for(mask.slices, 1, [&](int64_t begin, int64_t end) {
        std::vector<size_t> stack;
        for (int s = int(begin); s < int(end); ++s) {
            Mask slice{1, mask.rows, mask.columns,
                       std::vector<uint8_t>(mask.slice(s), mask.slice(s) + mask.plane())};
            const auto from_edge = [&](int r, int c) {
                const size_t i = size_t(r) * size_t(mask.columns) + size_t(c);
                if (slice.in[i] == 0) flood(slice, i, 0, 2, stack);
            };
            for (int r = 0; r < mask.rows; ++r) from_edge(r, 0), from_edge(r, mask.columns - 1);
            for (int c = 0; c < mask.columns; ++c) from_edge(0, c), from_edge(mask.rows - 1, c);
            for (size_t i = 0; i < slice.in.size(); ++i) mask.slice(s)[i] = slice.in[i] != 2;
        }
    });
}

}  // namespace

std::vector<uint8_t> body_mask(const Volume& volume) {
    if (!volume.labels.empty()) {
        Mask mask = of_labels(volume);
        if (std::find(mask.in.begin(), mask.in.end(), 1) == mask.in.end())
            throw Error(ErrorKind::BadData, "no body in the phantom");
        return std::move(mask.in);
    }
    Mask mask{volume.slices, volume.rows, volume.columns, std::vector<uint8_t>(volume.hu.size())};
    for (size_t i = 0; i < mask.in.size(); ++i) mask.in[i] = volume.hu[i] > kBody_hu;
    const std::vector<uint8_t> dense = mask.in;
    const int rows = int(std::lround(kErosion_mm / volume.row_spacing_mm)),
              columns = int(std::lround(kErosion_mm / volume.column_spacing_mm));
    spread(mask, rows, columns, false);
    keep_largest_part(mask);
    spread(mask, rows + 1, columns + 1, true);
    for (size_t i = 0; i < mask.in.size(); ++i) mask.in[i] = uint8_t(mask.in[i] && dense[i]);
    fill_holes(mask);
    return std::move(mask.in);
}

}  // namespace radforge::enhance
