// SPDX-License-Identifier: Apache-2.0
/// Tiles, pixels and samples; the light along one ray is path_tracer.cpp's.
///
/// Adaptive sampling knows a pixel's error by its two half buffers: the samples before and those after the
/// last doubling, each a net of the sequence by itself (even and odd samples of a Sobol sequence are not:
/// they fall into different halves of the square).
#include "render/path/integrator.h"

#include "render/filter/guided.h"
#include "render/path/adaptive.h"
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
/// No pixel gets more than this times the mean.
constexpr int kMostShare = 4;
/// Camera rays that tell how an outline crosses a pixel.
constexpr int kOutlineRays = 32;
/// Display values at which errors no longer count: highlights two stops above white.
constexpr double kMostDisplay = 1.9;

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
    int taken = 0, kept = 0, kept_before = 0;
    // With guides `sum` leaves `straight` out.
    Vec3d straight, albedo, film, normal;
    double share = 0;

    void add(const Guides& g) {
        straight += to_double(g.straight);
        albedo += to_double(g.albedo);
        film += to_double(g.film);
        normal += to_double(g.normal);
        share += double(g.share);
    }
};

Vec3d mean_of(Vec3d sum, int count) { return count > 0 ? sum * (1.0 / count) : Vec3d{}; }

/// Where a render writes; views without data are left out.
struct Target {
    ImageView<float> radiance{};
    std::array<ImageView<float>, kLayers> layers{};
    ImageView<float> variance{}, samples{};
    ImageView<float> first_half{}, second_half{}, straight{}, albedo{}, film{}, shape{};
};

void put(const ImageView<float>& view, int row, int column, Vec3d value) {
    if (view.data == nullptr) return;
    for (int c = 0; c < 3; ++c) view.pixel(row, column)[c] = float(value[c]);
}

struct Renderer {
    Renderer(const Scene& s, const optics::Camera& c, const RenderSettings& r, uint64_t seed_value,
             const RenderExtras& extras)
        : camera(c),
          settings(r),
          seed(seed_value),
          tracer(s.data(), r),
          filter(r.filter, float(r.filter_radius_px)),
          sequence(r.sampler == "sobol" ? SampleSequence::Sobol : SampleSequence::Random),
          points(uint32_t(std::max<int64_t>(r.adaptive ? most_samples() : r.spp, kOutlineRays))),
          with_layers(extras.layers),
          with_guides(r.denoise) {}

    uint32_t number_of(int row, int column) const { return uint32_t(row * camera.width_px + column); }
    /// The ray of a pixel's sample.
    void leave_camera(const PixelRays& rays, uint32_t pixel, int sample, CameraRay& ray) const;
    /// Takes samples [first, last); notes the sums before `half`.
    void sample(int row, int column, int first, int half, int last, PixelSums& sums,
                RenderStats& stats) const;
    RenderStats region(int row0, int row1, int column0, int column1, const Target& target) const;
    RenderStats adaptive(const Target& target) const;
    /// Brings a pixel to `wanted` samples, the second half of them by itself.
    void extend(int row, int column, int wanted, PixelSums& sums, RenderStats& stats) const;
    void store(int row, int column, const PixelSums& sums, const Target& target) const;
    void store_guides(int row, int column, const PixelSums& sums, const Target& target) const;
    /// Guides of pixels that an outline crosses, from more rays than their light has.
    RenderStats refine_outlines(const Target& target) const;
    int64_t most_samples() const { return std::min(kMostShare * int64_t(settings.spp), int64_t(1) << 30); }
    template <class Body>
    RenderStats over_tiles(Body body) const;

    const optics::Camera& camera;
    const RenderSettings& settings;
    uint64_t seed;
    PathTracer tracer;
    PixelFilter filter;
    SampleSequence sequence;
    SobolTable points;
    bool with_layers, with_guides;
};

