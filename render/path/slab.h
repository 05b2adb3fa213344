// SPDX-License-Identifier: Apache-2.0
/// A plane-parallel absorbing slab in air, internal echoes summed without interference (the film is hundreds
/// of coherence lengths thick): T = (1-F)^2 t / (1 - F^2 t^2), R = F + F t T with t = t0^(1 / cos theta').
/// Sources: Pharr, Jakob and Humphreys, Physically Based Rendering, 4th ed., 9.5.1; Stokes, "On the intensity
/// of the light reflected from or transmitted through a pile of plates", 1862.
#pragma once
#include "render/path/microfacet.h"
#include "synth/base/vec.h"

#include <algorithm>
#include <cmath>

namespace radforge::path {

/// Internal transmittance t0 at normal incidence of the slab whose total transmittance is `transmittance`; 1
/// where even the clear slab transmits less. @param f0 Fresnel reflectance at normal incidence
inline float internal_transmittance(float transmittance, float f0) {
    // Positive root of F^2 T t^2 + (1-F)^2 t - T = 0 in the form without cancellation.
    const float b = (1 - f0) * (1 - f0), c = f0 * transmittance;
    return std::min(1.0f, 2 * transmittance / (b + std::sqrt(b * b + 4 * c * c)));
}

struct SlabValue {
    float transmitted, echo;  ///< T; and R - F, the reflection from inside
};
/// @param f Fresnel reflectance at the angle; @param t internal transmittance along the slanted path
inline SlabValue slab(float f, float t) {
    const float transmitted = (1 - f) * (1 - f) * t / (1 - f * f * t * t);
    return {transmitted, f * t * transmitted};
}

}  // namespace radforge::path
