// SPDX-License-Identifier: Apache-2.0
#include "render/optics/mosaic.h"

#include "synth/base/error.h"
#include "synth/base/parallel.h"

#include <algorithm>

namespace radforge::optics {

Image mosaic(const Image& light) {
    RADFORGE_ASSERT(light.channels == 3 && light.type == PixelType::F32);
    Image raw(light.height_px, light.width_px, 1, PixelType::F32, ColorSpace::Linear);
    for (int r = 0; r < raw.height_px; ++r)
        for (int c = 0; c < raw.width_px; ++c)
            raw.view<float>()(r, c) = light.view<float>()(r, c, mosaic_channel(r, c));
    return raw;
}

Image demosaic(const Image& raw) {
    RADFORGE_ASSERT(raw.channels == 1 && raw.type == PixelType::F32);
    if (raw.height_px < 4 || raw.width_px < 4)
        throw Error(ErrorKind::BadData, "a mosaic is at least 4 x 4 sites")
            .got(std::to_string(raw.height_px) + " x " + std::to_string(raw.width_px));
    Image out(raw.height_px, raw.width_px, 3, PixelType::F32, ColorSpace::Linear);
    const auto in = raw.view<float>();
    const auto mirrored = [](int i, int n) { return i < 0 ? -i : i >= n ? 2 * n - 2 - i : i; };
    parallel_for(raw.height_px, 16, [&](int64_t begin, int64_t end) {
        for (int r = int(begin); r < int(end); ++r)
            for (int c = 0; c < raw.width_px; ++c) {
                const auto at = [&](int dr, int dc) {
                    return in(mirrored(r + dr, raw.height_px), mirrored(c + dc, raw.width_px));
                };
                const float here = at(0, 0), far_h = at(0, -2) + at(0, 2), far_v = at(-2, 0) + at(2, 0),
                            near_h = at(0, -1) + at(0, 1), near_v = at(-1, 0) + at(1, 0),
                            diagonal = at(-1, -1) + at(-1, 1) + at(1, -1) + at(1, 1);
                const int own = mosaic_channel(r, c);
                float* pixel = out.view<float>().pixel(r, c);
                pixel[own] = here;
                if (own == 1) {
                    // The colour of the neighbours to the sides, and that of those above and below.
                    const float sides = (5 * here + 4 * near_h - diagonal - far_h + 0.5f * far_v) / 8,
                                ends = (5 * here + 4 * near_v - diagonal - far_v + 0.5f * far_h) / 8;
                    const int beside = r % 2 == 0 ? 0 : 2;
                    pixel[beside] = sides;
                    pixel[2 - beside] = ends;
                } else {
                    pixel[1] = (4 * here + 2 * (near_h + near_v) - far_h - far_v) / 8;
                    pixel[2 - own] = (6 * here + 2 * diagonal - 1.5f * (far_h + far_v)) / 8;
                }
                for (int k = 0; k < 3; ++k) pixel[k] = std::max(0.0f, pixel[k]);
            }
    });
    return out;
}

}  // namespace radforge::optics