void Renderer::sample(int row, int column, int first, int half, int last, PixelSums& sums,
                      RenderStats& stats) const {
    const PixelRays pixel_rays(camera, row, column);
    const uint32_t pixel = number_of(row, column);
    Traced traced;
    CameraRays rays;
    constexpr int kMost = RayPacket::kMost;
    for (int s = first; s < last; ++s) {
        const int at = (s - first) % kMost;
        if (at == 0) {
            const int count = std::min(kMost, last - s);
            for (int k = 0; k < count; ++k) leave_camera(pixel_rays, pixel, s + k, rays[size_t(k)]);
            tracer.meet(rays, count, traced);
        }
        if (s == half) {
            sums.before = sums.sum;
            sums.kept_before = sums.kept;
        }
        CameraRay& ray = rays[size_t(at)];
        const Vec3d seen = mean_of(sums.sum + sums.straight, sums.kept);
        ray.brightness = luminance(float(seen.x), float(seen.y), float(seen.z));
        LayerSums layers;
        Guides guides;
        const Vec3f value = with_guides ? tracer.trace(ray, traced, guides)
                                        : tracer.trace(ray, traced, with_layers ? &layers : nullptr);
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
        if (with_guides) sums.add(guides);
        ++sums.kept;
    }
    stats.rays += traced.rays;
}

void Renderer::extend(int row, int column, int wanted, PixelSums& p, RenderStats& stats) const {
    if (p.taken == wanted) return;
    sample(row, column, p.taken, wanted / 2, wanted, p, stats);
    p.taken = wanted;
}

void Renderer::leave_camera(const PixelRays& rays, uint32_t pixel, int sample, CameraRay& ray) const {
    const auto number = uint32_t(sample);
    ray.sampler = Sampler(sequence, seed, pixel, number, points.row(number));
    const Vec2f u = ray.sampler.point(0);
    const float time = unit_float(ray.sampler.extra_bits(0).x);
    rays.at({filter(u.x), filter(u.y)}, ray.sampler.point(1), time, ray.origin, ray.direction);
    ray.time_s = rays.time_s(time);
    ray.spread_rad = rays.spread_rad;
}

void Renderer::store_guides(int row, int column, const PixelSums& p, const Target& target) const {
    put(target.straight, row, column, mean_of(p.straight, p.kept));
    put(target.albedo, row, column, mean_of(p.albedo, p.kept));
    put(target.film, row, column, mean_of(p.film, p.kept));
    put(target.shape, row, column, mean_of(p.normal, p.kept));
    target.shape.pixel(row, column)[3] = float(p.share / std::max(1, p.kept));
}

void Renderer::store(int row, int column, const PixelSums& p, const Target& target) const {
    const auto write = [&](const ImageView<float>& view, Vec3d value) { put(view, row, column, value); };
    const Vec3d mean = mean_of(p.sum, p.kept);
    write(target.radiance, mean);
    for (size_t k = 0; k < kLayers; ++k) write(target.layers[k], mean_of(p.layers[k], p.kept));
    if (with_guides) {
        write(target.first_half, mean_of(p.before, p.kept_before));
        write(target.second_half, mean_of(p.sum - p.before, p.kept - p.kept_before));
        store_guides(row, column, p, target);
    }
    const Vec3d spread = mean_of(p.square, p.kept) - mean * mean;
    write(target.variance,
          mean_of({std::max(0.0, spread.x), std::max(0.0, spread.y), std::max(0.0, spread.z)}, p.kept - 1));
    if (target.samples.data != nullptr) *target.samples.pixel(row, column) = float(p.kept);
}

RenderStats Renderer::region(int row0, int row1, int column0, int column1, const Target& target) const {
    const FlushToZero mode;
    RenderStats stats;
    for (int row = row0; row < row1; ++row)
        for (int column = column0; column < column1; ++column) {
            PixelSums sums;
            extend(row, column, settings.spp, sums, stats);
            store(row, column, sums, target);
        }
    return stats;
}

