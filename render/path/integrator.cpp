// SPDX-License-Identifier: Apache-2.0
/// One light sample and one BSDF sample per vertex, combined by the power heuristic (Veach, "Robust Monte
/// Carlo methods for light transport simulation", 1997, section 9.2).
///
/// Straight transmission through film is a delta: it leaves direction, density and MIS state of the last
/// scattering vertex as they are, since a shadow ray from that vertex passes the same films with the same
/// factor. Light behind film is so counted once: by the shadow ray with weight w, by the path with 1 - w.
#include "render/path/integrator.h"

#include "render/path/elementary.h"
#include "render/path/sampler.h"
#include "render/path/sampling.h"
#include "render/path/scene_data.h"
#include "synth/base/error.h"
#include "synth/base/parallel.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace radforge::path {

namespace {

constexpr int kTile = 16;
/// Growth of the texture footprint behind a diffuse event; small enough to keep film images sharp in shadows.
constexpr float kDiffuseSpread = 0.02f;

struct CheckSettings {
    template <class T>
    void operator()(const char* key, const T& value, const char* unit, Range<T> range, const char*) {
        if (!range.contains(value))
            throw Error(ErrorKind::BadData, "number out of range")
                .where(key)
                .got(std::to_string(value))
                .expected(std::to_string(range.lo) + ".." + std::to_string(range.hi) + " " + unit);
    }
    void operator()(const char* key, const std::string& value, const Options& options, const char*) {
        if (std::find(options.begin(), options.end(), value) != options.end()) return;
        std::string list;
        for (const std::string& o : options) list += (list.empty() ? "" : ", ") + o;
        throw Error(ErrorKind::BadData, "unknown name").where(key).got(value).expected(list);
    }
};

/// Inverse of the cumulative of a one-dimensional pixel filter, on [0,1) -> offset in pixels.
class PixelFilter {
public:
    PixelFilter(const std::string& name, float radius) {
        constexpr int kFine = 4096;
        const auto density = [&](float x) {  // x in [-1, 1]
            if (name == "box") return 1.0f;
            if (name == "gaussian") return exp2_approx(-6.4921277f * x * x);  // sigma = radius / 3
            const float t = 0.5f * (x + 1);                                   // 4-term Blackman-Harris window
            return 0.35875f - 0.48829f * sincos_turns(t).cos + 0.14128f * sincos_turns(2 * t).cos -
                   0.01168f * sincos_turns(3 * t).cos;
        };
        std::array<double, kFine + 1> cumulative{};
        for (int k = 0; k < kFine; ++k)
            cumulative[size_t(k) + 1] =
                cumulative[size_t(k)] + double(density((2 * (float(k) + 0.5f)) / kFine - 1));
        int k = 0;
        for (int i = 0; i <= kSteps; ++i) {
            const double wanted = cumulative[kFine] * i / kSteps;
            while (k + 1 < kFine && cumulative[size_t(k) + 1] < wanted) ++k;
            const double f =
                (wanted - cumulative[size_t(k)]) / (cumulative[size_t(k) + 1] - cumulative[size_t(k)]);
            offset_[size_t(i)] = radius * float(2 * (k + f) / kFine - 1);
        }
    }
    float operator()(float u) const {
        const float t = u * kSteps;
        const int k = int(t);
        const float f = t - float(k);
        return offset_[size_t(k)] * (1 - f) + offset_[size_t(k) + 1] * f;
    }

private:
    static constexpr int kSteps = 1024;
    std::array<float, kSteps + 1> offset_{};
};

/// Rays of one pixel, linear about its centre: distortion bends by less than 1e-3 px over a filter's radius.
struct PixelRays {
    Vec3f origin, forward, right,
        down;  // direction = forward + dx * right + dy * down, camera z = 1 before rotation
    Vec3f lens_x, lens_y;
    float focus_m = 0, spread_rad = 0;

