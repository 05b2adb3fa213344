// SPDX-License-Identifier: Apache-2.0
/// A small volume whose every CT value is known: a water ball with a gradient along x, in air.
#pragma once
#include "synth/volume/volume.h"

#include <cmath>

namespace radforge::film {

/// Ball of radius 80 mm about the middle; inside, HU = 40 + x / mm; 24 slices of 8 mm, 128 x 128 pixels
/// of 1.5 mm.
/// @param tilt_deg  gantry tilt: slices lean about x, stacked along z
inline Volume ball_volume(double tilt_deg = 0) {
    Volume v;
    v.slices = 24;
    v.rows = v.columns = 128;
    v.row_spacing_mm = v.column_spacing_mm = 1.5;
    v.slice_thickness_mm = 8;
    v.kvp = 120;
    v.body_part = BodyPart::Head;
    const double t = tilt_deg * M_PI / 180;
    v.column_direction = {0, std::cos(t), -std::sin(t)};
    v.hu.reserve(size_t(v.slices) * 128 * 128);
    for (int s = 0; s < v.slices; ++s) {
        const Vec3d origin{-96, -96 * std::cos(t), 96 * std::sin(t) + (s - 11.5) * 8};
        v.slice_origin_mm.push_back(origin);
        for (int r = 0; r < 128; ++r)
            for (int c = 0; c < 128; ++c) {
                const Vec3d p =
                    origin + (r + 0.5) * 1.5 * v.column_direction + (c + 0.5) * 1.5 * v.row_direction;
                v.hu.push_back(dot(p, p) < 80 * 80 ? int16_t(std::lround(40 + p.x)) : int16_t(-1000));
            }
    }
    return v;
}

}  // namespace radforge::film
