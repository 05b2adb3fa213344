// SPDX-License-Identifier: Apache-2.0
/// Convolution with motion kernels by their non-zero weights alone: a path of 60 pixels leaves some hundred
/// of them, for which direct sums in registers beat any transform of the picture.
#pragma once
#include "render/optics/psf.h"
#include "synth/base/image.h"
#include "synth/base/span.h"

namespace radforge::blur {

/// Rows [top, top + height), columns [left, left + width).
struct Box {
    int top_px = 0, left_px = 0, height_px = 0, width_px = 0;
};

/// Which index of a kernel stands for "not moved"; rows and columns alike.
struct KernelCentre {
    int slice = 0, px = 0;
};

/// out(r, c) = sum over (d, i, j) of psf(d, i, j) * slices[slice - d + centre.slice](r - i + centre.px, c - j
/// + centre.px). Beyond an edge the volume is mirrored about its last row, column or slice, which is not
/// repeated.
/// @param slices  all of one size
/// @return        f32 [box height, box width, 1], the sums within `box`
/// @throws Error  when the box is not inside the slices or the kernel reaches farther than one mirror image
Image convolve_mirrored(Span<const ImageView<const int16_t>> slices, int slice, const optics::Psf& psf,
                        KernelCentre centre, Box box);
/// The same, rounded to the nearest integer (half to even): i16. Weights must be >= 0 and add up to 1 at
/// most.
Image convolve_mirrored_rounded(Span<const ImageView<const int16_t>> slices, int slice,
                                const optics::Psf& psf, KernelCentre centre, Box box);

/// The whole image, with zeros beyond its edges. @param psf  of one slice
Image convolve_zero(ImageView<const float> image, const optics::Psf& psf, int centre_px);

}  // namespace radforge::blur
