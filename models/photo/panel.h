// SPDX-License-Identifier: Apache-2.0
/// Where the slices of a film are.
#pragma once
#include "models/data/planar.h"
#include "synth/base/span.h"

#include <optional>
#include <string>
#include <vector>

namespace radforge::photo {

/// Texels of a flat film, [left, right) x [top, bottom).
struct Panel {
    int left_px = 0, top_px = 0, right_px = 0, bottom_px = 0;
    int width_px() const { return right_px - left_px; }
    int height_px() const { return bottom_px - top_px; }
};

/// A picture on a film, as meta.json tells it.
struct PrintedPanel {
    double left_px = 0, top_px = 0, right_px = 0, bottom_px = 0;  ///< in texels of the flat film
    bool scout = false;
    int slice = -1;                  ///< index in the volume
    double low_hu = 0, high_hu = 0;  ///< print window
    /// Texels whose centre lies in it; of two panels that touch, each texel is in one.
    Panel texels() const;
};

/// @throws Error when meta.json has no layout
std::vector<PrintedPanel> printed_panels(const std::string& meta);

/// The box around the CT values that are known within a panel; nothing when none is.
/// @param hu  [1,H,W] of `shape`, NaN where no value is known
std::optional<Panel> known_box(Span<const float> hu, const loader::Shape& shape, const PrintedPanel& panel);

/// The values in a box, [1,h,w]: those of the slice alone, whatever lies beside it.
std::vector<float> values_in(const Panel& box, Span<const float> hu, const loader::Shape& shape);

}  // namespace radforge::photo
