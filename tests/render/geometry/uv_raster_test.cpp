// SPDX-License-Identifier: Apache-2.0
#include "render/geometry/uv_raster.h"

#include "synth/base/error.h"
#include "synth/base/rng.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace radforge::geometry {
namespace {

struct Net {
    std::vector<Vec2f> uv;
    std::vector<Tri> faces;
};

/// A grid over [0,1]^2 whose inner vertices are moved; `turn` flips the winding of every other face.
Net net(int columns, int rows, double jitter, bool turn, Rng& rng) {
    Net n;
    for (int r = 0; r <= rows; ++r)
        for (int c = 0; c <= columns; ++c) {
            const double du = c > 0 && c < columns ? jitter * rng.uniform(-1, 1) : 0;
            const double dv = r > 0 && r < rows ? jitter * rng.uniform(-1, 1) : 0;
            n.uv.push_back({float((c + du) / columns), float((r + dv) / rows)});
        }
    for (int r = 0; r < rows; ++r)
        for (int c = 0; c < columns; ++c) {
            const uint32_t a = uint32_t(r * (columns + 1) + c), b = a + 1, d = a + uint32_t(columns) + 1,
                           e = d + 1;
            n.faces.push_back({a, b, e});
            n.faces.push_back(turn ? Tri{a, d, e} : Tri{a, e, d});
        }
    return n;
}

std::vector<int> coverage(const Net& n, int h, int w) {
    std::vector<int> count(size_t(h) * size_t(w), 0);
    raster(n.uv, n.faces, h, w,
           [&](int r, int c, const TexelHit&) { ++count[size_t(r) * size_t(w) + size_t(c)]; });
    return count;
}

TEST(UvRaster, EveryTexelOfTheSheetIsCoveredExactlyOnce) {
    Rng rng({Seed{1}, 0}, Stream::Geometry);
    constexpr double kNoFold = 0.24;  // from 0.25 on, moved vertices can fold their cells
    for (const auto& [columns, rows, h, w] :
         {std::array{3, 5, 64, 50}, {40, 30, 64, 50}, {200, 170, 97, 101}, {1, 1, 7, 9}})
        for (const double jitter : {0.0, kNoFold}) {
            const auto count = coverage(net(columns, rows, jitter, true, rng), h, w);
            EXPECT_EQ(std::count(count.begin(), count.end(), 1), int64_t(h) * w) << columns << " " << jitter;
        }
}

TEST(UvRaster, EdgesAndVerticesThroughTexelCentresAreSharedOnce) {
    // A grid of 2 x 2 cells a texel: vertices, straight edges and diagonals all pass through centres.
    Rng rng({Seed{1}, 0}, Stream::Geometry);
    for (const bool turn : {false, true}) {
        const auto count = coverage(net(32, 32, 0, turn, rng), 16, 16);
        EXPECT_EQ(std::count(count.begin(), count.end(), 1), 256);
    }
}

TEST(UvRaster, TopLeftRuleDecidesTies) {
    const Net square = {{{0.25f, 0.25f}, {0.75f, 0.25f}, {0.75f, 0.75f}, {0.25f, 0.75f}},
                        {{0, 1, 2}, {0, 2, 3}}};
    std::vector<std::pair<int, int>> texels;
    // On a 2 x 2 grid the four centres are the corners of the square: only the top left one belongs to it.
    raster(square.uv, square.faces, 2, 2, [&](int r, int c, const TexelHit&) { texels.emplace_back(r, c); });
    EXPECT_EQ(texels, (std::vector<std::pair<int, int>>{{0, 0}}));
}

TEST(UvRaster, BarycentricWeightsReturnTheTexelCentre) {
    Rng rng({Seed{2}, 0}, Stream::Geometry);
    const Net n = net(7, 9, 0.3, true, rng);
    const int h = 120, w = 90;
    raster(n.uv, n.faces, h, w, [&](int r, int c, const TexelHit& hit) {
        const Tri& f = n.faces[size_t(hit.face)];
        ASSERT_GE(hit.b1, 0);
        ASSERT_GE(hit.b2, 0);
        ASSERT_LE(hit.b1 + hit.b2, 1 + 1e-12);
        const double b0 = 1 - hit.b1 - hit.b2;
        const auto mix = [&](auto of) {
            return b0 * double(of(n.uv[f[0]])) + hit.b1 * double(of(n.uv[f[1]])) +
                   hit.b2 * double(of(n.uv[f[2]]));
        };
        ASSERT_NEAR(mix([](Vec2f p) { return p.x; }) * w, c + 0.5, 1e-4);
        ASSERT_NEAR(mix([](Vec2f p) { return p.y; }) * h, r + 0.5, 1e-4);
    });
}

TEST(UvRaster, FacesWithoutAreaAreCountedAndCoverNothing) {
    const std::vector<Vec2f> uv = {{0.1f, 0.1f}, {0.9f, 0.9f}, {0.5f, 0.5f}, {0.1f, 0.9f}};
    const std::vector<Tri> faces = {{0, 1, 2}, {0, 0, 3}, {0, 1, 3}};
    int64_t texels = 0;
    EXPECT_EQ(raster(uv, faces, 100, 100, [&](int, int, const TexelHit& hit) { texels += hit.face == 2; }),
              2);
    EXPECT_NEAR(double(texels), 0.5 * 80 * 80, 90);
}

TEST(UvRaster, BadInputIsAnError) {
    const std::vector<Vec2f> uv = {{0, 0}, {1, 0}, {1.5f, 1}}, nan = {{0, 0}, {1, 0}, {NAN, 1}},
                             good = {{0, 0}, {1, 0}, {0, 1}};
    const auto ignore = [](int, int, const TexelHit&) {};
    EXPECT_THROW(raster(uv, std::vector<Tri>{{0, 1, 2}}, 8, 8, ignore), Error);
    EXPECT_THROW(raster(nan, std::vector<Tri>{{0, 1, 2}}, 8, 8, ignore), Error);
    EXPECT_THROW(raster(good, std::vector<Tri>{{0, 1, 3}}, 8, 8, ignore), Error);
    EXPECT_THROW(raster(good, std::vector<Tri>{{0, 1, 2}}, 0, 8, ignore), Error);
}

}  // namespace
}  // namespace radforge::geometry
