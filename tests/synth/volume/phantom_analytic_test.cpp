// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/phantom_analytic.h"

#include "synth/base/error.h"
#include "synth/base/rng.h"

#include <gtest/gtest.h>

#include <cmath>

namespace radforge::volume {
namespace {

Ellipsoid tilted_ellipsoid() {
    Ellipsoid e;
    e.centre_mm = {4, -7, 11};
    e.semi_axes_mm = {30, 18, 9};
    e.axes = rotation_about(normalized(Vec3d{1, 2, -1}), 0.7);
    e.value = 0.02;
    return e;
}

GaussianBlob tilted_blob() {
    GaussianBlob b;
    b.centre_mm = {-3, 5, 2};
    b.sigma_mm = {12, 7, 4};
    b.axes = rotation_about(normalized(Vec3d{0, 1, 1}), -0.4);
    b.value = 3;
    return b;
}

template <class Body>
double quadrature(const Body& at, Vec3d from, Vec3d to, int steps) {
    double sum = 0;
    for (int i = 0; i < steps; ++i) sum += at(from + (to - from) * ((i + 0.5) / steps));
    return sum * length(to - from) / steps;
}

TEST(Ellipsoid, SegmentIntegralAgreesWithQuadrature) {
    const Ellipsoid e = tilted_ellipsoid();
    Rng rng({Seed{1}, 0}, Stream::Source);
    int hits = 0;
    for (int i = 0; i < 60; ++i) {
        const auto point = [&] {
            return Vec3d{rng.uniform(-40, 40), rng.uniform(-40, 40), rng.uniform(-40, 40)};
        };
        const Vec3d a = point(), b = point();
        const double expected = quadrature([&](Vec3d p) { return e.contains(p) ? e.value : 0; }, a, b, 20000);
        const double exact = e.segment_integral(a, b);
        hits += exact > 0;
        // The midpoint rule misses each end of the chord by less than one step.
        EXPECT_NEAR(exact, expected, 2 * e.value * length(b - a) / 20000);
    }
    EXPECT_GT(hits, 10);
}

TEST(Ellipsoid, WholeLineEqualsLongSegmentAndMissesGiveZero) {
    const Ellipsoid e = tilted_ellipsoid();
    const Vec3d d = normalized(Vec3d{1, 1, 0.3});
    EXPECT_NEAR(e.line_integral(e.centre_mm, d),
                e.segment_integral(e.centre_mm - 100 * d, e.centre_mm + 100 * d), 1e-12);
    EXPECT_EQ(e.line_integral({0, 0, 200}, {1, 0, 0}), 0);
    EXPECT_EQ(e.segment_integral(e.centre_mm, e.centre_mm), 0);
}

TEST(Ellipsoid, ChordThroughTheCentreOfASphereIsTheDiameter) {
    Ellipsoid sphere;
    sphere.semi_axes_mm = {25, 25, 25};
    EXPECT_NEAR(sphere.line_integral({0, 0, 0}, normalized(Vec3d{1, -2, 3})), 50, 1e-12);
    EXPECT_NEAR(sphere.segment_integral({0, 0, 0}, {100, 0, 0}), 25, 1e-12);
}

TEST(Ellipsoid, ParallelLineIntegralsAddUpToTheVolume) {
    const Ellipsoid e = tilted_ellipsoid();
    const double step = 0.4;
    double sum = 0;
    for (double x = -60; x < 60; x += step)
        for (double y = -60; y < 60; y += step) sum += e.line_integral({x, y, 0}, {0, 0, 1});
    EXPECT_NEAR(sum * step * step / (e.value * e.volume_mm3()), 1, 1e-3);
}

TEST(Ellipsoid, ImpossibleAxesAreRefused) {
    Ellipsoid flat;
    flat.semi_axes_mm = {10, 0, 10};
    EXPECT_THROW(flat.validate(), Error);
    Ellipsoid sheared;
    sheared.axes.rows[0] = {1, 0.5, 0};
    EXPECT_THROW(sheared.validate(), Error);
    EXPECT_NO_THROW(tilted_ellipsoid().validate());
}

TEST(GaussianBlob, SegmentIntegralAgreesWithQuadrature) {
    const GaussianBlob b = tilted_blob();
    const Vec3d from{-20, 3, -6}, to{15, 9, 8};
    EXPECT_NEAR(b.segment_integral(from, to), quadrature([&](Vec3d p) { return b.at(p); }, from, to, 4000),
                1e-6);
    const Vec3d d = normalized(to - from);
    EXPECT_NEAR(b.line_integral(from, d), b.segment_integral(from - 300 * d, from + 300 * d), 1e-9);
}

TEST(GaussianBlob, ParallelLineIntegralsAddUpToTheWholeIntegral) {
    const GaussianBlob b = tilted_blob();
    double sum = 0;
    for (double x = -80; x <= 80; x += 1)
        for (double y = -80; y <= 80; y += 1) sum += b.line_integral({x, y, 0}, {0, 0, 1});
    EXPECT_NEAR(sum / b.integral_mm3(), 1, 1e-6);
}

TEST(AnalyticPhantom, SumsItsBodies) {
    const AnalyticPhantom phantom{{tilted_ellipsoid()}, {tilted_blob()}};
    const Vec3d from{-50, 1, 3}, to{60, -5, 9}, d = normalized(to - from);
    EXPECT_DOUBLE_EQ(phantom.line_integral(from, d),
                     tilted_ellipsoid().line_integral(from, d) + tilted_blob().line_integral(from, d));
    EXPECT_DOUBLE_EQ(phantom.segment_integral(from, to), tilted_ellipsoid().segment_integral(from, to) +
                                                             tilted_blob().segment_integral(from, to));
    EXPECT_DOUBLE_EQ(phantom.at({4, -7, 11}), 0.02 + tilted_blob().at({4, -7, 11}));
}

}  // namespace
}  // namespace radforge::volume
