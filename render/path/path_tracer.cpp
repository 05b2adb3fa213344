// SPDX-License-Identifier: Apache-2.0
/// One light sample and one BSDF sample per vertex, combined by the power heuristic (Veach, "Robust Monte
/// Carlo methods for light transport simulation", 1997, section 9.2).
///
/// Straight transmission through film is a delta: it leaves direction, density and MIS state of the last
/// scattering vertex as they are, since a shadow ray from that vertex passes the same films with the same
/// factor. Light behind film is so counted once: by the shadow ray with weight w, by the path with 1 - w.
///
/// Rough film blurs what is seen through it, but not what opaque surfaces receive through it: a few degrees
/// that hardly show there, and without which light reaches what lies under a matte film by chance only.
///
/// The first film may be followed straight on, through and back, each by its own path (splitting): a mirror
/// image of a window in clear film is one twentieth of the light but most of what is noisy, and what is seen
/// straight through film is sharp once it is always followed. Rough film gains nothing by it. A part is
/// followed with probability min(1, branching x its share); the parts' densities do not overlap, so that
/// next-event estimation serves all.
#include "render/path/path_tracer.h"

#include "render/path/sampling.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <type_traits>

namespace radforge::path {

namespace {

/// Growth of the texture footprint behind a diffuse event; small enough to keep film images sharp in shadows.
constexpr float kDiffuseSpread = 0.02f;
/// Sample points of the further paths from the first film.
constexpr uint32_t kNextPart = 1u << 16;
constexpr uint32_t kRoulette = 0x8000u, kPartDice = 0x4000u, kGrease = 0x2000u, kShadowDice = 0x1000u;
constexpr uint32_t kProspectDice = 6;  // place of the point that chooses: the third vertex's, scrambled anew
/// Shadow rays that would bring less than this share of the pixel's brightness are traced by chance (Russian
/// roulette against what the samples before have found; Vorba and Krivanek, "Adjoint-driven Russian roulette
/// and splitting in light transport simulation", ACM Trans. Graph. 35(4), 2016, on paths).
constexpr float kFaintLight = 0.2f;

float strongest(Vec3f c) { return std::max(std::max(c.x, c.y), c.z); }

Vec3f divided(Vec3f a, Vec3f b) {
    return {b.x > 0 ? a.x / b.x : 0, b.y > 0 ? a.y / b.y : 0, b.z > 0 ? a.z / b.z : 0};
}

}  // namespace

struct PathTracer::Path {
    explicit Path(const CameraRay& ray)
        : origin(ray.origin),
          direction(ray.direction),
          spread(ray.spread_rad),
          time_s(ray.time_s),
          brightness(ray.brightness),
          aims(ray.aims),
          first(&ray) {}

