// SPDX-License-Identifier: Apache-2.0
/// Isotropic GGX reflection with height-correlated Smith masking; local frames, normal along +z.
/// Sources: Walter et al., "Microfacet models for refraction through rough surfaces", EGSR 2007, eq. 33-34;
/// Heitz, "Understanding the masking-shadowing function", JCGT 3(2), 2014, eq. 99;
/// Dupuy and Benyoub, "Sampling visible GGX normals with spherical caps", HPG 2023.
#pragma once
#include "render/path/sampling.h"

#include <cmath>

namespace radforge::path {

class Ggx {
public:
    explicit Ggx(float alpha) : alpha2_(alpha * alpha), alpha_(alpha) {}

    /// Normal distribution D(h), per steradian of h; h need not have unit length in z only, |h| = 1.
    template <class T>
    T density(Vec3<T> h) const {
        // Written with sin^2 instead of 1 - cos^2: no cancellation at small alpha.
        const T s = h.x * h.x + h.y * h.y + alpha2_ * h.z * h.z;
        return alpha2_ / (kPi * s * s);
    }
    /// Reflection lobe for unit Fresnel: D G2 / (4 cos_i cos_o), and the density with which sample() draws o.
    template <class T>
    struct ValueOf {
        T f, pdf;
    };
    using Value = ValueOf<float>;
    /// @pre i.z > 0 and o.z > 0
    template <class T>
    ValueOf<T> reflect(Vec3f i, Vec3<T> o, Vec3<T> h) const {
        const float li = lambda(i);
        const T d = density(h), lo = lambda(o), common = d / (4 * i.z);
        return {common / ((1 + li + lo) * o.z), common / (1 + li)};
    }
    /// Half vector seen from i, distributed as visible normals.
    Vec3f sample_half(Vec3f i, Vec2f u) const {
        const Vec3f s = normalized(Vec3f{alpha_ * i.x, alpha_ * i.y, i.z});
        const SinCos phi = sincos_turns(u.x - 0.5f);
        const float z = (1 - u.y) * (1 + s.z) - s.z, r = std::sqrt(std::fmax(0.0f, (1 - z) * (1 + z)));
        const Vec3f c{r * phi.cos + s.x, r * phi.sin + s.y, z + s.z};
        return normalized(Vec3f{alpha_ * c.x, alpha_ * c.y, std::fmax(c.z, 1e-7f)});
    }

private:
    template <class T>
    T lambda(Vec3<T> w) const {
        const T t = (w.x * w.x + w.y * w.y) / (w.z * w.z);
        return 0.5f * (root_of(1.0f + alpha2_ * t) - 1.0f);
    }
    float alpha2_, alpha_;
};

/// Unpolarised Fresnel reflectance of a dielectric boundary, entering from air. @param cosine of incidence,
/// [0,1]
template <class T>
T fresnel_of(T cosine, float refractive_index) {
    const float n2 = refractive_index * refractive_index;
    const T inner = root_of(n2 - 1 + cosine * cosine);  // n cos(theta')
    const T s = (cosine - inner) / (cosine + inner);
    const T p = (n2 * cosine - inner) / (n2 * cosine + inner);
    return 0.5f * (s * s + p * p);
}
inline float fresnel(float cosine, float refractive_index) { return fresnel_of(cosine, refractive_index); }

/// 1 / cos(theta') inside the medium, for the slant path. @param cosine of incidence outside
inline float inverse_inner_cosine(float cosine, float refractive_index) {
    const float n2 = refractive_index * refractive_index;
    return refractive_index / std::sqrt(n2 - 1 + cosine * cosine);
}

}  // namespace radforge::path
