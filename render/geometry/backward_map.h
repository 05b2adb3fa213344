// SPDX-License-Identifier: Apache-2.0
/// Backward maps: for every texel of a flat sheet, where it is in the photo. f32 [h,w,2] holds (x, y)
/// normalised by pixel edges, x = 2 px / W - 1 with px = 0 at the left edge of the photo and W at the right
/// (align_corners = false); NaN in both channels where the texel is not visible.
#pragma once
#include "synth/base/image.h"
#include "synth/base/mesh.h"
#include "synth/base/span.h"

#include <functional>

namespace radforge::geometry {

/// Photo position in pixels (edge based) of a world point on face `face`, or NaN. Called from several
/// threads.
using ProjectToPhoto = std::function<Vec2d(Vec3d world_m, int face)>;
/// Whether nothing hides this point of face `face`, projected onto `px`, from the camera. Called from several
/// threads.
using TexelVisible = std::function<bool(int row, int column, Vec3d world_m, int face, Vec2d px)>;

/// A texel whose centre lies on the mesh.
struct TexelPoint {
    int row, column, face;
    Vec3d world_m;
    Vec2d px;  ///< edge based
    bool visible = false;
};
/// Fills in px and visible of some texels side by side. Called from several threads.
using LookAtTexels = std::function<void(Span<TexelPoint>)>;

/// Exact backward map of a mesh by rasterising it in texture space. Where faces overlap in uv the first one
/// counts.
/// @param h, w    texels
/// @param photo_* size of the photo; points outside it are not visible
/// @return        f32 [h,w,2]
/// @throws Error  as raster()
Image backward_map(const Mesh& mesh, int h, int w, const LookAtTexels& look, int photo_height_px,
                   int photo_width_px);
/// The same, texel by texel.
Image backward_map(const Mesh& mesh, int h, int w, const ProjectToPhoto& project, const TexelVisible& visible,
                   int photo_height_px, int photo_width_px);

/// Backward map from a (measured or predicted) map of texture coordinates over the photo: each quad of
/// neighbouring pixel centres makes two triangles in uv space that carry photo positions. Of several
/// triangles over one texel the smallest in uv counts (the best resolved; a triangle that bridges a depth
/// edge is larger than what it crosses). The rim of up to half a pixel outside the outermost centres stays
/// NaN.
/// @param uv           f32 [H,W,2] in [0,1] where mask is set
/// @param mask         u8 [H,W,1], 0 = background
/// @param max_stretch  triangles whose longest uv side exceeds this many times the median bridge a depth edge
/// and are
///                     dropped; > 1
/// @return             f32 [h,w,2]
/// @throws Error       when shapes differ, uv is outside [0,1] under the mask, or fewer than 3 pixels are set
Image backward_map_from_uv(const Image& uv, const Image& mask, int h, int w, double max_stretch = 12);

enum class Sampling {
    Bilinear,  ///< one bilinear sample at the texel centre
    Footprint  ///< mean of up to 16 x 16 bilinear samples, one a pixel, over the texel's footprint in the
               ///< photo
};

/// Flattens a photo: looks up, for each texel of `bm`, the photo there.
/// @param photo  u8 or f32 [H,W,C]; Srgb is averaged in linear light
/// @param bm     f32 [h,w,2], as above
/// @return       [h,w,C] of the photo's type and space; 0 where bm is NaN
Image dewarp(const Image& photo, const Image& bm, Sampling sampling);

}  // namespace radforge::geometry
