// SPDX-License-Identifier: Apache-2.0
#include "render/geometry/backward_map.h"

#include "render/optics/camera.h"
#include "synth/base/error.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

namespace radforge::geometry {
namespace {

constexpr double kWidthM = 0.35, kHeightM = 0.43;
using Surface = std::function<Vec3d(double u, double v)>;

Mesh mesh_of(const Surface& surface, int columns, int rows) {
    std::vector<Vec3f> positions;
    for (int r = 0; r < rows; ++r)
        for (int c = 0; c < columns; ++c)
            positions.push_back(to_float(surface(double(c) / (columns - 1), double(r) / (rows - 1))));
    return grid_mesh(columns, rows, std::move(positions));
}

/// Camera at the origin looking along +z; the sheet is about 0.7 m away.
optics::Camera camera(int side = 400, double k1 = 0) {
    optics::Camera c;
    c.width_px = c.height_px = side;
    c.fx_px = c.fy_px = 1.1 * side;
    c.cx_px = c.cy_px = 0.5 * side;
    c.k1 = k1;
    return c;
}

Vec3d tilted_plane(double u, double v) {
    return rotation_about(normalized(Vec3d{1, 0.4, 0.2}), 0.6) *
               Vec3d{(u - 0.5) * kWidthM, (v - 0.5) * kHeightM, 0} +
           Vec3d{0.02, -0.01, 0.75};
}

/// Bent about the vertical axis with radius 0.12 m, hollow side away from the camera: isometric in u.
Vec3d cylinder(double u, double v) {
    constexpr double radius = 0.12;
    const double angle = (u - 0.5) * 0.7 * kWidthM / radius;
    return {radius * std::sin(angle), (v - 0.5) * kHeightM, 0.8 - radius * std::cos(angle)};
}

/// Nothing hides a point but the sheet's own back: visible when the surface's normal faces the camera.
TexelVisible always() {
    return [](int, int, Vec3d, int, Vec2d) { return true; };
}

Image map_of(const Mesh& mesh, const optics::Camera& c, int h, int w,
             const TexelVisible& visible = always()) {
    return backward_map(
        mesh, h, w, [&](Vec3d p, int) { return c.project(p); }, visible, c.height_px, c.width_px);
}

Vec2d pixel_at(const Image& bm, int r, int c, const optics::Camera& camera_) {
    const float* p = bm.view<float>().pixel(r, c);
    return {0.5 * (double(p[0]) + 1) * camera_.width_px, 0.5 * (double(p[1]) + 1) * camera_.height_px};
}

/// uv of the surface at each pixel centre, by a search along the camera ray: closed form for the plane and
/// cylinder.
struct Seen {
    Image uv, mask;
};
Seen look_at(const Surface& surface, const optics::Camera& c) {
    Seen seen{Image(c.height_px, c.width_px, 2, PixelType::F32, ColorSpace::Data),
              Image(c.height_px, c.width_px, 1, PixelType::U8, ColorSpace::Data)};
    for (int r = 0; r < c.height_px; ++r)
        for (int col = 0; col < c.width_px; ++col) {
            const Vec2d target{col + 0.5, r + 0.5};
            Vec2d at{0.5, 0.5};
            for (int i = 0; i < 30; ++i) {  // Newton with numerical derivatives
                const double h = 1e-6;
                const Vec2d f = c.project(surface(at.x, at.y)) - target;
                const Vec2d fu = (c.project(surface(at.x + h, at.y)) - target - f) * (1 / h);
                const Vec2d fv = (c.project(surface(at.x, at.y + h)) - target - f) * (1 / h);
                const double det = cross(fu, fv);
                const Vec2d step{cross(f, fv) / det, cross(fu, f) / det};
                const double size = length(step);
                at = at - step * (size > 0.3 ? 0.3 / size : 1.0);
            }
            if (!(length(c.project(surface(at.x, at.y)) - target) < 1e-9)) continue;
            if (at.x < 0 || at.x > 1 || at.y < 0 || at.y > 1) continue;
            seen.uv.view<float>()(r, col, 0) = float(at.x);
            seen.uv.view<float>()(r, col, 1) = float(at.y);
            seen.mask.view<uint8_t>()(r, col) = 255;
        }
    return seen;
}

TEST(BackwardMap, PlaneIsTheHomographyTo1e6) {
    const optics::Camera c = camera();
    const Image bm = map_of(mesh_of(tilted_plane, 5, 4), c, 60, 50);
    for (int i = 0; i < 60; ++i)
        for (int j = 0; j < 50; ++j) {
            const Vec2d px = c.project(tilted_plane((j + 0.5) / 50, (i + 0.5) / 60));
            ASSERT_NEAR(bm.view<float>()(i, j, 0), 2 * px.x / 400 - 1, 1e-6);
            ASSERT_NEAR(bm.view<float>()(i, j, 1), 2 * px.y / 400 - 1, 1e-6);
        }
}

TEST(BackwardMap, CylinderIsTheClosedFormToTheSagittaOfItsFacets) {
    const optics::Camera c = camera(400, -0.08);
    const int columns = 500;
    const Image bm = map_of(mesh_of(cylinder, columns, 3), c, 64, 64);
    // Facets of 0.49 mm lie (0.49 mm)^2 / (8 * 120 mm) = 0.25 um inside: under 0.001 px here.
    for (int i = 0; i < 64; ++i)
        for (int j = 0; j < 64; ++j)
            ASSERT_LT(length(pixel_at(bm, i, j, c) - c.project(cylinder((j + 0.5) / 64, (i + 0.5) / 64))),
                      1e-3);
}

TEST(BackwardMap, HiddenOutOfFrameAndBehindAreNaN) {
    const optics::Camera c = camera();
    const Mesh mesh = mesh_of(tilted_plane, 9, 9);
    const Image half =
        map_of(mesh, c, 20, 20, [](int, int column, Vec3d, int, Vec2d) { return column < 10; });
    for (int i = 0; i < 20; ++i)
        for (int j = 0; j < 20; ++j) EXPECT_EQ(std::isnan(half.view<float>()(i, j, 0)), j >= 10);
    optics::Camera narrow = c;
    narrow.fx_px = narrow.fy_px = 900;
    const Image cut = map_of(mesh, narrow, 40, 40);
    int inside = 0, outside = 0;
    for (int i = 0; i < 40; ++i)
        for (int j = 0; j < 40; ++j) {
            const Vec2d px = narrow.project(tilted_plane((j + 0.5) / 40, (i + 0.5) / 40));
            const bool seen = px.x >= 0 && px.y >= 0 && px.x <= 400 && px.y <= 400;
            EXPECT_EQ(!std::isnan(cut.view<float>()(i, j, 1)), seen);
            ++(seen ? inside : outside);
        }
    EXPECT_GT(inside, 100);
    EXPECT_GT(outside, 100);
    optics::Camera away = c;
    away.pose.rotation = rotation_about({0, 1, 0}, 3.14159265358979);
    const Image behind = map_of(mesh, away, 8, 8);
    for (const float v : behind.values<float>()) EXPECT_TRUE(std::isnan(v));
}

TEST(BackwardMapFromUv, ForwardAndBackwardInvertEachOtherWithinATenthOfAPixel) {
    for (const Surface& surface : {Surface(tilted_plane), Surface(cylinder)}) {
        const optics::Camera c = camera(300, -0.05);
        const Seen seen = look_at(surface, c);
        const Image bm = backward_map_from_uv(seen.uv, seen.mask, 90, 75);
        int checked = 0;
        double worst = 0;
        for (int i = 0; i < 90; ++i)
            for (int j = 0; j < 75; ++j) {
                if (std::isnan(bm.view<float>()(i, j, 0))) continue;
                const Vec2d truth = c.project(surface((j + 0.5) / 75, (i + 0.5) / 90));
                worst = std::max(worst, length(pixel_at(bm, i, j, c) - truth));
                ++checked;
            }
        EXPECT_LT(worst, 0.1);
        EXPECT_GT(checked, 90 * 75 * 0.95);  // all but the rim
    }
}

TEST(BackwardMapFromUv, TexelsBehindAFoldStayNaN) {
    // Columns 0..99 show u = 0..0.4, columns 100..199 show u = 0.6..1: what lies between is hidden.
    Image uv(100, 200, 2, PixelType::F32, ColorSpace::Data),
        mask(100, 200, 1, PixelType::U8, ColorSpace::Data);
    for (int r = 0; r < 100; ++r)
        for (int c = 0; c < 200; ++c) {
            uv.view<float>()(r, c, 0) = float((c < 100 ? 0 : 0.2) + 0.8 * (c + 0.5) / 200);
            uv.view<float>()(r, c, 1) = float((r + 0.5) / 100);
            mask.view<uint8_t>()(r, c) = 255;
        }
    const Image bm = backward_map_from_uv(uv, mask, 50, 100);
    for (int j = 0; j < 100; ++j) {
        const double u = (j + 0.5) / 100;
        const bool hidden = u > 0.4 && u < 0.6;
        EXPECT_EQ(std::isnan(bm.view<float>()(25, j, 0)), hidden) << u;
        if (!hidden) {
            EXPECT_NEAR(bm.view<float>()(25, j, 0), 2 * (u < 0.5 ? u : u - 0.2) / 0.8 - 1, 1e-5);
        }
    }
}

TEST(BackwardMapFromUv, BackgroundIsNotUsedAndBadInputIsAnError) {
    Image uv(10, 10, 2, PixelType::F32, ColorSpace::Data), mask(10, 10, 1, PixelType::U8, ColorSpace::Data);
    EXPECT_THROW(backward_map_from_uv(uv, mask, 8, 8), Error);
    for (int r = 2; r < 8; ++r)
        for (int c = 2; c < 8; ++c) {
            uv.view<float>()(r, c, 0) = float(c) / 10;
            uv.view<float>()(r, c, 1) = float(r) / 10;
            mask.view<uint8_t>()(r, c) = 1;
        }
    const Image bm = backward_map_from_uv(uv, mask, 10, 10);
    for (int r = 0; r < 10; ++r)
        for (int c = 0; c < 10; ++c)
            EXPECT_EQ(std::isnan(bm.view<float>()(r, c, 0)), r < 2 || r >= 7 || c < 2 || c >= 7);
    uv.view<float>()(4, 4, 0) = 1.2f;
    EXPECT_THROW(backward_map_from_uv(uv, mask, 10, 10), Error);
    EXPECT_THROW(backward_map_from_uv(uv, Image(10, 9, 1, PixelType::U8, ColorSpace::Data), 10, 10), Error);
}

TEST(Dewarp, ReturnsTheSheetThatWasPhotographed) {
    const optics::Camera c = camera();
    const Seen seen = look_at(cylinder, c);
    const auto print = [](double u, double v) { return 0.5 + 0.3 * std::sin(12 * u) * std::cos(9 * v); };
    Image photo(400, 400, 1, PixelType::F32, ColorSpace::Linear);
    for (int r = 0; r < 400; ++r)
        for (int col = 0; col < 400; ++col)
            if (seen.mask.view<uint8_t>()(r, col))
                photo.view<float>()(r, col) = float(print(double(seen.uv.view<float>()(r, col, 0)),
                                                          double(seen.uv.view<float>()(r, col, 1))));
    const Image bm = map_of(mesh_of(cylinder, 300, 3), c, 80, 64);
    for (const Sampling sampling : {Sampling::Bilinear, Sampling::Footprint}) {
        const Image flat = dewarp(photo, bm, sampling);
        for (int i = 2; i < 78; ++i)
            for (int j = 2; j < 62; ++j)
                ASSERT_NEAR(flat.view<float>()(i, j), print((j + 0.5) / 64, (i + 0.5) / 80), 0.01);
    }
}

TEST(Dewarp, FootprintAveragesWhatBilinearAliases) {
    Image photo(256, 256, 1, PixelType::U8, ColorSpace::Srgb);
    for (int r = 0; r < 256; ++r)
        for (int c = 0; c < 256; ++c) photo.view<uint8_t>()(r, c) = (r + c) % 2 ? 255 : 0;
    Image bm(16, 16, 2, PixelType::F32, ColorSpace::Data);
    for (int i = 0; i < 16; ++i)
        for (int j = 0; j < 16; ++j) {
            bm.view<float>()(i, j, 0) = float(2 * (j + 0.5) / 16 - 1 + 1.0 / 256);
            bm.view<float>()(i, j, 1) = float(2 * (i + 0.5) / 16 - 1 + 1.0 / 256);
        }
    const Image mean = dewarp(photo, bm, Sampling::Footprint), point = dewarp(photo, bm, Sampling::Bilinear);
    EXPECT_EQ(mean.view<uint8_t>()(8, 8), 188);  // sRGB of half the light
    EXPECT_EQ(point.view<uint8_t>()(8, 8) % 255, 0);
}

TEST(Dewarp, UnseenTexelsAreZero) {
    Image photo(4, 4, 3, PixelType::F32, ColorSpace::Linear);
    std::fill(photo.values<float>().begin(), photo.values<float>().end(), 1.0f);
    Image bm(1, 2, 2, PixelType::F32, ColorSpace::Data);
    bm.view<float>()(0, 0, 0) = NAN;
    const Image flat = dewarp(photo, bm, Sampling::Footprint);
    EXPECT_EQ(flat.view<float>()(0, 0, 2), 0);
    EXPECT_EQ(flat.view<float>()(0, 1, 2), 1);
}

}  // namespace
}  // namespace radforge::geometry