    PixelRays(const optics::Camera& c, int row, int column) {
        const double x = column + 0.5, y = row + 0.5;
        const Mat3d& r = c.pose.rotation;
        const Vec3d centre = c.direction_local({x, y});
        const Vec3d dx = c.direction_local({x + 0.5, y}) - c.direction_local({x - 0.5, y});
        const Vec3d dy = c.direction_local({x, y + 0.5}) - c.direction_local({x, y - 0.5});
        origin = to_float(c.pose.translation_m);
        forward = to_float(r * centre);
        right = to_float(r * dx);
        down = to_float(r * dy);
        lens_x = to_float(r.column(0) * c.aperture_radius_m);
        lens_y = to_float(r.column(1) * c.aperture_radius_m);
        focus_m = c.aperture_radius_m > 0 ? float(c.focus_distance_m) : 0;
        // Half a pixel: the pixel filter does the rest of the smoothing.
        spread_rad = 0.5f * std::sqrt(length(cross(right, down))) / length(forward);
    }
    void at(Vec2f offset_px, Vec2f lens, Vec3f& from, Vec3f& direction) const {
        direction = forward + right * offset_px.x + down * offset_px.y;
        from = origin;
        if (focus_m > 0) {
            const Vec2f d = disk_from_square(lens);
            const Vec3f shift = lens_x * d.x + lens_y * d.y;
            from += shift;
            direction = direction - shift * (1 / focus_m);
        }
        direction = normalized(direction);
    }
};

class Integrator {
public:
    Integrator(const SceneData& scene, const RenderSettings& s)
        : scene_(scene),
          max_depth_(s.max_depth),
          max_crossings_(s.max_crossings),
          roulette_depth_(s.roulette_depth),
          power_(s.heuristic == "power"),
          use_lights_(s.direct_light != "bsdf"),
          use_bsdf_(s.direct_light != "light") {}

    /// Asks memory for what trace() with this sampler will need first.
    void touch(const Sampler& sampler) const { scene_.lights.touch(sampler.bits(kFirstVertexPair)); }
    Vec3f trace(Vec3f origin, Vec3f direction, float spread, const Sampler& sampler, uint64_t& rays) const;

private:
    static constexpr uint32_t kFirstVertexPair = 2;  // 0: pixel filter, 1: lens

