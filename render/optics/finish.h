// SPDX-License-Identifier: Apache-2.0
/// What a camera's processor does to the developed picture: denoising, local tone, sharpening. All f32
/// [H,W,3], in place, deterministic on any number of threads.
#pragma once
#include "synth/base/image.h"

namespace radforge::optics {

/// Gaussian low-pass of each channel; the frame is continued by its rim.
Image gaussian_blurred(const Image& image, double sigma_px);

/// Joint bilateral filter guided by luminance: averages over sigma_px what differs by less than about
/// three times its noise (Tomasi and Manduchi, "Bilateral filtering for gray and color images", ICCV 1998;
/// biweight instead of a gaussian over values).
/// @param noise_slope,noise_floor variance of a value v is noise_slope v + noise_floor
void denoise(Image& image, double sigma_px, double noise_slope, double noise_floor);

/// Lifts dark and lowers bright regions: each pixel times (mean / surroundings)^strength, surroundings being
/// the gaussian of log luminance over radius_px.
void local_tone(Image& image, double strength, double radius_px);

/// Adds `amount` of what a gaussian of radius_px takes away; values stay in [0,1].
void unsharp(Image& image, double amount, double radius_px);

}  // namespace radforge::optics
