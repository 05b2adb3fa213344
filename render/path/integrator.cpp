// SPDX-License-Identifier: Apache-2.0
/// Tiles, pixels and samples; the light along one ray is path_tracer.cpp's.
///
/// Adaptive sampling doubles a tile's samples until two half buffers agree: those before and those after the
/// last doubling, each a net of the sequence by itself (even and odd samples of a Sobol sequence are not:
/// they fall into different halves of the square).
#include "render/path/integrator.h"

#include "render/filter/guided.h"
#include "render/path/path_tracer.h"
#include "render/path/pixel_rays.h"
#include "synth/base/error.h"
#include "synth/base/parallel.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

namespace radforge::path {

namespace {

constexpr int kTile = 16;

struct CheckSettings {
    void operator()(const char*, bool, const char*) {}
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

/// Sums over the samples of one pixel.
struct PixelSums {
    Vec3d sum, square, before;  // before: the sum at the last doubling
    std::array<Vec3d, kLayers> layers{};
    int kept = 0, kept_before = 0;
    // With guides `sum` leaves `straight` out.
    Vec3d straight, albedo, film, normal;
    double share = 0;
};

Vec3d mean_of(Vec3d sum, int count) { return count > 0 ? sum * (1.0 / count) : Vec3d{}; }

/// Where a render writes; views without data are left out.
struct Target {
    ImageView<float> radiance{};
    std::array<ImageView<float>, kLayers> layers{};
    ImageView<float> variance{};
    ImageView<float> first_half{}, second_half{}, straight{}, albedo{}, film{}, shape{};
};

struct Renderer {
    Renderer(const Scene& s, const optics::Camera& c, const RenderSettings& r, uint64_t seed_value,
             const RenderExtras& extras)
        : camera(c),
          settings(r),
          seed(seed_value),
          tracer(s.data(), r),
          filter(r.filter, float(r.filter_radius_px)),
          sequence(r.sampler == "sobol" ? SampleSequence::Sobol : SampleSequence::Random),
          points(uint32_t(r.spp) + 1),  // one more: light is aimed at a sample ahead
          with_layers(extras.layers),
          with_guides(r.denoise) {
        if (r.target_error > 0) display_white = estimate_white();
    }

    RenderStats region(int row0, int row1, int column0, int column1, const Target& target) const;
    void sample(int row, int column, int first, int last, PixelSums& sums, RenderStats& stats) const;
    double estimate_white() const;
    double tile_error(const std::vector<PixelSums>& pixels) const;

