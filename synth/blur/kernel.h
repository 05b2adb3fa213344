// SPDX-License-Identifier: Apache-2.0
/// Motion kernels: a path, exposed for a part of its time, centred on a canvas.
/// K_f = (1/N) sum over t = 1 .. min(f N, N - 1) of splat(x_t): its sum is f, and kernels of one path are
/// nested.
#pragma once
#include "render/optics/psf.h"
#include "synth/blur/convolve.h"
#include "synth/blur/trajectory.h"

namespace radforge::blur {

/// Centroid: the exposure-weighted mean of the path lies on the centre, so that pictures stay registered.
/// Box: the path's bounding box is centred as DeblurGAN does it, which moves pictures by about 1.75 px.
enum class Centring { Centroid, Box };

/// Side of the canvas: 65 with the centroid on index 32, or the original 64, whose "same" centre is index 31.
int canvas_px(Centring centring);
KernelCentre centre_of(const optics::Psf& psf, Centring centring);

/// How many points of a path a kernel needs: all for Box, those exposed for Centroid.
/// @param exposure  f in (0, 1]
int points_needed(double exposure, Centring centring);

/// @param path  at least points_needed() points
/// @return      [1, canvas, canvas], K_f, not normalised
optics::Psf make_kernel(const MotionPath& path, double exposure, Centring centring);

/// Motion through the slices beside motion in the plane, centroid-centred.
/// @param through    its column_px is the motion along the stack
/// @param places_px  of at least two slices along the stack, rising, in the unit of that motion; beyond its
///                   ends the stack is mirrored, as for convolve_mirrored()
/// @param slice      the one that is blurred
/// @return           [D, 65, 65], D odd, the smallest that holds the path; the centre is slice D / 2
optics::Psf make_kernel(const MotionPath& in_plane, const MotionPath& through, Span<const double> places_px,
                        int slice, double exposure);

}  // namespace radforge::blur
