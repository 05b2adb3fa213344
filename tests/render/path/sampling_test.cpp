// SPDX-License-Identifier: Apache-2.0
#include "render/path/sampling.h"

#include "render/path/microfacet.h"
#include "render/path/sampler.h"
#include "tests/render/path/statistics.h"

#include <gtest/gtest.h>

namespace radforge::path {
namespace {

Vec2f point(int k, uint32_t set) { return Sampler(SampleSequence::Random, set, 0, uint32_t(k)).point(0); }

TEST(Sampling, FrameIsOrthonormalForAllNormals) {
    for (int k = 0; k < 1000; ++k) {
        const Vec2f u = point(k, 1);
        const float z = 2 * u.x - 1, r = std::sqrt(std::max(0.0f, 1 - z * z));
        const SinCos s = sincos_turns(u.y);
        const Frame f(k == 0 ? Vec3f{0, 0, -1} : Vec3f{r * s.cos, r * s.sin, z});
        EXPECT_NEAR(dot(f.x, f.y), 0, 1e-6f);
        EXPECT_NEAR(dot(cross(f.x, f.y), f.z), 1, 2e-6f);
        const Vec3f v{0.3f, -0.5f, 0.7f};
        EXPECT_NEAR(length(f.to_world(f.to_local(v)) - v), 0, 1e-6f);
    }
}

TEST(Sampling, CosineWarpFollowsItsDensity) {
    EXPECT_GT(chi_square_of_directions(
                  200000, [](int k, Vec3f& d) { return d = sample_cosine(point(k, 2)), true; },
                  [](Vec3f d) { return double(cosine_pdf(d.z)); }),
              1e-3);
}

TEST(Sampling, VisibleNormalsFollowTheirDensity) {
    uint32_t set = 10;
    for (const float alpha : {0.1f, 0.35f, 0.9f})
        for (const float cosine : {0.99f, 0.6f, 0.15f}) {
            const Vec3f in{std::sqrt(1 - cosine * cosine), 0, cosine};
            const Ggx ggx(alpha);
            ++set;
            const double p = chi_square_of_directions(
                100000,
                [&](int k, Vec3f& d) {
                    const Vec3f h = ggx.sample_half(in, point(k, set));
                    d = h * (2 * dot(in, h)) - in;
                    return d.z > 0;
                },
                [&](Vec3f d) { return d.z > 0 ? double(ggx.reflect(in, d, normalized(in + d)).pdf) : 0.0; });
            EXPECT_GT(p, 1e-3) << alpha << " " << cosine;
        }
}

TEST(Sampling, RectangleHasTheSolidAngleOfTheClosedForm) {
    // A centred a x b rectangle at height h: 4 atan(a b / (4 h sqrt(h^2 + (a^2 + b^2)/4))).
    for (const double h : {0.01, 0.1, 0.5, 2.0}) {
        const double a = 0.4, b = 0.3;
        const SphericalRectangle r({-0.2f, -0.15f, 0}, {0.4f, 0, 0}, {0, 0.3f, 0}, {0, 0, float(h)});
        const double expected = 4 * std::atan(a * b / (4 * h * std::sqrt(h * h + (a * a + b * b) / 4)));
        EXPECT_NEAR(r.solid_angle() / expected, 1, 1e-4) << h;
    }
}

TEST(Sampling, RectangleDirectionsAreUniformInSolidAngle) {
    const Vec3f corner{-0.3f, 0.2f, -0.1f}, u{0.5f, 0, 0}, v{0, 0.3f, 0.4f}, from{0.1f, 0.7f, -0.2f};
    const SphericalRectangle r(corner, u, v, from);
    const Vec3f n = normalized(cross(u, v));
    const double p = chi_square_of_directions(
        100000, [&](int k, Vec3f& d) { return d = normalized(r.sample(point(k, 4))), true; },
        [&](Vec3f d) {
            const float t = dot(corner - from, n) / dot(d, n);
            if (!(t > 0)) return 0.0;
            const Vec3f at = from + d * t - corner;
            const float s = dot(at, u) / dot(u, u), q = dot(at, v) / dot(v, v);
            return s >= 0 && s <= 1 && q >= 0 && q <= 1 ? 1 / double(r.solid_angle()) : 0.0;
        });
    // Bins on the rectangle's border are integrated by 12 x 12 points only: a coarser threshold than
    // elsewhere.
    EXPECT_GT(p, 1e-6);
    for (int k = 0; k < 1000; ++k) {
        const Vec3f at = from + r.sample(point(k, 5)) - corner;
        EXPECT_NEAR(dot(at, n), 0, 1e-5f);
        EXPECT_GE(dot(at, u) / dot(u, u), -1e-4f);
        EXPECT_LE(dot(at, v) / dot(v, v), 1 + 1e-4f);
    }
}

}  // namespace
}  // namespace radforge::path
