// SPDX-License-Identifier: Apache-2.0
/// Lays a photograph of a section over the CT slice of the same height: similarity transforms in the plane,
/// from the moments of both body masks, refined by mutual information. Source: P. Viola and W. M. Wells,
/// "Alignment by maximization of mutual information" (1997).
#pragma once
#include "synth/base/image.h"
#include "synth/base/span.h"
#include "synth/base/vec.h"

#include <string>
#include <vector>

namespace radforge::colorize {

/// Takes a place in the CT slice to one in the photograph, both in mm from the middle of the picture, x along
/// the rows and y down the columns: scale * rotation(angle) * p + shift; positive angles turn x towards y.
struct Similarity {
    double scale = 1, angle_rad = 0;
    Vec2d shift_mm;
    Vec2d operator()(Vec2d ct_mm) const;
};

/// One height, small enough to be looked at many times.
struct RegistrationPair {
    Image ct, ct_mask;  ///< i16 [h,w,1] HU and u8 [h,w,1]
    double ct_pixel_mm = 1;
    Image photo, photo_mask;  ///< u8 [H,W,3] and u8 [H,W,1]
    double photo_pixel_mm = 1;
};

/// Blue gelatin is where B > 1.15 * max(R, G) in the picture blurred by one pixel; the body is the largest
/// part of what is none, with its holes filled.
/// @param photo  u8 [H,W,3]
/// @return       u8 [H,W,1], 255 in the body
/// @throws Error when everything is gelatin
Image photo_body_mask(const Image& photo);

/// The picture of a 1 / factor scale about the same middle: means over factor x factor pixels; what is left
/// over is cut off, half of it at each edge.
Image shrink_photo(const Image& photo, int factor);

/// Places, areas and principal axes of the masks, over all pairs.
/// @param pairs  at least one, all of one transform
Similarity match_moments(const std::vector<RegistrationPair>& pairs);

/// Mutual information in bits of CT (clamped to [-200, 300] HU) and red channel under a transform, at the
/// pixels of a square grid that covers the CT masks and a rim of 2 cm; 24 x 24 bins.
double mutual_information(const std::vector<RegistrationPair>& pairs, const Similarity& transform);

/// Climbs from `start` in shift, angle and scale, with steps halved from 8 mm, 3 degrees and 4 % down to 1/32
/// of that.
Similarity refine(const std::vector<RegistrationPair>& pairs, const Similarity& start);

/// The transform of the slices numbered first..last.
struct TransformRow {
    int first = 0, last = 0;
    Similarity transform;
};

/// One line: FIRST LAST SCALE ANGLE_DEG X_MM Y_MM.
std::string transform_line(const TransformRow& row);
/// Lines as above; # begins a comment. @throws Error with the line that is wrong
std::vector<TransformRow> parse_transforms(const std::string& text, const std::string& name);

/// The photograph on the grid of the CT slice: means of bilinear samples at 3 x 3 points of each pixel.
/// @param background  where the photograph does not reach
/// @return            u8 [rows, columns, channels of the photo]
Image resample_photo(const Image& photo, double photo_pixel_mm, const Similarity& transform, int rows,
                     int columns, double ct_pixel_mm, const std::vector<uint8_t>& background);

}  // namespace radforge::colorize
