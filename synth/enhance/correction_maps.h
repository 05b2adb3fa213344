// SPDX-License-Identifier: Apache-2.0
/// The four correction parameters of a radiograph as maps: stored at a quarter of its size, used at full
/// size.
#pragma once
#include "synth/base/image.h"
#include "synth/enhance/remap.h"

namespace radforge::enhance {

/// Pixels of the radiograph to one of the stored maps, along each axis.
constexpr int kMapStep_px = 4;

/// Maps are f32 [h,w,4] images with the channels a, b, wc, ww.
enum Channel { kA, kB, kWc, kWw };

/// Clamps all values to kSlope, kBias, kCentre, kWidth. @return  how many changed
int64_t clamp_to_ranges(Image& maps);

/// The maps at full size: by definition their bilinear upsampling with pixel edges on pixel edges
/// (align_corners = false), clamped to the ranges.
/// @param maps  f32 [h,w,4]
/// @return      f32 [height_px, width_px, 4]
/// @throws Error when the maps are not f32 [h,w,4]
Image full_maps(const Image& maps, int height_px, int width_px);

/// Applies the correction of each pixel; the maps are upsampled on the way as full_maps() does.
/// @param raw   u16 [H,W,1]
/// @param maps  f32 [h,w,4], at any size
/// @return      u16 [H,W,1], rounded
/// @throws Error when the types differ
Image remap(const Image& raw, const Image& maps);

}  // namespace radforge::enhance
