// SPDX-License-Identifier: Apache-2.0
#include "render/path/scene.h"

#include "render/path/scene_data.h"
#include "synth/base/error.h"
#include "synth/base/parallel.h"
#include "tests/render/path/scenes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace radforge::path {
namespace {

std::string refusal(SceneDescription d) {
    try {
        const Device device;
        const Scene scene(device, std::move(d));
    } catch (const Error& e) {
        return e.what();
    }
    return "";
}

TEST(Device, LeavesAllThreadsToTheProgram) {
    const ThreadLimit two(2);
    const Device device;
    // Two blocks that wait for each other can only both arrive on two threads.
    std::atomic<int> arrived{0};
    parallel_for(2, 1, [&](int64_t, int64_t) {
        ++arrived;
        const auto start = std::chrono::steady_clock::now();
        while (arrived < 2 && std::chrono::steady_clock::now() - start < std::chrono::seconds(20))
            std::this_thread::yield();
        EXPECT_EQ(arrived, 2);
    });
}

TEST(Scene, RefusesWhatCannotBeRendered) {
    SceneDescription dark;
    EXPECT_THAT(refusal(dark), testing::HasSubstr("nothing emits light"));
    SceneDescription d;
    d.environment = constant_environment(1);
    EXPECT_EQ(refusal(d), "");
    SceneDescription no_uv = d;
    no_uv.films.push_back({bent_film(1, 0), plain_film(1)});
    no_uv.films[0].mesh.uv.clear();
    EXPECT_THAT(refusal(no_uv), testing::HasSubstr("no texture coordinates"));
    SceneDescription folded = d;
    folded.films.push_back({bent_film(1, 0), plain_film(1)});
    for (size_t k = 0; k < folded.films[0].mesh.faces.size() / 2; ++k)
        std::swap(folded.films[0].mesh.faces[k][0], folded.films[0].mesh.faces[k][1]);
    EXPECT_THAT(refusal(folded), testing::HasSubstr("folded"));
    SceneDescription index = d;
    index.objects.push_back(plate(rectangle({}, {1, 0, 0}, {0, 1, 0}), {1, 1, 1}));
    index.objects[0].mesh.faces[0][1] = 9;
    EXPECT_THAT(refusal(index), testing::HasSubstr("plate"));
    EXPECT_THROW(Device("mmx"), Error);
}

TEST(Scene, SideAIsTheReadableOneWhateverTheWinding) {
    for (const bool flip : {false, true}) {
        FilmObject object{rectangle({0, 0, 0}, {1, 0, 0}, {0, 0, 1}),
                          plain_film(1)};  // u to +x, v to +z: readable from +y
        if (flip)
            for (Tri& f : object.mesh.faces) std::swap(f[0], f[1]);
        const FilmData film(object);
        Hit hit;
        hit.b1 = hit.b2 = 0.3f;
        EXPECT_FALSE(film.point(hit, {0, -1, 0}).back);
        EXPECT_TRUE(film.point(hit, {0, 1, 0}).back);
        EXPECT_NEAR(film.point(hit, {0, -1, 0}).shading.y, 1, 1e-6f);
        EXPECT_NEAR(film.point(hit, {0, 1, 0}).geometric.y, -1, 1e-6f);
    }
}

TEST(Scene, ShadowRaysMultiplyTheFilmsTheyCross) {
    const Device device;
    SceneDescription d;
    d.environment = constant_environment(1);
    for (int k = 0; k < 3; ++k)
        d.films.push_back({rectangle({-1, 0.1 * k, -1}, {2, 0, 0}, {0, 0, 2}), plain_film(0.3 + 0.2 * k)});
    d.objects.push_back(plate(rectangle({0, 1, -1}, {1, 0, 0}, {0, 0, 2}), {1, 1, 1}));
    const Scene scene(device, d);
    EXPECT_NEAR(scene.data().visibility({-0.5f, -1, 0.1f}, {0, 1, 0}, 10, 0, 0).x / std::pow(10, -1.5), 1,
                2e-3);
    EXPECT_NEAR(scene.data().visibility({-0.5f, -1, 0.1f}, {0, 1, 0}, 1.15f, 0, 0).x / std::pow(10, -0.8), 1,
                2e-3)
        << "two within reach";
    EXPECT_EQ(scene.data().visibility({0.5f, -1, 0.1f}, {0, 1, 0}, 10, 0, 0).x, 0) << "behind the plate";
    EXPECT_EQ(scene.data().visibility({0.5f, 0.5f, 0.1f}, {0, -1, 0}, 0.2f, 0, 0).x, 1);
}

TEST(Scene, ShadowRaysCountEachFaceOnceOnAFineMesh) {
    const Device device;
    SceneDescription d;
    d.environment = constant_environment(1);
    d.films.push_back({bent_film(0.1, 0.4), plain_film(0.5)});
    const Scene scene(device, d);
    int checked = 0;
    for (int k = 0; k < 4000; ++k) {
        const float x = -0.05f + 0.1f * float(k % 63) / 63, z = -0.05f + 0.1f * float(k / 63) / 63;
        Hit hit;
        ASSERT_TRUE(scene.data().intersect({x, -1, z}, {0, 1, 0}, hit));
        const SurfacePoint p = scene.data().films[0].point(hit, {0, 1, 0});
        const FilmModel& model = scene.data().films[0].model;
        const auto t = float(std::pow(10, -0.5));
        const float one = film_straight_transmittance(model, {t, t, t}, std::fabs(p.shading.y)).x;
        const float seen = scene.data().visibility({x, -1, z}, {0, 1, 0}, 1.1f, 0, 0).x;
        checked += seen < 1;
        if (seen < 1) {
            EXPECT_NEAR(seen / one, 1, 1e-3) << x << " " << z;
        }
    }
    EXPECT_GT(checked, 3000);
}

TEST(Scene, APacketMeetsWhatItsRaysMeet) {
    const Device device;
    SceneDescription d;
    d.environment = constant_environment(1);
    const Mesh mesh = bent_film(0.1, 0.4);
    d.films.push_back({mesh, plain_film(0.5), std::vector<Vec3f>(mesh.positions_m.size(), {0.2f, 0.5f, 0})});
    d.objects.push_back(plate(rectangle({0, 0.2, -1}, {1, 0, 0}, {0, 0, 2}), {1, 1, 1}));
    d.time_span_s = 0.1;
    const Scene scene(device, d);
    int films = 0, plates = 0, nothing = 0;
    for (int k = 0; k < 3000; ++k) {
        RayPacket rays;
        const int count = 1 + k % RayPacket::kMost;
        for (int i = 0; i < count; ++i)
            rays.add({float(i), -1, 0},
                     normalized(Vec3f{0.1f * float(k % 50) / 50 - float(i), 1, 0.0001f * float(k)}),
                     float(k % 7) / 70 - 0.04f);
        PacketHits hits;
        const unsigned met = scene.data().intersect(rays, hits);
        EXPECT_EQ(met >> count, 0u);
        for (size_t i = 0; i < size_t(count); ++i) {
            Hit alone;
            const bool meets =
                scene.data().intersect(rays.origins[i], rays.directions[i], alone, true, rays.times_s[i]);
            ASSERT_EQ((met >> i & 1u) != 0, meets);
            if (!meets) {
                ++nothing;
                continue;
            }
            ++(alone.geometry == 0 ? films : plates);
            EXPECT_EQ(hits[i].geometry, alone.geometry);
            EXPECT_EQ(hits[i].face, alone.face);
            EXPECT_NEAR(hits[i].distance_m, alone.distance_m, 1e-6f);
            EXPECT_NEAR(hits[i].b1, alone.b1, 1e-4f);
            EXPECT_NEAR(hits[i].b2, alone.b2, 1e-4f);
            EXPECT_EQ(hits[i].time_s, rays.times_s[i]);
        }
    }
    EXPECT_GT(films, 1000);
    EXPECT_GT(plates, 1000);
    EXPECT_GT(nothing, 1000);
}

TEST(Scene, GreaseLiesNearTheEdgesAndStaysAShare) {
    Fingerprints prints;
    prints.count = 40;
    prints.seed = 5;
    const Vec2f size{0.35f, 0.43f};
    const GreaseMap map(prints, size);
    double edge = 0, middle = 0;
    int edges = 0, middles = 0;
    for (int i = 0; i < 430; ++i)
        for (int j = 0; j < 350; ++j) {
            const Vec2f place{(float(j) + 0.5f) * 1e-3f, (float(i) + 0.5f) * 1e-3f};
            const float grease = map(place);
            ASSERT_GE(grease, 0);
            ASSERT_LE(grease, 1);
            const float away =
                std::min(std::min(place.x, size.x - place.x), std::min(place.y, size.y - place.y));
            if (away < 0.05f)
                edge += double(grease), ++edges;
            else if (away > 0.13f)
                middle += double(grease), ++middles;
        }
    EXPECT_GT(edge / edges, 0.01);
    EXPECT_LT(middle / middles, 0.1 * edge / edges);
    EXPECT_TRUE(GreaseMap(Fingerprints{}, size).clean());
}

TEST(Scene, OrangePeelHasTheSlopeAskedFor) {
    OrangePeel peel{0.01, 0.004, 12345};
    const SlopeTile tile(peel);
    double square = 0, sum = 0;
    Vec2f before = tile({0, 0});
    double step = 0;
    const int n = 20000;
    for (int k = 0; k < n; ++k) {
        const Vec2f s = tile({float(k) * 1e-4f, 0.013f});
        square += double(s.x * s.x + s.y * s.y) / 2;
        sum += double(s.x);
        if (k > 0) step = std::max(step, double(std::fabs(s.x - before.x)));
        before = s;
    }
    EXPECT_NEAR(std::sqrt(square / n), 0.004, 0.001);
    EXPECT_NEAR(sum / n, 0, 5e-4);
    EXPECT_LT(step, 0.004) << "smooth over a hundredth of the wavelength";
    peel.seed = 12346;
    EXPECT_NE(SlopeTile(peel)({0.01f, 0.01f}).x, tile({0.01f, 0.01f}).x);
}

}  // namespace
}  // namespace radforge::path
