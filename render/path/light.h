// SPDX-License-Identifier: Apache-2.0
/// The lights of a scene as next-event estimation sees them: one is chosen, then a direction towards it.
#pragma once
#include "render/path/environment.h"
#include "render/path/material.h"
#include "render/path/sampler.h"
#include "synth/base/vec.h"

#include <array>
#include <optional>
#include <vector>

namespace radforge::path {

/// A panel prepared for sampling. Immutable; const methods are thread-safe.
class AreaLight {
public:
    explicit AreaLight(const PanelLight& panel);

    struct Sample {
        Vec3f direction;  ///< unit, from the point to the light
        Vec3f radiance;
        float distance_m = 0, pdf = 0;  ///< per steradian; pdf 0: the light is not visible from there
    };
    Sample sample(Vec3f from, Vec2f u) const;
    /// Density with which sample() would have drawn the direction from `from` that meets the front at `at`.
    float pdf(Vec3f from, Vec3f at) const;
    /// Radiance that leaves the front at a point of the panel.
    Vec3f radiance(Vec3f at) const;
    /// Its factor at a time of the scene.
    float flicker(float time_s) const { return flicker_depth_ == 0 ? 1 : 1 + flicker_depth_ * wave(time_s); }
    Vec3f normal() const { return normal_; }
    Vec3f albedo() const { return albedo_; }
    float area_m2() const { return area_; }
    Vec3f centre() const { return corner_ + 0.5f * (edge_u_ + edge_v_); }
    float luminance_at_centre() const { return luminance(radiance_.x, radiance_.y, radiance_.z); }

private:
    float wave(float time_s) const;

    Vec3f corner_, edge_u_, edge_v_, normal_, radiance_, albedo_;
    float area_, falloff_, flicker_depth_, flicker_hz_, flicker_turns_;
};

/// What a shadow ray needs.
struct LightSample {
    Vec3f direction;  ///< unit
    Vec3f radiance;
    float distance_m = 0;  ///< infinity for the environment
    float pdf = 0;         ///< per steradian, choice of the light included; 0: nothing to add
};

/// All lights. Immutable; const methods are thread-safe.
class LightSet {
public:
    LightSet() = default;
    /// @param centre place whose illumination sets the probabilities of choice
    LightSet(std::optional<Environment> environment, std::vector<AreaLight> panels, Vec3f centre);

    /// Which light, and where on it: everything that does not depend on the lit point.
    struct Choice {
        int panel = -1;  ///< -1: the environment
        float probability = 0;
        EnvironmentMap::Place place{};
        Vec2f square;
    };
    /// Which light, and on the environment where to look.
    struct Aim {
        int panel = -1;  ///< -1: the environment; -2: there is no light
        Vec2f square;
        EnvironmentMap::Aim place{};
    };
    /// Asks memory for what choose() will need. @param point 64 bits of a stratified point
    Aim aim(BitPair point) const;
    /// The first half of aim(), and that of the point moved by k % 2 and k / 2 halves along its coordinates,
    /// for k = 0 to 3; settle() is the other. All write in place: aims are handed on at once.
    void begin(BitPair point, Aim& aim) const;
    void aim_at_quarters(BitPair point, std::array<Aim, 4>& aims) const;
    void settle(Aim& aim) const;
    Choice choose(const Aim& aim) const;
    /// @param normal  when given, environment light from behind it is left out
    LightSample sample(Vec3f from, const Choice& choice, const Vec3f* normal = nullptr) const;

    bool is_environment_alone() const { return environment_ && panels_.empty(); }
    /// EnvironmentMap::glance() of aims at the environment. @pre is_environment_alone()
    EnvironmentMap::Glances glance(const std::array<Aim, 4>& aims) const;
    /// The k-th of them in full.
    LightSample sample(const EnvironmentMap::Glances& glances, size_t k) const;

    bool has_environment() const { return environment_.has_value(); }
    /// Radiance from infinity, and the density with which sample() draws that direction.
    EnvironmentSample environment(Vec3f direction) const { return environment_at(sight(direction)); }
    /// The same in two steps: the first asks memory for what the second will need. @pre has_environment()
    EnvironmentMap::Sight sight(Vec3f direction) const { return environment_->map->sight(to_map(direction)); }
    EnvironmentSample environment_at(const EnvironmentMap::Sight& sight) const;
    const AreaLight& panel(size_t k) const { return panels_[k]; }
    float panel_pdf(size_t k, Vec3f from, Vec3f at) const {
        return panel_choice_[k] * panels_[k].pdf(from, at);
    }

private:
    /// The first coordinate chooses the light; the rest of it, stretched to the whole interval.
    static double stretch(uint32_t bits, float below, float share);
    Vec3f to_map(Vec3f world) const;
    template <class T>
    Vec3<T> to_world(Vec3<T> map) const;

    std::optional<Environment> environment_;
    float heading_sin_ = 0, heading_cos_ = 1, scale_ = 1, environment_choice_ = 0;
    std::vector<AreaLight> panels_;
    std::vector<float> panel_choice_;
};

}  // namespace radforge::path
