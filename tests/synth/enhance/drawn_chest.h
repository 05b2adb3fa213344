// SPDX-License-Identifier: Apache-2.0
/// A radiograph in closed form for tests: an oval body, two dark lungs, a bright spine, ribs and fine
/// texture.
#pragma once
#include "synth/base/image.h"

#include <algorithm>
#include <cmath>

namespace radforge::enhance {

struct DrawnChest {
    Image ideal, body;  ///< f32 in [0,1] and u8, [H,W,1]
};

inline DrawnChest drawn_chest(int height_px, int width_px) {
    DrawnChest chest{Image(height_px, width_px, 1, PixelType::F32, ColorSpace::Data),
                     Image(height_px, width_px, 1, PixelType::U8, ColorSpace::Data)};
    const auto soft = [](double distance) { return 1 / (1 + std::exp(-distance * 60)); };
    for (int r = 0; r < height_px; ++r)
        for (int c = 0; c < width_px; ++c) {
            const double x = 2 * (c + 0.5) / width_px - 1, y = 2 * (r + 0.5) / height_px - 1;
            const double oval = 1 - std::sqrt(x * x / 0.72 + y * y / 1.2);
            if (oval <= 0) continue;
            chest.body.view<uint8_t>()(r, c) = 255;
            double v = 0.62 * std::sqrt(oval);
            for (const double side : {-1.0, 1.0})
                v *= 1 - 0.55 * soft(1 - std::hypot((x - 0.36 * side) / 0.26, (y + 0.1) / 0.55));
            v += 0.3 * soft(0.09 - std::abs(x)) + 0.06 * soft(std::sin(34 * y + 9 * x * x) - 0.5);
            v += 0.01 * std::sin(140 * x + 31 * y) * std::cos(120 * y);
            chest.ideal.view<float>()(r, c) = float(std::clamp(v, 0.0, 1.0));
        }
    return chest;
}

}  // namespace radforge::enhance
