// SPDX-License-Identifier: Apache-2.0
/// The light along one camera ray.
#pragma once
#include "render/path/integrator.h"
#include "render/path/sampler.h"
#include "render/path/sampling.h"
#include "render/path/scene_data.h"

#include <array>
#include <cstdint>

namespace radforge::path {

/// Light by what it did at the first surface that the camera sees: on a film straight or blurred
/// transmission, mirror-like reflection, or scatter to either side; anything else is rest.
enum Layer { Transmitted, Reflected, Scattered, Rest, kLayers };
using LayerSums = std::array<Vec3f, kLayers>;

/// What a guided filter knows of a camera sample without noise; `straight` is light, apart from what trace()
/// returns.
struct Guides {
    Vec3f straight;   ///< of lamps and sky, seen straight on or straight through films
    Vec3f albedo;     ///< of the first opaque surface straight on, times the films before it
    Vec3f film;       ///< transmittance of the first film, where that is the first surface
    Vec3f normal;     ///< of the first surface, towards the camera
    float share = 0;  ///< 1: the first surface is film
};

/// Directions towards light among which the first opaque surface chooses one for its shadow ray, by what they
/// would bring (resampled importance sampling: Talbot, Cline, Egbert, "Importance resampling for global
/// illumination", EGSR 2005): light from behind the surface or at grazing angles costs no shadow ray. Films,
/// which mirror and pass most of their light, and deeper surfaces would gain less than the choice costs.
constexpr uint32_t kProspects = 4;
/// Light for one surface, asked of memory before it is needed.
struct Aims {
    std::array<LightSet::Aim, kProspects> light;
    uint32_t count = 0;  ///< 1, or all of them
};

/// What paths leave behind beside their light.
struct Traced {
    uint64_t rays = 0;  ///< all of them
};

/// Where a path starts.
struct CameraRay {
    Sampler sampler;
    Vec3f origin, direction;  ///< unit
    float spread_rad = 0;     ///< growth of the footprint per metre
    float time_s = 0;         ///< of the scene
    /// Brightness that the pixel is known to have, from other samples; what would add little to it is
    /// followed by chance only. 0: everything is followed.
    float brightness = 0;
    // By PathTracer::meet():
    bool has_met = false;
    Hit hit;
    Aims aims;
};
using CameraRays = std::array<CameraRay, RayPacket::kMost>;

/// Immutable; const methods are thread-safe.
class PathTracer {
public:
    PathTracer(const SceneData& scene, const RenderSettings& settings);

    /// Finds what the first `count` rays meet first, all at once, and aims at light for it; asks memory for
    /// what trace() will need.
    void meet(CameraRays& rays, int count, Traced& traced) const;
    /// @param ray       that has been through meet()
    /// @param layers    when given, receives the light by layer, each gathered on its own
    Vec3f trace(const CameraRay& ray, Traced& traced, LayerSums* layers = nullptr) const;
    /// The same light with `straight` set apart.
    Vec3f trace(const CameraRay& ray, Traced& traced, Guides& guides) const;
    /// The mean of such guides over all that is left to chance behind one camera ray; follows no light.
    Guides straight_guides(const CameraRay& ray, Traced& traced) const;

private:
    static constexpr uint32_t kFirstVertexPair = 2;  // 0: pixel filter, 1: lens

    /// Where the path last scattered; straight crossings leave it alone.
    struct Vertex {
        Vec3f position;
        float pdf = 0;  // of the direction taken; 0: from the camera
    };
    struct Path;
    enum class Keep { Sum, Layers, Guides };
    template <Keep kKeep>
    struct Gathered;
    struct Lit;
    struct Prospect;

    template <class T>
    T weight(T own, T other) const {
        if (power_) own *= own, other *= other;
        return own / (own + other);
    }
    /// Share of light that the path found by itself, given the density with which next-event estimation would
    /// have.
    float found_weight(const Vertex& last, float light_pdf) const {
        if (last.pdf == 0 || !use_lights_) return 1;
        return use_bsdf_ ? weight(last.pdf, light_pdf) : 0;
    }
    template <class Bsdf>
    Prospect look(const Path& path, const SurfacePoint& p, const Frame& frame, const Bsdf& bsdf,
                  const LightSet::Choice& choice) const;
    /// The first half of aim(), settle() is the other. @param several  all prospects, not the first one alone
    void begin(const Sampler& sampler, uint32_t pair, bool several, Aims& aims) const;
    void settle(Aims& aims) const {
        for (uint32_t k = 0; k < aims.count; ++k) scene_.lights.settle(aims.light[k]);
    }
    void aim(const Sampler& sampler, uint32_t pair, bool several, Aims& aims) const {
        begin(sampler, pair, several, aims);
        settle(aims);
    }
    Prospect choose(const Path& path, const SurfacePoint& p, const Frame& frame, const LambertBsdf& bsdf,
                    const Sampler& sampler) const;
    Prospect choose_of_environment(const std::array<LightSet::Aim, kProspects>& aims, const SurfacePoint& p,
                                   const Frame& frame, const LambertBsdf& bsdf, float dice) const;
    template <class Bsdf>
    Lit direct(const Path& path, const SurfacePoint& p, const Frame& frame, const Bsdf& bsdf,
               const Sampler& sampler, Traced& traced) const;
    /// @param path  is used up
    template <Keep kKeep>
    void follow(Path& path, const Sampler& sampler, Traced& traced, Gathered<kKeep>& gathered) const;

    const SceneData& scene_;
    int max_depth_, max_crossings_, roulette_depth_;
    bool power_, use_lights_, use_bsdf_;
    float branching_;
};

}  // namespace radforge::path
