// SPDX-License-Identifier: Apache-2.0
/// Maps on the film itself: texel (row i, column j) of h x w has its centre at u = (j + 0.5) / w,
/// v = (i + 0.5) / h, v down. Holes are NaN.
///
/// Filling: push-pull (Gortler et al., "The Lumigraph", SIGGRAPH 1996, section 3.4) of what is left after the
/// best affine trend a + b u + c v: a hole at the rim continues the slope of the sheet, not only its last
/// value.
#pragma once
#include "synth/base/image.h"
#include "synth/base/vec.h"
#include "synth/export/film_sample.h"

#include <optional>

namespace radforge::exporter {

/// Fills every NaN from the rest, channel by channel; other values stay as they are.
/// @param map    f32 [h,w,C]
/// @param nodes  f32 [n,m,C] of the same map at nodes from edge to edge of the film: what they know of a hole
///               is not guessed
/// @throws Error when fewer than 3 texels have a value
Image fill_holes(const Image& map, const std::optional<Image>& nodes = {});

/// Where the samples of a grid lie on the film.
enum class Nodes {
    Centres,  ///< (j + 0.5) / w: texel centres
    Corners,  ///< j / (w - 1): the outermost on the film's edge
    Ends,     ///< (j + 1) / w: the far edge of each texel (Doc3D's own backward maps)
};

/// Bilinear value of a map without holes; beyond the outermost centres the last slope goes on.
/// @param map  f32 [h,w,C], h and w at least 2
Image resample(const Image& map, int height, int width, Nodes nodes);

/// Backward map in pixels of the photo by pixel edges, (x, y), 0 at the left or upper edge, with holes
/// filled.
/// @return f32 [h,w,2]
Image bm_in_pixels(const FilmSample& film);

/// World position of each texel, looked up in the photo's wc at its place in bm: only where all four pixels
/// around it belong to the same stretch of film (their uv interpolates to the texel's own); NaN elsewhere.
/// @return f32 [h,w,3]
Image wc_on_film(const FilmSample& film);

/// A frame fixed to the film: x along u, y up the page (against v), z out of the printed side.
struct FilmFrame {
    Mat3d axes;      ///< rows are the axes in the world
    Vec3d origin_m;  ///< the film's centre in the world
    Vec3d point(Vec3d world_m) const { return axes * (world_m - origin_m); }
    Vec3d direction(Vec3d world) const { return axes * world; }
};

/// The rotation and translation that bring the seen texels nearest to the flat film, in least squares (the
/// orthonormal factor of the 3 x 2 cross-covariance).
/// @param wc  of wc_on_film
/// @throws Error when too little of the film is seen to fix a frame
FilmFrame film_frame(const FilmSample& film, const Image& wc);

}  // namespace radforge::exporter
