// SPDX-License-Identifier: Apache-2.0
/// How alike two pictures are (models.md 6.1). A figure means nothing without its range of values, colour
/// space and crop: state them beside it. Sums in double, in the order of the pixels.
#pragma once
#include "synth/base/image.h"

#include <optional>

namespace radforge::metrics {

/// How the window of SSIM meets the border of the picture.
enum class SsimBorder {
    Valid,  ///< only windows that lie inside count
    Zero    ///< the picture goes on with 0, as helpers of DeblurGAN and DewarpNet have it
};

/// Shortest side that has the five scales of MS-SSIM.
constexpr int kMsSsimLeastSide = 161;

/// Root of the mean squared difference over pixels and channels.
/// @param a, b    f32 [H,W,C] of one shape, all values finite
/// @throws Error  when shapes differ or a value is not finite; so do the others
double rmse(const Image& a, const Image& b);

/// 10 log10(peak^2 / MSE) in dB; 100 for equal pictures.
/// @param peak  range of the values, > 0
double psnr(const Image& a, const Image& b, double peak);

/// Mean structural similarity over windows and channels: Gaussian window of 11, sigma 1.5, K1 0.01, K2 0.03,
/// biased moments. Source: Wang et al., "Image quality assessment: from error visibility to structural
/// similarity", IEEE TIP 2004.
/// @throws Error  when a side is below 11
double ssim(const Image& a, const Image& b, double peak, SsimBorder border = SsimBorder::Valid);

/// The same over the windows of which every pixel counts. Nothing, when there is none.
/// @param counts  f32 [H,W,1]; 0 where a pixel does not count
std::optional<double> ssim_where(const Image& a, const Image& b, const Image& counts, double peak);

/// Of five scales, weights 0.0448 0.2856 0.3001 0.2363 0.1333; negative factors count 0; halved by means of
/// 2 x 2, odd sides padded with 0. Source: Wang et al., "Multiscale structural similarity for image quality
/// assessment", Asilomar 2003.
/// @throws Error  when a side is below kMsSsimLeastSide
double ms_ssim(const Image& a, const Image& b, double peak);

/// (1 - SSIM) / 2.
double dssim(const Image& a, const Image& b, double peak);

}  // namespace radforge::metrics
