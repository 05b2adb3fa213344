// SPDX-License-Identifier: Apache-2.0
#include "render/path/light.h"

#include "tests/render/path/statistics.h"

#include <gtest/gtest.h>

#include <cmath>

namespace radforge::path {
namespace {

PanelLight panel() {
    PanelLight p;
    p.corner_m = {-0.2, 1, -0.3};
    p.edge_u_m = {0, 0, 0.6};
    p.edge_v_m = {0.4, 0, 0};  // edge_u x edge_v = +y; seen from above
    return p;
}

TEST(AreaLight, ShinesFromItsFrontOnly) {
    const AreaLight light(panel());
    EXPECT_NEAR(light.normal().y, 1, 1e-6f);
    EXPECT_EQ(light.sample({0, 0.5f, 0}, {0.5f, 0.5f}).pdf, 0);
    EXPECT_GT(light.sample({0, 1.5f, 0}, {0.5f, 0.5f}).pdf, 0);
    EXPECT_EQ(light.pdf({0, 0.5f, 0}, {0, 1, 0}), 0);
}

TEST(AreaLight, DensityOfASampleIsTheOneOfAFoundPoint) {
    const AreaLight light(panel());
    for (const Vec3f from : {Vec3f{0, 1.2f, 0}, Vec3f{0.5f, 1.05f, 0.5f}, Vec3f{1, 8, 2}})
        for (int k = 0; k < 200; ++k) {
            const Vec2f u = Sampler(SampleSequence::Random, 1, 0, uint32_t(k)).point(0);
            const AreaLight::Sample s = light.sample(from, u);
            ASSERT_GT(s.pdf, 0);
            EXPECT_NEAR(light.pdf(from, from + s.direction * s.distance_m) / s.pdf, 1, 1e-3f);
        }
}

TEST(AreaLight, IrradianceAtAPointMatchesTheClosedForm) {
    // A point under the corner of an a x b rectangle at height h, facing it:
    // E = L/2 [a/sqrt(a2+h2) atan(b/sqrt(a2+h2)) + b/sqrt(b2+h2) atan(a/sqrt(b2+h2))], both near and far (by
    // area).
    for (const double h : {0.05, 0.4, 6.0}) {
        const AreaLight light(panel());
        const Vec3f from{-0.2f, float(1 + h), -0.3f};
        std::vector<double> x;
        for (uint32_t k = 0; k < 4096; ++k) {
            const AreaLight::Sample s = light.sample(from, Sampler(SampleSequence::Sobol, 1, 0, k).point(0));
            x.push_back(s.pdf > 0 ? double(-s.direction.y / s.pdf) : 0);
        }
        const double a = 0.6, b = 0.4, ra = std::sqrt(a * a + h * h), rb = std::sqrt(b * b + h * h);
        const double expected = 0.5 * (a / ra * std::atan(b / ra) + b / rb * std::atan(a / rb));
        EXPECT_NEAR(mean_error(x).mean / expected, 1, 2e-3) << h;
    }
}

TEST(AreaLight, FallsOffTowardsItsCorners) {
    PanelLight p = panel();
    p.edge_falloff = 0.3;
    p.radiance = {2, 2, 2};
    const AreaLight light(p);
    EXPECT_NEAR(light.radiance({0, 1, 0}).x, 2, 1e-5f);
    EXPECT_NEAR(light.radiance({-0.2f, 1, -0.3f}).x, 2 * 0.7f, 1e-5f);
    EXPECT_NEAR(light.radiance({-0.2f, 1, 0}).x, 2 * 0.85f, 1e-5f);
}

TEST(LightSet, ChoosesAmongLightsWithTheDensityItStates) {
    Image sky(8, 16, 3, PixelType::F32, ColorSpace::Linear);
    for (float& v : sky.values<float>()) v = 0.5f;
    Environment environment{std::make_shared<EnvironmentMap>(sky), 0.7, 2};
    PanelLight other = panel();
    other.corner_m.x += 1;
    const LightSet lights(environment, {AreaLight(panel()), AreaLight(other)}, {0, 1.5f, 0});
    const Vec3f from{0.1f, 1.4f, 0.2f};
    int counts[3] = {0, 0, 0};
    std::vector<double> sphere;
    const uint32_t n = 60000;
    for (uint32_t k = 0; k < n; ++k) {
        const Sampler s(SampleSequence::Random, 6, 0, k);
        const LightSample l = lights.sample(from, lights.choose(lights.aim(s.bits(0))));
        ASSERT_GT(l.pdf, 0);
        if (std::isinf(l.distance_m)) {
            ++counts[0];
            EXPECT_NEAR(lights.environment(l.direction).pdf / l.pdf, 1, 2e-3f);
            EXPECT_NEAR(l.radiance.x, 1, 1e-5f) << "scaled";
            sphere.push_back(1 / double(l.pdf));
            continue;
        }
        sphere.push_back(0);
        const Vec3f at = from + l.direction * l.distance_m;
        const size_t panel_index = at.x > 0.5f ? 1 : 0;
        ++counts[panel_index + 1];
        EXPECT_NEAR(lights.panel_pdf(panel_index, from, at) / l.pdf, 1, 2e-3f);
    }
    const MeanError m = mean_error(sphere);
    EXPECT_NEAR(m.mean, 4 * M_PI, 4 * m.error + 1e-3) << "choice included in the density";
    EXPECT_GT(counts[1], counts[2]) << "the nearer panel more often";
    EXPECT_GT(counts[2], int(n) / 100);
}

TEST(LightSet, HeadingTurnsTheMapToTheRight) {
    Image sky(32, 64, 3, PixelType::F32, ColorSpace::Linear);
    const auto v = sky.view<float>();
    for (int i = 14; i < 18; ++i)
        for (int j = 30; j < 34; ++j) v(i, j, 0) = v(i, j, 1) = v(i, j, 2) = 1;
    const LightSet lights(Environment{std::make_shared<EnvironmentMap>(sky), M_PI / 2, 1}, {}, {});
    EXPECT_GT(lights.environment({1, 0, 0}).radiance.x, 0.9f);
    EXPECT_LT(lights.environment({0, 0, -1}).radiance.x, 0.01f);
    const LightSample s = lights.sample({}, lights.choose(lights.aim({0x80000000u, 0x80000000u})));
    EXPECT_GT(s.direction.x, 0.9f);
}

}  // namespace
}  // namespace radforge::path
