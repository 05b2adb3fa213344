// SPDX-License-Identifier: Apache-2.0
/// A plane-parallel absorbing slab in air, internal echoes summed without interference (the film is hundreds
/// of coherence lengths thick): T = (1-F)^2 t / (1 - F^2 t^2), R = F + F t T with t = t0^(1 / cos theta').
/// Sources: Pharr, Jakob and Humphreys, Physically Based Rendering, 4th ed., 9.5.1; Stokes, "On the intensity
/// of the light reflected from or transmitted through a pile of plates", 1862.
#pragma once
#include "render/path/microfacet.h"
#include "render/path/rgbx.h"
#include "synth/base/vec.h"

#include <cmath>

namespace radforge::path {

/// Internal transmittance t0 at normal incidence of the slab whose total transmittance is `transmittance`; 1
/// where even the clear slab transmits less. @param f0 Fresnel reflectance at normal incidence
template <class T>
T internal_transmittance(T transmittance, float f0) {
    // Positive root of F^2 T t^2 + (1-F)^2 t - T = 0 in the form without cancellation.
    const float b = (1 - f0) * (1 - f0);
    const T c = f0 * transmittance;
    return least_of(T{} + 1.0f, 2.0f * transmittance / (b + root_of(b * b + 4.0f * c * c)));
}

template <class T>
struct SlabValueOf {
    T transmitted, echo;  ///< T; and R - F, the reflection from inside
    SlabValueOf(float f, T t)
        : transmitted((1 - f) * (1 - f) * t / (1.0f - f * f * t * t)), echo(f * t * transmitted) {}
};
using SlabValue = SlabValueOf<float>;
/// @param f Fresnel reflectance at the angle; @param t internal transmittance along the slanted path
inline SlabValue slab(float f, float t) { return {f, t}; }
inline SlabValueOf<Rgbx> slab(float f, Rgbx t) { return {f, t}; }

}  // namespace radforge::path