    Vec3f origin, direction, throughput{1, 1, 1};
    Vertex last;
    float width = 0, spread = 0, time_s = 0, brightness = 0;
    uint32_t pair = kFirstVertexPair;
    int depth = 0, crossings = 0;
    bool before_film = true;  // nothing but the camera so far
    bool unblurred = false;   // an opaque surface was met
    LayerSums shares{};       // of the throughput, by layer
    Aims aims;                // for the next surface
    const CameraRay* first;   // the ray that has been traced already; null once it is dealt with
};

/// The light found so far; more than its sum only where asked for, so that the plain trace pays nothing.
template <>
struct PathTracer::Gathered<PathTracer::Keep::Sum> {
    Vec3f sum;
    void add(Vec3f light, const Path&) { sum += light; }
};
template <>
struct PathTracer::Gathered<PathTracer::Keep::Layers> {
    Vec3f sum;
    LayerSums layers{};
    void add(Vec3f light, const Path& path) {
        sum += light;
        for (size_t k = 0; k < kLayers; ++k) layers[k] += light * path.shares[k];
    }
};
template <>
struct PathTracer::Gathered<PathTracer::Keep::Guides> {
    Vec3f sum;
    Guides guides;
    void add(Vec3f light, const Path&) { sum += light; }
};

/// Light that next-event estimation found, short of the BSDF.
struct PathTracer::Lit {
    Vec3f out;     // local
    Vec3f factor;  // radiance x visibility x MIS weight / density
    Vec3f f_cos;
};

/// A direction towards light, with what it brings where nothing is in the way.
struct PathTracer::Prospect {
    LightSample light;
    Vec3f out;  // local
    Vec3f f_cos;
    float w = 0;       // MIS weight / density
    float brings = 0;  // strongest channel; 0: nothing to add
};

PathTracer::PathTracer(const SceneData& scene, const RenderSettings& s)
    : scene_(scene),
      max_depth_(s.max_depth),
      max_crossings_(s.max_crossings),
      roulette_depth_(s.roulette_depth),
      power_(s.heuristic == "power"),
      use_lights_(s.direct_light != "bsdf"),
      use_bsdf_(s.direct_light != "light"),
      branching_(float(s.branching)) {}

template <class Bsdf>
PathTracer::Prospect PathTracer::look(const Path& path, const SurfacePoint& p, const Frame& frame,
                                      const Bsdf& bsdf, const LightSet::Choice& choice) const {
    constexpr bool kOpaque = !std::is_same_v<Bsdf, FilmBsdf>;
    Prospect result;
    LightSample& light = result.light;
    light = scene_.lights.sample(p.position, choice, kOpaque ? &p.geometric : nullptr);
    if (!(light.pdf > 0)) return result;
    if (choice.panel >= 0) light.radiance *= scene_.lights.panel(size_t(choice.panel)).flicker(path.time_s);
    result.out = frame.to_local(light.direction);
    // Shading and geometry may disagree about the side.
    if (result.out.z * dot(light.direction, p.geometric) <= 0) return result;
    const BsdfValue value = bsdf.evaluate(result.out);
    if (!(value.pdf > 0)) return result;
    result.f_cos = value.f_cos;
    result.w = (use_bsdf_ ? weight(light.pdf, value.pdf) : 1) / light.pdf;
    result.brings = strongest(value.f_cos * light.radiance) * result.w;
    return result;
}

void PathTracer::begin(const Sampler& sampler, uint32_t pair, bool several, Aims& aims) const {
    const BitPair bits = sampler.bits(pair);
    if (several)
        scene_.lights.aim_at_quarters(bits, aims.light);
    else
        scene_.lights.begin(bits, aims.light[0]);
    aims.count = several ? kProspects : 1;
}

void PathTracer::meet(CameraRays& rays, int count, Traced& traced) const {
    traced.rays += uint64_t(count);
    if (count == 1) {
        CameraRay& one = rays[0];
        one.has_met = scene_.intersect(one.origin, one.direction, one.hit, true, one.time_s);
    } else {
        RayPacket packet;
        for (int k = 0; k < count; ++k) {
            const CameraRay& ray = rays[size_t(k)];
            packet.add(ray.origin, ray.direction, ray.time_s);
        }
        PacketHits hits;
        const unsigned met = scene_.intersect(packet, hits);
        for (int k = 0; k < count; ++k) {
            rays[size_t(k)].has_met = ((met >> k) & 1u) != 0;
            rays[size_t(k)].hit = hits[size_t(k)];
        }
    }
    if (!use_lights_) return;
    for (int k = 0; k < count; ++k) {
        CameraRay& ray = rays[size_t(k)];
        ray.aims.count = 0;
        if (ray.has_met) begin(ray.sampler, kFirstVertexPair, !scene_.is_film(ray.hit.geometry), ray.aims);
    }
    for (int k = 0; k < count; ++k) settle(rays[size_t(k)].aims);
}

PathTracer::Prospect PathTracer::choose(const Path& path, const SurfacePoint& p, const Frame& frame,
                                        const LambertBsdf& bsdf, const Sampler& sampler) const {
    const auto& aims = path.aims.light;  // all of them, as before the first scattering event
    float dice = unit_float(sampler.bits(kProspectDice + path.pair * kNextPart).x);
    if (scene_.lights.is_environment_alone()) return choose_of_environment(aims, p, frame, bsdf, dice);
    std::array<Prospect, kProspects> prospects;
    float all = 0;
    for (uint32_t k = 0; k < kProspects; ++k) {
        prospects[k] = look(path, p, frame, bsdf, scene_.lights.choose(aims[k]));
        all += prospects[k].brings;
    }
    dice *= all;
    const Prospect* chosen = nullptr;
    for (const Prospect& one : prospects) {
        if (!(one.brings > 0)) continue;
        chosen = &one;
        if (dice < one.brings) break;
        dice -= one.brings;
    }
    if (chosen == nullptr) return {};
    Prospect result = *chosen;
    result.w *= all / (float(kProspects) * result.brings);
    return result;
}

/// By what can be told without radiance: it is drawn in proportion to radiance, all but. The choice weighs as
/// what it was made by does, so that no mean changes.
PathTracer::Prospect PathTracer::choose_of_environment(const std::array<LightSet::Aim, kProspects>& aims,
                                                       const SurfacePoint& p, const Frame& frame,
                                                       const LambertBsdf& bsdf, float dice) const {
    const EnvironmentMap::Glances glances = scene_.lights.glance(aims);
    const Rgbx3& d = glances.direction;
    const Rgbx3 out{dot(d, all_of(frame.x)), dot(d, all_of(frame.y)), dot(d, all_of(frame.z))};
    const LambertBsdf::Glances value = bsdf.glance(out);
    // None from behind; shading and geometry may disagree about the side.
    const Rgbx w = use_bsdf_ ? weight(glances.pdf, value.pdf) : all_of(1),
               brings = dot(d, all_of(p.geometric)) > 0 ? value.f_cos * w : Rgbx{};
    const float all = (brings[0] + brings[1]) + (brings[2] + brings[3]);
    dice *= all;
    size_t chosen = kProspects;
    for (size_t k = 0; k < kProspects; ++k) {
        if (!(brings[k] > 0)) continue;
        chosen = k;
        if (dice < brings[k]) break;
        dice -= brings[k];
    }
    Prospect result;
    if (chosen == kProspects) return result;
    result.light = scene_.lights.sample(glances, chosen);
    result.out = {out.x[chosen], out.y[chosen], out.z[chosen]};
    const BsdfValue full = bsdf.evaluate(result.out);
    if (!(full.pdf > 0) || !(result.light.pdf > 0)) return result;
    result.f_cos = full.f_cos;
    result.w = (use_bsdf_ ? weight(result.light.pdf, full.pdf) : 1) / result.light.pdf * all /
               (float(kProspects) * brings[chosen]);
    result.brings = strongest(full.f_cos * result.light.radiance) * result.w;
    return result;
}

template <class Bsdf>
PathTracer::Lit PathTracer::direct(const Path& path, const SurfacePoint& p, const Frame& frame,
                                   const Bsdf& bsdf, const Sampler& sampler, Traced& traced) const {
    Prospect chosen;
    if constexpr (!std::is_same_v<Bsdf, FilmBsdf>)
        if (path.depth == 0) chosen = choose(path, p, frame, bsdf, sampler);
    if (std::is_same_v<Bsdf, FilmBsdf> || path.depth > 0)
        chosen = look(path, p, frame, bsdf, scene_.lights.choose(path.aims.light[0]));
    if (!(chosen.brings > 0)) return {};
    const LightSample& light = chosen.light;
    const float side = dot(light.direction, p.geometric);
    float w = chosen.w;
    const float most = strongest(path.throughput * chosen.f_cos * light.radiance) * w,
                enough = kFaintLight * path.brightness;
    if (most < enough) {
        if (!(unit_float(sampler.extra_bits(path.pair + kShadowDice).x) * enough < most)) return {};
        w *= enough / most;
    }
    const Vec3f from = offset_origin(p.position, side > 0 ? p.geometric : -p.geometric);
    Vec3f direction = light.direction;
    float distance = light.distance_m;
    if (std::isfinite(distance)) {  // as the ray's start sees it: film may lie that near
        const Vec3f to = p.position + direction * distance - from;
        distance = length(to);
        direction = to * (1 / distance);
    }
    // The panel itself must not block: stop short by more than traversal errs.
    distance *= 1 - 0x1p-12f;
    ++traced.rays;
    const Vec3f visible =
        scene_.visibility(from, direction, distance, path.width, std::max(path.spread, kDiffuseSpread),
                          path.time_s, path.unblurred);
    return {chosen.out, light.radiance * visible * w, chosen.f_cos};
}

template <PathTracer::Keep kKeep>
void PathTracer::follow(Path& path, const Sampler& sampler, Traced& traced, Gathered<kKeep>& gathered) const {
    constexpr bool kLayered = kKeep == Keep::Layers, kGuided = kKeep == Keep::Guides;
    const auto add_lamp = [&](Vec3f radiance) {
        if constexpr (kGuided)
            if (path.last.pdf == 0) {  // straight from the camera
                gathered.guides.straight += path.throughput * radiance;
                return;
            }
        gathered.add(path.throughput * radiance, path);
    };
    const auto add_albedo = [&](Vec3f albedo) {
        if constexpr (kGuided)
            if (path.last.pdf == 0) gathered.guides.albedo += path.throughput * albedo;
    };
    const auto first_surface = [&](Vec3f normal) {
        if constexpr (kGuided)
            if (path.last.pdf == 0 && path.crossings == 0) gathered.guides.normal = normal;
    };
    for (;;) {
        Hit hit;
        bool has_met;
        const bool is_scattered = path.depth > 0, has_environment = scene_.lights.has_environment();
        EnvironmentMap::Sight sight;
        if (path.first != nullptr) {
            has_met = path.first->has_met;
            hit = path.first->hit;
            path.first = nullptr;
        } else {
            // Light is asked for first, so that traversal hides the latency of the tables. Neighbouring
            // camera rays see what is near.
            if (is_scattered && has_environment) sight = scene_.lights.sight(path.direction);
            ++traced.rays;
            has_met = scene_.intersect(path.origin, path.direction, hit, path.depth == 0, path.time_s);
        }
        if (!has_met) {
            if (!has_environment) return;
            if (!is_scattered) sight = scene_.lights.sight(path.direction);
            const EnvironmentSample e = scene_.lights.environment_at(sight);
            add_lamp(e.radiance * found_weight(path.last, e.pdf));
            return;
        }
        path.width += path.spread * hit.distance_m;
        BsdfSample next;
        SurfacePoint p;
        struct Branch {
            BsdfSample sample;
            LayerSums shares;
            uint32_t pair;  // added to the path's
        };
        std::array<Branch, FilmBsdf::kParts> branches;  // of the first film, each followed by itself
        size_t branch_count = 0;
        bool is_branched = false;
        const auto scatter = [&](const auto& bsdf, const Frame& frame) {
            constexpr bool kFilm = std::is_same_v<std::decay_t<decltype(bsdf)>, FilmBsdf>;
            const bool first = path.before_film;
            path.before_film = false;
            if constexpr (!kFilm) path.unblurred = true;
            if (use_lights_ && path.depth < max_depth_) {
                const Lit lit = direct(path, p, frame, bsdf, sampler, traced);
                if constexpr (kLayered && kFilm)
                    if (first) {
                        FilmLayers by;
                        bsdf.evaluate(lit.out, &by);
                        path.shares = {divided(by.transmitted, lit.f_cos), divided(by.reflected, lit.f_cos),
                                       divided(by.scattered, lit.f_cos), Vec3f{}};
                    }
                gathered.add(path.throughput * (lit.f_cos * lit.factor), path);
            }
            const auto shares = [&](const BsdfSample& s) {
                LayerSums of{};
                if constexpr (kLayered && kFilm) {
                    if (s.straight) {
                        of[Transmitted] = {1, 1, 1};
                    } else {
                        FilmLayers by;
                        const Vec3f all = bsdf.evaluate(s.direction, &by).f_cos;
                        of = {divided(by.transmitted, all), divided(by.reflected, all),
                              divided(by.scattered, all), Vec3f{}};
                    }
                }
                return of;
            };
            if constexpr (kFilm) {
                if (first && bsdf.is_split()) {
                    const BitPair a = sampler.extra_bits(path.pair + kPartDice),
                                  b = sampler.extra_bits(path.pair + kPartDice + 1);
                    const std::array<uint32_t, FilmBsdf::kParts> dice{b.x, a.y, a.x};
                    for (const auto part : {FilmBsdf::Back, FilmBsdf::Through, FilmBsdf::Straightaway}) {
                        const float chance = std::min(1.0f, branching_ * bsdf.share(part));
                        if (unit_float(dice[part]) >= chance) continue;
                        Branch& branch = branches[branch_count++];
                        branch.pair = part * kNextPart;
                        branch.sample = bsdf.sample_part(part, sampler.point(path.pair + 1 + branch.pair));
                        branch.sample.weight *= 1 / chance;
                        branch.shares = shares(branch.sample);
                        branch.sample.direction =
                            branch.sample.straight ? path.direction : frame.to_world(branch.sample.direction);
                    }
                    is_branched = true;
                    return;
                } else {
                    next = bsdf.sample(sampler.point(path.pair + 1));
                }
                if (first) path.shares = shares(next);
            } else {
                next = bsdf.sample(sampler.point(path.pair + 1));
            }
            next.direction = frame.to_world(next.direction);
        };
        if (scene_.is_film(hit.geometry)) {
            const FilmData& film = scene_.films[hit.geometry];
            p = film.point(hit, path.direction);
            const Frame frame(p.shading);
            const float grease = film.grease(p.uv);
            const bool under_grease =
                grease > 0 && unit_float(sampler.extra_bits(path.pair + kGrease).x) < grease;
            const Vec3f transmittance = film.transmittance(p.uv, path.width);
            FilmBsdf bsdf(film.model_of(under_grease, path.unblurred), transmittance,
                          frame.to_local(-path.direction), p.back);
            first_surface(p.shading);
            if constexpr (kGuided)
                if (path.before_film) gathered.guides.film = transmittance, gathered.guides.share = 1;
            if (branching_ > 0 && path.before_film && bsdf.is_glossy()) bsdf.split();
            scatter(bsdf, frame);
            if (next.straight) next.direction = path.direction;
        } else if (scene_.is_object(hit.geometry)) {
            const ObjectData& object = scene_.object(hit.geometry);
            p = object.point(hit, path.direction);
            const Frame frame(p.shading);
            const Vec3f albedo = object.albedo(p.uv, path.width);
            first_surface(p.shading);
            add_albedo(albedo);
            scatter(LambertBsdf(object.model, albedo, frame.to_local(-path.direction)), frame);
        } else {
            const size_t k = scene_.panel(hit.geometry);
            const AreaLight& panel = scene_.lights.panel(k);
            p.position = scene_.panel_meshes[k].position(hit);
            if (dot(panel.normal(), path.direction) >= 0) return;
            const float w = found_weight(
                path.last,
                path.last.pdf > 0 ? scene_.lights.panel_pdf(k, path.last.position, p.position) : 0);
            add_lamp(panel.radiance(p.position) * (w * panel.flicker(path.time_s)));
            const Vec3f albedo = panel.albedo();
            if (std::max({albedo.x, albedo.y, albedo.z}) == 0) return;
            p.geometric = p.shading = panel.normal();
            const Frame frame(p.shading);
            first_surface(p.shading);
            add_albedo(albedo);
            scatter(LambertBsdf(scene_.panel_model, albedo, frame.to_local(-path.direction)), frame);
        }
        path.pair += 2;
        // Takes a sampled direction. @return whether the path goes on
        const auto advance = [&](Path& on, const BsdfSample& s) {
            on.throughput = on.throughput * s.weight;
            const float left = strongest(on.throughput);
            if (!(left > 0)) return false;
            if (s.straight) {
                if (++on.crossings > max_crossings_) return false;
                on.origin = offset_origin(p.position, -p.geometric);
                return true;
            }
            const float side = dot(s.direction, p.geometric);
            if (dot(s.direction, p.shading) * side <= 0) return false;
            if (++on.depth > max_depth_) return false;
            if (on.depth >= roulette_depth_) {
                const float survive = std::min(0.95f, left);
                if (unit_float(sampler.extra_bits(on.pair + kRoulette).x) >= survive) return false;
                on.throughput *= 1 / survive;
            }
            on.last = {p.position, s.pdf};
            on.direction = s.direction;
            on.origin = offset_origin(p.position, side > 0 ? p.geometric : -p.geometric);
            on.spread = std::max(on.spread, kDiffuseSpread * std::min(1.0f, s.roughness));
            return true;
        };
        if (is_branched) {
            for (size_t k = 0; k < branch_count; ++k) {
                Path other = path;
                other.shares = branches[k].shares;
                if (!advance(other, branches[k].sample)) continue;
                other.pair += branches[k].pair;
                aim(sampler, other.pair, other.depth == 0, other.aims);
                follow(other, sampler, traced, gathered);
            }
            return;
        }
        if (!advance(path, next)) return;
        aim(sampler, path.pair, path.depth == 0, path.aims);
    }
}

Vec3f PathTracer::trace(const CameraRay& ray, Traced& traced, LayerSums* layers) const {
    Path path(ray);
    if (layers == nullptr) {
        Gathered<Keep::Sum> gathered;
        follow(path, ray.sampler, traced, gathered);
        return gathered.sum;
    }
    Gathered<Keep::Layers> gathered;
    path.shares[Rest] = {1, 1, 1};
    follow(path, ray.sampler, traced, gathered);
    *layers = gathered.layers;
    return gathered.sum;
}

Vec3f PathTracer::trace(const CameraRay& ray, Traced& traced, Guides& guides) const {
    Path path(ray);
    Gathered<Keep::Guides> gathered;
    follow(path, ray.sampler, traced, gathered);
    guides = gathered.guides;
    return gathered.sum;
}

}  // namespace radforge::path
