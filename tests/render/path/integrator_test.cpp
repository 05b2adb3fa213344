// SPDX-License-Identifier: Apache-2.0
#include "render/path/integrator.h"

#include "render/path/path_tracer.h"
#include "render/path/slab.h"
#include "render/picture/image_io.h"
#include "synth/base/error.h"
#include "synth/base/parallel.h"
#include "tests/render/path/scenes.h"
#include "tests/render/path/statistics.h"

#include <gtest/gtest.h>

#include <cstring>

namespace radforge::path {
namespace {

RenderSettings samples(int spp) {
    RenderSettings s;
    s.spp = spp;
    return s;
}

/// Mean of a channel over all pixels; every pixel is an independent estimate.
MeanError pixel_mean(const Image& image, int channel = 1) {
    std::vector<double> x;
    for (size_t k = size_t(channel); k < image.value_count(); k += 3)
        x.push_back(double(image.values<float>()[k]));
    return mean_error(x);
}

TEST(Integrator, WhiteFurnaceShowsNothing) {
    const Device device;
    for (const double tilt : {0.0, 0.7, 1.2}) {
        SceneDescription d;
        d.environment = constant_environment(1);
        d.films.push_back({rectangle({-1, 0, -1}, {2, 0, 0}, {0, 0, 2}), plain_film(0)});
        d.films[0].material.roughness_front = 0.05;
        const Scene scene(device, d);
        const optics::Camera camera =
            look_at({0, std::cos(tilt), std::sin(tilt)}, {0, 0, 0}, 16, 16, 80, {1, 0, 0});
        const RenderOutput out = render(scene, camera, samples(256), 1);
        EXPECT_EQ(out.stats.dropped_paths, 0u);
        const MeanError m = pixel_mean(out.radiance);
        EXPECT_NEAR(m.mean, 1, 3 * m.error + 0.01) << tilt;
    }
}

TEST(Integrator, FurnaceNeverShinesBrighterThanItsWalls) {
    const Device device;
    uint64_t seed = 0;
    for (const double rough : {0.02, 0.15, 0.4})
        for (const double density : {0.0, 0.3})
            for (const double haze : {0.0, 0.1}) {
                SceneDescription d;
                d.environment = constant_environment(1);
                d.films.push_back({bent_film(0.12, 0.5), plain_film(density)});
                d.films[0].material.roughness_back = rough;
                d.films[0].material.haze = haze;
                d.films[0].material.callier_q = 1.3;
                d.objects.push_back(plate(rectangle({-0.5, -0.05, -0.5}, {1, 0, 0}, {0, 0, 1}), {1, 1, 1}));
                d.objects[0].material.coat = {1.5, 0.1};
                const Scene scene(device, d);
                const RenderOutput out =
                    render(scene, look_at({0.1, 0.5, 0.4}, {0, 0, 0}, 24, 24, 30), samples(64), ++seed);
                const MeanError m = pixel_mean(out.radiance);
                EXPECT_LE(m.mean, 1 + 3 * m.error) << rough << " " << density << " " << haze;
                EXPECT_GT(m.mean, 0.5);
            }
}

TEST(Integrator, LightBoxThroughElevenDensitiesGivesTheirTransmittance) {
    const Device device;
    for (const double q : {1.0, 1.3})
        for (int step = 0; step < 11; ++step) {
            const double density = 0.06 + (3.0 - 0.06) * step / 10;
            SceneDescription d;
            PanelLight panel;
            panel.corner_m = {-1, -1, -0.01};
            panel.edge_u_m = {2, 0, 0};
            panel.edge_v_m = {0, 2, 0};
            panel.radiance = {5, 5, 5};
            d.panels.push_back(panel);
            d.films.push_back({rectangle({-0.2, 0.2, 0}, {0.4, 0, 0}, {0, -0.4, 0}), plain_film(density)});
            d.films[0].material.callier_q = q;
            const Scene scene(device, d);
            const RenderOutput out =
                render(scene, look_at({0, 0, 1}, {0, 0, 0}, 16, 16, 400), samples(q > 1 ? 512 : 128), 5);
            const MeanError m = pixel_mean(out.radiance);
            const double ratio = m.mean / 5 / std::pow(10, -density);
            EXPECT_NEAR(ratio, 1, 0.005 + 3 * m.error / m.mean) << "density " << density << " Q " << q;
        }
}

TEST(Integrator, StackedFilmsInterreflect) {
    const Device device;
    const double d1 = 0.1, d2 = 0.2;
    SceneDescription d;
    PanelLight panel;
    panel.corner_m = {-2, -2, -0.02};
    panel.edge_u_m = {4, 0, 0};
    panel.edge_v_m = {0, 4, 0};
    d.panels.push_back(panel);
    d.films.push_back({rectangle({-1, 1, 0}, {2, 0, 0}, {0, -2, 0}), plain_film(d1)});
    d.films.push_back({rectangle({-1, 1, 0.003}, {2, 0, 0}, {0, -2, 0}), plain_film(d2)});
    for (FilmObject& f : d.films) f.material.roughness_front = f.material.roughness_back = 0.005;
    const Scene scene(device, d);
    const MeanError m =
        pixel_mean(render(scene, look_at({0, 0, 1}, {0, 0, 0}, 16, 16, 800), samples(1024), 3).radiance);
    const float f0 = fresnel(1, 1.64f);
    const auto reflectance = [&](double density) {
        return double(f0 + slab(f0, internal_transmittance(float(std::pow(10, -density)), f0)).echo);
    };
    const double expected = std::pow(10, -d1 - d2) / (1 - reflectance(d1) * reflectance(d2));
    EXPECT_NEAR(m.mean / expected, 1, 0.004 + 3 * m.error / expected);
    EXPECT_GT(std::fabs(std::pow(10, -d1 - d2) / expected - 1), 0.007) << "the test can tell";
}

TEST(Integrator, FilmOnADeskShowsItsMirrorImageAndTheDeskThroughItselfTwice) {
    // Under an even sky of radiance 1: R + T rho T_d / (1 - rho R_d), T_d and R_d the film's for light from
    // everywhere.
    const double rho = 0.6, n = 1.64;
    const Device device;
    for (const double density : {0.2, 1.0}) {
        const float f0 = fresnel(1, float(n)), t0 = internal_transmittance(float(std::pow(10, -density)), f0);
        const auto at = [&](double cosine, double& reflected) {
            const float f = fresnel(float(cosine), float(n));
            const double inside = std::sqrt(1 - (1 - cosine * cosine) / (n * n));
            const SlabValue s = slab(f, float(std::pow(double(t0), 1 / inside)));
            reflected = double(f + s.echo);
            return double(s.transmitted);
        };
        double t_diffuse = 0, r_diffuse = 0;
        constexpr int kSteps = 2000;
        for (int k = 0; k < kSteps; ++k) {  // over sin^2
            double r = 0;
            t_diffuse += at(std::sqrt(1 - (k + 0.5) / kSteps), r) / kSteps;
            r_diffuse += r / kSteps;
        }
        SceneDescription d;
        d.environment = constant_environment(1);
        d.films.push_back({rectangle({-4, 0.001, -4}, {8, 0, 0}, {0, 0, 8}), plain_film(density)});
        d.films[0].material.roughness_front = d.films[0].material.roughness_back = 0.003;
        d.objects.push_back(
            plate(rectangle({-4, 0, -4}, {8, 0, 0}, {0, 0, 8}), {float(rho), float(rho), float(rho)}));
        const Scene scene(device, d);
        const double cosine = std::cos(0.7);
        const MeanError m =
            pixel_mean(render(scene, look_at({0, std::cos(0.7), std::sin(0.7)}, {0, 0, 0}, 16, 16, 2000),
                              samples(512), 9)
                           .radiance);
        double reflected = 0;
        const double transmitted = at(cosine, reflected);
        const double expected = reflected + transmitted * rho * t_diffuse / (1 - rho * r_diffuse);
        EXPECT_NEAR(m.mean / expected, 1, 0.005 + 3 * m.error / expected) << density;
        EXPECT_GT(std::fabs(reflected / expected - 1), 0.05) << "the desk shows";
    }
}

struct EnvironmentRow {
    const char* file;
    double e_up;  // of the data folder's table
};
void plate_under(const EnvironmentRow& row, int spp) {
    const Device device;
    SceneDescription d;
    const std::string path = std::string(RADFORGE_SHARED_DIR) + "/data/hdri/" + row.file;
    d.environment = Environment{std::make_shared<EnvironmentMap>(picture::read_hdr(path)), 1.1, 1};
    d.objects.push_back(plate(rectangle({-1, 0, -1}, {2, 0, 0}, {0, 0, 2}), {1, 1, 1}));
    const Scene scene(device, d);
    const RenderOutput out =
        render(scene, look_at({0, 1, 0}, {0, 0, 0}, 16, 16, 100, {0, 0, -1}), samples(spp), 11);
    std::vector<double> x;
    for (size_t k = 0; k < out.radiance.value_count(); k += 3) {
        const float* p = out.radiance.values<float>().data() + k;
        x.push_back(double(luminance(p[0], p[1], p[2])));
    }
    const MeanError m = mean_error(x);
    EXPECT_LT(m.error / m.mean, 0.0017) << row.file;
    EXPECT_NEAR(m.mean / (row.e_up / M_PI), 1, 0.005) << row.file;
    EXPECT_LT(std::fabs(m.mean - row.e_up / M_PI), 3 * m.error + 1e-3 * m.mean) << row.file;
}
TEST(Integrator, LambertPlateUnderRealEnvironments) {
    for (const EnvironmentRow& row :
         {EnvironmentRow{"rooitou_park_1k.hdr", 1.9710}, EnvironmentRow{"studio_small_03_1k.hdr", 13.8975},
          EnvironmentRow{"potsdamer_platz_1k.hdr", 4.2165}})
        plate_under(row, 768);
}
TEST(SlowIntegrator, LambertPlateUnderEveryEnvironment) {
    for (const EnvironmentRow& row :
         {EnvironmentRow{"autoshop_01_1k.hdr", 3.0981}, EnvironmentRow{"brown_photostudio_02_1k.hdr", 3.7296},
          EnvironmentRow{"dikhololo_night_1k.hdr", 0.3379},
          EnvironmentRow{"empty_warehouse_01_1k.hdr", 3.7653}, EnvironmentRow{"lab.hdr", 3.8920},
          EnvironmentRow{"lebombo_1k.hdr", 2.0282}, EnvironmentRow{"potsdamer_platz_1k.hdr", 4.2165},
          EnvironmentRow{"rooitou_park_1k.hdr", 1.9710}, EnvironmentRow{"st_fagans_interior_1k.hdr", 3.2202},
          EnvironmentRow{"studio_small_03_1k.hdr", 13.8975}, EnvironmentRow{"venice_sunset_1k.hdr", 2.2020},
          EnvironmentRow{"vestibule_1k.hdr", 2.1285}})
        plate_under(row, 4096);
}

/// Eight scenes that stress the combination of techniques: glossy and diffuse, film before light, panel and
/// sky.
SceneDescription mixed_scene(int index) {
    SceneDescription d;
    Image sky(32, 64, 3, PixelType::F32, ColorSpace::Linear);
    for (int i = 0; i < 32; ++i)
        for (int j = 0; j < 64; ++j)
            for (int c = 0; c < 3; ++c)
                sky.view<float>()(i, j, c) =
                    (i > 6 && i < 11 && j > 28 && j < 36) ? 30.0f : 0.3f;  // a window
    const bool with_sky = index % 2 == 0 || index == 7, with_panel = index >= 4;
    if (with_sky || !with_panel)
        d.environment = Environment{std::make_shared<EnvironmentMap>(sky), 0.4 * index, 1};
    if (with_panel) {
        PanelLight p;
        p.corner_m = {-0.3, 0.5, -0.5};
        p.edge_u_m = {0.5, 0, 0};
        p.edge_v_m = {0, 0, 0.5};  // x cross z = -y: shines down
        p.radiance = {4, 4, 4};
        p.albedo = {0.5f, 0.5f, 0.5f};
        d.panels.push_back(p);
    }
    FilmMaterial film = plain_film(0.25);
    film.callier_q = index % 3 == 0 ? 1.0 : 1.3;
    film.haze = index % 3 == 0 ? 0 : 0.05;
    film.roughness_front = index < 2 ? 0.03 : 0.15;
    film.roughness_back = index == 3 || index == 6 ? 0.3 : 0.03;
    Mesh mesh = bent_film(0.2, 0.3 * index, 17, 17);
    for (Vec3f& p : mesh.positions_m) p.y += 0.05f;
    d.films.push_back({mesh, film});
    OpaqueObject desk = plate(rectangle({-1, 0, -1}, {2, 0, 0}, {0, 0, 2}), {0.6f, 0.6f, 0.6f});
    if (index % 2 == 1) desk.material.coat = {1.5, 0.1};
    d.objects.push_back(desk);
    return d;
}

TEST(Integrator, LightBsdfAndCombinedSamplingAgree) {
    const Device device;
    for (int index = 0; index < 8; ++index) {
        const Scene scene(device, mixed_scene(index));
        const optics::Camera camera = look_at({0.1, 0.5, 0.6}, {0, 0.04, 0}, 24, 24, 36);
        struct Estimate {
            const char *direct, *heuristic;
            std::vector<double> mean, variance;  // per pixel
            double total_variance = 0;
        } estimates[4] = {{"light", "power", {}, {}},
                          {"bsdf", "power", {}, {}},
                          {"mis", "balance", {}, {}},
                          {"mis", "power", {}, {}}};
        constexpr int kRuns = 8;
        for (Estimate& e : estimates) {
            RenderSettings s = samples(16);
            s.direct_light = e.direct;
            s.heuristic = e.heuristic;
            s.sampler = "random";
            s.max_depth = 4;
            e.mean.assign(24 * 24, 0);
            e.variance.assign(24 * 24, 0);
            for (int run = 0; run < kRuns; ++run) {
                const RenderOutput out = render(scene, camera, s, uint64_t(100 * index + run));
                ASSERT_EQ(out.stats.dropped_paths, 0u);
                for (size_t k = 0; k < e.mean.size(); ++k) {
                    const double v = double(out.radiance.values<float>()[3 * k + 1]);
                    e.mean[k] += v / kRuns;
                    e.variance[k] += v * v / kRuns;
                }
            }
            for (size_t k = 0; k < e.mean.size(); ++k) {
                e.variance[k] = (e.variance[k] - e.mean[k] * e.mean[k]) * kRuns / (kRuns - 1);
                e.total_variance += e.variance[k];
            }
        }
        const auto sum = [](const std::vector<double>& x) {
            double s = 0;
            for (const double v : x) s += v;
            return s;
        };
        const Estimate& power = estimates[3];
        for (const Estimate& e : estimates) {
            const double difference = sum(e.mean) - sum(power.mean);
            const double deviation = std::sqrt((e.total_variance + power.total_variance) / kRuns);
            EXPECT_LE(std::fabs(difference), 3 * deviation + 1e-9)
                << "scene " << index << " " << e.direct << " " << e.heuristic << " "
                << sum(e.mean) / (24 * 24) << " against " << sum(power.mean) / (24 * 24);
        }
        EXPECT_LE(power.total_variance,
                  1.2 * std::min(estimates[0].total_variance, estimates[1].total_variance))
            << "scene " << index;
    }
}

TEST(Integrator, LightIsFoundByEitherTechniqueFromAFilmOnTheLightBox) {
    // So near that where the shadow ray starts makes a difference to where the panel is.
    const Device device;
    for (const double gap_m : {0.0005, 0.003}) {
        SceneDescription d;
        PanelLight panel;
        panel.corner_m = {-0.3, -0.3, -gap_m};
        panel.edge_u_m = {0.6, 0, 0};
        panel.edge_v_m = {0, 0.6, 0};
        panel.radiance = {5, 5, 5};
        panel.albedo = {0.7f, 0.7f, 0.7f};
        d.panels.push_back(panel);
        d.films.push_back({rectangle({-0.2, 0.2, 0}, {0.4, 0, 0}, {0, -0.4, 0}), plain_film(0.3)});
        d.films[0].material.callier_q = 1.3;
        d.films[0].material.haze = 0.03;
        d.films[0].material.roughness_back = 0.2;
        const Scene scene(device, d);
        const optics::Camera camera = look_at({0.1, 0, 1}, {0, 0, 0}, 16, 16, 80);
        RenderSettings s = samples(512);
        const MeanError mis = pixel_mean(render(scene, camera, s, 3).radiance);
        s.direct_light = "bsdf";
        const MeanError bsdf = pixel_mean(render(scene, camera, s, 4).radiance);
        EXPECT_NEAR(mis.mean / bsdf.mean, 1, 0.002 + 3 * std::hypot(mis.error, bsdf.error) / bsdf.mean)
            << gap_m;
    }
}

RenderOutput render_on(int threads, const Scene& scene, const optics::Camera& camera,
                       const RenderSettings& settings, uint64_t seed, const RenderExtras& extras = {}) {
    const ThreadLimit limit(threads);
    return render(scene, camera, settings, seed, extras);
}

TEST(Integrator, BitsDoNotDependOnThreadsOrTileOrder) {
    const Device device;
    const Scene scene(device, mixed_scene(6));
    const optics::Camera camera = look_at({0.1, 0.5, 0.6}, {0, 0.04, 0}, 50, 41, 60);
    const RenderSettings s = samples(4);
    const RenderOutput one = render_on(1, scene, camera, s, 99), two = render_on(2, scene, camera, s, 99);
    EXPECT_EQ(one.radiance.bytes, two.radiance.bytes);
    EXPECT_EQ(one.stats.rays, two.stats.rays);
    Image backwards(41, 50, 3, PixelType::F32, ColorSpace::Linear);
    for (int row = 41; row > 0;) {
        const int begin = std::max(0, row - 7);
        for (int column = 50; column > 0; column -= 10)
            render_region(scene, camera, s, 99, begin, row, column - 10, column, backwards.view<float>());
        row = begin;
    }
    EXPECT_EQ(one.radiance.bytes, backwards.bytes);
    EXPECT_NE(one.radiance.bytes, render(scene, camera, s, 100).radiance.bytes);
    const Scene again(device, mixed_scene(6));
    EXPECT_EQ(one.radiance.bytes, render(again, camera, s, 99).radiance.bytes) << "a scene built again";
}

TEST(Integrator, LayersAddUpToThePicture) {
    const Device device;
    for (const double branching : {0.0, 4.0})
        for (int index = 0; index < 8; ++index) {
            const Scene scene(device, mixed_scene(index));
            const optics::Camera camera = look_at({0.1, 0.5, 0.6}, {0, 0.04, 0}, 40, 40, 60);
            RenderSettings s = samples(8);
            s.branching = branching;
            RenderExtras extras;
            extras.layers = true;
            const RenderOutput out = render(scene, camera, s, 5, extras);
            EXPECT_EQ(out.radiance.bytes, render(scene, camera, s, 5).radiance.bytes);
            const Span<const float> beauty = out.radiance.values<float>();
            double seen[3] = {};
            for (size_t k = 0; k < beauty.size(); ++k) {
                const double t = double(out.transmitted.values<float>()[k]),
                             r = double(out.reflected.values<float>()[k]),
                             d = double(out.diffuse.values<float>()[k]),
                             rest = double(out.rest.values<float>()[k]), b = double(beauty[k]);
                ASSERT_NEAR(t + r + d + rest, b, 1e-4 * b + 1e-12) << index << " at " << k;
                ASSERT_TRUE(rest == 0 || t + r + d == 0 || b > 0);
                seen[0] += t, seen[1] += r, seen[2] += d;
            }
            EXPECT_GT(seen[0], 0) << index;
            EXPECT_GT(seen[1], 0) << index;
            EXPECT_EQ(seen[2] > 0, index % 3 != 0) << index;  // scatter and haze are off in every third
        }
}

/// A clear film under a sky of one half: the mirror image alone must be R times the sky, the straight light T
/// times.
TEST(Integrator, LayersOfAClearFilmAreItsReflectanceAndTransmittance) {
    const Device device;
    SceneDescription d;
    d.environment = constant_environment(1);
    d.films.push_back({rectangle({-1, 1, 0}, {2, 0, 0}, {0, -2, 0}), plain_film(0.3)});
    d.films[0].material.haze = 0.02;
    d.films[0].material.callier_q = 1.3;
    d.films[0].material.roughness_front = d.films[0].material.roughness_back = 0.01;
    const Scene scene(device, d);
    RenderExtras extras;
    extras.layers = true;
    const RenderOutput out =
        render(scene, look_at({0, 0, 1}, {0, 0, 0}, 16, 16, 800), samples(1024), 3, extras);
    const float f0 = fresnel(1, 1.64f);
    const double tau = std::pow(10, -0.3) / (1 - 0.02), t0 = double(internal_transmittance(float(tau), f0)),
                 reflectance = double(f0 + slab(f0, float(t0)).echo),
                 straight = tau * (1 - 2 * 0.02) * std::pow(t0, 0.3);
    const MeanError r = pixel_mean(out.reflected), t = pixel_mean(out.transmitted);
    EXPECT_NEAR(r.mean / reflectance, 1, 0.01 + 3 * r.error / reflectance);
    EXPECT_NEAR(t.mean / straight, 1, 0.003 + 3 * t.error / straight);
    EXPECT_NEAR(pixel_mean(out.diffuse).mean, 1 * (std::pow(10, -0.3) - straight) + 0.02 * t0 * t0 * 0.88,
                0.02);
    EXPECT_EQ(pixel_mean(out.rest).mean, 0);
}

TEST(Integrator, FollowingBothSidesOfTheFirstFilmChangesNoMean) {
    const Device device;
    for (int index = 0; index < 8; ++index) {
        const Scene scene(device, mixed_scene(index));
        const optics::Camera camera = look_at({0.1, 0.5, 0.6}, {0, 0.04, 0}, 24, 24, 36);
        RenderSettings one = samples(64), both = samples(64);
        one.branching = 0;
        both.branching = 3;
        RenderExtras extras;
        extras.variance = true;
        const RenderOutput a = render(scene, camera, one, 3, extras),
                           b = render(scene, camera, both, 4, extras);
        double difference = 0, variance = 0, level = 0;
        for (size_t k = 0; k < a.radiance.value_count(); ++k) {
            difference += double(a.radiance.values<float>()[k] - b.radiance.values<float>()[k]);
            variance += double(a.variance.values<float>()[k] + b.variance.values<float>()[k]);
            level += double(a.radiance.values<float>()[k]);
        }
        EXPECT_LT(std::fabs(difference), 3 * std::sqrt(variance)) << index;
        EXPECT_LT(3 * std::sqrt(variance) / level, 0.02) << "the test can tell";
    }
}

TEST(Integrator, FaintLightIsTracedByChanceAndLosesNothing) {
    // A hazy film over a plate: what the haze brings is little beside the light that passes.
    const Device device;
    SceneDescription d;
    d.environment = constant_environment(1);
    d.films.push_back({rectangle({-1, 0.05, -1}, {2, 0, 0}, {0, 0, 2}), plain_film(0.5)});
    d.films[0].material.haze = 0.02;
    d.objects.push_back(plate(rectangle({-1, 0, -1}, {2, 0, 0}, {0, 0, 2}), {0.5f, 0.5f, 0.5f}));
    const Scene scene(device, d);
    const PathTracer tracer(scene.data(), RenderSettings());
    const auto run = [&](float brightness, uint64_t& rays) {
        std::vector<double> x;
        const FlushToZero mode;
        Traced traced;
        CameraRays rays_at_once;
        for (uint32_t k = 0; k < 20000; ++k) {
            CameraRay& ray = rays_at_once[0];
            ray.sampler = Sampler(SampleSequence::Random, 5, 0, k);
            ray.origin = {0, 1, 0};
            ray.direction = {0, -1, 0};
            ray.spread_rad = 1e-3f;
            ray.brightness = brightness;
            tracer.meet(rays_at_once, 1, traced);
            x.push_back(double(tracer.trace(ray, traced).y));
        }
        rays = traced.rays;
        return mean_error(x);
    };
    uint64_t all = 0, some = 0, few = 0;
    const MeanError a = run(0, all), b = run(float(a.mean), some), c = run(100 * float(a.mean), few);
    EXPECT_NEAR(a.mean, b.mean, 3.5 * std::hypot(a.error, b.error));
    EXPECT_NEAR(a.mean, c.mean, 3.5 * std::hypot(a.error, c.error));
    EXPECT_LT(some, 0.95 * double(all));
    EXPECT_LT(few, 0.8 * double(all));
    EXPECT_LT(b.error, 1.1 * a.error);
}

TEST(Integrator, AnOpaqueSurfaceLooksForLightWhereItBringsSomething) {
    // A plate in a sky of one brightness: half of what is drawn lies behind it, and the cosine varies over
    // the rest. One direction alone would scatter by sqrt(8 / 3 - 1) = 1.29 of the mean without MIS.
    const Device device;
    SceneDescription d;
    d.environment = constant_environment(1);
    d.objects.push_back(plate(rectangle({0, -1, -1}, {0, 2, 0}, {0, 0, 2}), {0.5f, 0.5f, 0.5f}));
    const Scene scene(device, d);
    for (const char* light : {"mis", "light"}) {
        RenderSettings settings;
        settings.direct_light = light;
        const PathTracer tracer(scene.data(), settings);
        const FlushToZero mode;
        std::vector<double> x;
        Traced traced;
        CameraRays together, one;
        for (uint32_t k = 0; k < 20000; k += RayPacket::kMost) {
            for (uint32_t j = 0; j < RayPacket::kMost; ++j) {
                together[j].sampler = Sampler(SampleSequence::Random, 5, 0, k + j);
                together[j].origin = {1, 0, 0};
                together[j].direction = {-1, 0, 0};
            }
            tracer.meet(together, RayPacket::kMost, traced);
            for (const CameraRay& ray : together) {
                one[0] = ray;
                tracer.meet(one, 1, traced);
                x.push_back(double(tracer.trace(ray, traced).y));
                ASSERT_NEAR(double(tracer.trace(one[0], traced).y), x.back(), 1e-5) << "by itself";
            }
        }
        const MeanError e = mean_error(x);
        EXPECT_NEAR(e.mean, 0.5, 3.5 * e.error) << light;
        EXPECT_LT(e.error * std::sqrt(double(x.size())) / e.mean, 0.6) << light;
    }
}

TEST(Integrator, VarianceIsTheScatterBetweenRenders) {
    const Device device;
    const Scene scene(device, mixed_scene(4));
    const optics::Camera camera = look_at({0.1, 0.5, 0.6}, {0, 0.04, 0}, 16, 16, 24);
    RenderSettings s = samples(16);
    s.sampler = "random";
    RenderExtras extras;
    extras.variance = true;
    constexpr int kRuns = 64;
    std::vector<double> sum(16 * 16 * 3), square(sum.size());
    double claimed = 0, seen = 0;
    for (int run = 0; run < kRuns; ++run) {
        const RenderOutput out = render(scene, camera, s, uint64_t(run), extras);
        for (size_t k = 0; k < sum.size(); ++k) {
            const double v = double(out.radiance.values<float>()[k]);
            sum[k] += v, square[k] += v * v;
            claimed += double(out.variance.values<float>()[k]) / kRuns;
        }
    }
    for (size_t k = 0; k < sum.size(); ++k) seen += (square[k] - sum[k] * sum[k] / kRuns) / (kRuns - 1);
    EXPECT_NEAR(claimed / seen, 1, 0.15);
}

/// Root mean square difference in display values; the reference's mean logarithm is 18 %.
double display_error(const Image& image, const Image& reference) {
    double logs = 0, square = 0;
    for (size_t k = 1; k < reference.value_count(); k += 3)
        logs += std::log(std::max(1e-6, double(reference.values<float>()[k])));
    const double white = std::exp(3 * logs / double(reference.value_count())) / 0.18;
    const auto display = [&](float x) { return std::pow(std::min(1.0, double(x) / white), 1 / 2.2); };
    for (size_t k = 0; k < reference.value_count(); ++k) {
        const double e = display(image.values<float>()[k]) - display(reference.values<float>()[k]);
        square += e * e;
    }
    return std::sqrt(square / double(reference.value_count()));
}

TEST(Integrator, SamplesSharedOutErrLessThanTheSameForAll) {
    const Device device;
    const Scene scene(device, mixed_scene(5));
    const optics::Camera camera = look_at({0.1, 0.5, 0.6}, {0, 0.3, 0}, 48, 48, 30);
    const Image reference = render(scene, camera, samples(1024), 1).radiance;
    RenderSettings even = samples(32), shared = even;
    shared.adaptive = true;
    RenderExtras extras;
    extras.samples = true;
    const RenderOutput a = render(scene, camera, even, 2), b = render(scene, camera, shared, 2, extras);
    EXPECT_LE(b.stats.paths, a.stats.paths);
    EXPECT_LT(display_error(b.radiance, reference), 0.9 * display_error(a.radiance, reference));
    double sum = 0;
    float least = 1e9f, most = 0;
    for (const float n : std::as_const(b.samples).values<float>())
        sum += double(n), least = std::min(least, n), most = std::max(most, n);
    EXPECT_EQ(sum, double(b.stats.paths));
    EXPECT_GE(least, 8);
    EXPECT_LT(least, 32);
    EXPECT_GT(most, 32);
    EXPECT_LE(most, 128);
}

TEST(Integrator, SamplesSharedOutChangeNoMean) {
    // Hashed points and few samples: were the samples that decide not others' than those they decide on, the
    // means would differ by several per cent.
    const Device device;
    const Scene scene(device, mixed_scene(4));
    const optics::Camera camera = look_at({0.1, 0.5, 0.6}, {0, 0.04, 0}, 16, 16, 24);
    RenderSettings even = samples(16), shared = even;
    even.sampler = shared.sampler = "random";
    shared.adaptive = true;
    shared.min_spp = 4;
    std::vector<double> a, b;
    for (uint64_t run = 0; run < 150; ++run) {
        const auto mean = [](const Image& image) {
            double sum = 0;
            for (const float v : image.values<float>()) sum += double(v);
            return sum / double(image.value_count());
        };
        a.push_back(mean(render(scene, camera, even, run).radiance));
        b.push_back(mean(render(scene, camera, shared, 1000 + run).radiance));
    }
    const MeanError of_even = mean_error(a), of_shared = mean_error(b);
    const double error = std::hypot(of_even.error, of_shared.error);
    EXPECT_NEAR(of_shared.mean, of_even.mean, 3.5 * error);
    EXPECT_LT(3.5 * error / of_even.mean, 0.01) << "the test can tell";
}

TEST(Integrator, SamplesSharedOutDoNotDependOnThreadsAndKeepTheirLayersAndVariance) {
    const Device device;
    const Scene scene(device, mixed_scene(6));
    const optics::Camera camera = look_at({0.1, 0.5, 0.6}, {0, 0.04, 0}, 50, 41, 60);
    RenderSettings s = samples(16);
    s.adaptive = true;
    s.min_spp = 4;
    RenderExtras extras;
    extras.layers = extras.variance = true;
    const RenderOutput one = render_on(1, scene, camera, s, 99),
                       two = render_on(2, scene, camera, s, 99, extras);
    EXPECT_EQ(one.radiance.bytes, two.radiance.bytes);
    EXPECT_EQ(one.stats.rays, two.stats.rays);
    EXPECT_EQ(one.stats.paths, two.stats.paths);
    for (size_t k = 0; k < two.radiance.value_count(); ++k) {
        const auto layer = [&](const Image& image) { return image.values<float>()[k]; };
        const float all = layer(two.radiance);
        ASSERT_NEAR(layer(two.transmitted) + layer(two.reflected) + layer(two.diffuse) + layer(two.rest), all,
                    1e-4f * all + 1e-7f);
        ASSERT_GE(layer(two.variance), 0);
    }
    s.denoise = true;
    const RenderOutput filtered_one = render_on(1, scene, camera, s, 99),
                       filtered_two = render_on(2, scene, camera, s, 99);
    EXPECT_EQ(filtered_one.radiance.bytes, filtered_two.radiance.bytes);
    s.denoise = false;
    Image region(41, 50, 3, PixelType::F32, ColorSpace::Linear);
    EXPECT_THROW(render_region(scene, camera, s, 99, 0, 16, 0, 16, region.view<float>()), Error);
    const optics::Camera pixel = look_at({0.1, 0.5, 0.6}, {0, 0.04, 0}, 1, 1, 2);
    EXPECT_GT(render(scene, pixel, s, 1).radiance.values<float>()[0], 0) << "a pixel without neighbours";
}

TEST(Integrator, APictureEndsAtTheErrorAskedFor) {
    const Device device;
    const Scene scene(device, mixed_scene(4));
    const optics::Camera camera = look_at({0.1, 0.5, 0.6}, {0, 0.04, 0}, 50, 41, 60);
    RenderSettings s = samples(512);
    const Image reference = render(scene, camera, s, 1).radiance;
    s.adaptive = true;
    double previous = 0;
    for (const double target : {0.06, 0.03}) {
        s.target_error = target;
        const RenderOutput out = render(scene, camera, s, 2);
        const double spp = double(out.stats.paths) / (50 * 41);
        EXPECT_GT(spp, 1.5 * previous);
        EXPECT_LT(spp, 512);
        previous = spp;
        const double error = display_error(out.radiance, reference);
        EXPECT_LT(error, 1.2 * target);
        EXPECT_GT(error, 0.25 * target) << "not wasteful either";
    }
    s.adaptive = false;
    EXPECT_THROW(s.validate(), Error);
}

/// Root mean square error against a reference, over samples per pixel; returns the slope of its logarithm.
double convergence_slope(const Scene& scene, const optics::Camera& camera, int reference_spp, int last_spp) {
    RenderSettings s = samples(reference_spp);
    const Image reference = render(scene, camera, s, 1).radiance;
    const auto error = [&](const char* sampler, int spp) {
        s.spp = spp;
        s.sampler = sampler;
        const Image image = render(scene, camera, s, 2).radiance;
        double square = 0;
        for (size_t k = 0; k < image.value_count(); ++k) {
            const double d = double(image.values<float>()[k] - reference.values<float>()[k]);
            square += d * d;
        }
        return std::sqrt(square / double(image.value_count()));
    };
    double sx = 0, sy = 0, sxx = 0, sxy = 0;
    int n = 0;
    for (int spp = 16; spp <= last_spp; spp *= 4, ++n) {
        const double sobol = error("sobol", spp), random = error("random", spp);
        EXPECT_LT(sobol, random) << spp << " spp";
        const double x = std::log(double(spp)), y = std::log(sobol);
        sx += x, sy += y, sxx += x * x, sxy += x * y;
    }
    return (n * sxy - sx * sy) / (n * sxx - sx * sx);
}
/// A desk under a panel, smooth integrands throughout: here the points' stratification pays.
SceneDescription desk_under_panel() {
    SceneDescription d = mixed_scene(5);
    d.films.clear();
    d.panels[0].albedo = {};
    d.objects[0].material.coat = {1, 0.2};
    return d;
}
const optics::Camera kSmallView = look_at({0.1, 0.5, 0.6}, {0, 0.04, 0}, 16, 16, 24);
TEST(Integrator, ErrorFallsAsTheSamplesGrow) {
    const Device device;
    EXPECT_LE(convergence_slope(Scene(device, desk_under_panel()), kSmallView, 4096, 256), -0.5);
    EXPECT_LE(convergence_slope(Scene(device, mixed_scene(4)), kSmallView, 4096, 256), -0.5);
}
TEST(SlowIntegrator, ErrorFallsAsTheSamplesGrow) {
    const Device device;
    EXPECT_LE(convergence_slope(Scene(device, desk_under_panel()), kSmallView, 32768, 1024), -0.5);
    for (const int index : {0, 4, 5, 7})
        EXPECT_LE(convergence_slope(Scene(device, mixed_scene(index)), kSmallView, 32768, 1024), -0.5)
            << index;
}

TEST(Integrator, SettingsNameWhatIsWrong) {
    RenderSettings s;
    EXPECT_NO_THROW(s.validate());
    s.spp = 0;
    EXPECT_THROW(s.validate(), Error);
    s.spp = 1;
    s.filter = "tent";
    try {
        s.validate();
        FAIL();
    } catch (const Error& e) {
        EXPECT_NE(std::string(e.what()).find("blackman_harris"), std::string::npos) << e.what();
    }
}

TEST(Integrator, PixelFilterBlursAnEdgeByItsWidth) {
    // A plate that ends at the middle of the frame, seen at normal incidence before black: the profile across
    // the edge is the filter's cumulative.
    const Device device;
    SceneDescription d;
    d.environment = constant_environment(1);
    PanelLight black;  // hides the sky behind
    black.corner_m = {-5, -5, -3};
    black.edge_u_m = {10, 0, 0};
    black.edge_v_m = {0, 10, 0};
    black.radiance = {1, 1, 1};
    d.panels.push_back(black);
    d.objects.push_back(plate(rectangle({0, 1, 0}, {1, 0, 0}, {0, -2, 0}), {0, 0, 0}));
    const Scene scene(device, d);
    RenderSettings s = samples(256);
    const struct {
        const char* filter;
        double
            inside;  // share of the filter beyond one pixel from its centre, next pixel but one to the edge
    } rows[] = {{"box", (1.5 - 0.5) / 3}, {"gaussian", 0.5 * std::erfc(0.5 / 0.5 / std::sqrt(2.0))}};
    for (const auto& row : rows) {
        s.filter = row.filter;
        const Image image = render(scene, look_at({0, 0, 1}, {0, 0, 0}, 16, 16, 20), s, 4).radiance;
        double dark = 0;
        for (int r = 0; r < 16; ++r)
            dark += double(1 - image.view<float>()(r, 7, 0)) / 16;  // centre half a pixel left of it
        EXPECT_NEAR(dark, row.inside, 0.01) << row.filter;
    }
}

TEST(Integrator, GreaseDullsTheMirrorImageAndLosesNoLight) {
    const Device device;
    const auto scene = [&](int prints) {
        SceneDescription d;
        d.environment = constant_environment(1);
        d.films.push_back({rectangle({-0.05, 0.05, 0}, {0.1, 0, 0}, {0, -0.1, 0}), plain_film(0)});
        d.films[0].material.fingerprints = {prints, 0.3, 0, 7};
        return Scene(device, d);
    };
    const optics::Camera camera = look_at({0, 0, 1}, {0, 0, 0}, 24, 24, 200);
    RenderExtras extras;
    extras.layers = true;
    const RenderOutput clean = render(scene(0), camera, samples(256), 1, extras),
                       greasy = render(scene(60), camera, samples(256), 2, extras);
    const MeanError a = pixel_mean(clean.radiance), b = pixel_mean(greasy.radiance);
    EXPECT_NEAR(a.mean, 1, 0.01);
    EXPECT_NEAR(b.mean, 1, 0.02);  // GGX without multiple scattering loses a little at alpha 0.3
    // A window's mirror image: light from one direction, found by either technique.
    SceneDescription d = mixed_scene(0);
    d.films[0].material.fingerprints = {60, 0.25, 0.02, 3};
    const Scene window(device, d);
    const optics::Camera view = look_at({0.1, 0.5, 0.6}, {0, 0.04, 0}, 24, 24, 36);
    RenderSettings s = samples(128);
    s.max_depth = 3;
    std::vector<MeanError> means;
    for (const char* direct : {"light", "bsdf", "mis"}) {
        s.direct_light = direct;
        means.push_back(pixel_mean(render(window, view, s, 6).radiance));
    }
    // Errors over pixels hold the picture's own contrast: the same pixels are compared, far more exactly.
    EXPECT_NEAR(means[0].mean / means[2].mean, 1, 0.03);
    EXPECT_NEAR(means[1].mean / means[2].mean, 1, 0.03);
}

/// An edge, dark to bright sky, that sweeps the middle of a frame of 48 x 48 pixels by 200 a second: every
/// row holds the box of its exposure, and rows differ by the rolling shutter's shift, downwards to `sign`.
void expect_swept_edge(const Scene& scene, optics::Camera camera, double sign) {
    camera.motion.exposure_s = 0.04;  // 8 px
    camera.motion.readout_s = 0.08;   // 16 px over the frame
    RenderSettings s = samples(256);
    s.filter = "box";
    s.filter_radius_px = 0.5;
    const Image image = render(scene, camera, s, 4).radiance;
    const auto edge = [&](int row) {  // place where the sky ends: the bright columns of that row
        double bright = 0;
        for (int c = 0; c < 48; ++c) bright += double(image.view<float>()(row, c, 0));
        return bright;
    };
    EXPECT_NEAR(sign * (edge(43) - edge(4)), 200 * 0.08 * 39 / 48.0, 0.3);
    EXPECT_NEAR(edge(24), 24, 0.5);
    int partly = 0;
    for (int c = 0; c < 48; ++c) {
        const float v = image.view<float>()(24, c, 0);
        partly += v > 0.02f && v < 0.98f;
    }
    EXPECT_NEAR(partly, 8, 1.5);
}

TEST(Integrator, AMovingCameraBlursAlongItsPathAndSkewsByRow) {
    // A dark edge before a bright sky while the camera pans: each row's edge is the motion's box, and rows
    // differ by the rolling shutter's shift.
    const Device device;
    SceneDescription d;
    d.environment = constant_environment(1);
    d.objects.push_back(plate(rectangle({0, 1, 0}, {1, 0, 0}, {0, -2, 0}), {0, 0, 0}));
    const Scene scene(device, d);
    optics::Camera camera = look_at({0, 0, 1}, {0, 0, 0}, 48, 48, 200);
    camera.motion.turn_rad_per_s = {0, 1, 0};
    expect_swept_edge(scene, camera, -1);
}

TEST(Integrator, AFlickeringPanelMakesBandsAcrossRowsThatLongExposuresEvenOut) {
    // Seen directly above, and by its light on a plate below.
    const Device device;
    SceneDescription d;
    PanelLight panel;
    panel.corner_m = {-2, 0, 0};
    panel.edge_u_m = {4, 0, 0};
    panel.edge_v_m = {0, 2, 0};
    panel.flicker_depth = 0.4;
    panel.flicker_hz = 100;
    panel.flicker_turns = 0.1;
    d.panels.push_back(panel);
    d.objects.push_back(plate(rectangle({-2, 0, 2}, {4, 0, 0}, {0, 0, -2}), {1, 1, 1}));
    const Scene scene(device, d);
    optics::Camera camera = look_at({0, 0.5, 1.5}, {0, 0.2, 0}, 4, 64, 60);
    camera.motion.readout_s = 0.02;  // two periods
    RenderSettings s = samples(64);
    s.filter = "box";
    s.filter_radius_px = 0.5;
    const auto with_exposure = [&](double exposure_s) {
        camera.motion.exposure_s = exposure_s;
        return render(scene, camera, s, 2).radiance;
    };
    PanelLight steady = panel;
    steady.flicker_depth = 0;
    d.panels[0] = steady;
    const Scene still(device, d);
    const Image flat = render(still, camera, s, 2).radiance, fast = with_exposure(0),
                slow = with_exposure(0.01);
    double slow_sum = 0;
    int count = 0;
    for (int r = 0; r < 64; ++r) {
        const double time_s = (r + 0.5 - 32) / 64 * 0.02,
                     wave = 1 + 0.4 * std::sin(2 * M_PI * (100 * time_s + 0.1));
        for (int c = 0; c < 4; ++c) {
            const double reference = double(flat.view<float>()(r, c, 1));
            if (reference == 0) continue;
            EXPECT_NEAR(double(fast.view<float>()(r, c, 1)) / reference, wave, 1e-4) << r;
            slow_sum += double(slow.view<float>()(r, c, 1)) / reference;
            ++count;
        }
    }
    EXPECT_GT(count, 200);
    EXPECT_NEAR(slow_sum / count, 1, 0.01) << "a whole period";
}

TEST(Integrator, AMovingFilmAndPlateBlurAlongTheirPathAndSkewByRow) {
    // A black film, then a black plate, that moves to the right before a bright sky: the same boxes and
    // shifts.
    const Device device;
    for (const bool film : {true, false}) {
        SceneDescription d;
        d.environment = constant_environment(1);
        const Vec3f velocity{1, 0, 0};
        if (film) {
            FilmMaterial black = plain_film(4);
            black.refractive_index = 1.01;
            d.films.push_back(
                {rectangle({0, 1, 0}, {1, 0, 0}, {0, -2, 0}), black, std::vector<Vec3f>(4, velocity)});
        } else {
            d.objects.push_back(plate(rectangle({0, 1, 0}, {1, 0, 0}, {0, -2, 0}), {0, 0, 0}));
            d.objects[0].velocities_m_per_s.assign(4, velocity);
        }
        d.time_span_s = 0.12;
        const Scene scene(device, d);
        const optics::Camera camera = look_at({0, 0, 1}, {0, 0, 0}, 48, 48, 200);
        expect_swept_edge(scene, camera, 1);
    }
}

/// Looks for a switch among the settings that a config can set.
struct FindsFlag {
    std::string wanted;
    bool found = false;
    template <class... Rest>
    void operator()(const char*, Rest&&...) {}
    void operator()(const char* key, bool&, const char*) { found = found || wanted == key; }
};

TEST(Integrator, FilteredLightIsNearerToTheReference) {
    FindsFlag flag{"denoise"};
    RenderSettings().visit(flag);
    EXPECT_TRUE(flag.found);
    const Device device;
    for (const int index : {0, 4}) {
        const Scene scene(device, mixed_scene(index));
        const optics::Camera camera = look_at({0.1, 0.5, 0.6}, {0, 0.04, 0}, 64, 64, 96);
        const Image reference = render(scene, camera, samples(512), 1).radiance;
        RenderSettings s = samples(8);
        const auto error = [&] {
            const Image image = render(scene, camera, s, 2).radiance;
            double square = 0;
            for (size_t k = 0; k < image.value_count(); ++k) {
                const double d = double(image.values<float>()[k] - reference.values<float>()[k]);
                square += d * d;
            }
            return std::sqrt(square);
        };
        const double plain = error();
        s.denoise = true;
        EXPECT_LT(error(), 0.8 * plain) << index;
    }
    RenderSettings s = samples(8);
    s.denoise = true;
    const Scene scene(device, mixed_scene(0));
    RenderExtras extras;
    extras.layers = true;
    EXPECT_THROW(render(scene, look_at({0.1, 0.5, 0.6}, {0, 0.04, 0}, 8, 8, 12), s, 1, extras), Error);
    s.spp = 1;
    EXPECT_THROW(s.validate(), Error);
}

TEST(Integrator, FilteredOutlinesAreSmootherThanTheirFewSamples) {
    const Device device;
    SceneDescription d;
    d.environment = constant_environment(1);
    d.films.push_back({bent_film(0.3, 0.4), plain_film(2.5)});
    d.objects.push_back(
        plate(rectangle({-0.3, -0.02, -0.1}, {0.6, 0.01, 0.05}, {-0.02, 0, 0.3}), {0.1f, 0.1f, 0.1f}));
    const Scene scene(device, d);
    const optics::Camera camera = look_at({0.1, 0.6, 0.3}, {0, 0, 0}, 72, 64, 80);
    const Image reference = render(scene, camera, samples(512), 1).radiance;
    RenderSettings s = samples(4);
    // Pixels that an outline crosses, alone: the sky stands out against everything else.
    const auto error = [&] {
        const Image image = render(scene, camera, s, 2).radiance;
        double square = 0;
        int count = 0;
        for (size_t k = 0; k < image.value_count(); k += 3) {
            const float truth = reference.values<float>()[k];
            if (truth < 0.3f || truth > 0.98f) continue;
            square += std::pow(double(image.values<float>()[k] - truth), 2);
            ++count;
        }
        EXPECT_GT(count, 60);
        return std::sqrt(square / count);
    };
    const double plain = error();
    s.denoise = true;
    EXPECT_LT(error(), 0.5 * plain);
}

}  // namespace
}  // namespace radforge::path
