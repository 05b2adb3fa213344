// SPDX-License-Identifier: Apache-2.0
#include "models/photo/panel.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

namespace radforge::photo {

std::optional<Panel> panel_at(Span<const float> hu, const loader::Shape& shape, int x, int y) {
    const int w = shape.width_px, h = shape.height_px;
    const auto known = [&](int column, int row) {
        return !std::isnan(hu[size_t(row) * size_t(w) + size_t(column)]);
    };
    if (!known(x, y)) return std::nullopt;
    std::vector<uint8_t> seen(size_t(w) * size_t(h));
    std::vector<std::pair<int, int>> open = {{x, y}};
    seen[size_t(y) * size_t(w) + size_t(x)] = 1;
    Panel box{x, y, x + 1, y + 1};
    while (!open.empty()) {
        const auto [column, row] = open.back();
        open.pop_back();
        box = {std::min(box.left_px, column), std::min(box.top_px, row), std::max(box.right_px, column + 1),
               std::max(box.bottom_px, row + 1)};
        for (const auto& [dx, dy] : {std::pair<int, int>{1, 0}, {-1, 0}, {0, 1}, {0, -1}}) {
            const int c = column + dx, r = row + dy;
            if (c < 0 || r < 0 || c >= w || r >= h) continue;
            uint8_t& mark = seen[size_t(r) * size_t(w) + size_t(c)];
            if (mark || !known(c, r)) continue;
            mark = 1;
            open.emplace_back(c, r);
        }
    }
    return box;
}

}  // namespace radforge::photo
