// SPDX-License-Identifier: Apache-2.0
#include "physics/self_contact.h"

#include "synth/base/error.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace radforge::physics {
namespace {

struct Entry {
    uint64_t cell;
    int node;
};

/// 21 bits a coordinate: 2 million cells each way.
uint64_t cell_of(int64_t x, int64_t y, int64_t z) {
    constexpr int64_t kMiddle = int64_t{1} << 20;
    return uint64_t(x + kMiddle) << 42 | uint64_t(y + kMiddle) << 21 | uint64_t(z + kMiddle);
}

}  // namespace

bool touches_itself(const FilmGrid& grid, const std::vector<Vec3d>& positions_m, double distance_m,
                    double apart_m) {
    RADFORGE_ASSERT(positions_m.size() == grid.size() && distance_m > 0);
    const auto index = [&](double v) { return int64_t(std::floor(v / distance_m)); };
    std::vector<Entry> entries;
    entries.reserve(grid.size());
    for (size_t k = 0; k < positions_m.size(); ++k) {
        const Vec3d& p = positions_m[k];
        entries.push_back({cell_of(index(p.x), index(p.y), index(p.z)), int(k)});
    }
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.cell < b.cell; });
    const auto film_point = [&](int node) {
        return grid.film_point_m(node % grid.columns, node / grid.columns);
    };
    // From one entry to the next the cells around it move on in the same order: nine places in the list
    // follow.
    constexpr int kSides = 9;
    std::array<size_t, kSides> next{};
    for (const Entry& entry : entries) {
        const Vec3d& p = positions_m[size_t(entry.node)];
        const int64_t x = index(p.x), y = index(p.y), z = index(p.z);
        for (int side = 0; side < kSides; ++side) {
            // Cells that differ in z alone follow each other.
            const uint64_t first = cell_of(x + side / 3 - 1, y + side % 3 - 1, z - 1), last = first + 2;
            size_t& from = next[size_t(side)];
            while (from < entries.size() && entries[from].cell < first) ++from;
            for (size_t e = from; e < entries.size() && entries[e].cell <= last; ++e) {
                const int other = entries[e].node;
                if (other > entry.node && length(positions_m[size_t(other)] - p) < distance_m &&
                    length(film_point(other) - film_point(entry.node)) > apart_m)
                    return true;
            }
        }
    }
    return false;
}

}  // namespace radforge::physics