    /// Where the path last scattered; straight crossings leave it alone.
    struct Vertex {
        Vec3f position;
        float pdf = 0;  // of the direction taken; 0: from the camera
    };
    float weight(float own, float other) const {
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
    Vec3f direct(const SurfacePoint& p, const Frame& frame, const Bsdf& bsdf, const LightSet::Choice& choice,
                 float width, float spread, uint64_t& rays) const;

    const SceneData& scene_;
    int max_depth_, max_crossings_, roulette_depth_;
    bool power_, use_lights_, use_bsdf_;
};

template <class Bsdf>
Vec3f Integrator::direct(const SurfacePoint& p, const Frame& frame, const Bsdf& bsdf,
                         const LightSet::Choice& choice, float width, float spread, uint64_t& rays) const {
    const LightSample light = scene_.lights.sample(p.position, choice);
    if (!(light.pdf > 0)) return {};
    const Vec3f out = frame.to_local(light.direction);
    const float side = dot(light.direction, p.geometric);
    if (out.z * side <= 0) return {};  // shading and geometry disagree about the side
    const BsdfValue value = bsdf.evaluate(out);
    if (!(value.pdf > 0)) return {};
    const Vec3f from = offset_origin(p.position, side > 0 ? p.geometric : -p.geometric);
    // The panel itself must not block: stop short by more than traversal errs.
    const float distance = light.distance_m * (1 - 0x1p-12f);
    ++rays;
    const Vec3f visible = scene_.visibility(from, light.direction, distance, width, spread);
    const float w = use_bsdf_ ? weight(light.pdf, value.pdf) : 1;
    return value.f_cos * light.radiance * visible * (w / light.pdf);
}

Vec3f Integrator::trace(Vec3f origin, Vec3f direction, float spread, const Sampler& sampler,
                        uint64_t& rays) const {
    Vec3f sum, throughput{1, 1, 1};
    Vertex last;
    float width = 0;
    uint32_t pair = kFirstVertexPair;
    BitPair light_bits = sampler.bits(pair);
    int depth = 0, crossings = 0;
    for (;;) {
        Hit hit;
        ++rays;
        // The choice of light does not depend on the surface: made here, traversal hides the latency of the
        // tables.
        const LightSet::Choice choice = scene_.lights.choose(light_bits, sampler.extra_bits(pair));
        light_bits = sampler.bits(pair + 2);
        scene_.lights.touch(light_bits);
        if (!scene_.intersect(origin, direction, hit, depth == 0)) {
            if (!scene_.lights.has_environment()) break;
            const EnvironmentSample e = scene_.lights.environment(direction);
            sum += throughput * e.radiance * found_weight(last, e.pdf);
            break;
        }
        width += spread * hit.distance_m;
        BsdfSample next;
        SurfacePoint p;
        const auto scatter = [&](const auto& bsdf, const Frame& frame) {
            if (use_lights_ && depth < max_depth_)
                sum += throughput *
                       direct(p, frame, bsdf, choice, width, std::max(spread, kDiffuseSpread), rays);
            next = bsdf.sample(sampler.point(pair + 1));
            next.direction = frame.to_world(next.direction);
        };
        if (scene_.is_film(hit.geometry)) {
            const FilmData& film = scene_.films[hit.geometry];
            p = film.point(hit, direction);
            const Frame frame(p.shading);
            const FilmBsdf bsdf(film.model, film.transmittance(p.uv, width), frame.to_local(-direction),
                                p.back);
            scatter(bsdf, frame);
            if (next.straight) next.direction = direction;
        } else if (scene_.is_object(hit.geometry)) {
            const ObjectData& object = scene_.object(hit.geometry);
            p = object.point(hit, direction);
            const Frame frame(p.shading);
            scatter(LambertBsdf(object.model, object.albedo(p.uv, width), frame.to_local(-direction)), frame);
        } else {
            const size_t k = scene_.panel(hit.geometry);
            const AreaLight& panel = scene_.lights.panel(k);
            p.position = scene_.panel_meshes[k].position(hit);
            if (dot(panel.normal(), direction) >= 0) break;
            const float w =
                found_weight(last, last.pdf > 0 ? scene_.lights.panel_pdf(k, last.position, p.position) : 0);
            sum += throughput * panel.radiance(p.position) * w;
            const Vec3f albedo = panel.albedo();
            if (std::max({albedo.x, albedo.y, albedo.z}) == 0) break;
            p.geometric = p.shading = panel.normal();
            const Frame frame(p.shading);
            scatter(LambertBsdf(scene_.panel_model, albedo, frame.to_local(-direction)), frame);
        }
        pair += 2;
        throughput = throughput * next.weight;
        float strongest = std::max({throughput.x, throughput.y, throughput.z});
        if (!(strongest > 0)) break;
        if (next.straight) {
            if (++crossings > max_crossings_) break;
            origin = offset_origin(p.position, -p.geometric);
            continue;
        }
        const float side = dot(next.direction, p.geometric);
        if (dot(next.direction, p.shading) * side <= 0) break;
        if (++depth > max_depth_) break;
        if (depth >= roulette_depth_) {
            const float survive = std::min(0.95f, strongest);
            if (unit_float(sampler.extra_bits(pair + 0x8000u).x) >= survive) break;
            throughput *= 1 / survive;
        }
        last = {p.position, next.pdf};
        direction = next.direction;
        origin = offset_origin(p.position, side > 0 ? p.geometric : -p.geometric);
        spread = std::max(spread, kDiffuseSpread * std::min(1.0f, next.roughness));
    }
    return sum;
}

struct Renderer {
    Renderer(const Scene& s, const optics::Camera& c, const RenderSettings& r, uint64_t seed_value)
        : camera(c),
          settings(r),
          seed(seed_value),
          integrator(s.data(), r),
          filter(r.filter, float(r.filter_radius_px)),
          sequence(r.sampler == "sobol" ? SampleSequence::Sobol : SampleSequence::Random) {}

