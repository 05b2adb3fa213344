// SPDX-License-Identifier: Apache-2.0
/// Resampling of one slice onto the texels of its panel, separable, at any scale, shift and mirroring.
#pragma once
#include "synth/base/image.h"

#include <vector>

namespace radforge::film {

/// Along one axis: texel i covers source coordinates [origin + i * step, origin + (i + 1) * step), edges of
/// source pixel j at j and j + 1. A negative step mirrors.
struct AxisMap {
    double origin = 0, step = 1;
    int count = 0;  ///< texels
};

enum class Kernel {
    Area,       ///< mean over the texel's footprint
    Replicate,  ///< nearest pixel
    Bilinear,
    Cubic  ///< Keys' cubic convolution, a = -1/2 (IEEE Trans. ASSP 29, 1981)
};

/// @param source  [rows, columns] values; the border pixel repeats outwards
/// @return        [down.count * across.count] values
std::vector<float> resample(ImageView<const float> source, const AxisMap& down, const AxisMap& across,
                            Kernel kernel);

}  // namespace radforge::film
