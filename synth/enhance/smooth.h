// SPDX-License-Identifier: Apache-2.0
/// Smoothing over large parts of an image at a cost that does not grow with the part.
#pragma once
#include "synth/base/image.h"

namespace radforge::enhance {

/// Convolves f32 [H,W,1] with a Gaussian of `sigma_px`; what lies outside mirrors the image at its edge
/// (half-sample symmetric, so that the mean is kept). Above 16 px the image is first reduced by area to a
/// grid on which the deviation is 8 to 16 cells, smoothed there, and interpolated back by enlarge_cubic();
/// the variance of the cells is taken off the kernel's. Measured against smooth_gaussian_direct() on a
/// radiograph in [0,1] of 1024 x 1024: at most 5e-5 off, everywhere, for deviations of 17 to 64 px.
/// @throws Error when the deviation is negative or the image is not f32 [H,W,1]
Image smooth_gaussian(const Image& image, double sigma_px);

/// The reference: direct separable convolution in double precision, kernel cut at 5 deviations.
Image smooth_gaussian_direct(const Image& image, double sigma_px);

/// The guided filter with the image as its own guide (K. He, J. Sun, X. Tang, "Guided image filtering", ECCV
/// 2010, eq. 5-8): smooth where the variance within `radius_px` is below `epsilon`, edges kept above.
Image smooth_guided(const Image& image, int radius_px, double epsilon);

/// Interpolates f32 [h,w,1] to height_px x width_px by Catmull-Rom splines (R. Keys, "Cubic convolution
/// interpolation for digital image processing", IEEE Trans. ASSP 29, 1981); pixel edges stay on pixel edges.
Image enlarge_cubic(const Image& image, int height_px, int width_px);

}  // namespace radforge::enhance
