// SPDX-License-Identifier: Apache-2.0
/// The 102 radiomics features of a slice in 2D (models.md 6.3). Definitions of pyradiomics' documentation and
/// of the IBSI reference manual (arXiv:1612.07003); no code of either.
#pragma once
#include "models/metrics/texture.h"

#include <array>

namespace radforge::metrics {

constexpr int kFeatureCount = 102;

struct RadiomicsOptions {
    double bin_width = 25;
    std::array<double, 2> spacing_mm = {1, 1};  ///< between rows, between columns
};

/// 18 features of the values themselves.
/// @param values  f32 [H,W,1]
/// @param region  u8 [H,W,1], 0 = outside; not empty
std::vector<Feature> first_order_features(const Image& values, const Image& region,
                                          const RadiomicsOptions& options);
/// 9 features of the region alone. Its outline runs through the middles of pixel edges (marching squares);
/// two pixels that touch at a corner are not joined.
std::vector<Feature> shape_features(const Image& region, const RadiomicsOptions& options);

/// All kFeatureCount: first order, shape, glcm, gldm, glrlm, glszm, ngtdm, always in one order.
/// @throws Error  when shapes differ, the region is empty or holds a value that is not finite
std::vector<Feature> radiomics(const Image& values, const Image& region,
                               const RadiomicsOptions& options = {});

/// The region of a head slice: HU above -300, the largest 8-connected piece of it, holes filled.
/// @param hu  f32 [H,W,1]
/// @return    u8 [H,W,1], 255 inside; all 0 when nothing is above
Image head_region(const Image& hu);

}  // namespace radforge::metrics
