// SPDX-License-Identifier: Apache-2.0
#include "synth/film/film_generator.h"

#include "render/geometry/backward_map.h"
#include "render/picture/resize.h"
#include "synth/base/error.h"
#include "synth/base/parallel.h"
#include "synth/shard/codec.h"
#include "synth/shard/measure.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

namespace radforge::film {
namespace {

FilmConfig small_config() {
    FilmConfig c;
    c.dataset.profile = "f32";
    c.camera.width_px = 360;
    c.camera.height_px = 320;
    c.film.sheet.texture_height_px = 1280;
    c.film.sheet.flat_height_px = 640;
    c.film.bm_height_px = 144;
    c.phantom.volumes = 2;
    c.phantom.size_px = 128;
    c.phantom.slices = 14;
    c.render.spp = 1;
    return c;
}

/// Six photos of different scenarios, made once.
const std::vector<std::pair<FilmRecipe, FilmShot>>& shots() {
    static const std::vector<std::pair<FilmRecipe, FilmShot>> made = [] {
        const FilmGenerator generator(small_config(), {});
        std::vector<std::pair<FilmRecipe, FilmShot>> list;
        for (uint64_t i = 0; i < 6; ++i) {
            const FilmRecipe recipe = generator.draw({{1}, i});
            list.emplace_back(recipe, generator.realise(recipe));
        }
        return list;
    }();
    return made;
}

bool inside(const Image& mask, int r, int c, int reach) {
    const auto m = mask.view<uint8_t>();
    for (int i = r - reach; i <= r + reach; ++i)
        for (int j = c - reach; j <= c + reach; ++j)
            if (i < 0 || j < 0 || i >= mask.height_px || j >= mask.width_px || m(i, j) == 0) return false;
    return true;
}

/// Film position of (u, v) on the mesh, by the face that the map names: independent of any ray.
Vec3d on_mesh(const Mesh& mesh, uint32_t face, Vec2d uv, const std::vector<Vec3f>& values) {
    const Tri& t = mesh.faces[face];
    const auto at = [&](int k) { return Vec2d{mesh.uv[t[size_t(k)]].x, mesh.uv[t[size_t(k)]].y}; };
    const Vec2d a = at(0), ab = at(1) - a, ac = at(2) - a, ap = uv - a;
    const double area = cross(ab, ac), b1 = cross(ap, ac) / area, b2 = cross(ab, ap) / area;
    const auto p = [&](int k) { return to_double(values[t[size_t(k)]]); };
    return p(0) * (1 - b1 - b2) + p(1) * b1 + p(2) * b2;
}
/// Where the photo has it: moving film is seen at its row's mid-exposure.
Vec2d in_photo(const FilmShot& shot, uint32_t face, Vec2d uv) {
    const Vec3d velocity = shot.film_velocities_m_per_s.empty()
                               ? Vec3d{}
                               : on_mesh(shot.film, face, uv, shot.film_velocities_m_per_s);
    return shot.camera.project(on_mesh(shot.film, face, uv, shot.film.positions_m), velocity);
}

uint32_t face_of(const path::GroundTruth& maps, int r, int c) {
    const auto f = maps.face.view<uint16_t>();
    return uint32_t(f(r, c, 0)) | uint32_t(f(r, c, 1)) << 16;
}

TEST(FilmSample, UvThroughMeshAndCameraReturnsToThePixelCentre) {
    for (const auto& [recipe, shot] : shots()) {
        const auto uv = shot.maps.uv.view<float>();
        double worst = 0;
        int64_t count = 0;
        for (int r = 0; r < shot.maps.mask.height_px; ++r)
            for (int c = 0; c < shot.maps.mask.width_px; ++c) {
                if (!inside(shot.maps.mask, r, c, 0)) continue;
                const Vec2d px = in_photo(shot, face_of(shot.maps, r, c), {uv(r, c, 0), uv(r, c, 1)});
                worst = std::max(worst, std::hypot(px.x - c - 0.5, px.y - r - 0.5));
                ++count;
            }
        EXPECT_GT(count, 10000);
        EXPECT_LT(worst, 0.01) << shot.settled.recipe.name;
    }
}

TEST(FilmSample, StoredInt16UvReturnsWithinHalfAStepMore) {
    for (const auto& [recipe, shot] : shots()) {
        const auto uv = shot.maps.uv.view<float>();
        for (int r = 0; r < shot.maps.mask.height_px; r += 3)
            for (int c = 0; c < shot.maps.mask.width_px; c += 3) {
                if (!inside(shot.maps.mask, r, c, 0)) continue;
                const uint32_t face = face_of(shot.maps, r, c);
                const auto stored = [](float x) { return std::nearbyint(double(x) * 32767) / 32767; };
                const Vec2d exact = in_photo(shot, face, {uv(r, c, 0), uv(r, c, 1)});
                const Vec2d a = in_photo(shot, face, {uv(r, c, 0) + 0.5 / 32767, uv(r, c, 1)});
                const Vec2d b = in_photo(shot, face, {uv(r, c, 0), uv(r, c, 1) + 0.5 / 32767});
                const Vec2d back = in_photo(shot, face, {stored(uv(r, c, 0)), stored(uv(r, c, 1))});
                EXPECT_LT(std::hypot(back.x - c - 0.5, back.y - r - 0.5),
                          0.01 + length(a - exact) + length(b - exact));
            }
    }
}

TEST(FilmSample, AlbedoIsTheFilmTextureAveragedOverThePixel) {
    for (const auto& [recipe, shot] : shots()) {
        const auto uv = shot.maps.uv.view<float>();
        const auto albedo = shot.maps.albedo.view<float>();
        const auto texture = shot.sheet->transmittance.view<float>();
        Rng rng(recipe.key, Stream::Augment);
        int checked = 0;
        for (int tries = 0; tries < 4000 && checked < 400; ++tries) {
            const int r = int(rng.below(uint64_t(shot.maps.mask.height_px))),
                      c = int(rng.below(uint64_t(shot.maps.mask.width_px)));
            if (!inside(shot.maps.mask, r, c, 3)) continue;
            // Corners of the pixel by differences of the neighbours' uv; a dense box of point samples between
            // them.
            const auto at = [&](int i, int j) { return Vec2d{uv(i, j, 0), uv(i, j, 1)}; };
            const Vec2d du = (at(r, c + 1) - at(r, c - 1)) * 0.5, dv = (at(r + 1, c) - at(r - 1, c)) * 0.5;
            if (length(at(r, c + 1) - 2.0 * at(r, c) + at(r, c - 1)) > 0.1 * length(du))
                continue;  // a fold edge
            if (length(at(r + 1, c) - 2.0 * at(r, c) + at(r - 1, c)) > 0.1 * length(dv)) continue;
            constexpr int kTaps = 24;
            double sum[3] = {};
            for (int i = 0; i < kTaps; ++i)
                for (int j = 0; j < kTaps; ++j) {
                    const Vec2d p =
                        at(r, c) + du * ((j + 0.5) / kTaps - 0.5) + dv * ((i + 0.5) / kTaps - 0.5);
                    const double x = std::clamp(p.x * texture.width_px - 0.5, 0.0, texture.width_px - 1.001),
                                 y = std::clamp(p.y * texture.height_px - 0.5, 0.0,
                                                texture.height_px - 1.001);
                    const int x0 = int(x), y0 = int(y);
                    for (int k = 0; k < 3; ++k)
                        sum[k] += ((1 - (x - x0)) * texture(y0, x0, k) + (x - x0) * texture(y0, x0 + 1, k)) *
                                      (1 - (y - y0)) +
                                  ((1 - (x - x0)) * texture(y0 + 1, x0, k) +
                                   (x - x0) * texture(y0 + 1, x0 + 1, k)) *
                                      (y - y0);
                }
            for (int k = 0; k < 3; ++k)
                EXPECT_NEAR(255 * srgb_from_linear(albedo(r, c, k)),
                            255 * srgb_from_linear(float(sum[k] / (kTaps * kTaps))), 2)
                    << shot.settled.recipe.name << " at " << r << ", " << c;
            ++checked;
        }
        EXPECT_GT(checked, 100);
    }
}

TEST(FilmSample, NormalsAndDepthAgreeWithThePositionMap) {
    for (const auto& [recipe, shot] : shots()) {
        const auto wc = shot.maps.wc_m.view<float>();
        const auto depth = shot.maps.depth_m.view<float>();
        const auto normal = shot.maps.normal.view<float>();
        std::vector<double> angles_deg;
        for (int r = 2; r + 2 < shot.maps.mask.height_px; ++r) {
            const Pose pose = shot.camera.pose_at(shot.camera.row_time_s(r + 0.5));
            for (int c = 2; c + 2 < shot.maps.mask.width_px; ++c) {
                if (!inside(shot.maps.mask, r, c, 2)) continue;
                const auto at = [&](int i, int j) {
                    return pose.to_local({wc(i, j, 0), wc(i, j, 1), wc(i, j, 2)});
                };
                EXPECT_NEAR(at(r, c).z, depth(r, c), 1e-5);
                const Vec3d n{normal(r, c, 0), normal(r, c, 1), normal(r, c, 2)};
                EXPECT_NEAR(length(n), 1, 1e-5);
                EXPECT_LT(dot(n, at(r, c)), 0);  // towards the camera
                Vec3d m = normalized(cross(at(r + 1, c) - at(r - 1, c), at(r, c + 1) - at(r, c - 1)));
                if (dot(m, at(r, c)) > 0) m = -m;
                angles_deg.push_back(std::acos(std::clamp(dot(m, n), -1.0, 1.0)) * 57.29578);
            }
        }
        ASSERT_GT(angles_deg.size(), 5000u);
        std::sort(angles_deg.begin(), angles_deg.end());
        EXPECT_LT(angles_deg[angles_deg.size() / 2], 0.5) << shot.settled.recipe.name;
        EXPECT_LT(angles_deg[angles_deg.size() * 99 / 100], 3.0) << shot.settled.recipe.name;
    }
}

TEST(FilmSample, TheSheetDoesNotStretch) {
    for (const auto& [recipe, shot] : shots()) {
        const auto wc = shot.maps.wc_m.view<float>();
        const auto uv = shot.maps.uv.view<float>();
        std::vector<double> strain;
        constexpr int kStep = 6;  // wide enough that float rounding of uv is far below 1 %
        for (int r = kStep; r + kStep < shot.maps.mask.height_px; ++r)
            for (int c = kStep; c + kStep < shot.maps.mask.width_px; ++c) {
                if (!inside(shot.maps.mask, r, c, kStep)) continue;
                for (const auto& [i, j] : {std::pair{0, 1}, std::pair{1, 0}}) {
                    // Length along the surface, pixel by pixel, against length on the flat film.
                    double bent = 0, flat = 0;
                    for (int k = 0; k < kStep; ++k) {
                        const int r0 = r + i * k, c0 = c + j * k, r1 = r0 + i, c1 = c0 + j;
                        bent += length(Vec3d{wc(r1, c1, 0) - wc(r0, c0, 0), wc(r1, c1, 1) - wc(r0, c0, 1),
                                             wc(r1, c1, 2) - wc(r0, c0, 2)});
                        flat += std::hypot((uv(r1, c1, 0) - uv(r0, c0, 0)) * shot.sheet->width_m,
                                           (uv(r1, c1, 1) - uv(r0, c0, 1)) * shot.sheet->height_m);
                    }
                    if (flat > 0) strain.push_back(std::abs(bent / flat - 1));
                }
            }
        ASSERT_GT(strain.size(), 5000u);
        std::sort(strain.begin(), strain.end());
        EXPECT_LT(strain[strain.size() * 99 / 100], 0.01) << shot.settled.recipe.name;
    }
}

/// Mean structural similarity with the usual 11 x 11 gaussian window of 1.5 px (Wang et al. 2004), on 8-bit
/// luminance, over windows whose texels all count.
double ssim(const Image& a, const Image& b, const std::vector<uint8_t>& counts) {
    const auto p = a.view<float>(), q = b.view<float>();
    const double c1 = 0.01 * 0.01, c2 = 0.03 * 0.03;
    double weights[11], total = 0, sum = 0;
    for (int k = 0; k < 11; ++k) total += weights[k] = std::exp(-0.5 * (k - 5) * (k - 5) / 2.25);
    int64_t windows = 0;
    for (int r = 5; r + 5 < a.height_px; ++r)
        for (int c = 5; c + 5 < a.width_px; ++c) {
            double ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;
            bool whole = true;
            for (int i = -5; i <= 5 && whole; ++i)
                for (int j = -5; j <= 5; ++j) {
                    whole = whole && counts[size_t(r + i) * size_t(a.width_px) + size_t(c + j)];
                    const double w = weights[i + 5] * weights[j + 5] / (total * total), x = p(r + i, c + j),
                                 y = q(r + i, c + j);
                    ma += w * x, mb += w * y, aa += w * x * x, bb += w * y * y, ab += w * x * y;
                }
            if (!whole) continue;
            sum += (2 * ma * mb + c1) * (2 * (ab - ma * mb) + c2) /
                   ((ma * ma + mb * mb + c1) * (aa - ma * ma + bb - mb * mb + c2));
            ++windows;
        }
    EXPECT_GT(windows, 500);
    return sum / double(std::max<int64_t>(1, windows));
}

/// Luminance in display space, low-passed by a gaussian of one texel.
Image smooth_luminance(const Image& rgb) {
    Image grey(rgb.height_px, rgb.width_px, 1, PixelType::F32, ColorSpace::Data);
    const auto in = rgb.view<uint8_t>();
    const auto out = grey.view<float>();
    for (int r = 0; r < rgb.height_px; ++r)
        for (int c = 0; c < rgb.width_px; ++c) {
            double sum = 0, total = 0;
            for (int i = -3; i <= 3; ++i)
                for (int j = -3; j <= 3; ++j) {
                    const int y = std::clamp(r + i, 0, rgb.height_px - 1),
                              x = std::clamp(c + j, 0, rgb.width_px - 1);
                    const double w = std::exp(-0.5 * (i * i + j * j));
                    sum += w * luminance(in(y, x, 0), in(y, x, 1), in(y, x, 2)) / 255;
                    total += w;
                }
            out(r, c) = float(sum / total);
        }
    return grey;
}

TEST(FilmSample, AlbedoDewarpedThroughTheBackwardMapIsTheFlatFilm) {
    for (const auto& [recipe, shot] : shots()) {
        const Image recovered = geometry::dewarp(picture::srgb_u8_from_linear(shot.maps.albedo), shot.bm,
                                                 geometry::Sampling::Footprint);
        const Image wanted =
            picture::resize(shot.sheet->flat, shot.bm.height_px, shot.bm.width_px, picture::Filter::Area);
        const auto bm = shot.bm.view<float>();
        // Texels that the photo resolves with at least one pixel, and whose neighbours are seen too.
        std::vector<uint8_t> counts(size_t(shot.bm.height_px) * size_t(shot.bm.width_px), 0);
        for (int r = 2; r + 2 < shot.bm.height_px; ++r)
            for (int c = 2; c + 2 < shot.bm.width_px; ++c) {
                const auto at = [&](int i, int j) {
                    return Vec2d{bm(i, j, 0) * 0.5 * shot.photo.width_px,
                                 bm(i, j, 1) * 0.5 * shot.photo.height_px};
                };
                const double area =
                    std::abs(cross((at(r, c + 1) - at(r, c - 1)) * 0.5, (at(r + 1, c) - at(r - 1, c)) * 0.5));
                counts[size_t(r) * size_t(shot.bm.width_px) + size_t(c)] =
                    area >= 1 &&
                    std::isfinite(at(r + 2, c).x + at(r - 2, c).x + at(r, c + 2).x + at(r, c - 2).x);
            }
        EXPECT_GT(ssim(smooth_luminance(recovered), smooth_luminance(wanted), counts), 0.97)
            << shot.settled.recipe.name;
    }
}

TEST(FilmSample, MaskIsWhereTheFilmIsAndBackgroundIsZeroEverywhere) {
    for (const auto& [recipe, shot] : shots()) {
        const auto mask = shot.maps.mask.view<uint8_t>();
        int64_t film = 0;
        for (int r = 0; r < mask.height_px; ++r)
            for (int c = 0; c < mask.width_px; ++c) {
                ASSERT_TRUE(mask(r, c) == 0 || mask(r, c) == 255);
                film += mask(r, c) == 255;
                if (mask(r, c)) continue;
                for (const Image* map : {&shot.maps.uv, &shot.maps.wc_m, &shot.maps.depth_m,
                                         &shot.maps.normal, &shot.maps.albedo})
                    for (int k = 0; k < map->channels; ++k) ASSERT_EQ(map->view<float>()(r, c, k), 0.0f);
            }
        EXPECT_GT(film, int64_t(mask.height_px) * mask.width_px / 20);
    }
}

TEST(FilmSample, StatisticsOfDepthAreOfTheFilmAlone) {
    const FilmGenerator generator(small_config(), {});
    const std::vector<FieldSpec> specs = generator.fields();
    const auto depth =
        std::find_if(specs.begin(), specs.end(), [](const FieldSpec& spec) { return spec.name == "depth"; });
    for (const auto& [recipe, shot] : shots()) {
        const Sample sample = generator.encode(recipe, shot);
        const shard::ChannelStats stats =
            shard::measure(*depth, sample.fields[size_t(depth - specs.begin())]).channels[0];
        const auto mask = shot.maps.mask.values<uint8_t>();
        EXPECT_EQ(stats.invalid, uint64_t(std::count(mask.begin(), mask.end(), 0)));
        EXPECT_EQ(stats.count + stats.invalid, mask.size());
        EXPECT_GT(stats.lowest, 0.1);
    }
}

TEST(FilmSample, WorldFrameHasItsOriginInTheFilmAndTheCameraAtHeadingZero) {
    for (const auto& [recipe, shot] : shots()) {
        Vec3d centre;
        for (const Vec3f& p : shot.settled.mesh.positions_m) centre += to_double(p);
        EXPECT_LT(length(centre * (1.0 / double(shot.settled.mesh.positions_m.size()))), 1e-4);
        const Vec3d ahead = shot.camera.pose.rotation.column(2);
        if (std::hypot(ahead.x, ahead.z) > 1e-3) {
            EXPECT_NEAR(ahead.x, 0, 1e-9);
            EXPECT_LT(ahead.z, 0);
        }
    }
}

TEST(FilmSample, MetaHoldsCameraFilmScenarioAndNoPath) {
    const FilmGenerator generator(small_config(), {});
    const auto& [recipe, shot] = shots()[0];
    const Sample sample = generator.encode(recipe, shot);
    ASSERT_EQ(sample.fields.size(), generator.fields().size());
    const std::string text = std::get<std::string>(sample.fields.back().value);
    const auto meta = nlohmann::json::parse(text);
    EXPECT_EQ(meta["kind"], "film");
    EXPECT_EQ(meta["index"], 0);
    EXPECT_EQ(meta["camera"]["K"][0][2], 180.0);
    EXPECT_EQ(meta["camera"]["world_to_camera"].size(), 3u);
    EXPECT_GT(meta["film"]["size_m"][0].get<double>(), 0.15);
    EXPECT_GE(meta["film"]["panels"].size(), 4u);
    EXPECT_LT(meta["scenario"]["strain_p99"].get<double>(), 0.006);
    for (const char* path : {"/root", "/home", "/work", "/tmp"})
        EXPECT_EQ(text.find(path), std::string::npos);
    EXPECT_LT(text.size(), 65536u);
}

TEST(FilmSample, AFilmInMotionIsMappedAtEachRowsMidExposure) {
    FilmConfig c = small_config();
    c.camera.width_px = c.camera.height_px = 160;
    c.camera.readout_s = Dist<double>(0.03);
    c.camera.exposure_s = Dist<double>(0.02);
    c.physics.scenario = Weights{{{"in_hand", 1}}};
    c.physics.long_side_nodes = 33;
    const FilmGenerator generator(c, {});
    const FilmShot shot = generator.realise(generator.draw({{1}, 0}));
    ASSERT_EQ(shot.film_velocities_m_per_s.size(), shot.film.positions_m.size());
    const auto uv = shot.maps.uv.view<float>(), wc = shot.maps.wc_m.view<float>();
    double worst = 0, farthest = 0;
    int64_t count = 0;
    for (int r = 0; r < 160; ++r)
        for (int col = 0; col < 160; ++col) {
            if (!inside(shot.maps.mask, r, col, 0)) continue;
            const uint32_t face = face_of(shot.maps, r, col);
            const Vec2d at{uv(r, col, 0), uv(r, col, 1)}, px = in_photo(shot, face, at);
            worst = std::max(worst, std::hypot(px.x - col - 0.5, px.y - r - 0.5));
            const Vec3d at_rest = on_mesh(shot.film, face, at, shot.film.positions_m),
                        velocity = on_mesh(shot.film, face, at, shot.film_velocities_m_per_s);
            const double time_s = (r + 0.5 - 80) / 160 * 0.03;
            for (int k = 0; k < 3; ++k) ASSERT_NEAR(wc(r, col, k), at_rest[k] + velocity[k] * time_s, 1e-6);
            const Vec2d still = shot.camera.project(at_rest);
            farthest = std::max(farthest, std::hypot(px.x - still.x, px.y - still.y));
            ++count;
        }
    EXPECT_GT(count, 3000);
    EXPECT_LT(worst, 0.01);
    EXPECT_GT(farthest, 0.2) << "the test can tell";
    EXPECT_GT(shot.check.ssim, 0.9);
}

TEST(FilmSample, FilmsOfAStackAreTransparentAndOnlyTheTopOneIsMapped) {
    FilmConfig c = small_config();
    c.camera.width_px = c.camera.height_px = 120;
    c.camera.coverage = Dist<double>(0.5);
    c.physics.scenario = Weights{{{"stack", 1}}};
    c.physics.long_side_nodes = 33;
    const FilmGenerator generator(c, {});
    FilmShot shot;
    FilmRecipe recipe;
    for (uint64_t k = 0; k < 6 && shot.below.empty(); ++k) {
        recipe = generator.draw({{1}, k});
        shot = generator.realise(recipe);
    }
    const auto films = size_t(std::count_if(shot.settled.obstacles.begin(), shot.settled.obstacles.end(),
                                            [](const physics::Obstacle& o) { return o.role == "film"; }));
    ASSERT_GE(films, 1u);
    EXPECT_EQ(shot.below.size(), films);
    int lower = 0;
    for (size_t k = 0; k < shot.maps.mask.value_count(); ++k) {
        const int id = shot.maps.object_id.values<uint16_t>()[k];
        EXPECT_EQ(shot.maps.mask.values<uint8_t>()[k] == 255, id == 1);
        lower += id >= 2 && id <= int(films) + 1;
    }
    EXPECT_GT(lower, 0) << "lower films stick out";
    const Sample sample = generator.encode(recipe, shot);
    const nlohmann::json meta = nlohmann::json::parse(std::get<std::string>(sample.fields.back().value));
    EXPECT_EQ(meta["recipe"]["films_below"].size(), films);
}

TEST(FilmGenerator, BytesDoNotDependOnThreads) {
    FilmConfig config = small_config();
    config.camera.width_px = config.camera.height_px = 96;
    config.render.spp = 4;
    std::vector<std::string> bytes[2];
    for (const int threads : {1, 2}) {
        const ThreadLimit limit(threads);
        const FilmGenerator generator(config, {});
        const SampleKey key{{1}, 1};
        const std::vector<Sample> samples = generator.generate(Span<const SampleKey>(&key, 1));
        for (const Field& field : samples.at(0).fields) bytes[threads - 1].push_back(shard::encode(field));
    }
    ASSERT_EQ(bytes[0].size(), bytes[1].size());
    for (size_t i = 0; i < bytes[0].size(); ++i) EXPECT_EQ(bytes[0][i], bytes[1][i]) << "member " << i;
}

TEST(FilmGenerator, SampleOfASimulationIsTheSameWithoutTheOthers) {
    FilmConfig config = small_config();
    config.camera.width_px = config.camera.height_px = 64;
    config.physics.long_side_nodes = 17;
    config.physics.refine_cell_mm = 8;
    config.physics.scenario.of = {{"held_sides", 1}};
    config.light.viewing.of = {{"window", 1}};
    config.physics.shapes_per_simulation = 3;
    const FilmGenerator generator(config, {});
    EXPECT_EQ(generator.group_size(), 3);
    const std::vector<SampleKey> group{{{1}, 3}, {{1}, 4}, {{1}, 5}};
    const std::vector<Sample> together = generator.generate(group);
    ASSERT_EQ(together.size(), 3u);
    for (size_t k = 0; k < 3; ++k) {
        const std::vector<Sample> alone = generator.generate(Span<const SampleKey>(&group[k], 1));
        EXPECT_EQ(generator.split(group[k]), together[0].split);
        for (size_t f = 0; f < alone[0].fields.size(); ++f)
            EXPECT_EQ(shard::encode(alone[0].fields[f]), shard::encode(together[k].fields[f]));
        const FilmRecipe recipe = generator.draw(group[k]);
        EXPECT_EQ(recipe.simulation.index, 3u);
        EXPECT_EQ(recipe.sheet.width_mm, generator.draw(group[0]).sheet.width_mm);
    }
    EXPECT_NE(shard::encode(together[0].fields[0]), shard::encode(together[1].fields[0]));
}

TEST(FilmGenerator, ASimulationMustFitAShard) {
    FilmConfig config = small_config();
    config.dataset.samples_per_shard = 2;
    config.physics.shapes_per_simulation = 3;
    EXPECT_THROW(FilmGenerator(config, {}), Error);
}

TEST(FilmGenerator, ConfigThatNoSampleSurvivesIsRefusedByName) {
    const auto message = [](const std::function<void(FilmConfig&)>& change) -> std::string {
        FilmConfig config = small_config();
        change(config);
        try {
            const FilmGenerator generator(config, {});
        } catch (const Error& e) {
            EXPECT_EQ(e.kind(), ErrorKind::Usage);
            return e.what();
        }
        return "";
    };
    const auto well = [&](const Dist<double>& electrons) {
        return message([&](FilmConfig& c) { c.camera.full_well_e = electrons; });
    };
    EXPECT_EQ(well(0.0), "");
    EXPECT_EQ(well(Dist<double>::choice({0, 4000})), "");
    for (const Dist<double>& few :
         {Dist<double>(5.0), Dist<double>::choice({0, 5, 4000}), Dist<double>::uniform(0, 4000)})
        EXPECT_NE(well(few).find("camera.full_well_e"), std::string::npos);
    const std::string denoised = message([](FilmConfig& c) {
        c.render.spp = 2;
        c.render.denoise = true;
        c.film.members = {"variance"};
    });
    EXPECT_NE(denoised.find("render.denoise"), std::string::npos);
}

/// Sets every number of a table to an end of its range.
struct Ends {
    bool high;
    template <class T>
    void operator()(const char*, Dist<T>& value, const char*, Range<T> range, const char*) {
        value = high ? range.hi : range.lo;
    }
};

TEST(FilmGenerator, EveryNumberOfTheOpticsTableMakesAFilm) {
    for (const bool high : {false, true}) {
        FilmConfig config = small_config();
        Ends ends{high};
        config.optics.visit(ends);
        const FilmRecipe recipe = FilmGenerator(config, {}).draw({{1}, 0});
        EXPECT_NO_THROW(recipe.optics.validate()) << high;
    }
}

TEST(FilmGenerator, SplitFollowsTheSourceVolume) {
    FilmConfig config = small_config();
    config.phantom.volumes = 50;
    const FilmGenerator generator(config, {});
    std::map<size_t, std::string> split_of;
    std::map<std::string, int> counts;
    for (uint64_t i = 0; i < 3000; ++i) {
        const SampleKey key{{1}, i};
        Rng rng(key, Stream::Source);
        const auto source = size_t(rng.below(50));
        const std::string split = generator.split(key);
        ++counts[split];
        EXPECT_EQ(split_of.emplace(source, split).first->second, split);
    }
    EXPECT_GT(counts["train"], counts["val"]);
    EXPECT_GT(counts["val"] + counts["test"], 0);
}

TEST(FilmGenerator, NoPhotoIsTakenFromBehindTheWall) {
    FilmConfig config = small_config();
    config.camera.width_px = config.camera.height_px = 64;
    config.camera.yaw_deg = config.camera.pitch_deg = Dist<double>::uniform(-70, 70);
    config.film.sheet.texture_height_px = 256;
    config.film.sheet.flat_height_px = 128;
    config.physics.scenario.of = {{"leaning_wall", 1}};
    config.physics.long_side_nodes = 33;
    const FilmGenerator generator(config, {});
    for (uint64_t i = 0; i < 8; ++i) {
        const FilmShot shot = generator.realise(generator.draw({{1}, i}));
        const auto mask = shot.maps.mask.values<uint8_t>();
        EXPECT_GT(std::count(mask.begin(), mask.end(), 255), 100) << i;
    }
}

TEST(FilmGenerator, APhotoWithoutItsFilmIsNoSample) {
    FilmConfig config = small_config();
    config.camera.width_px = config.camera.height_px = 16;
    config.camera.coverage = 0.1;  // so small that the film may lie between the pixels' centres
    config.camera.yaw_deg = Dist<double>::uniform(60, 70);
    config.film.sheet.texture_height_px = 256;
    config.film.sheet.flat_height_px = 128;
    config.film.check_min_ssim = -1;
    config.physics.scenario.of = {{"flat_curl", 1}};
    config.physics.long_side_nodes = 33;
    const FilmGenerator generator(config, {});
    int without = 0;
    for (uint64_t i = 0; i < 12; ++i) {
        const SampleKey key{{1}, i};
        const FilmShot shot = generator.realise(generator.draw(key));
        const auto mask = shot.maps.mask.values<uint8_t>();
        if (std::count(mask.begin(), mask.end(), 255) > 0) continue;
        ++without;
        EXPECT_THROW(generator.generate(Span<const SampleKey>(&key, 1)), Error);
    }
    EXPECT_GT(without, 0);
}

TEST(FilmGenerator, ScenarioWithoutASuitableViewingModeIsAnErrorThatNamesTheKey) {
    FilmConfig config = small_config();
    config.light.viewing.of = {{"desk", 0}, {"lightbox", 0}, {"window", 0}, {"room", 0}, {"wall", 0}};
    const FilmGenerator generator(config, {});
    const SampleKey key{{1}, 0};
    try {
        generator.generate(Span<const SampleKey>(&key, 1));
        FAIL();
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("light.viewing"), std::string::npos);
    }
}

}  // namespace
}  // namespace radforge::film
