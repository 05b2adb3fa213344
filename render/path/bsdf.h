// SPDX-License-Identifier: Apache-2.0
/// Scattering at a surface point. Local frames: normal along +z on the side that the path arrives from, so
/// that the direction `in` (towards where the path comes from) has z > 0. Immutable; const methods are
/// thread-safe.
#pragma once
#include "render/path/material.h"
#include "render/path/rgbx.h"
#include "synth/base/vec.h"

#include <array>
#include <cstdint>

namespace radforge::path {

/// Value times |cos| and sampling density of the lobes that are not straight transmission.
struct BsdfValue {
    Vec3f f_cos;
    float pdf = 0;  ///< per steradian
};

/// f |cos| of a film's lobes, straight transmission as a delta left out, by what they do to light: they add
/// up to BsdfValue::f_cos.
struct FilmLayers {
    Vec3f transmitted;  ///< straight, blurred by rough faces
    Vec3f reflected;    ///< gloss and inner echo
    Vec3f scattered;    ///< by image and base, to either side
};

struct BsdfSample {
    Vec3f direction;  ///< local, unit
    Vec3f weight;     ///< f |cos| / pdf; zero: the path ends
    float pdf = 0;    ///< per steradian; 0 for straight transmission
    bool straight = false;
    float roughness = 0;  ///< of the chosen lobe, GGX alpha; 1: diffuse
};

/// Values over [0,1] by linear interpolation of 65 equidistant samples.
class UnitTable {
public:
    float operator()(float x) const {
        const float t = x * kLast;
        const auto k = int(t) < kLast ? int(t) : kLast - 1;
        const float f = t - float(k);
        return value_[size_t(k)] * (1 - f) + value_[size_t(k) + 1] * f;
    }
    template <class Function>
    void fill(const Function& function) {
        for (int k = 0; k <= kLast; ++k) value_[size_t(k)] = function(float(k) / kLast);
    }

private:
    static constexpr int kLast = 64;
    std::array<float, kLast + 1> value_{};
};

/// What all points of a film share; see bsdf_film.cpp for the model.
struct FilmModel {
    explicit FilmModel(const FilmMaterial& material);
    /// The same film with its rough faces' straight transmission as a delta.
    FilmModel unblurred() const {
        FilmModel m = *this;
        m.transmission_alpha = 0;
        return m;
    }

    float refractive_index, f0, callier_excess, forward_alpha, diffuse_fraction, haze;
    float alpha[2], echo_alpha[2];  ///< of side A, B
    float transmission_alpha;       ///< of the straight transmission; 0: straight on (a delta)
    UnitTable energy_balance;  ///< over the cosine: factor of transmission that makes the clear film total 1
    /// Over -log2(t0) / kMaxLog2: what scales a lobe of transmission to its weight at normal incidence.
    UnitTable diffuse_norm, forward_norm, straight_norm;
    float clear_at_normal;  ///< transmittance of the clear slab
    static constexpr float kMaxLog2 = 16;
};

/// A film at one point for one incoming direction.
class FilmBsdf {
public:
    /// @param transmittance 10^-D per channel; @param in local, z > 0; @param back the path arrives from side
    /// B
    FilmBsdf(const FilmModel& model, Vec3f transmittance, Vec3f in, bool back);

    /// Transmittance straight on as a delta; zero when rough faces blur it.
    Vec3f straight() const { return straight_is_delta_ ? to_vec3(straight_) : Vec3f{}; }
    /// @param layers when given, receives the parts of the value
    BsdfValue evaluate(Vec3f out, FilmLayers* layers = nullptr) const;
    BsdfSample sample(Vec2f u) const;

    /// Whether mirror images, or what lies behind, are seen sharp enough for split() to pay.
    bool is_glossy() const { return straight_is_delta_ || model_.alpha[back_] < kGlossyAlpha; }
    /// Straight on as a delta; to the other side of the film any other way; back to this side.
    enum Part { Straightaway, Through, Back, kParts };
    /// From now on each part has lobes, and a density, that sum to 1, for sample_part(); nothing happens
    /// where only one part has any.
    void split();
    bool is_split() const { return is_split_; }
    /// What sample() would have sent there.
    float share(Part part) const { return share_[part]; }
    /// @param part with a share
    BsdfSample sample_part(Part part, Vec2f u) const;

    enum Lobe { Gloss, Echo, DiffuseReflection, Straight, Forward, DiffuseTransmission, kLobes };
    const std::array<float, kLobes>& selection() const { return select_; }  ///< sums to 1

private:
    static constexpr float kGlossyAlpha = 0.1f;
    static constexpr int kFirstThrough = Straight;  // lobes before it reflect
    int first_lobe(Part part) const {
        return part == Back ? 0 : part == Straightaway || !straight_is_delta_ ? int(Straight) : int(Forward);
    }
    int end_lobe(Part part) const {
        if (part == Straightaway) return straight_is_delta_ ? int(Forward) : int(Straight);
        return part == Back ? kFirstThrough : int(kLobes);
    }
    BsdfSample sample_among(int first, int last, Vec2f u) const;
    Rgbx slab_transmittance(float cosine) const;
    Rgbx diffuse_shape(float cosine) const;  ///< T(theta) / T(0), energy balance included
    float clear_shape(float cosine) const;
    /// Values of a table over -log2(t0).
    Rgbx norm(const UnitTable& table) const;

    const FilmModel& model_;
    Vec3f in_;
    bool back_, straight_is_delta_, is_split_ = false;
    std::array<float, kParts> share_{};
    // Channels side by side.
    Rgbx log2_t0_, at_in_, at_normal_;  // T(in), T(0)
    Rgbx through_twice_;                // t0^2 from side A, 1 from side B
    Rgbx straight_share_, forward_share_, diffuse_share_, straight_;
    std::array<float, kLobes> select_{};
};

/// FilmBsdf::straight() alone, for shadow rays. @param cosine of incidence, > 0
Vec3f film_straight_transmittance(const FilmModel& model, Vec3f transmittance, float cosine);

/// What all points of an opaque surface share: Lambert under an optional rough dielectric coat.
struct LambertModel {
    explicit LambertModel(const Coat& coat);
    bool coated;
    float refractive_index, alpha;
    UnitTable below;  ///< over the cosine: share that passes the coat
    float below_mean_inverse;
};

class LambertBsdf {
public:
    /// @param albedo linear, [0,1]; @param in local, z > 0
    LambertBsdf(const LambertModel& model, Vec3f albedo, Vec3f in);
    BsdfValue evaluate(Vec3f out) const;
    /// Four directions at once: the strongest channel of the value, a little above it at grazing angles, and
    /// about the density.
    struct Glances {
        Rgbx f_cos, pdf;
    };
    Glances glance(const Rgbx3& out) const;
    BsdfSample sample(Vec2f u) const;

private:
    const LambertModel& model_;
    Vec3f albedo_, in_;
    float select_gloss_ = 0;
};

}  // namespace radforge::path
