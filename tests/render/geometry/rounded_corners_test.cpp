// SPDX-License-Identifier: Apache-2.0
#include "render/geometry/rounded_corners.h"

#include "render/geometry/uv_raster.h"
#include "synth/base/error.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace radforge::geometry {
namespace {

constexpr double kWidthM = 0.3556, kHeightM = 0.4318;

/// A sheet bent about the vertical axis.
Mesh bent(int columns, int rows) {
    std::vector<Vec3f> positions;
    for (int r = 0; r < rows; ++r)
        for (int c = 0; c < columns; ++c) {
            const double u = double(c) / (columns - 1), v = double(r) / (rows - 1),
                         angle = (u - 0.5) * kWidthM / 0.2;
            positions.push_back(
                {float(0.2 * std::sin(angle)), float(v * kHeightM), float(0.2 * std::cos(angle))});
        }
    return grid_mesh(columns, rows, std::move(positions));
}

double uv_area_m2(const Mesh& mesh) {
    double sum = 0;
    for (const Tri& f : mesh.faces) {
        const Vec2f a = mesh.uv[f[1]] - mesh.uv[f[0]], b = mesh.uv[f[2]] - mesh.uv[f[0]];
        sum += 0.5 * (double(a.x) * double(b.y) - double(a.y) * double(b.x)) * kWidthM * kHeightM;
    }
    return sum;
}

TEST(RoundedCorners, TakeAwayTheAreaBetweenArcAndCorner) {
    const double radius = 0.02;
    const Mesh cut = with_rounded_corners(bent(30, 40), kWidthM, kHeightM, radius, 32);
    cut.validate("cut sheet");
    const double chord_area =
        0.5 * 32 * std::sin(M_PI / 2 / 32) * radius * radius;  // of a quarter disk in 32 chords
    EXPECT_NEAR(kWidthM * kHeightM - uv_area_m2(cut), 4 * (radius * radius - chord_area), 1e-8);
}

TEST(RoundedCorners, LeaveNoCracksAndNoOverlaps) {
    const Mesh cut = with_rounded_corners(bent(30, 40), kWidthM, kHeightM, 0.06);
    const int h = 432, w = 356;
    std::vector<int> count(size_t(h * w), 0);
    raster(cut.uv, cut.faces, h, w, [&](int r, int c, const TexelHit&) { ++count[size_t(r * w + c)]; });
    for (int r = 0; r < h; ++r)
        for (int c = 0; c < w; ++c) {
            const double x = std::min(c + 0.5, w - c - 0.5) * kWidthM / w,
                         y = std::min(r + 0.5, h - r - 0.5) * kHeightM / h;
            const double beyond = x < 0.06 && y < 0.06 ? std::hypot(0.06 - x, 0.06 - y) - 0.06 : -1;
            if (std::abs(beyond) > 7e-4) {
                ASSERT_EQ(count[size_t(r * w + c)], beyond < 0 ? 1 : 0) << r << " " << c;
            } else {
                ASSERT_LE(count[size_t(r * w + c)], 1);
            }
        }
}

TEST(RoundedCorners, KeepTheShapeOfTheSheet) {
    const Mesh cut = with_rounded_corners(bent(100, 3), kWidthM, kHeightM, 0.03);
    for (size_t i = 0; i < cut.uv.size(); ++i) {
        const double angle = (double(cut.uv[i].x) - 0.5) * kWidthM / 0.2;
        // Facets of 3.6 mm on a radius of 200 mm: sagitta 8 um.
        EXPECT_NEAR(cut.positions_m[i].x, 0.2 * std::sin(angle), 1e-5);
        EXPECT_NEAR(cut.positions_m[i].y, double(cut.uv[i].y) * kHeightM, 1e-6);
        EXPECT_NEAR(cut.positions_m[i].z, 0.2 * std::cos(angle), 1e-5);
    }
}

TEST(RoundedCorners, ZeroRadiusKeepsTheMeshAndNonsenseIsAnError) {
    const Mesh sheet = bent(5, 5);
    EXPECT_EQ(with_rounded_corners(sheet, kWidthM, kHeightM, 0).faces, sheet.faces);
    EXPECT_THROW(with_rounded_corners(sheet, kWidthM, kHeightM, -0.01), Error);
    EXPECT_THROW(with_rounded_corners(sheet, kWidthM, kHeightM, 0.2), Error);
}

TEST(ClipUv, DropsWhatLiesBeyondAndItsVertices) {
    const Mesh half = clip_uv(bent(11, 11), 1, 0, 0.5);  // u <= 1/2, along a line of vertices
    EXPECT_EQ(half.positions_m.size(), 66u);
    EXPECT_EQ(half.faces.size(), 100u);
    const Mesh part = clip_uv(bent(11, 11), 1, 0, 0.55);
    EXPECT_NEAR(uv_area_m2(part), 0.55 * kWidthM * kHeightM, 1e-8);
}

}  // namespace
}  // namespace radforge::geometry
