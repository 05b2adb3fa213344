// SPDX-License-Identifier: Apache-2.0
/// Where the slices of a film are.
#pragma once
#include "models/data/planar.h"
#include "synth/base/span.h"

#include <optional>

namespace radforge::photo {

/// Texels of a flat film, [left, right) x [top, bottom).
struct Panel {
    int left_px = 0, top_px = 0, right_px = 0, bottom_px = 0;
    int width_px() const { return right_px - left_px; }
    int height_px() const { return bottom_px - top_px; }
};

/// The box around the values that hang together with the one at (x, y), side by side; nothing when that one
/// is NaN. On film samples, whose CT values are NaN between slices, it is the slice's image box.
/// @param hu  [1,H,W] of `shape`
std::optional<Panel> panel_at(Span<const float> hu, const loader::Shape& shape, int x, int y);

}  // namespace radforge::photo
