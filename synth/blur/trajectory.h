// SPDX-License-Identifier: Apache-2.0
/// Random motion of a point during an exposure: the process of DeblurGAN's kernel generator.
/// Source: Boracchi and Foi, "Modeling the Performance of Image Restoration From Motion Blur", IEEE TIP
/// 21(8), 2012, equation (13), with the constants of Kupyn et al., "DeblurGAN", CVPR 2018, section 4.1 and
/// their code.
///
/// With v of length h = kLength_px / (kTimes - 1), per step and axis pair (complex numbers, real = column):
///   v += kick + e (s (n1 + i n2) - c x) h;  v *= h / |v|;  x += v
/// kick = 2 v exp(i (pi + U - 1/2)) with probability p e, else 0; n standard normal; U uniform on [0,1).
#pragma once
#include "synth/base/rng.h"
#include "synth/base/span.h"

#include <vector>

namespace radforge::blur {

constexpr int kTimes = 2000;       ///< points of a path
constexpr double kLength_px = 60;  ///< of a whole path

/// The drawn numbers of one motion.
struct MotionRecipe {
    double anxiety = 0.005;   ///< e: strength of all deviations from a straight line, >= 0
    double centripetal = 0;   ///< c: pull back to the start, 0..0.7
    double impulse_rate = 0;  ///< p: share of anxiety; a kick comes with probability p e, p in 0..0.2
    double shake = 0;         ///< s: deviation of the Gaussian push, 0..10
    double heading_rad = 0;   ///< theta: first direction
};

/// Draws c, p, s, theta, in this order.
/// @param rectilinear  s = p = 0, and c = 0, which changes nothing but rounding: a straight line
MotionRecipe draw_motion(double anxiety, bool rectilinear, Rng& rng);

/// x_0 .. x_{n-1}; x_0 = 0.
struct MotionPath {
    std::vector<float> column_px, row_px;
    int impulses = 0;  ///< kicks up to the last point
};

/// What to follow: the per-step numbers of step t are block t of (key, stream), word 0 the test for a kick, 1
/// the kick's angle, 2 and 3 the normals (Box-Muller).
struct MotionRequest {
    MotionRecipe motion;
    SampleKey key;
    Stream stream = Stream::Noise;
    int points = kTimes;  ///< 1..kTimes; a shorter path is the beginning of the longer one
};

/// Follows many motions, eight at a time on one thread. Each path is a function of its own request, whatever
/// its company; bits do not depend on it either.
std::vector<MotionPath> follow(Span<const MotionRequest> requests);

}  // namespace radforge::blur
