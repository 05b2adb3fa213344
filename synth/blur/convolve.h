// SPDX-License-Identifier: Apache-2.0
/// Convolution of CT slices with motion kernels, exact: weights are multiples of 2^-15, values 16-bit
/// integers, sums 32-bit ones, so that no order of additions and no processor changes a bit. A path of 60
/// pixels leaves some hundred weights, for which direct sums in registers beat any transform of the picture.
#pragma once
#include "render/optics/psf.h"
#include "synth/base/image.h"
#include "synth/base/span.h"

#include <cstdint>
#include <vector>

namespace radforge::blur {

constexpr int kWeightBits = 15;

/// Rows [top, top + height), columns [left, left + width).
struct Box {
    int top_px = 0, left_px = 0, height_px = 0, width_px = 0;
};

/// Which index of a kernel stands for "not moved"; rows and columns alike.
struct KernelCentre {
    int slice = 0, px = 0;
};

/// Scales weights to the sum 1 and rounds them to multiples of 2^-15 of exactly that sum (largest
/// remainders).
/// @throws Error when no weight is positive, one is negative, or all weight lies in one place
void normalise(optics::Psf& psf);

/// out(r, c) = sum over (d, i, j) of psf(d, i, j) * slices[slice - d + centre.slice](r - i + centre.px, c - j
/// + centre.px), rounded to the nearest integer (half up). Beyond an edge the volume is mirrored about its
/// last row, column or slice, which is not repeated.
/// @param slices  all of one size
/// @param psf     normalised
/// @return        i16 [box height, box width, 1], the sums within `box`
/// @throws Error  when the box is not inside the slices or the kernel reaches farther than one mirror image
Image convolve_mirrored(Span<const ImageView<const int16_t>> slices, int slice, const optics::Psf& psf,
                        KernelCentre centre, Box box);

/// The whole of one slice, with a constant beyond its edges. @param psf  normalised, of one slice
/// @return  2^15 times the sums, [height, width] row by row
std::vector<int32_t> convolve_framed(ImageView<const int16_t> slice, const optics::Psf& psf, int centre_px,
                                     int16_t beyond);

}  // namespace radforge::blur
