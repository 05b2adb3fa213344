// SPDX-License-Identifier: Apache-2.0
#include "synth/film/photo_group.h"

#include "synth/base/error.h"
#include "synth/film/film_generator.h"
#include "synth/film/film_optional.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <variant>

namespace radforge::film {
namespace {

FilmConfig group_config(const std::string& scenario) {
    FilmConfig c;
    c.dataset.profile = "f32";
    c.camera.width_px = c.camera.height_px = 128;
    c.camera.shake_deg_per_s = Dist<double>(4.0);
    c.camera.coverage = Dist<double>(0.7);
    c.group.views = c.group.lights = c.group.burst = 2;
    c.film.sheet.texture_height_px = 512;
    c.film.sheet.flat_height_px = 256;
    c.film.bm_height_px = 96;
    c.film.members = {"flow"};
    c.phantom.volumes = 1;
    c.phantom.size_px = 96;
    c.phantom.slices = 14;
    c.physics.scenario = Weights{{{scenario, 1}}};
    c.physics.long_side_nodes = 33;
    c.render.spp = 1;
    return c;
}

TEST(PhotoGroup, ViewsChangeSlowestAndFramesFastest) {
    PhotoGroupConfig config;
    config.views = 2;
    config.lights = 3;
    config.burst = 4;
    config.burst_interval_s = 0.1;
    EXPECT_EQ(config.photos(), 24);
    for (uint64_t k = 0; k < 24; ++k) {
        const PhotoPlace p = place_of({{7}, 48 + k}, config);
        EXPECT_EQ(p.photo, int(k));
        EXPECT_EQ((p.view * 3 + p.light) * 4 + p.frame, int(k));
        EXPECT_DOUBLE_EQ(p.time_s, (p.frame - 1.5) * 0.1);
        EXPECT_EQ(p.film.root.value, 7u);
        EXPECT_EQ(p.film.index, 48u);
        EXPECT_EQ(p.view_key.index, 48u + uint64_t(12 * p.view));
        EXPECT_EQ(p.light_key.index, 48u + uint64_t(4 * p.light));
        EXPECT_EQ(p.burst_key.index, 48u + k / 4 * 4);
        EXPECT_EQ(p.next.index, 48u + (k + 1) % 24);
    }
    const PhotoPlace alone = place_of({{7}, 5}, {});
    EXPECT_EQ(alone.film.index, 5u);
    EXPECT_EQ(alone.next.index, 5u);
    EXPECT_EQ(alone.time_s, 0);
}

/// Greatest distance between where flow leads and where the other photo has that uv, sampled bilinearly, as a
/// length on the film in pixels of that photo; over pixels whose four neighbours there are film.
struct Agreement {
    double worst_px = 0;
    int compared = 0;
};
Agreement follow(const FilmShot& from, const FilmShot& to) {
    Agreement a;
    const auto flow = from.flow.view<float>(), here = from.maps.uv.view<float>(),
               there = to.maps.uv.view<float>();
    const auto mask = to.maps.mask.view<uint8_t>();
    for (int r = 0; r < from.flow.height_px; ++r)
        for (int c = 0; c < from.flow.width_px; ++c) {
            if (std::isnan(flow(r, c, 0))) continue;
            EXPECT_EQ(from.maps.mask.view<uint8_t>()(r, c), 255);
            const double x = c + double(flow(r, c, 0)), y = r + double(flow(r, c, 1));
            const int j = int(std::floor(x)), i = int(std::floor(y));
            if (i < 0 || j < 0 || i + 1 >= mask.height_px || j + 1 >= mask.width_px) continue;
            if (!(mask(i, j) && mask(i + 1, j) && mask(i, j + 1) && mask(i + 1, j + 1))) continue;
            const auto at = [&](int m, int n) { return Vec2d{there(m, n, 0), there(m, n, 1)}; };
            const Vec2d along = at(i, j + 1) - at(i, j), down = at(i + 1, j) - at(i, j);
            const double fx = x - j, fy = y - i;
            const Vec2d uv = at(i, j) * ((1 - fx) * (1 - fy)) + at(i, j + 1) * (fx * (1 - fy)) +
                             at(i + 1, j) * ((1 - fx) * fy) + at(i + 1, j + 1) * (fx * fy);
            const Vec2d miss = Vec2d{here(r, c, 0), here(r, c, 1)} - uv;
            const double area = cross(along, down);
            if (std::fabs(area) < 1e-9) continue;
            a.worst_px =
                std::max(a.worst_px, std::hypot(cross(miss, down) / area, cross(along, miss) / area));
            ++a.compared;
        }
    return a;
}

TEST(PhotoGroup, FlowLeadsToTheSamePlaceOfTheFilmInTheNextPhoto) {
    const FilmGenerator generator(group_config("held_sides"), {});
    EXPECT_EQ(generator.group_size(), 8);
    FilmGroup group;
    std::vector<FilmShot> shots;
    std::vector<FilmRecipe> recipes;
    for (uint64_t k = 0; k < 8; ++k) {
        if (k == 3 || k == 5 || k == 6) {  // enough is enough
            shots.emplace_back();
            recipes.emplace_back();
            continue;
        }
        recipes.push_back(generator.draw({{3}, 8 + k}));
        shots.push_back(generator.realise(recipes.back(), nullptr, &group));
    }
    for (const auto& [from, to] : {std::pair<size_t, size_t>{0, 1}, {1, 2}, {7, 0}}) {
        const Agreement a = follow(shots[from], shots[to]);
        EXPECT_GT(a.compared, 1000) << from;
        EXPECT_LT(a.worst_px, 0.15) << from;
    }
    // Views differ, lights differ, frames hardly.
    EXPECT_GT(length(shots[0].camera.pose.translation_m - shots[4].camera.pose.translation_m), 0.02);
    EXPECT_NE(recipes[0].stage.heading_deg, recipes[2].stage.heading_deg);
    EXPECT_EQ(recipes[0].stage.tabletop_u, recipes[2].stage.tabletop_u);
    EXPECT_EQ(recipes[0].sensor.exposure_ev, recipes[1].sensor.exposure_ev);
    EXPECT_GT(length(shots[0].camera.pose.rotation.column(2) - shots[1].camera.pose.rotation.column(2)),
              1e-4);
    // One film in one place of the world.
    ASSERT_EQ(shots[0].film.positions_m.size(), shots[7].film.positions_m.size());
    for (size_t k = 0; k < shots[0].film.positions_m.size(); ++k)
        ASSERT_EQ(length(shots[0].film.positions_m[k] - shots[7].film.positions_m[k]), 0);
    EXPECT_EQ(shots[0].sheet->flat.bytes, shots[7].sheet->flat.bytes);
}

TEST(PhotoGroup, PhotoIsTheSameAloneAndAfterOthers) {
    FilmConfig c = group_config("stack");
    c.group.lights = c.group.burst = 1;
    c.film.members = {};
    const FilmGenerator generator(c, {});
    FilmGroup group;
    const FilmShot first = generator.realise(generator.draw({{3}, 2}), nullptr, &group);
    const FilmRecipe recipe = generator.draw({{3}, 3});
    ASSERT_EQ(recipe.place.view, 1);
    const FilmShot with = generator.realise(recipe, nullptr, &group), alone = generator.realise(recipe);
    EXPECT_EQ(with.sheet, first.sheet);  // one print for both
    EXPECT_GE(alone.below.size(), 1u);
    EXPECT_EQ(with.rendered.radiance.bytes, alone.rendered.radiance.bytes);
    EXPECT_EQ(with.maps.wc_m.bytes, alone.maps.wc_m.bytes);
    EXPECT_NE(with.maps.wc_m.bytes, first.maps.wc_m.bytes);
    // The next film of the same generator is another one.
    const FilmShot next = generator.realise(generator.draw({{3}, 4}), nullptr, &group);
    EXPECT_NE(next.sheet->flat.bytes, first.sheet->flat.bytes);
}

TEST(PhotoGroup, FilmsInMotionGoOnFromFrameToFrame) {
    FilmConfig c = group_config("in_hand");
    c.group.views = c.group.lights = 1;
    c.camera.readout_s = Dist<double>(0.03);
    const FilmGenerator generator(c, {});
    FilmGroup group;
    const FilmShot a = generator.realise(generator.draw({{3}, 0}), nullptr, &group),
                   b = generator.realise(generator.draw({{3}, 1}), nullptr, &group);
    double moved = 0, apart = 0;
    for (size_t k = 0; k < a.film.positions_m.size(); ++k) {
        const Vec3f step = b.film.positions_m[k] - a.film.positions_m[k],
                    guess = (a.film_velocities_m_per_s[k] + b.film_velocities_m_per_s[k]) * (0.5f / 30);
        moved += double(dot(step, step));
        apart += double(dot(step - guess, step - guess));
    }
    EXPECT_GT(moved, 0);
    EXPECT_LT(std::sqrt(apart), 0.3 * std::sqrt(moved));
    const Agreement agreement = follow(a, b);
    EXPECT_GT(agreement.compared, 1000);
    EXPECT_LT(agreement.worst_px, 0.15);
}

TEST(PhotoGroup, FilmsInMotionAreNotStretchedByALongBurst) {
    FilmConfig c = group_config("in_hand");
    c.group.views = c.group.lights = 1;
    c.group.burst = 12;
    c.film.members = {};
    const FilmGenerator generator(c, {});
    FilmGroup group;
    for (const uint64_t index : {0, 11}) {
        const FilmShot shot = generator.realise(generator.draw({{3}, index}), nullptr, &group);
        const Mesh& mesh = shot.settled.mesh;
        double worst = 0;
        for (int r = 0; r < shot.settled.rows; ++r)
            for (int k = 0; k + 1 < shot.settled.columns; ++k) {
                const size_t i = size_t(r) * size_t(shot.settled.columns) + size_t(k);
                const double flat_m = double(mesh.uv[i + 1].x - mesh.uv[i].x) * shot.sheet->width_m;
                worst = std::max(
                    worst,
                    std::fabs(double(length(mesh.positions_m[i + 1] - mesh.positions_m[i])) / flat_m - 1));
            }
        EXPECT_LT(worst, 0.03) << index;
        EXPECT_LT(shot.settled.report.strain_p99, 0.005);
    }
    EXPECT_GT(group.frames[11].recipe.at("taken_s"), group.frames[0].recipe.at("taken_s") + 0.36);
}

TEST(PhotoGroup, LightBoxStandsStillBehindAFilmInMotion) {
    FilmConfig c = group_config("in_hand");
    c.group.views = c.group.lights = 1;
    c.group.burst = 4;
    c.group.burst_interval_s = 0.1;
    c.film.members = {};
    c.camera.shake_deg_per_s = Dist<double>(0.0);
    c.camera.readout_s = c.camera.exposure_s = Dist<double>(0.0);
    c.camera.coverage = Dist<double>(0.4);
    c.light.viewing = Weights{{{"lightbox", 1}}};
    const FilmGenerator generator(c, {});
    FilmGroup group;
    const FilmShot a = generator.realise(generator.draw({{3}, 0}), nullptr, &group),
                   b = generator.realise(generator.draw({{3}, 3}), nullptr, &group);
    const auto held = uint16_t(1 + a.settled.obstacles.size());
    const auto one = a.maps.object_id.values<uint16_t>(), other = b.maps.object_id.values<uint16_t>();
    int panel = 0, film_moved = 0;
    for (size_t i = 0; i < one.size(); ++i) {
        film_moved += (one[i] == 1) != (other[i] == 1);
        if ((one[i] >= 1 && one[i] <= held) || (other[i] >= 1 && other[i] <= held)) continue;
        ASSERT_EQ(one[i], other[i]) << i;
        panel += one[i] > held;
    }
    EXPECT_GT(panel, 200);
    EXPECT_GT(film_moved, 100);
}

TEST(PhotoGroup, MainsGoOnBetweenTheFramesOfABurst) {
    FilmConfig c = group_config("lightbox_clips");
    c.group.views = c.group.lights = 1;
    c.group.burst_interval_s = 0.105;  // ten and a half periods
    c.film.members = {};
    c.camera.shake_deg_per_s = Dist<double>(0.0);
    c.camera.readout_s = Dist<double>(0.03);
    c.camera.exposure_s = Dist<double>(0.0005);
    c.light.lightbox_flicker = Dist<double>(0.9);
    c.light.lightbox_flicker_hz = Dist<double>(100.0);
    c.render.spp = 16;
    const FilmGenerator generator(c, {});
    FilmGroup group;
    const FilmShot a = generator.realise(generator.draw({{3}, 0}), nullptr, &group),
                   b = generator.realise(generator.draw({{3}, 1}), nullptr, &group);
    // Of what the panel shows beside the film, what varies from row to row.
    const auto id = a.maps.object_id.view<uint16_t>();
    const auto panel = uint16_t(1 + group.frames[0].obstacles.size());
    double both = 0, one = 0, other = 0, mean_a = 0, mean_b = 0;
    std::vector<Vec2d> pairs;
    for (int r = 0; r < 128; ++r)
        for (int k = 0; k < 128; ++k)
            if (id(r, k) > panel)
                pairs.push_back({double(a.rendered.radiance.view<float>()(r, k, 1)),
                                 double(b.rendered.radiance.view<float>()(r, k, 1))});
    ASSERT_GT(pairs.size(), 300u);
    for (const Vec2d& p : pairs) mean_a += p.x / double(pairs.size()), mean_b += p.y / double(pairs.size());
    for (const Vec2d& p : pairs) {
        both += (p.x - mean_a) * (p.y - mean_b);
        one += (p.x - mean_a) * (p.x - mean_a);
        other += (p.y - mean_b) * (p.y - mean_b);
    }
    EXPECT_LT(both / std::sqrt(one * other), 0.3);  // 1 where the light stands still
}

TEST(PhotoGroup, EachPhotoIsAFunctionOfItsKeyAlone) {
    FilmConfig c = group_config("flat_curl");
    c.group.lights = 1;
    const FilmGenerator generator(c, {});
    const SampleKey keys[] = {{{3}, 4}, {{3}, 5}, {{3}, 6}};
    const std::vector<Sample> together = generator.generate(keys);
    const SampleKey last[] = {keys[2]};
    const std::vector<Sample> alone = generator.generate(last);
    ASSERT_EQ(together.size(), 3u);
    ASSERT_EQ(together[2].fields.size(), alone[0].fields.size());
    for (size_t k = 0; k < alone[0].fields.size(); ++k) {
        const Field &x = together[2].fields[k], &y = alone[0].fields[k];
        EXPECT_EQ(x.name, y.name);
        if (const auto* text = std::get_if<std::string>(&x.value))
            EXPECT_EQ(*text, std::get<std::string>(y.value));
        else if (const auto* image = std::get_if<Image>(&x.value))
            EXPECT_EQ(image->bytes, std::get<Image>(y.value).bytes) << x.name;
        else
            EXPECT_EQ(std::get<NdArray>(x.value).bytes, std::get<NdArray>(y.value).bytes) << x.name;
    }
    EXPECT_EQ(together[0].split, together[2].split);
}

TEST(PhotoGroup, FlowNeedsAnotherPhoto) {
    FilmConfig c = group_config("flat_curl");
    c.group = {};
    try {
        optional_needs(c);
        FAIL();
    } catch (const Error& e) {
        EXPECT_NE(std::string(e.what()).find("group.views"), std::string::npos) << e.what();
    }
}

}  // namespace
}  // namespace radforge::film