/// Whether two neighbouring pixels see, at least in part, different surfaces.
bool is_outline(const Target& t, int row, int column, int other_row, int other_column) {
    constexpr float kShare = 0.02f, kTurn = 0.3f, kStraight = 0.5f;
    const float *a = t.shape.pixel(row, column), *b = t.shape.pixel(other_row, other_column);
    if (std::abs(a[3] - b[3]) > kShare) return true;
    float turn = 0;
    for (int k = 0; k < 3; ++k) turn += (a[k] - b[k]) * (a[k] - b[k]);
    if (turn > kTurn * kTurn) return true;
    if (a[3] > 0) return false;
    const float *x = t.straight.pixel(row, column), *y = t.straight.pixel(other_row, other_column);
    const float p = luminance(x[0], x[1], x[2]), q = luminance(y[0], y[1], y[2]);
    return std::abs(p - q) > kStraight * std::max(p, q);
}

RenderStats Renderer::refine_outlines(const Target& target) const {
    const int height = camera.height_px, width = camera.width_px;
    std::vector<uint8_t> is_mixed(size_t(height) * size_t(width));
    const auto at = [&](int row, int column) -> uint8_t& {
        return is_mixed[size_t(row) * size_t(width) + size_t(column)];
    };
    for (int row = 0; row < height; ++row)
        for (int column = 0; column < width; ++column) {
            if (column + 1 < width && is_outline(target, row, column, row, column + 1))
                at(row, column) = at(row, column + 1) = 1;
            if (row + 1 < height && is_outline(target, row, column, row + 1, column))
                at(row, column) = at(row + 1, column) = 1;
        }
    return over_tiles([&](int row0, int row1, int column0, int column1) {
        const FlushToZero mode;
        Traced traced;
        for (int row = row0; row < row1; ++row)
            for (int column = column0; column < column1; ++column) {
                if (!at(row, column)) continue;
                const PixelRays rays(camera, row, column);
                PixelSums sums;
                for (; sums.kept < kOutlineRays; ++sums.kept) {
                    CameraRay ray;
                    leave_camera(rays, number_of(row, column), sums.kept, ray);
                    sums.add(tracer.straight_guides(ray, traced));
                }
                store_guides(row, column, sums, target);
            }
        RenderStats stats;
        stats.rays = traced.rays;
        return stats;
    });
}

/// @param body  (first row, last row, first column, last column; beyond the last) -> RenderStats
template <class Body>
RenderStats Renderer::over_tiles(Body body) const {
    const int tiles_x = (camera.width_px + kTile - 1) / kTile,
              tiles_y = (camera.height_px + kTile - 1) / kTile;
    std::vector<RenderStats> stats(size_t(tiles_x) * size_t(tiles_y));
    parallel_for(int64_t(stats.size()), 1, [&](int64_t begin, int64_t end) {
        for (int64_t t = begin; t < end; ++t) {
            const int row = int(t / tiles_x) * kTile, column = int(t % tiles_x) * kTile;
            stats[size_t(t)] = body(row, std::min(row + kTile, camera.height_px), column,
                                    std::min(column + kTile, camera.width_px));
        }
    });
    RenderStats all;
    for (const RenderStats& s : stats) all += s;
    return all;
}

/// What a photo would show, 1 for white: mid grey, 18 %, is the mean logarithm over the picture.
class DisplayScale {
public:
    explicit DisplayScale(const std::vector<PixelSums>& pixels) {
        double logs = 0;
        int64_t count = 0;
        for (const PixelSums& p : pixels) {
            const Vec3d v = mean_of(p.sum + p.straight, p.kept);
            const auto y = double(luminance(float(v.x), float(v.y), float(v.z)));
            if (y > 0) logs += std::log(y), ++count;
        }
        if (count > 0) white_ = std::exp(logs / double(count)) / 0.18;
    }
    /// Square of half the difference of the two half buffers.
    float square_error(const PixelSums& p) const {
        const Vec3d straight = mean_of(p.straight, p.kept),
                    first = straight + mean_of(p.before, p.kept_before),
                    second = straight + mean_of(p.sum - p.before, p.kept - p.kept_before);
        double square = 0;
        for (int c = 0; c < 3; ++c) {
            const double d = 0.5 * (display(first[c]) - display(second[c]));
            square += d * d / 3;
        }
        return float(square);
    }

private:
    double display(double x) const { return std::min(std::pow(x / white_, 1 / 2.2), kMostDisplay); }
    double white_ = 1;
};