    RenderStats region(int row0, int row1, int column0, int column1, ImageView<float> radiance) const;

    const optics::Camera& camera;
    const RenderSettings& settings;
    uint64_t seed;
    Integrator integrator;
    PixelFilter filter;
    SampleSequence sequence;
};

RenderStats Renderer::region(int row0, int row1, int column0, int column1, ImageView<float> radiance) const {
    const FlushToZero mode;
    RenderStats stats;
    for (int row = row0; row < row1; ++row)
        for (int column = column0; column < column1; ++column) {
            const PixelRays rays(camera, row, column);
            Vec3d sum;
            int kept = 0;
            for (int s = 0; s < settings.spp; ++s) {
                const uint32_t pixel = uint32_t(row * camera.width_px + column);
                const Sampler sampler(sequence, seed, pixel, uint32_t(s));
                integrator.touch(Sampler(sequence, seed, pixel, uint32_t(s + 1)));
                const Vec2f u = sampler.point(0);
                Vec3f origin, direction;
                rays.at({filter(u.x), filter(u.y)}, sampler.point(1), origin, direction);
                const Vec3f value = integrator.trace(origin, direction, rays.spread_rad, sampler, stats.rays);
                ++stats.paths;
                if (!(value.x >= 0 && value.y >= 0 && value.z >= 0 && value.x + value.y + value.z < 1e30f)) {
                    ++stats.dropped_paths;
                    continue;
                }
                sum += to_double(value);
                ++kept;
            }
            float* pixel = radiance.pixel(row, column);
            for (int c = 0; c < 3; ++c) pixel[c] = kept > 0 ? float(sum[c] / kept) : 0;
        }
    return stats;
}

}  // namespace

void RenderSettings::validate() const {
    RenderSettings copy = *this;
    CheckSettings check;
    copy.visit(check);
}

RenderStats& RenderStats::operator+=(const RenderStats& other) {
    rays += other.rays;
    paths += other.paths;
    dropped_paths += other.dropped_paths;
    return *this;
}

RenderStats render_region(const Scene& scene, const optics::Camera& camera, const RenderSettings& settings,
                          uint64_t seed, int row0, int row1, int column0, int column1,
                          ImageView<float> radiance) {
    camera.validate();
    settings.validate();
    return Renderer(scene, camera, settings, seed).region(row0, row1, column0, column1, radiance);
}

RenderOutput render(const Scene& scene, const optics::Camera& camera, const RenderSettings& settings,
                    uint64_t seed) {
    camera.validate();
    settings.validate();
    const Renderer renderer(scene, camera, settings, seed);
    RenderOutput output{Image(camera.height_px, camera.width_px, 3, PixelType::F32, ColorSpace::Linear), {}};
    const ImageView<float> radiance = output.radiance.view<float>();
    const int tiles_x = (camera.width_px + kTile - 1) / kTile,
              tiles_y = (camera.height_px + kTile - 1) / kTile;
    std::vector<RenderStats> stats(size_t(tiles_x) * size_t(tiles_y));
    parallel_for(int64_t(stats.size()), 1, [&](int64_t begin, int64_t end) {
        for (int64_t t = begin; t < end; ++t) {
            const int row = int(t / tiles_x) * kTile, column = int(t % tiles_x) * kTile;
            stats[size_t(t)] = renderer.region(row, std::min(row + kTile, camera.height_px), column,
                                               std::min(column + kTile, camera.width_px), radiance);
        }
    });
    for (const RenderStats& s : stats) output.stats += s;
    return output;
}

}  // namespace radforge::path
