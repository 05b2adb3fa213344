// SPDX-License-Identifier: Apache-2.0
/// The colour filter array of a sensor (RGGB: red at even rows and columns) and how colours come back.
/// Source: Malvar, He and Cutler, "High-quality linear interpolation for demosaicing of Bayer-patterned color
/// images", ICASSP 2004 (gradient-corrected 5 x 5 kernels).
#pragma once
#include "synth/base/image.h"

namespace radforge::optics {

/// Colour of a site: 0 red, 1 green, 2 blue.
constexpr int mosaic_channel(int row, int column) {
    return row % 2 == 0 ? (column % 2 == 0 ? 0 : 1) : (column % 2 == 0 ? 1 : 2);
}

/// What the sites see. @param light f32 [H,W,3]; @return f32 [H,W,1]
Image mosaic(const Image& light);

/// All three colours everywhere, not below 0; sites keep their value. The frame is continued by mirroring.
/// @param raw f32 [H,W,1], at least 4 x 4; @return f32 [H,W,3] linear
Image demosaic(const Image& raw);

}  // namespace radforge::optics