/// The same samples everywhere, then as many more as the error around each pixel asks for.
RenderStats Renderer::adaptive(const Target& target) const {
    const int height = camera.height_px, width = camera.width_px;
    std::vector<PixelSums> pixels(size_t(height) * size_t(width));
    const auto at = [&](int row, int column) { return size_t(row) * size_t(width) + size_t(column); };
    const int least = std::min(settings.min_spp, settings.spp);
    std::vector<uint8_t> doublings(pixels.size());
    const auto extend_all = [&] {
        return over_tiles([&](int row0, int row1, int column0, int column1) {
            const FlushToZero mode;
            RenderStats stats;
            for (int row = row0; row < row1; ++row)
                for (int column = column0; column < column1; ++column) {
                    const size_t k = at(row, column);
                    extend(row, column, least << doublings[k], pixels[k], stats);
                }
            return stats;
        });
    };
    RenderStats stats = extend_all();
    if (pixels.size() > 1) {
        const DisplayScale scale(pixels);
        Image square(height, width, 1, PixelType::F32, ColorSpace::Data);
        const auto measure = [&] {  // @return mean
            const auto values = square.values<float>();
            double sum = 0;
            for (size_t k = 0; k < pixels.size(); ++k)
                sum += double(values[k] = scale.square_error(pixels[k]));
            return sum / double(pixels.size());
        };
        const double aim = settings.target_error * settings.target_error;
        double reached = measure(), budget = least;
        const Image around = mean_of_neighbours(square);
        while (budget < settings.spp && !(reached < aim)) {
            budget = aim > 0 ? std::min(2 * budget, double(settings.spp)) : settings.spp;
            doublings = share_out(around, least, budget, int(most_samples()));
            stats += extend_all();
            if (aim > 0) reached = measure();
        }
    }
    for (int row = 0; row < height; ++row)
        for (int column = 0; column < width; ++column) store(row, column, pixels[at(row, column)], target);
    return stats;
}

}  // namespace

void RenderSettings::validate(const RenderExtras& extras) const {
    RenderSettings copy = *this;
    CheckSettings check;
    copy.visit(check);
    if (denoise && spp < 2)
        throw Error(ErrorKind::BadData, "the filter compares two halves of the samples")
            .where("render.denoise")
            .got("spp = " + std::to_string(spp))
            .expected("spp >= 2");
    if (denoise && (extras.layers || extras.variance))
        throw Error(ErrorKind::Usage, "layers and variance are those of unfiltered light")
            .where("render.denoise")
            .hint("turn render.denoise off, or ask for neither");
    if (target_error > 0 && !adaptive)
        throw Error(ErrorKind::BadData, "samples that are the same for all pixels do not end by themselves")
            .where("render.target_error")
            .hint("turn render.adaptive on");
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
    if (settings.denoise || settings.adaptive)
        throw Error(ErrorKind::BadData, "a region does not tell what the whole picture needs")
            .where(settings.denoise ? "render.denoise" : "render.adaptive");
    Target target;
    target.radiance = radiance;
    return Renderer(scene, camera, settings, seed, {}).region(row0, row1, column0, column1, target);
}

RenderOutput render(const Scene& scene, const optics::Camera& camera, const RenderSettings& settings,
                    uint64_t seed, const RenderExtras& extras) {
    camera.validate();
    settings.validate(extras);
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
    if (extras.samples) make(output.samples, target.samples, 1);
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
    output.stats = settings.adaptive ? renderer.adaptive(target)
                                     : renderer.over_tiles([&](int row0, int row1, int column0, int column1) {
                                           return renderer.region(row0, row1, column0, column1, target);
                                       });
    if (settings.denoise) {
        if (settings.spp < kOutlineRays) output.stats += renderer.refine_outlines(target);
        output.radiance = filter::filter_illumination(first_half, second_half, guides);
        const auto to = output.radiance.values<float>();
        const auto from = std::as_const(straight).values<float>();
        for (size_t k = 0; k < to.size(); ++k) to[k] += from[k];
    }
    return output;
}

}  // namespace radforge::path
