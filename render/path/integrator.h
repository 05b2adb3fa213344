// SPDX-License-Identifier: Apache-2.0
/// Unidirectional path tracing with next-event estimation and multiple importance sampling.
#pragma once
#include "render/optics/camera.h"
#include "render/path/scene.h"
#include "synth/base/image.h"
#include "synth/config/schema.h"

#include <cstdint>
#include <string>

namespace radforge::path {

/// What to keep beside the picture; changes none of its bits.
struct RenderExtras {
    bool layers = false, variance = false, samples = false;
};

struct RenderSettings {
    int spp = 64;
    int max_depth = 8;       ///< scattering events; straight film crossings are counted apart
    int max_crossings = 16;  ///< straight film crossings of one path
    int roulette_depth = 3;  ///< Russian roulette from this scattering event on
    std::string filter = "gaussian";
    double filter_radius_px = 1.5;
    std::string sampler = "sobol";
    std::string direct_light = "mis";
    std::string heuristic = "power";
    double branching = 8;
    bool adaptive = false;
    double target_error = 0;
    int min_spp = 8;
    bool denoise = false;

    template <class V>
    void visit(V& v) {
        v("spp", spp, "1", Range{1, 1 << 20}, "samples per pixel");
        v("max_depth", max_depth, "1", Range{1, 64}, "scattering events of a path");
        v("max_crossings", max_crossings, "1", Range{1, 64}, "straight film crossings of a path");
        v("roulette_depth", roulette_depth, "1", Range{1, 64}, "Russian roulette starts at this event");
        v("filter", filter, Options{"box", "gaussian", "blackman_harris"},
          "pixel filter, sampled by importance");
        v("filter_radius_px", filter_radius_px, "px", Range{0.25, 4.0}, "half width of the pixel filter");
        v("sampler", sampler, Options{"sobol", "random"}, "sample points: Owen-scrambled Sobol, or hashed");
        v("direct_light", direct_light, Options{"mis", "light", "bsdf"},
          "how lights are found (tests compare)");
        v("heuristic", heuristic, Options{"power", "balance"}, "weights of multiple importance sampling");
        v("branching", branching, "1", Range{0., 100.},
          "how much more often than its share of the light each side of the first film is followed, at most "
          "always; 0 = one side, by chance");
        v("adaptive", adaptive,
          "spp is the mean: pixels get from min_spp to four times spp, by the noise of the pixels around "
          "them");
        v("target_error", target_error, "1", Range{0., 1.},
          "with adaptive: the picture ends where its rms error falls below this, in display values of 0..1; "
          "0 = "
          "at spp");
        v("min_spp", min_spp, "1", Range{2, 1 << 20}, "with adaptive: samples that every pixel gets");
        v("denoise", denoise,
          "filter the illumination under guidance of the noise-free albedo, film and normals; never the "
          "ground truth");
    }
    /// @throws Error when a number leaves its range, a name is unknown, or `denoise` meets layers or
    /// variance, which are those of the unfiltered light
    void validate(const RenderExtras& extras = {}) const;
};

struct RenderStats {
    uint64_t rays = 0;           ///< all rays traced
    uint64_t paths = 0;          ///< camera samples
    uint64_t dropped_paths = 0;  ///< samples left out because they were not finite; must be 0
    RenderStats& operator+=(const RenderStats& other);
};

/// All f32 [H,W,3] scene-linear, relative W/(m^2 sr); what RenderExtras names is empty unless asked for.
struct RenderOutput {
    Image radiance;
    /// Light by what it did at the first surface seen: through a film straight on, mirrored by it, scattered
    /// by it, or no film there. Each is gathered by itself; they add up to `radiance`.
    Image transmitted, reflected, diffuse, rest;
    /// Square of the standard error of `radiance`, from the scatter of the single samples: an upper bound, as
    /// stratified samples err less than independent ones.
    Image variance;
    Image samples;  ///< f32 [H,W,1], how many each pixel got
    RenderStats stats;
};

/// Renders on the caller's threads (parallel_for over tiles of 16 x 16 pixels). Every pixel is a pure
/// function of (scene, camera, settings, seed): the bits do not depend on threads or tile order. With
/// settings.adaptive or denoise it also depends on the rest of the picture; adaptive keeps the sums of all
/// pixels, some 300 bytes each.
/// @throws Error when settings.validate(extras) does
RenderOutput render(const Scene& scene, const optics::Camera& camera, const RenderSettings& settings,
                    uint64_t seed, const RenderExtras& extras = {});

/// The same for the pixels [row0, row1) x [column0, column1) only, in the calling thread, written into
/// `radiance`.
/// @throws Error with settings.adaptive or settings.denoise
RenderStats render_region(const Scene& scene, const optics::Camera& camera, const RenderSettings& settings,
                          uint64_t seed, int row0, int row1, int column0, int column1,
                          ImageView<float> radiance);

}  // namespace radforge::path
