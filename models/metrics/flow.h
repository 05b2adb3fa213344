// SPDX-License-Identifier: Apache-2.0
/// How far maps of positions are from the truth.
#pragma once
#include "synth/base/image.h"

#include <cstdint>

namespace radforge::metrics {

/// Mean of a length over the places where it is defined.
struct MeanLength {
    double mean_px = 0;  ///< 0 when nothing counts
    int64_t count = 0;
};

/// Mean distance of predicted from true texture coordinates over the film, in texels of a flat film of
/// texels_h x texels_w.
/// @param predicted, truth  f32 [H,W,2] in [0,1], (u, v)
/// @param film              u8 [H,W,1], 0 = background
/// @throws Error            when shapes differ
MeanLength uv_error(const Image& predicted, const Image& truth, const Image& film, int texels_h,
                    int texels_w);

/// Mean distance of predicted from true photo positions over the texels that both maps see, in pixels of a
/// photo of photo_h x photo_w.
/// @param predicted, truth  f32 [h,w,2], backward maps normalised by edges (render/geometry/backward_map.h),
///                          NaN where a texel is not seen
MeanLength bm_error(const Image& predicted, const Image& truth, int photo_h, int photo_w);

/// Local distortion: how far what a flattened photo shows at a texel lies from where it belongs, in texels,
/// mean over the texels whose place in the photo is film. You et al., "Multiview rectification of folded
/// documents", TPAMI 2018, and Ma et al., "DocUNet", CVPR 2018, estimate this displacement by SIFT flow
/// between the flattened and the reference picture; here it is known: texel t shows the photo at bm^(t),
/// which is the film's point uv*(bm^(t)), so the displacement is uv*(bm^(t)) - t. Figures compare with each
/// other, not with theirs.
/// @param predicted_bm  f32 [h,w,2]
/// @param true_uv       f32 [H,W,2] of the photo, in [0,1] under `film`
/// @param film          u8 [H,W,1]
MeanLength local_distortion(const Image& predicted_bm, const Image& true_uv, const Image& film);

}  // namespace radforge::metrics
