// SPDX-License-Identifier: Apache-2.0
#include "render/path/maps.h"

#include "render/path/scene_data.h"
#include "synth/base/error.h"
#include "tests/render/path/scenes.h"

#include <gtest/gtest.h>

namespace radforge::path {
namespace {

optics::Camera distorted_camera() {
    optics::Camera c = look_at({0.12, 0.55, 0.35}, {0, 0.03, 0}, 160, 120, 150);
    c.k1 = -0.12;
    c.k2 = 0.03;
    c.p1 = 0.002;
    c.p2 = -0.001;
    return c;
}

struct Fixture {
    Device device;
    Mesh mesh;
    Scene scene;
    explicit Fixture(double radius = 0.2, bool with_desk = true)
        : mesh(bent_film(radius, 0.5)), scene(device, description(mesh, with_desk)) {}
    static SceneDescription description(const Mesh& mesh, bool with_desk) {
        SceneDescription d;
        d.environment = constant_environment(1);
        FilmMaterial film = plain_film(0.5);
        film.transmittance = Image(300, 240, 3, PixelType::F32, ColorSpace::Linear);
        for (int i = 0; i < 300; ++i)
            for (int j = 0; j < 240; ++j) {
                film.transmittance.view<float>()(i, j, 0) = (float(j) + 0.5f) / 240;
                film.transmittance.view<float>()(i, j, 1) = (float(i) + 0.5f) / 300;
                film.transmittance.view<float>()(i, j, 2) = (i / 25 + j / 20) % 2 ? 0.7f : 0.1f;
            }
        d.films.push_back({mesh, film});
        if (with_desk)
            d.objects.push_back(plate(rectangle({-2, -0.01, -2}, {4, 0, 0}, {0, 0, 4}), {1, 1, 1}));
        return d;
    }
};

TEST(Maps, FilmPositionOfEachUvProjectsOntoItsPixelCentre) {
    const Fixture f;
    const optics::Camera camera = distorted_camera();
    const GroundTruth g = render_maps(f.scene, camera);
    int count = 0;
    double worst = 0;
    for (int row = 0; row < camera.height_px; ++row)
        for (int column = 0; column < camera.width_px; ++column) {
            if (!g.mask.view<uint8_t>()(row, column)) continue;
            ++count;
            // uv -> film: bilinear cell of the grid, its triangle as the mesh cuts it
            const float* uv = g.uv.view<float>().pixel(row, column);
            const double x = double(uv[0]) * 80, y = double(uv[1]) * 96;
            const int i = std::min(79, int(x)), j = std::min(95, int(y));
            const double s = x - i, t = y - j;
            const auto at = [&](int a, int b) { return to_double(f.mesh.positions_m[size_t(b * 81 + a)]); };
            const Vec3d p = s > t ? at(i, j) * (1 - s) + at(i + 1, j) * (s - t) + at(i + 1, j + 1) * t
                                  : at(i, j) * (1 - t) + at(i, j + 1) * (t - s) + at(i + 1, j + 1) * s;
            const Vec2d px = camera.project(p);
            worst = std::max(worst, length(px - Vec2d{column + 0.5, row + 0.5}));
            const float* wc = g.wc_m.view<float>().pixel(row, column);
            EXPECT_NEAR(length(p - Vec3d{double(wc[0]), double(wc[1]), double(wc[2])}), 0, 2e-6);
        }
    EXPECT_GT(count, 4000);
    EXPECT_LT(worst, 0.01);
}

TEST(Maps, DepthAndNormalAgreeWithThePositions) {
    const Fixture f(0.25, false);
    const optics::Camera camera = look_at({0.1, 0.5, 0.3}, {0, 0, 0}, 400, 300, 500);
    const GroundTruth g = render_maps(f.scene, camera);
    const auto wc = g.wc_m.view<float>();
    const auto position = [&](int r, int c) {
        const float* p = wc.pixel(r, c);
        return Vec3d{double(p[0]), double(p[1]), double(p[2])};
    };
    const auto mask = g.mask.view<uint8_t>();
    int count = 0;
    for (int row = 2; row + 2 < 300; ++row)
        for (int column = 2; column + 2 < 400; ++column) {
            if (!mask(row, column)) continue;
            const Vec3d local = camera.pose.to_local(position(row, column));
            EXPECT_NEAR(local.z, double(g.depth_m.view<float>()(row, column)), 1e-6);
            const float* n = g.normal.view<float>().pixel(row, column);
            const Vec3d normal{double(n[0]), double(n[1]), double(n[2])};
            EXPECT_NEAR(length(normal), 1, 1e-6);
            EXPECT_LT(dot(normal, local), 0) << "towards the camera";
            EXPECT_LT(normal.z, 0);
            if (!mask(row, column - 2) || !mask(row, column + 2) || !mask(row - 2, column) ||
                !mask(row + 2, column))
                continue;
            const Vec3d dx = position(row, column + 2) - position(row, column - 2),
                        dy = position(row + 2, column) - position(row - 2, column);
            const Vec3d across = camera.pose.rotation.transposed() * normalized(cross(dy, dx));
            // facets of 1/80 of the width at R = 0.25 m: two degrees between neighbours
            EXPECT_GT(std::fabs(dot(across, normal)), std::cos(2.5 * M_PI / 180));
            ++count;
        }
    EXPECT_GT(count, 10000);
}

TEST(Maps, PositionsLieOnTheBentSheet) {
    const double radius = 0.2;
    const Fixture f(radius);
    const GroundTruth g = render_maps(f.scene, distorted_camera());
    const double c = std::cos(0.5), s = std::sin(0.5);
    for (size_t k = 0; k < g.mask.value_count(); ++k) {
        if (!g.mask.values<uint8_t>()[k]) continue;
        const float* p = g.wc_m.values<float>().data() + 3 * k;
        const float* uv = g.uv.values<float>().data() + 2 * k;
        const double a = c * double(p[0]) + s * double(p[2]);
        EXPECT_NEAR(std::hypot(a, radius - double(p[1])), radius, 2.5e-5) << "sagitta of a cell is 2e-5 m";
        const double x = (double(uv[0]) - 0.5) * 0.35, z = (double(uv[1]) - 0.5) * 0.43;
        EXPECT_NEAR(std::sin((c * x + s * z) / radius) * radius, a, 2.5e-5);
    }
}

TEST(Maps, MaskIdSideAndZerosAreConsistent) {
    const Fixture f;
    const GroundTruth g = render_maps(f.scene, distorted_camera());
    int desk = 0;
    for (size_t k = 0; k < g.mask.value_count(); ++k) {
        const bool on = g.mask.values<uint8_t>()[k] == 255;
        const int id = g.object_id.values<uint16_t>()[k];
        EXPECT_EQ(on, id == 1);
        desk += id == 2;
        EXPECT_EQ(g.side.values<uint8_t>()[k], on ? 1 : 0) << "the readable side is up";
        if (on) continue;
        for (size_t c = 0; c < 3; ++c) {
            EXPECT_EQ(g.wc_m.values<float>()[3 * k + c], 0);
            EXPECT_EQ(g.normal.values<float>()[3 * k + c], 0);
            EXPECT_EQ(g.albedo.values<float>()[3 * k + c], 0);
        }
        EXPECT_EQ(g.depth_m.values<float>()[k], 0);
    }
    EXPECT_GT(desk, 1000);
    const GroundTruth below = render_maps(Scene(f.device, Fixture::description(f.mesh, false)),
                                          look_at({0, -0.6, 0.1}, {0, 0, 0}, 40, 40, 40));
    EXPECT_EQ(below.side.view<uint8_t>()(20, 20), 2);
}

TEST(Maps, AlbedoIsTheTextureOverThePixelsFootprint) {
    const Fixture f(0.5, false);
    const optics::Camera camera = look_at({0.05, 0.6, 0.2}, {0, 0, 0}, 120, 120, 150);
    const GroundTruth g = render_maps(f.scene, camera);
    for (int row = 1; row < 119; ++row)
        for (int column = 1; column < 119; ++column) {
            if (!g.mask.view<uint8_t>()(row, column)) continue;
            const float* uv = g.uv.view<float>().pixel(row, column);
            if (uv[0] < 0.03f || uv[0] > 0.97f || uv[1] < 0.03f || uv[1] > 0.97f) continue;
            const float* a = g.albedo.view<float>().pixel(row, column);
            EXPECT_NEAR(a[0], uv[0], 1.5e-3f) << "the mean of a ramp is its middle";
            EXPECT_NEAR(a[1], uv[1], 1.5e-3f);
            // The checkerboard by brute force over the pixel's own rays, where they all meet the film.
            if (row % 7 || column % 7 || g.coverage.view<uint8_t>()(row, column) < 255) continue;
            double sum = 0;
            const int n = 24;
            optics::Camera zoom = camera;
            zoom.width_px = zoom.height_px = n;
            zoom.fx_px = zoom.fy_px = camera.fx_px * n;
            zoom.cx_px = (camera.cx_px - column) * n;
            zoom.cy_px = (camera.cy_px - row) * n;
            const GroundTruth fine = render_maps(f.scene, zoom);
            for (size_t k = 0; k < size_t(n * n); ++k) {
                const float* t = fine.uv.values<float>().data() + 2 * k;
                const float x = t[0] * 240 - 0.5f, y = t[1] * 300 - 0.5f, fx = x - std::floor(x),
                            fy = y - std::floor(y);
                const auto texel = [&](int i, int j) {
                    return ((int(y) + i) / 25 + (int(x) + j) / 20) % 2 ? 0.7f : 0.1f;
                };
                sum += double((texel(0, 0) * (1 - fx) + texel(0, 1) * fx) * (1 - fy) +
                              (texel(1, 0) * (1 - fx) + texel(1, 1) * fx) * fy);
            }
            EXPECT_NEAR(srgb_from_linear(a[2]), srgb_from_linear(float(sum / (n * n))), 2.0 / 255)
                << row << " " << column;
        }
}

TEST(Maps, CoverageIsTheFilmsShareOfThePixel) {
    const Device device;
    SceneDescription d;
    d.environment = constant_environment(1);
    // Seen from 1 m at f = 100 px: a pixel is 10 mm; the film spans 4.3 x 2 pixels about the centre.
    d.films.push_back({rectangle({-0.0215, 0.01, 0}, {0.043, 0, 0}, {0, -0.02, 0}), plain_film(1)});
    const GroundTruth g = render_maps(Scene(device, d), look_at({0, 0, 1}, {0, 0, 0}, 10, 10, 100));
    double total = 0;
    for (const uint8_t v : g.coverage.values<uint8_t>()) total += v / 255.0;
    EXPECT_NEAR(total, 4.3 * 2, 0.35);
    EXPECT_EQ(g.coverage.view<uint8_t>()(4, 5), 255);
    MapRequest without;
    without.coverage = false;
    const GroundTruth plain =
        render_maps(Scene(device, d), look_at({0, 0, 1}, {0, 0, 0}, 10, 10, 100), without);
    EXPECT_TRUE(plain.coverage.bytes.empty());
    EXPECT_EQ(plain.uv.bytes, g.uv.bytes);
    EXPECT_NEAR(g.coverage.view<uint8_t>()(4, 7), 0.15 * 255, 20);
    EXPECT_EQ(g.coverage.view<uint8_t>()(0, 0), 0);
}

TEST(Maps, ClosedViewsHaveNoCracks) {
    for (const double radius : {0.06, 0.3}) {
        const Fixture f(radius, false);
        // Close enough for the film to fill the frame.
        const GroundTruth g = render_maps(f.scene, look_at({0.003, 0.1, 0.004}, {0, 0, 0}, 500, 500, 900));
        for (const uint8_t v : g.mask.values<uint8_t>()) ASSERT_EQ(v, 255);
    }
}
TEST(SlowMaps, ClosedViewsHaveNoCracksOverAHundredMillionRays) {
    const Fixture f(0.06, false);
    for (int k = 0; k < 100; ++k) {
        const double a = 0.7 * k;
        const GroundTruth g =
            render_maps(f.scene, look_at({0.01 * std::cos(a), 0.08 + 0.0003 * k, 0.01 * std::sin(a)},
                                         {0, 0, 0}, 1000, 1000, 1800));
        for (const uint8_t v : g.mask.values<uint8_t>()) ASSERT_EQ(v, 255);
    }
}

TEST(Visibility, EveryMappedPixelIsVisibleAndHiddenPointsAreNot) {
    // Rolled to more than half a turn: the sheet hides part of itself.
    const Fixture f(0.09, false);
    const optics::Camera camera = look_at({0.3, 0.25, 0.4}, {0, 0.09, 0}, 200, 160, 220);
    const GroundTruth g = render_maps(f.scene, camera);
    for (size_t k = 0; k < g.mask.value_count(); ++k) {
        if (!g.mask.values<uint8_t>()[k]) continue;
        const float* p = g.wc_m.values<float>().data() + 3 * k;
        const uint16_t* id = g.face.values<uint16_t>().data() + 2 * k;
        const Visibility v = visibility(f.scene, camera, {double(p[0]), double(p[1]), double(p[2])}, 0,
                                        id[0] | uint32_t(id[1]) << 16);
        ASSERT_EQ(v, g.side.values<uint8_t>()[k] == 1 ? Visibility::Visible : Visibility::BackFacing);
    }
    // Centres of all faces against a search through all faces in double precision.
    int counts[5] = {};
    for (uint32_t face = 0; face < f.mesh.faces.size(); face += 97) {
        const auto vertex = [&](uint32_t t, size_t k) {
            return to_double(f.mesh.positions_m[f.mesh.faces[t][k]]);
        };
        const Vec3d at = (vertex(face, 0) + vertex(face, 1) + vertex(face, 2)) / 3.0,
                    o = camera.pose.translation_m, d = at - o;
        bool hidden = false;
        for (uint32_t other = 0; other < f.mesh.faces.size() && !hidden; ++other) {
            const Vec3d a = vertex(other, 0), e1 = vertex(other, 1) - a, e2 = vertex(other, 2) - a,
                        n = cross(e1, e2);
            const double t = dot(n, a - o) / dot(n, d);
            if (!(t > 0 && t < 1 - 1e-6)) continue;
            const Vec3d q = o + d * t - a;
            const double u = dot(cross(q, e2), n) / dot(n, n), v = dot(cross(e1, q), n) / dot(n, n);
            hidden = u >= 0 && v >= 0 && u + v <= 1;
        }
        const Visibility v = visibility(f.scene, camera, at, 0, face);
        ++counts[size_t(v)];
        if (v == Visibility::OutOfFrame) continue;
        EXPECT_EQ(is_visible(v), !hidden) << face;
    }
    EXPECT_GT(counts[size_t(Visibility::Occluded)], 5);
    EXPECT_GT(counts[size_t(Visibility::Visible)], 5);
    EXPECT_GT(counts[size_t(Visibility::BackFacing)], 5);
    EXPECT_EQ(visibility(f.scene, camera, {5, 0, 0}, 0, 0), Visibility::OutOfFrame);
    EXPECT_THROW(visibility(f.scene, camera, {}, 1, 0), Error);
}

TEST(Visibility, AFilmHidesWhatLiesJustBeyondItsHorizon) {
    const double radius = 0.1;
    const Device device;
    const Mesh mesh = bent_film(radius, 0, 321, 3);  // facets of 1.1 mm
    SceneDescription d;
    d.environment = constant_environment(1);
    d.films.push_back({mesh, plain_film(0.5)});
    const Scene scene(device, d);
    for (uint32_t face = 400; face < 600; face += 7) {
        const auto vertex = [&](size_t k) { return to_double(mesh.positions_m[mesh.faces[face][k]]); };
        const Vec3d at = (vertex(0) + vertex(1) + vertex(2)) / 3.0;
        Vec3d out = normalized(cross(vertex(1) - vertex(0), vertex(2) - vertex(0)));
        if (dot(out, at - Vec3d{0, radius, 0}) < 0) out = -out;
        for (const double way : {-0.5, 0.5})
            for (const double height_m : {-2e-4, -5e-5, 5e-5, 2e-4}) {  // of the eye over the facet's plane
                const Vec3d eye = at + Vec3d{-out.y, out.x, 0} * way + out * height_m;
                EXPECT_EQ(visibility(scene, look_at(eye, at, 64, 64, 64, {0, 0, 1}), at, 0, face),
                          height_m < 0 ? Visibility::Occluded : Visibility::BackFacing)
                    << face << " " << way << " " << height_m;
            }
    }
}

TEST(Visibility, ALookAtManyPointsIsALookAtEach) {
    // Two films, the upper one rolled to more than half a turn; the lower one moves.
    const Device device;
    const Mesh mesh = bent_film(0.09, 0.5), flat = rectangle({-0.3, -0.02, -0.3}, {0.6, 0, 0}, {0, 0, 0.6});
    SceneDescription d;
    d.environment = constant_environment(1);
    d.films.push_back({mesh, plain_film(0.5)});
    d.films.push_back({flat, plain_film(0.5), std::vector<Vec3f>(flat.positions_m.size(), {0.2f, 0, 0.1f})});
    d.time_span_s = 0.1;
    const Scene scene(device, d);
    optics::Camera camera = look_at({0.3, 0.25, 0.4}, {0, 0.09, 0}, 200, 160, 220);
    camera.motion.readout_s = 0.05;
    camera.motion.turn_rad_per_s = {0.3, -0.2, 0.1};
    int counts[5] = {};
    for (const int film : {0, 1}) {
        const Mesh& of = film == 0 ? mesh : flat;
        std::vector<FilmPoint> points;
        for (int k = 0; k < 1501; ++k) {
            FilmPoint point;
            point.face = uint32_t(size_t(k) * of.faces.size() / 1501);
            const Tri& t = of.faces[point.face];
            const double b = (k % 17 + 0.5) / 17, c = (1 - b) * (k % 5 + 0.5) / 5;
            point.world_m = to_double(of.positions_m[t[0]]) * (1 - b - c) +
                            to_double(of.positions_m[t[1]]) * b + to_double(of.positions_m[t[2]]) * c;
            points.push_back(point);
        }
        look(scene, camera, film, points);
        for (const FilmPoint& p : points) {
            ++counts[size_t(p.seen)];
            ASSERT_EQ(p.seen, visibility(scene, camera, p.world_m, film, p.face));
            const Vec2d px = camera.project(p.world_m, film_velocity(scene, p.world_m, film, p.face));
            if (!std::isnan(px.x)) {
                ASSERT_EQ(p.px, px);
            }
        }
    }
    for (const Visibility v :
         {Visibility::Visible, Visibility::Occluded, Visibility::BackFacing, Visibility::OutOfFrame})
        EXPECT_GT(counts[size_t(v)], 20) << int(v);
    look(scene, camera, 0, {});
}

TEST(Maps, ShadingNormalsTurnWithAMovingFilm) {
    const Device device;
    const Mesh mesh = rectangle({-0.2, 0, -0.2}, {0.4, 0, 0}, {0, 0, 0.4});
    ASSERT_EQ(mesh.positions_m.size(), 4u);
    SceneDescription d;
    d.environment = constant_environment(1);
    std::vector<Vec3f> velocities;
    for (const Vec3f p : mesh.positions_m) velocities.push_back(cross(Vec3f{1.5f, 0, 0.8f}, p));
    d.films.push_back({mesh, plain_film(0.5), velocities});
    d.time_span_s = 0.06;
    const Scene scene(device, d);
    optics::Camera camera = look_at({0.05, 0.6, 0.1}, {0, 0, 0}, 48, 40, 60);
    camera.motion.readout_s = 0.05;
    const GroundTruth g = render_maps(scene, camera, {true, nullptr, false});
    int count = 0;
    for (int row = 0; row < 40; ++row)
        for (int column = 0; column < 48; ++column) {
            if (!g.mask.view<uint8_t>()(row, column)) continue;
            ++count;
            for (int k = 0; k < 3; ++k)
                ASSERT_NEAR(g.shading_normal.view<float>()(row, column, k),
                            g.normal.view<float>()(row, column, k), 2e-4)
                    << row;  // 0.04 at the first and last rows if they stood still
        }
    EXPECT_GT(count, 500);
}

TEST(Maps, AnObjectsNormalsTurnWithIt) {
    OpaqueObject object;
    object.name = "sheet";
    object.mesh = rectangle({-0.2, 0, -0.2}, {0.4, 0, 0}, {0, 0, 0.4});
    for (const Vec3f p : object.mesh.positions_m)
        object.velocities_m_per_s.push_back(cross(Vec3f{2, 0, 0}, p));
    for (const bool smooth : {false, true}) {
        object.smooth = smooth;
        const ObjectData data(object);
        Hit hit;
        hit.b1 = hit.b2 = 0.3f;
        hit.time_s = 0.02f;
        const SurfacePoint point = data.point(hit, {0, -1, 0});
        const Vec3f turned = normalized(Vec3f{0, 1, 2 * 0.02f});
        EXPECT_LT(length(point.geometric - turned), 1e-5f) << smooth;
        EXPECT_LT(length(point.shading - turned), 1e-4f) << smooth;
    }
}

TEST(Maps, AMovingFilmIsWhereItsRowsExposureFindsIt) {
    const Device device;
    const Mesh mesh = bent_film(0.2, 0.5);
    SceneDescription d;
    d.environment = constant_environment(1);
    std::vector<Vec3f> velocities;
    for (const Vec3f p : mesh.positions_m) velocities.push_back({0.3f - p.z, 0.1f, 0.2f + p.x});
    d.films.push_back({mesh, plain_film(0.5), velocities});
    // A still film below is surroundings.
    d.films.push_back({rectangle({-1, -0.2, -1}, {2, 0, 0}, {0, 0, 2}), plain_film(0.5)});
    d.time_span_s = 0.1;
    const Scene scene(device, d);
    optics::Camera camera = look_at({0.1, 0.8, 0.3}, {0, 0, 0}, 90, 80, 110);
    camera.motion.readout_s = 0.05;
    camera.motion.turn_rad_per_s = {0.3, -0.2, 0.1};
    const GroundTruth g = render_maps(scene, camera);
    int count = 0, lower = 0;
    for (int row = 0; row < 80; ++row)
        for (int column = 0; column < 90; ++column) {
            const int id = g.object_id.view<uint16_t>()(row, column);
            EXPECT_EQ(g.mask.view<uint8_t>()(row, column) == 255, id == 1);
            lower += id == 2;
            if (id != 1) continue;
            ++count;
            const float* w = g.wc_m.view<float>().pixel(row, column);
            const Vec3d seen{double(w[0]), double(w[1]), double(w[2])};
            const Pose pose = camera.pose_at(camera.row_time_s(row + 0.5));
            const Vec2d own = camera.project_local(pose.to_local(seen));
            ASSERT_NEAR(own.x, column + 0.5, 0.01);
            ASSERT_NEAR(own.y, row + 0.5, 0.01);
            // Depth times the pixel's direction is the place in the frame of that row's camera.
            const Vec3d local = camera.direction_local({column + 0.5, row + 0.5}) *
                                double(g.depth_m.view<float>()(row, column));
            ASSERT_LT(length(local - pose.to_local(seen)), 2e-6);
            // Back to time 0 by the face's velocity, and forth again.
            const uint16_t* f = g.face.view<uint16_t>().pixel(row, column);
            const uint32_t face = uint32_t(f[0]) | uint32_t(f[1]) << 16;
            const float* uv = g.uv.view<float>().pixel(row, column);
            const Tri& t = mesh.faces[face];
            const auto at = [&](int k) { return mesh.uv[t[size_t(k)]]; };
            const float area = cross(at(1) - at(0), at(2) - at(0));
            const Vec2f p{uv[0] - at(0).x, uv[1] - at(0).y};
            const double b1 = double(cross(p, at(2) - at(0)) / area),
                         b2 = double(cross(at(1) - at(0), p) / area);
            const auto vertex = [&](int k) { return to_double(mesh.positions_m[t[size_t(k)]]); };
            const Vec3d at_rest = vertex(0) * (1 - b1 - b2) + vertex(1) * b1 + vertex(2) * b2;
            const double time_s = camera.row_time_s(row + 0.5);
            const auto moved = [&](int k) {
                return vertex(k) + to_double(velocities[t[size_t(k)]]) * time_s;
            };
            const Vec3d across = normalized(cross(moved(1) - moved(0), moved(2) - moved(0)));
            const float* n = g.normal.view<float>().pixel(row, column);
            const Vec3d normal = pose.rotation * Vec3d{double(n[0]), double(n[1]), double(n[2])};
            ASSERT_LT(length(cross(normal, across)), 1e-5);
            ASSERT_LT(dot(normal, seen - pose.translation_m), 0);
            const Vec3d velocity = film_velocity(scene, at_rest, 0, face);
            EXPECT_NEAR(velocity.x, 0.3 - at_rest.z, 1e-4);
            EXPECT_LT(length(at_rest + velocity * time_s - seen), 3e-5);
            const Vec2d px = camera.project(at_rest, velocity);
            EXPECT_NEAR(px.x, column + 0.5, 0.02);
            EXPECT_NEAR(px.y, row + 0.5, 0.02);
            EXPECT_TRUE(is_visible(visibility(scene, camera, at_rest, 0, face)));
        }
    EXPECT_GT(count, 1000);
    EXPECT_GT(lower, 100);
}

TEST(Maps, UvStepIsTheChangeFromPixelToPixelUnderARollingShutterToo) {
    const Device device;
    const Mesh mesh = rectangle({-0.175, 0, -0.215}, {0.35, 0, 0}, {0, 0, 0.43});
    std::vector<Vec3f> velocities;
    for (const Vec3f p : mesh.positions_m) velocities.push_back({0.3f - p.z, 0.2f * p.x, 0.2f + p.x});
    for (const bool moving_film : {false, true}) {
        SceneDescription d;
        d.environment = constant_environment(1);
        d.films.push_back({mesh, plain_film(0.5)});
        if (moving_film) d.films[0].velocities_m_per_s = velocities;
        d.time_span_s = 0.1;
        const Scene scene(device, d);
        optics::Camera camera = look_at({0.1, 0.7, 0.3}, {0, 0, 0}, 200, 200, 300);
        camera.k1 = -0.05;
        camera.motion.readout_s = 0.1;
        const double shake = 40 * M_PI / 180;
        camera.motion.turn_rad_per_s = {shake, -shake, shake};
        camera.motion.velocity_m_per_s = {0.1, -0.05, 0.1};
        MapRequest request;
        request.surface = true;
        const GroundTruth g = render_maps(scene, camera, request);
        const auto face = g.face.view<uint16_t>();
        const auto uv = g.uv.view<float>();
        double worst = 0;
        int count = 0;
        for (int r = 1; r < 199; ++r)
            for (int c = 1; c < 199; ++c) {
                bool same = g.mask.view<uint8_t>()(r, c) != 0;
                for (const auto& [i, j] : {std::pair{r - 1, c}, {r + 1, c}, {r, c - 1}, {r, c + 1}})
                    same = same && g.mask.view<uint8_t>()(i, j) != 0 && face(i, j, 0) == face(r, c, 0);
                if (!same) continue;
                ++count;
                const float* step = g.uv_step.view<float>().pixel(r, c);
                for (int k = 0; k < 2; ++k) {
                    worst = std::max(
                        worst, std::fabs(double(uv(r, c + 1, k) - uv(r, c - 1, k)) / 2 - double(step[k])));
                    worst = std::max(worst, std::fabs(double(uv(r + 1, c, k) - uv(r - 1, c, k)) / 2 -
                                                      double(step[2 + k])));
                }
            }
        EXPECT_GT(count, 8000);
        EXPECT_LT(worst, 1e-5) << "of steps of 0.006; film in motion: " << moving_film;
    }
}

}  // namespace
}  // namespace radforge::path
