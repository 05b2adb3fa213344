// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <cstddef>

namespace radforge::xray {

/// Planes [count,height,width] with their rows (y) or columns (x) reversed.
/// @param out  as many values, elsewhere
template <class T>
void mirror(const T* planes, size_t count, size_t height, size_t width, bool of_rows, T* out) {
    for (size_t plane = 0; plane < count; ++plane)
        for (size_t y = 0; y < height; ++y, out += width) {
            const T* const row = planes + (plane * height + (of_rows ? height - 1 - y : y)) * width;
            if (of_rows)
                std::copy_n(row, width, out);
            else
                std::reverse_copy(row, row + width, out);
        }
}

}  // namespace radforge::xray
