// SPDX-License-Identifier: Apache-2.0
/// Backward maps from texture coordinates that a network guessed: they may leave the sheet, fold back and tear.
#pragma once
#include "synth/base/image.h"

namespace radforge::geometry {

/// Each block of 2 x 2 pixel centres with at least three under the mask makes one or two triangles, split
/// along the shorter diagonal in the texture, which carry photo positions to the texels whose centres they
/// hold (raster(), exact). Dropped are triangles that turn the other way than the sheet as a whole, a fold or
/// noise, and those with a side longer than max_edge times the median, a tear. Of several over a texel the
/// nearer one counts, without depth the larger one.
/// @param uv       f32 [H,W,2] in [-1,1] on the sheet, whose edges are -1 and 1; beyond is cut off
/// @param mask     u8 [H,W,1], 0 = background
/// @param depth    f32 [H,W,1], smaller is nearer, or empty
/// @param h, w     texels, 1..8192
/// @return         f32 [h,w,2] positions in [-1,1] as in backward_map.h, NaN where no triangle lies
/// @throws Error   when shapes differ
Image rasterise_uv(const Image& uv, const Image& mask, const Image& depth, int h, int w, double max_edge = 8);

}  // namespace radforge::geometry
