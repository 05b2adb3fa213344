// SPDX-License-Identifier: Apache-2.0
/// Backward maps made whole: holes filled, rims continued, noise blurred, sizes changed. f32 [h,w,2].
#pragma once
#include "synth/base/image.h"

#include <cstdint>
#include <vector>

namespace radforge::infer {

/// Farthest that a rim is continued by its slope.
constexpr int kReach = 8;

/// What fill() did to a texel.
enum class Fill : uint8_t { Known, Inside, Rim, Beyond };

/// Gives every texel that is NaN a value. Holes that the border of the map does not reach: pyramid of 2 x 2
/// means down and bilinear up (Gortler et al., "The Lumigraph", SIGGRAPH 1996, "push-pull"), of what differs
/// from the best affine map, so that an affine map stays one. The others: the nearest known texel and the
/// slope around it, over at most kReach texels, then held. Positions are cut to [-1,1].
/// @throws Error(BadData) when no texel is known
std::vector<Fill> fill(Image& bm);

/// 3 x 3 means; beyond the border the map goes on straight, so that an affine map stays one.
Image box_blur(const Image& bm);

/// Bilinear between texel centres, straight on beyond the outermost.
Image enlarge(const Image& bm, int height_px, int width_px);

}  // namespace radforge::infer
