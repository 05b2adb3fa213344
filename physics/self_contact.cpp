// SPDX-License-Identifier: Apache-2.0
#include "physics/self_contact.h"

#include "synth/base/error.h"

#include <algorithm>
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
    for (size_t k = 0; k < positions_m.size(); ++k) {
        const Vec3d& p = positions_m[k];
        for (int64_t dx = -1; dx <= 1; ++dx)
            for (int64_t dy = -1; dy <= 1; ++dy) {
                // Cells that differ in z alone follow each other.
                const int64_t x = index(p.x) + dx, y = index(p.y) + dy, z = index(p.z);
                auto e = std::lower_bound(entries.begin(), entries.end(), cell_of(x, y, z - 1),
                                          [](const Entry& a, uint64_t cell) { return a.cell < cell; });
                for (; e != entries.end() && e->cell <= cell_of(x, y, z + 1); ++e)
                    if (e->node > int(k) && length(positions_m[size_t(e->node)] - p) < distance_m &&
                        length(film_point(e->node) - film_point(int(k))) > apart_m)
                        return true;
            }
    }
    return false;
}

}  // namespace radforge::physics
