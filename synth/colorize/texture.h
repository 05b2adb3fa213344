// SPDX-License-Identifier: Apache-2.0
/// Solid textures of tissue: pure functions of a place in the patient, so that neighbouring slices agree.
#pragma once
#include "synth/base/vec.h"

#include <cstdint>

namespace radforge::colorize {

/// One cell of a jittered grid around a point.
struct Cell {
    float nearest = 0;  ///< distance to the nearest and
    float second = 0;   ///< to the second nearest of the cells' centres, in units of the grid
    uint32_t id = 0;    ///< random bits of the nearest cell
    float wall() const { return 0.5f * (second - nearest); }  ///< about the distance to the cell's wall
};

/// Cells of about one unit. Source: S. Worley, "A cellular texture basis function", SIGGRAPH 1996.
Cell cell_at(Vec3f p, uint32_t seed);

/// About the distance, in units, to a tangle of curves: where two independent noises of unit scale vanish.
float tube_distance(Vec3f p, uint32_t seed);

/// Moves a point by up to about `by` with noise of the given scale, so that cells lose their straight walls.
Vec3f warped(Vec3f p, float scale, float by, uint32_t seed);

/// Noise of unit deviation, stretched `ratio` : 1 along a unit vector, of width `width` across.
float fibre_noise(Vec3f p, Vec3f along, float width, float ratio, uint32_t seed);

/// A direction from random bits, nearer to the z axis than to the plane of the slices.
Vec3f fibre_direction(uint32_t bits);

/// Unit interval from random bits; `part` chooses independent ones.
float fraction(uint32_t bits, uint32_t part);

}  // namespace radforge::colorize
