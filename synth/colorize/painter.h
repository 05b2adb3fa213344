// SPDX-License-Identifier: Apache-2.0
/// From a slice of tissue labels to the two pictures of it: a photograph of the frozen section, and a CT
/// slice.
#pragma once
#include "synth/base/image.h"
#include "synth/base/rng.h"
#include "synth/base/vec.h"

#include <cstdint>
#include <vector>

namespace radforge::colorize {

/// So many sub-pixels along each side of a pixel.
inline constexpr int kSupersampling = 3;
/// Deviation of the scanner's point spread.
inline constexpr float kPointSpread_px = 0.7f;

/// Where a slice lies in the patient: pixel (r, c) at origin + c * along_row + r * along_column, mm.
struct SliceFrame {
    Vec3f origin_mm, along_row_mm, along_column_mm;
};

/// Light and camera over one section.
struct PhotoRecipe {
    double ramp_counts = 0;       ///< brightness from one side of the picture to the other, 8-bit counts
    double ramp_heading_rad = 0;  ///< towards the bright side, from the rows' direction to the columns'
    double noise_counts = 0;      ///< deviation
    uint32_t noise_seed = 0;
};

/// A ring around the middle of the slice: a detector element out of tune.
struct Ring {
    double radius_px = 0, height_hu = 0;
};
/// A line of wrong HU through (row, column).
struct Streak {
    double row_px = 0, column_px = 0, heading_rad = 0, height_hu = 0;
};
struct ScanRecipe {
    double noise_hu = 0;  ///< deviation
    uint32_t noise_seed = 0;
    std::vector<Ring> rings;
    std::vector<Streak> streaks;
};

/// Labels on a grid three times as fine: each sub-pixel takes the label with the largest weight among the 3x3
/// pixels around it, by quadratic B-splines, so that borders come out smooth; of equal ones the lowest.
/// @param labels  [H,W,1]
/// @return        u8 [3H,3W,1]
Image refine_labels(ImageView<const uint8_t> labels);

/// @param fine   u8 [3H,3W,1], enum class Tissue
/// @param frame  of the [H,W] pixels
/// @param seed   of the patient's textures
/// @return       f32 [H,W,3], 8-bit sRGB counts, not yet rounded: the mean colour of the sub-pixels, plus
/// ramp and noise
Image paint_section(const Image& fine, const SliceFrame& frame, const PhotoRecipe& recipe, uint32_t seed);

/// HU of the labels (tissue_look) averaged over the pixels, blurred by the point spread, plus correlated
/// noise, rings and streaks; clamped to the 12 bits that a scanner stores.
/// @return  i16 [H,W,1]
Image scan_section(const Image& fine, const SliceFrame& frame, const ScanRecipe& recipe, uint32_t seed);

/// Rounds counts to 8 bits where the mask is set, 0 elsewhere.
/// @param colour  f32 [H,W,3]
/// @param mask    u8 [H,W,1]
/// @return        u8 [H,W,3]
Image masked_photo(const Image& colour, const Image& mask);

}  // namespace radforge::colorize
