// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/crania_solid.h"

#include "synth/base/dist.h"
#include "synth/base/rng.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace radforge::volume {
namespace {

Vec3f random_point(Rng& rng) {
    return {float(rng.uniform(0, 0.8)), float(rng.uniform(-0.8, 0.8)), float(rng.uniform(-0.8, 0.8))};
}

/// Smallest and largest slope of the distance within `band` of the surface.
Range<double> slopes(const SolidShape& shape, double band) {
    Rng rng({Seed{1}, 0}, Stream::Phantom);
    Range<double> range{1e9, 0};
    for (int i = 0; i < 40000; ++i) {
        const Vec3f p = random_point(rng);
        if (std::abs(shape.distance(p)) > band) continue;
        constexpr float h = 1e-3f;
        double square = 0;
        for (int a = 0; a < 3; ++a) {
            Vec3f lo = p, hi = p;
            lo[a] -= h, hi[a] += h;
            square += std::pow((shape.distance(hi) - shape.distance(lo)) / (2 * h), 2);
        }
        range.lo = std::min(range.lo, std::sqrt(square));
        range.hi = std::max(range.hi, std::sqrt(square));
    }
    return range;
}

Solid some_solid() {
    Solid s;
    s.join(make_ellipsoid({0, 0, 0}, {0.3f, 0.4f, 0.25f}), 0.01f);
    s.join(make_path({{{0.1f, -0.3f, 0}, 0.1f}, {{0.2f, -0.6f, 0.1f}, 0.05f}}), 0.05f);
    s.cut(make_ellipsoid({0, 0.05f, 0}, {0.2f, 0.3f, 0.15f}), 0.01f);
    s.join(
        make_loft(std::vector<Station>{{-0.2f, -0.4f, -0.2f, 0.1f, 0.05f}, {0.3f, -0.5f, -0.2f, 0.2f, 0.1f}},
                  0.5f),
        0.03f);
    return s;
}

TEST(CraniaSolid, ShapesMeasureDistance) {
    const SolidShape ball = make_ellipsoid({0.2f, 0, 0}, {0.2f, 0.2f, 0.2f});
    EXPECT_NEAR(ball.distance({0.5f, 0, 0}), 0.1f, 1e-5f);
    const SolidShape cone = make_path({{{0, -0.3f, 0}, 0.1f}, {{0, 0.3f, 0}, 0.1f}});
    EXPECT_NEAR(cone.distance({0.25f, 0.1f, 0}), 0.15f, 1e-5f);
    EXPECT_NEAR(cone.distance({0, 0.5f, 0}), 0.1f, 1e-5f);
    const SolidShape band = make_path({{{0, -0.3f, 0}, 0.1f}, {{0, 0.3f, 0}, 0.1f}}, {1, 1, 2});
    EXPECT_NEAR(band.distance({0, 0, 0.23f}), 0.03f, 1e-3f);
    const SolidShape box = make_loft(
        std::vector<Station>{{-0.3f, -0.2f, 0.2f, 0.1f, 0.1f}, {0.3f, -0.2f, 0.2f, 0.1f, 0.1f}}, 0.2f);
    EXPECT_NEAR(box.distance({0.15f, 0, 0}), 0.05f, 1e-5f);
    EXPECT_NEAR(box.distance({0, 0, 0.17f}), -0.03f, 1e-5f);
    EXPECT_NEAR(box.distance({0, 0.4f, 0}), 0.1f, 1e-5f);
    PlateForm form;
    form.thickness = form.thickness_high = 0.02f;
    const SolidShape plate =
        make_plate(std::vector<Corner>{{-0.3f, -0.3f}, {0.3f, -0.3f}, {0.3f, 0.3f}, {-0.3f, 0.3f}}, form);
    EXPECT_NEAR(plate.distance({0.1f, 0, 0}), 0.08f, 1e-5f);
    EXPECT_LT(plate.distance({0, 0.2f, 0.2f}), 0);
    EXPECT_GT(plate.distance({0, 0.5f, 0}), 0.1f);
}

TEST(CraniaSolid, DistancesRiseAtAboutUnitRateNearTheSurface) {
    // What the width of an edge in the volume depends on.
    for (const SolidShape& shape :
         {make_ellipsoid({0.1f, 0, 0}, {0.2f, 0.3f, 0.15f}, 0.4f),
          make_path({{{0, -0.4f, 0}, 0.1f}, {{0.1f, 0.4f, 0.1f}, 0.05f}}, {1, 1, 2})}) {
        const Range<double> rate = slopes(shape, 0.03);
        EXPECT_GT(rate.lo, 0.6);
        EXPECT_LT(rate.hi, 1.6);
    }
}

TEST(CraniaSolid, BoundsHoldTheMatter) {
    const Solid solid = some_solid();
    const SolidBox box = solid.bounds();
    Rng rng({Seed{2}, 0}, Stream::Phantom);
    int inside = 0;
    for (int i = 0; i < 20000; ++i) {
        const Vec3f p = random_point(rng);
        if (solid.distance(p) >= 0) continue;
        ++inside;
        for (int a = 0; a < 3; ++a) {
            ASSERT_GE(p[a], box.lo[a] - 0.02f);  // fillets bulge a little
            ASSERT_LE(p[a], box.hi[a] + 0.02f);
        }
    }
    EXPECT_GT(inside, 500);
}

TEST(CraniaSolid, NearbyShapesGiveTheSameDistance) {
    const Solid solid = some_solid();
    constexpr float kBand = 0.04f;
    Rng rng({Seed{3}, 0}, Stream::Phantom);
    int compared = 0;
    for (int i = 0; i < 3000; ++i) {
        SolidBox box;
        const Vec3f corner = random_point(rng);
        box.include(corner, 0);
        box.include(corner + Vec3f{0.06f, 0.06f, 0.06f}, 0);
        const NearbySolid near(solid, box, kBand);
        for (int k = 0; k < 4; ++k) {
            const Vec3f p = corner + Vec3f{float(rng.uniform(0, 0.06)), float(rng.uniform(0, 0.06)),
                                           float(rng.uniform(0, 0.06))};
            const float exact = solid.distance(p), quick = near.distance(p);
            if (std::abs(exact) >= kBand) {
                ASSERT_EQ(quick > 0, exact > 0);
                continue;
            }
            ASSERT_NEAR(quick, exact, 1e-6f);
            ++compared;
        }
    }
    EXPECT_GT(compared, 500);
}

TEST(CraniaSolid, SmoothPathsPassThroughTheirBeads) {
    const std::vector<Bead> beads = {{{0, 0, 0}, 0.1f}, {{1, 0, 0.5f}, 0.2f}, {{2, 1, 0}, 0.05f}};
    const std::vector<Bead> path = smooth_path(beads, 4);
    ASSERT_EQ(path.size(), 9u);
    for (size_t i = 0; i < beads.size(); ++i) {
        EXPECT_EQ(path[4 * i].at, beads[i].at);
        EXPECT_FLOAT_EQ(path[4 * i].radius, beads[i].radius);
    }
}

TEST(CraniaSolid, GrownShapesKeepTheirForm) {
    const SolidShape ball = grown(make_ellipsoid({0, 0, 0}, {0.2f, 0.2f, 0.2f}), 0.1f);
    EXPECT_NEAR(ball.distance({0.4f, 0, 0}), 0.1f, 1e-5f);
    EXPECT_FLOAT_EQ(ball.bounds.hi.z, 0.3f);
}

}  // namespace
}  // namespace radforge::volume
