// SPDX-License-Identifier: Apache-2.0
/// From the maps that a network finds in a photo to the flat film (models.md 1.4). Knows nothing of LibTorch.
/// All maps are f32, positions and texture coordinates in [-1,1] with -1 and 1 at the outer edges of the first
/// and last pixel.
#pragma once
#include "render/geometry/backward_map.h"
#include "synth/base/image.h"

#include <array>

namespace radforge::infer {

/// Maps over the pixels of a photo, all of one size, which may be smaller than the photo's. Of a network, or
/// of the data: then what comes out is the ceiling ("oracle") of every network.
struct PhotoMaps {
    Image uv;     ///< [H,W,2]; counts where bg > 0
    Image bg;     ///< [H,W,1]; > 0 on the film
    Image df;     ///< [H,W,2] half the displacement from a pixel to its texture coordinate, or empty
    Image depth;  ///< [H,W,1] smaller is nearer, or empty
};

struct DewarpOptions {
    int working_px = 256;                    ///< side that the maps are brought to first
    int texels = 256;                        ///< side of the backward map before it is blurred and enlarged
    int height_px = 256, width_px = 256;     ///< of the flat film
    std::array<double, 2> shift{};           ///< taken off the texture coordinates: the de-shifted variant
    geometry::Sampling sampling = geometry::Sampling::Bilinear;  ///< of the photo
};

/// Where a texel's position comes from.
enum class Origin : uint8_t {
    Uv,            ///< the texture coordinates
    Displacement,  ///< the displacement: the texture coordinates left a blank
    Filled,        ///< its surroundings: a hole in both
    Extrapolated,  ///< beyond the rim, at most 8 texels
    Beyond         ///< farther out: the position at 8 texels, held
};
constexpr int kOrigins = 5;

struct DewarpResult {
    Image film;    ///< [height_px,width_px,C] of the photo's type and space
    Image bm;      ///< f32 [height_px,width_px,2] positions in the photo, everywhere known
    Image origin;  ///< u8 [texels,texels,1], an Origin each; empty where no texture coordinates were given
    /// Part of the texels of each origin; adds up to 1, or all 0 as above.
    std::array<double, kOrigins> part{};
};

/// The texture coordinates that a displacement says once more: each pixel's own place plus twice df, [H,W,2].
Image converted_uv(const Image& df);

/// u8 [H,W,1]: the largest connected piece of bg > 0, its holes filled. All 0 when there is none.
Image film_mask(const Image& bg);

/// Mean difference of two [H,W,2] maps where the mask is not 0: what "de-shifted" takes off.
std::array<double, 2> mean_shift(const Image& found, const Image& truth, const Image& mask);

/// By texture coordinates, and displacements where given: `rasterise` both in texture space, fill, blur,
/// enlarge, sample the photo in full resolution.
/// @param photo   u8 or f32 [H',W',C], what the maps cover, of any size
/// @throws Error(BadData) when the maps show no film, or their shapes differ
DewarpResult dewarp(const PhotoMaps& maps, const Image& photo, const DewarpOptions& options);

/// By a backward map f32 [h,w,2] of any size, for networks that give one: blurred, enlarged, sampled. Texels
/// that are not finite are filled from the others.
/// @throws Error(BadData) when none is finite
DewarpResult dewarp_by_map(const Image& bm, const Image& photo, const DewarpOptions& options);

/// The photo as it is, at the size of the film: the baseline that does nothing.
DewarpResult keep_photo(const Image& photo, const DewarpOptions& options);

}  // namespace radforge::infer
