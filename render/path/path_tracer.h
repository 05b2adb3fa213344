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
/// Light for one surface, asked of memory before it is known which surface that is.
struct Aims {
    std::array<LightSet::Aim, kProspects> light;
    uint32_t count = 0;  ///< aimed so far; a surface that needs more aims them itself
};

/// What paths leave behind beside their light.
struct Traced {
    uint64_t rays = 0;             ///< all of them
    bool is_opaque_first = false;  ///< the last path met something opaque first
};

/// Where a path starts.
struct CameraRay {
    Vec3f origin, direction;  ///< unit
    float spread_rad = 0;     ///< growth of the footprint per metre
    float time_s = 0;         ///< of the scene
    Aims aims;                ///< PathTracer::first_light() of the path's sampler
    /// Brightness that the pixel is known to have, from other samples; what would add little to it is
    /// followed by chance only. 0: everything is followed.
    float brightness = 0;
};

/// Immutable; const methods are thread-safe.
class PathTracer {
public:
    PathTracer(const SceneData& scene, const RenderSettings& settings);

    /// Light for the first surface; asks memory for what trace() will need of it.
    /// @param to_opaque  whether that surface is expected to be opaque; changes speed alone
    Aims first_light(const Sampler& sampler, bool to_opaque) const {
        return aim(sampler, kFirstVertexPair, to_opaque);
    }
    /// @param layers    when given, receives the light by layer, each gathered on its own
    Vec3f trace(const CameraRay& ray, const Sampler& sampler, Traced& traced,
                LayerSums* layers = nullptr) const;
    /// The same light with `straight` set apart.
    Vec3f trace(const CameraRay& ray, const Sampler& sampler, Traced& traced, Guides& guides) const;

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
    /// @param several  all prospects, not the first one alone
    Aims aim(const Sampler& sampler, uint32_t pair, bool several) const;
    Prospect choose(const Path& path, const SurfacePoint& p, const Frame& frame, const LambertBsdf& bsdf,
                    const Sampler& sampler) const;
    Prospect choose_of_environment(const std::array<LightSet::Aim, kProspects>& aims, const SurfacePoint& p,
                                   const Frame& frame, const LambertBsdf& bsdf, float dice) const;
    template <class Bsdf>
    Lit direct(const Path& path, const SurfacePoint& p, const Frame& frame, const Bsdf& bsdf,
               const Sampler& sampler, Traced& traced) const;
    Path start(const CameraRay& ray) const;
    template <Keep kKeep>
    void follow(Path path, const Sampler& sampler, Traced& traced, Gathered<kKeep>& gathered) const;

    const SceneData& scene_;
    int max_depth_, max_crossings_, roulette_depth_;
    bool power_, use_lights_, use_bsdf_;
    float branching_;
};

}  // namespace radforge::path
