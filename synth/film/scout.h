// SPDX-License-Identifier: Apache-2.0
/// The scout view (topogram) of a volume: a mean reformat that looks like a radiograph, with the places of
/// the slices.
#pragma once
#include "synth/base/image.h"
#include "synth/base/vec.h"
#include "synth/volume/volume.h"

#include <vector>

namespace radforge::film {

/// Square pixels of pixel_mm; across: patient x (frontal) or y (lateral), down: from head to feet.
struct Scout {
    Image hu;  ///< f32 [H,W,1] mean CT value along the view, -1000 (air) outside the volume
    double pixel_mm = 1;
    bool lateral = false;
    double window_center_hu = 0,
           window_width_hu = 1;  ///< holds the 2nd to the 99.5th percentile inside the volume
    /// Where one slice cuts the picture: its two ends in pixels, edge based.
    struct Line {
        Vec2d from_px, to_px;
    };
    std::vector<Line> lines;  ///< one per slice
};

/// Lateral for heads and necks, frontal otherwise. Gantry tilt leans the slice lines, not the patient.
/// @param volume  at least 2 slices
Scout make_scout(const Volume& volume, double pixel_mm);

}  // namespace radforge::film
