// SPDX-License-Identifier: Apache-2.0
/// Whether what a network says about a photo can be a film at all. A network always answers; these are the
/// signs that it made the film up.
#pragma once
#include "synth/base/image.h"

#include <optional>
#include <string>

namespace radforge::photo {

struct FilmSigns {
    double area = 0;    ///< part of the photo that is film
    double folded = 0;  ///< part of the film's cells, a sixteenth of the map a side, that turn over
    double reach_u = 0, reach_v = 0;  ///< extent of the texture coordinates over the film, 1 = edge to edge
    std::optional<double> disagreement;  ///< median distance of both texture coordinates, where there are two
    std::optional<double> following;     ///< how far it goes along with a photo that is moved, 1 wholly
};

/// What counts as a film.
struct FilmLimits {
    double least_area = 0.01, most_folded = 0.2, least_reach = 0.5, most_disagreement = 0.15,
           least_following = 0.12;
};

/// @param mask       u8 [H,W,1] of the part of the photo that the maps cover
/// @param covered    that part of the photo, 0..1
/// @param uv         f32 [H,W,2] in [-1,1]
/// @param converted  the same by the displacement (pixel + 2 df), or empty
FilmSigns signs_of_film(const Image& mask, double covered, const Image& uv, const Image& converted);

/// Of a backward map f32 [h,w,2] alone, for networks without texture coordinates: folded and area; the reach
/// is 1 by construction.
FilmSigns signs_of_map(const Image& bm, double area);

/// @throws Error(BadData) naming the first sign that is beyond its limit
void require_film(const FilmSigns& signs, const FilmLimits& limits);

}  // namespace radforge::photo