    const optics::Camera& camera;
    const RenderSettings& settings;
    uint64_t seed;
    PathTracer tracer;
    PixelFilter filter;
    SampleSequence sequence;
    SobolTable points;
    bool with_layers, with_guides;
    double display_white = 1;
};

void Renderer::sample(int row, int column, int first, int last, PixelSums& sums, RenderStats& stats) const {
    const PixelRays rays(camera, row, column);
    const uint32_t pixel = uint32_t(row * camera.width_px + column);
    const auto sampler_of = [&](int s) {
        return Sampler(sequence, seed, pixel, uint32_t(s), points.row(uint32_t(s)));
    };
    CameraRay ray;
    ray.spread_rad = rays.spread_rad;
    LightSet::Aim light = tracer.first_light(sampler_of(first));
    for (int s = first; s < last; ++s) {
        const Sampler sampler = sampler_of(s);
        ray.light = light;
        light = tracer.first_light(sampler_of(s + 1));
        const Vec2f u = sampler.point(0);
        const float time = unit_float(sampler.extra_bits(0).x);
        rays.at({filter(u.x), filter(u.y)}, sampler.point(1), time, ray.origin, ray.direction);
        ray.time_s = rays.time_s(time);
        const Vec3d seen = mean_of(sums.sum + sums.straight, sums.kept);
        ray.brightness = luminance(float(seen.x), float(seen.y), float(seen.z));
        LayerSums layers;
        Guides guides;
        const Vec3f value = with_guides
                                ? tracer.trace(ray, sampler, stats.rays, guides)
                                : tracer.trace(ray, sampler, stats.rays, with_layers ? &layers : nullptr);
        ++stats.paths;
        if (!(value.x >= 0 && value.y >= 0 && value.z >= 0 && value.x + value.y + value.z < 1e30f)) {
            ++stats.dropped_paths;
            continue;
        }
        const Vec3d v = to_double(value);
        sums.sum += v;
        sums.square += v * v;
        if (with_layers)
            for (size_t k = 0; k < kLayers; ++k) sums.layers[k] += to_double(layers[k]);
        if (with_guides) {
            sums.straight += to_double(guides.straight);
            sums.albedo += to_double(guides.albedo);
            sums.film += to_double(guides.film);
            sums.normal += to_double(guides.normal);
            sums.share += double(guides.share);
        }
        ++sums.kept;
    }
}

/// Radiance that a photo would show as white: mid grey, 18 %, is the mean logarithm of a coarse grid of
/// pixels.
double Renderer::estimate_white() const {
    constexpr int kGrid = 48, kSamples = 4;
    double logs = 0;
    int count = 0;
    RenderStats stats;
    for (int i = 0; i < kGrid; ++i)
        for (int j = 0; j < kGrid; ++j) {
            PixelSums sums;
            sample(int((i + 0.5) / kGrid * camera.height_px), int((j + 0.5) / kGrid * camera.width_px), 0,
                   kSamples, sums, stats);
            const Vec3d v = mean_of(sums.sum + sums.straight, sums.kept);
            const auto y = double(luminance(float(v.x), float(v.y), float(v.z)));
            if (y > 0) logs += std::log(y), ++count;
        }
    return count > 0 ? std::exp(logs / count) / 0.18 : 1;
}

/// Root mean square of half the difference of the half buffers, in display values.
double Renderer::tile_error(const std::vector<PixelSums>& pixels) const {
    const auto display = [&](double x) { return std::pow(std::min(x / display_white, 1.0), 1 / 2.2); };
    double square = 0;
    for (const PixelSums& p : pixels) {
        const Vec3d straight = mean_of(p.straight, p.kept),
                    first = straight + mean_of(p.before, p.kept_before),
                    second = straight + mean_of(p.sum - p.before, p.kept - p.kept_before);
        for (int c = 0; c < 3; ++c) {
            const double d = 0.5 * (display(first[c]) - display(second[c]));
            square += d * d;
        }
    }
    return std::sqrt(square / (3.0 * double(pixels.size())));
}

RenderStats Renderer::region(int row0, int row1, int column0, int column1, const Target& target) const {
    const FlushToZero mode;
    RenderStats stats;
    const int columns = column1 - column0;
    const bool adaptive = settings.target_error > 0;
    std::vector<PixelSums> pixels(adaptive ? size_t(row1 - row0) * size_t(columns) : 1);
    const auto sums_of = [&](int row, int column) -> PixelSums& {
        return pixels[adaptive ? size_t(row - row0) * size_t(columns) + size_t(column - column0) : 0];
    };
    int done = 0,
        wanted = adaptive ? std::min(std::max(1, settings.min_spp / 2), settings.spp) : settings.spp;
    const auto store = [&](int row, int column) {
        const PixelSums& p = sums_of(row, column);
        const auto write = [&](const ImageView<float>& view, Vec3d value) {
            if (view.data == nullptr) return;
            for (int c = 0; c < 3; ++c) view.pixel(row, column)[c] = float(value[c]);
        };
        const Vec3d mean = mean_of(p.sum, p.kept);
        write(target.radiance, mean);
        for (size_t k = 0; k < kLayers; ++k) write(target.layers[k], mean_of(p.layers[k], p.kept));
        if (with_guides) {
            write(target.first_half, mean_of(p.before, p.kept_before));
            write(target.second_half, mean_of(p.sum - p.before, p.kept - p.kept_before));
            write(target.straight, mean_of(p.straight, p.kept));
            write(target.albedo, mean_of(p.albedo, p.kept));
            write(target.film, mean_of(p.film, p.kept));
            write(target.shape, mean_of(p.normal, p.kept));
            target.shape.pixel(row, column)[3] = float(p.share / std::max(1, p.kept));
        }
        const Vec3d spread = mean_of(p.square, p.kept) - mean * mean;
        write(
            target.variance,
            mean_of({std::max(0.0, spread.x), std::max(0.0, spread.y), std::max(0.0, spread.z)}, p.kept - 1));
    };
    if (!adaptive) {
        for (int row = row0; row < row1; ++row)
            for (int column = column0; column < column1; ++column) {
                pixels[0] = {};
                if (with_guides) {
                    sample(row, column, 0, settings.spp / 2, pixels[0], stats);
                    pixels[0].before = pixels[0].sum;
                    pixels[0].kept_before = pixels[0].kept;
                }
                sample(row, column, with_guides ? settings.spp / 2 : 0, settings.spp, pixels[0], stats);
                store(row, column);
            }
        return stats;
    }
    for (;;) {
        for (int row = row0; row < row1; ++row)
            for (int column = column0; column < column1; ++column) {
                PixelSums& p = sums_of(row, column);
                p.before = p.sum;
                p.kept_before = p.kept;
                sample(row, column, done, wanted, p, stats);
            }
        const bool halves = done > 0;
        done = wanted;
        if (done >= settings.spp || (halves && tile_error(pixels) < settings.target_error)) break;
        wanted = done > settings.spp / 2 ? settings.spp : 2 * done;
    }
    for (int row = row0; row < row1; ++row)
        for (int column = column0; column < column1; ++column) store(row, column);
    return stats;
}

}  // namespace

void RenderSettings::validate() const {
    RenderSettings copy = *this;
    CheckSettings check;
    copy.visit(check);
    if (denoise && spp < 2)
        throw Error(ErrorKind::BadData, "the filter compares two halves of the samples")
            .where("render.denoise")
            .got("spp = " + std::to_string(spp))
            .expected("spp >= 2");
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
    if (settings.denoise)
        throw Error(ErrorKind::BadData, "the filter needs the whole picture").where("render.denoise");
    const Renderer renderer(scene, camera, settings, seed, {});
    Target target;
    target.radiance = radiance;
    if (!(settings.target_error > 0)) return renderer.region(row0, row1, column0, column1, target);
    const auto whole = [](int begin, int end, int size) {
        return begin % kTile == 0 && (end % kTile == 0 || end == size);
    };
    if (!whole(row0, row1, camera.height_px) || !whole(column0, column1, camera.width_px))
        throw Error(ErrorKind::BadData, "adaptive sampling ends whole tiles")
            .where("rows " + std::to_string(row0) + ".." + std::to_string(row1) + ", columns " +
                   std::to_string(column0) + ".." + std::to_string(column1))
            .expected("multiples of " + std::to_string(kTile));
    RenderStats stats;
    for (int row = row0; row < row1; row += kTile)
        for (int column = column0; column < column1; column += kTile)
            stats += renderer.region(row, std::min(row + kTile, row1), column,
                                     std::min(column + kTile, column1), target);
    return stats;
}

RenderOutput render(const Scene& scene, const optics::Camera& camera, const RenderSettings& settings,
                    uint64_t seed, const RenderExtras& extras) {
    camera.validate();
    settings.validate();
    if (settings.denoise && (extras.layers || extras.variance))
        throw Error(ErrorKind::Usage, "layers and variance are those of unfiltered light")
            .where("render.denoise")
            .hint("turn render.denoise off, or ask for neither");
    const Renderer renderer(scene, camera, settings, seed, extras);
    RenderOutput output;
    Target target;
    const auto make = [&](Image& image, ImageView<float>& view, int channels = 3) {
        image = Image(camera.height_px, camera.width_px, channels, PixelType::F32, ColorSpace::Linear);
        view = image.view<float>();
    };
    make(output.radiance, target.radiance);
    if (extras.layers) {
        make(output.transmitted, target.layers[Transmitted]);
        make(output.reflected, target.layers[Reflected]);
        make(output.diffuse, target.layers[Scattered]);
        make(output.rest, target.layers[Rest]);
    }
    if (extras.variance) make(output.variance, target.variance);
    Image first_half, second_half, straight;
    filter::GuideImages guides;
    if (settings.denoise) {
        make(first_half, target.first_half);
        make(second_half, target.second_half);
        make(straight, target.straight);
        make(guides.albedo, target.albedo);
        make(guides.film, target.film);
        make(guides.shape, target.shape, 4);
    }
    const int tiles_x = (camera.width_px + kTile - 1) / kTile,
              tiles_y = (camera.height_px + kTile - 1) / kTile;
    std::vector<RenderStats> stats(size_t(tiles_x) * size_t(tiles_y));
    parallel_for(int64_t(stats.size()), 1, [&](int64_t begin, int64_t end) {
        for (int64_t t = begin; t < end; ++t) {
            const int row = int(t / tiles_x) * kTile, column = int(t % tiles_x) * kTile;
            stats[size_t(t)] = renderer.region(row, std::min(row + kTile, camera.height_px), column,
                                               std::min(column + kTile, camera.width_px), target);
        }
    });
    for (const RenderStats& s : stats) output.stats += s;
    if (settings.denoise) {
        output.radiance = filter::filter_illumination(first_half, second_half, guides);
        const auto to = output.radiance.values<float>();
        const auto from = std::as_const(straight).values<float>();
        for (size_t k = 0; k < to.size(); ++k) to[k] += from[k];
    }
    return output;
}

}  // namespace radforge::path
