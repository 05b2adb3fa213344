// SPDX-License-Identifier: Apache-2.0
#include "synth/colorize/contour.h"

#include "synth/base/error.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace radforge::colorize {

Image sobel_in_range(ImageView<const int16_t> hu, HuRange range) {
    if (!(range.hi_hu > range.lo_hu))
        throw Error(ErrorKind::Usage, "an empty range of HU has no contour")
            .got(std::to_string(range.lo_hu) + " .. " + std::to_string(range.hi_hu));
    const int h = hu.height_px, w = hu.width_px, padded = w + 2;
    std::vector<float> j(size_t(h + 2) * size_t(padded));
    const double scale = 1 / (range.hi_hu - range.lo_hu);
    for (int r = -1; r <= h; ++r)
        for (int c = -1; c <= w; ++c)
            j[size_t(r + 1) * size_t(padded) + size_t(c + 1)] = float(std::clamp(
                (hu(std::clamp(r, 0, h - 1), std::clamp(c, 0, w - 1)) - range.lo_hu) * scale, 0.0, 1.0));
    Image out(h, w, 1, PixelType::F32, ColorSpace::Data);
    const ImageView<float> to = out.view<float>();
    const float norm = float(1 / (4 * std::sqrt(2.0)));
    for (int r = 0; r < h; ++r)
        for (int c = 0; c < w; ++c) {
            const float* a = j.data() + size_t(r) * size_t(padded) + c;
            const float *b = a + padded, *d = b + padded;
            const float gx = (a[2] - a[0]) + 2 * (b[2] - b[0]) + (d[2] - d[0]);
            const float gy = (d[0] - a[0]) + 2 * (d[1] - a[1]) + (d[2] - a[2]);
            to(r, c) = std::min(1.0f, std::sqrt(gx * gx + gy * gy) * norm);
        }
    return out;
}

}  // namespace radforge::colorize
