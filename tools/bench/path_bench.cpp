// SPDX-License-Identifier: Apache-2.0
/// Speed of the path tracer on the film scene, beside a bare loop over the same geometry: film passed
/// straight with probability 0.7, mirrored with 0.1, scattered with 0.2, Lambert ground, a shadow ray at each
/// scattering event, no textures, no environment. CPU seconds of the calling thread, best of several
/// interleaved runs.
///
///     path_bench [ENVIRONMENT.hdr] [samples per pixel = 8] [runs = 5]
#include "render/path/integrator.h"
#include "render/path/maps.h"
#include "render/path/sampler.h"
#include "render/path/sampling.h"
#include "render/path/scene_data.h"
#include "render/picture/image_io.h"
#include "synth/base/cpu_clock.h"
#include "synth/base/parallel.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>

namespace radforge::path {
namespace {

constexpr int kWidth = 448, kHeight = 448;

Mesh bent_film() {
    constexpr int n = 64;
    std::vector<Vec3f> p;
    for (int j = 0; j <= n; ++j)
        for (int i = 0; i <= n; ++i) {
            const double s = (double(i) / n - 0.5) * 0.43, t = (double(j) / n - 0.5) * 0.35, radius = 0.22;
            const double a = 0.9 * s + 0.43 * t, b = -0.43 * s + 0.9 * t;
            p.push_back({float(radius * std::sin(a / radius)),
                         float(0.03 + radius * (1 - std::cos(a / radius))), float(b)});
        }
    return grid_mesh(n + 1, n + 1, std::move(p));
}

Mesh ground() {
    Mesh m;
    m.positions_m = {{-3, 0, -3}, {3, 0, -3}, {3, 0, 3}, {-3, 0, 3}};
    m.uv = {{0, 0}, {6, 0}, {6, 6}, {0, 6}};
    m.faces = {{0, 2, 1}, {0, 3, 2}};
    return m;
}

/// Slices of stripes and blobs between D 0.2 and 3 at the working resolution.
Image film_texture() {
    Image image(2048, 2516, 3, PixelType::F32, ColorSpace::Linear);
    const ImageView<float> v = image.view<float>();
    for (int i = 0; i < image.height_px; ++i)
        for (int j = 0; j < image.width_px; ++j) {
            const double x = j % 500 / 250.0 - 1, y = i % 400 / 200.0 - 1;
            const double density = x * x + y * y < 0.7 ? 1.2 + 0.9 * std::sin(9 * x) * std::cos(7 * y) : 3.0;
            for (int c = 0; c < 3; ++c) v(i, j, c) = float(std::pow(10, -density - 0.05 * (2 - c)));
        }
    return image;
}

Environment environment(const char* file) {
    if (file != nullptr) return {std::make_shared<EnvironmentMap>(picture::read_hdr(file)), 0.4, 1};
    Image sky(512, 1024, 3, PixelType::F32, ColorSpace::Linear);
    for (int i = 0; i < 512; ++i)
        for (int j = 0; j < 1024; ++j)
            for (int c = 0; c < 3; ++c)
                sky.view<float>()(i, j, c) = i > 100 && i < 220 && j > 400 && j < 520
                                                 ? 12.0f
                                                 : 0.4f + 0.1f * unit_float(mix_bits(uint32_t(i * 1024 + j)));
    return {std::make_shared<EnvironmentMap>(sky), 0.4, 1};
}

optics::Camera camera() {
    optics::Camera c;
    c.width_px = kWidth;
    c.height_px = kHeight;
    c.fx_px = c.fy_px = 0.5 * kHeight / 0.3839;
    c.cx_px = 0.5 * kWidth;
    c.cy_px = 0.5 * kHeight;
    const Vec3d from{0.10, 0.47, 0.30}, z = normalized(Vec3d{0, 0.05, 0} - from);
    const Vec3d x = normalized(cross(z, Vec3d{0, 1, 0})), y = cross(z, x);
    c.pose.rotation = {{{x.x, y.x, z.x}, {x.y, y.y, z.y}, {x.z, y.z, z.z}}};
    c.pose.translation_m = from;
    return c;
}

/// The bare loop. @return rays traced
uint64_t bare_loop(const SceneData& scene, const optics::Camera& c, int spp) {
    const FlushToZero mode;
    uint64_t rays = 0;
    volatile float sink = 0;
    for (int pixel = 0; pixel < kWidth * kHeight; ++pixel) {
        const optics::Ray centre = c.ray({pixel % kWidth + 0.5, pixel / kWidth + 0.5});
        for (int s = 0; s < spp; ++s) {
            const Sampler sampler(SampleSequence::Random, 1, uint32_t(pixel), uint32_t(s));
            Vec3f o = to_float(centre.origin_m), d = to_float(centre.direction);
            for (uint32_t depth = 0; depth < 8; ++depth) {
                Hit hit;
                ++rays;
                if (!scene.intersect(o, d, hit)) break;
                const bool film = scene.is_film(hit.geometry);
                const MeshData& mesh =
                    film ? scene.films[hit.geometry].surface : scene.object(hit.geometry).surface;
                Vec3f n = mesh.geometric_normal(hit);
                if (dot(n, d) > 0) n = -n;
                const Vec3f at = o + d * hit.distance_m;
                const Vec2f u = sampler.point(2 * depth), v = sampler.point(2 * depth + 1);
                if (film && u.x < 0.7f) {
                    o = at + d * 1e-4f;
                    continue;
                }
                if (film && u.x < 0.8f) {
                    d = d - n * (2 * dot(d, n));
                    o = at + n * 1e-4f;
                    continue;
                }
                if (film && v.y < 0.5f) n = -n;
                o = at + n * 1e-4f;
                const Vec3f to_light = normalized(Vec3f{0.3f + 0.5f * u.y, 0.8f, 0.2f + 0.5f * v.x});
                if (dot(to_light, n) > 0) {
                    ++rays;
                    sink =
                        sink + scene.visibility(o, to_light, std::numeric_limits<float>::infinity(), 0, 0).x;
                }
                d = Frame(n).to_world(sample_cosine(v));
            }
        }
    }
    return rays;
}

int run(int argc, char** argv) {
    const int spp = argc > 2 ? std::atoi(argv[2]) : 8, runs = argc > 3 ? std::atoi(argv[3]) : 5;
    const Device device;
    SceneDescription d;
    d.environment = environment(argc > 1 ? argv[1] : nullptr);
    FilmMaterial film;
    film.transmittance = film_texture();
    film.roughness_front = film.roughness_back = 0.03;
    film.orange_peel = {0.01, 0.004, 1};
    d.films.push_back({bent_film(), film});
    OpaqueObject desk{"ground", ground(), {}, false};
    desk.material.albedo = {0.5f, 0.4f, 0.3f};
    d.objects.push_back(desk);
    double start = thread_cpu_s();
    const Scene scene(device, d);
    std::printf("scene build            %8.1f ms\n", 1e3 * (thread_cpu_s() - start));
    // The bare loop's shadow rays stop at the first hit: its film is opaque to them.
    d.films[0].material.transmittance = Image(1, 1, 3, PixelType::F32, ColorSpace::Linear);
    const Scene opaque(device, d);
    const optics::Camera c = camera();
    RenderSettings settings;
    settings.spp = spp;
    const ThreadLimit limit(1);
    double full = 1e30, bare = 1e30, maps = 1e30;
    RenderStats stats;
    uint64_t bare_rays = 0;
    Image image(kHeight, kWidth, 3, PixelType::F32, ColorSpace::Linear);
    for (int r = 0; r < runs; ++r) {
        start = thread_cpu_s();
        stats = render_region(scene, c, settings, 7, 0, kHeight, 0, kWidth, image.view<float>());
        full = std::min(full, thread_cpu_s() - start);
        start = thread_cpu_s();
        bare_rays = bare_loop(opaque.data(), c, spp);
        bare = std::min(bare, thread_cpu_s() - start);
        start = thread_cpu_s();
        render_maps(scene, c);
        maps = std::min(maps, thread_cpu_s() - start);
    }
    const double paths = double(stats.paths) / full * 1e-6, loop = double(stats.paths) / bare * 1e-6;
    std::printf("paths                  %8.3f M per core-second, %.2f rays each, %.1f M rays\n", paths,
                double(stats.rays) / double(stats.paths), double(stats.rays) / full * 1e-6);
    std::printf("bare loop              %8.3f M per core-second, %.2f rays each, %.1f M rays\n", loop,
                double(bare_rays) / double(stats.paths), double(bare_rays) / bare * 1e-6);
    std::printf("ratio                  %8.3f by paths, %.3f by rays\n", paths / loop,
                double(stats.rays) / full / (double(bare_rays) / bare));
    std::printf("ground-truth maps      %8.1f ms (%d x %d)\n", 1e3 * maps, kWidth, kHeight);
    return stats.dropped_paths == 0 ? 0 : 1;
}

}  // namespace
}  // namespace radforge::path

int main(int argc, char** argv) { return radforge::path::run(argc, argv); }
