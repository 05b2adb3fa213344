// SPDX-License-Identifier: Apache-2.0
/// The correction that undoes a degradation by tissue equalisation: low frequencies compressed, detail
/// multiplied, expressed exactly in the maps of remap.h.
///
///   Lx = blur(x, H/16)   LR = blur(R, H/16)   m = median of LR inside the body
///   T = 0.5 + kappa (LR - m)                                desired local mean
///   a = clamp(q / g'(LR), 1/4, 4)   b = T - a Lx            so that a x + b = T + a (x - Lx)
///   wc = (p2 + p98) / 2   ww = 1.2 (p98 - p2)               percentiles of a x + b inside the body
///
/// g' is the slope of the degradation (tone_slope). Everything is computed on the grid of the stored maps, of
/// which x and R are means over kMapStep_px x kMapStep_px pixels. What a collimator hides says nothing of the
/// patient: the blurs see the open field, mirrored at its edges, so that no rim shows in the target.
#pragma once
#include "synth/base/image.h"
#include "synth/enhance/degrade.h"

namespace radforge::enhance {

struct Equalisation {
    double kappa = 0.5;   ///< compression of the local mean
    double detail = 1.3;  ///< q: gain of detail over the ideal radiograph
    bool guided = false;  ///< guided filter (radius H/16, epsilon 1e-3) instead of the Gaussian
};

struct CorrectionMaps {
    Image maps;             ///< f32 [H/4,W/4,4]: a, b, wc, ww within their ranges
    int64_t clamped = 0;    ///< values that met a range, slopes by the formula included
    double body_share = 0;  ///< of the picture
};

/// @param raw    u16 [H,W,1], H and W multiples of kMapStep_px
/// @param ideal  f32 [H,W,1] in [0,1]
/// @param body   u8 [H,W,1], not 0 where the patient is
/// @throws Error when hardly any body lies in the open field
CorrectionMaps equalise(const Image& raw, const Image& ideal, const Image& body,
                        const Degradation& degradation, const Equalisation& equalisation);

}  // namespace radforge::enhance
