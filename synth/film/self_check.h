// SPDX-License-Identifier: Apache-2.0
/// Whether a sample's own maps undo its own photo.
#pragma once
#include "synth/base/image.h"

#include <cstdint>

namespace radforge::film {

/// How well the film read back from the photo's albedo agrees with the flat one.
struct SelfCheck {
    /// Mean structural similarity in display luminance (Wang et al., "Image quality assessment", IEEE TIP
    /// 13(4), 2004; gaussian window of 1.5), 1 = equal. Over windows that the photo resolves with a pixel or
    /// more per texel all over.
    double ssim = 0;
    double mean_error = 0;  ///< mean absolute difference there, display values of 0..1
    int64_t windows = 0;    ///< 0: nothing is resolved well enough to be judged
    int texel_step = 1;     ///< compared on blocks of so many texels of the backward map
};

/// Dewarps the albedo with the backward map and compares it with the flat film, both low-passed by a texel.
/// The finest blocks of 1, 3, 5 or 7 texels are taken of which half are resolved.
/// @param albedo f32 [H,W,3] linear; @param bm f32 [h,w,2]; @param flat u8 [h',w',3] sRGB
SelfCheck check_maps(const Image& albedo, const Image& bm, const Image& flat);

}  // namespace radforge::film
