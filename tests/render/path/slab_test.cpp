// SPDX-License-Identifier: Apache-2.0
#include "render/path/slab.h"

#include "render/path/elementary.h"

#include <gtest/gtest.h>

namespace radforge::path {
namespace {

TEST(Slab, FresnelAtNormalIncidence) {
    EXPECT_NEAR(fresnel(1, 1.5f), 0.040f, 1e-4f);
    EXPECT_NEAR(fresnel(1, 1.57f), 0.0492f, 1e-4f);
    EXPECT_NEAR(fresnel(1, 1.64f), 0.0588f, 1e-4f);
    EXPECT_NEAR(fresnel(0, 1.64f), 1.0f, 1e-6f);
}

TEST(Slab, FresnelVanishesForParallelLightAtBrewstersAngle) {
    const float n = 1.64f, cosine = 1 / std::sqrt(1 + n * n);
    const float inner = std::sqrt(n * n - 1 + cosine * cosine), s = (cosine - inner) / (cosine + inner);
    EXPECT_NEAR(fresnel(cosine, n), 0.5f * s * s, 1e-7f);
}

TEST(Slab, ClearSlabReflectsWhatItDoesNotTransmit) {
    const float f = fresnel(1, 1.64f);
    const SlabValue v = slab(f, 1);
    EXPECT_NEAR(f + v.echo, 0.111f, 5e-4f);
    EXPECT_NEAR(v.transmitted, 0.889f, 5e-4f);
    for (int k = 1; k <= 20; ++k) {
        const float g = fresnel(float(k) / 20, 1.64f);
        EXPECT_NEAR(g + slab(g, 1).echo + slab(g, 1).transmitted, 1, 1e-6f);
    }
}

TEST(Slab, EchoSeriesSumsToTheClosedForm) {
    const double f = 0.2, t = 0.6;
    double transmitted = 0, echo = 0, inside = (1 - f) * t;  // light that reaches the far face
    for (int k = 0; k < 60; ++k) {
        transmitted += inside * (1 - f);
        inside *= f * t;  // back at the near face
        echo += inside * (1 - f);
        inside *= f * t;
    }
    const SlabValue v = slab(float(f), float(t));
    EXPECT_NEAR(v.transmitted, transmitted, 1e-6);
    EXPECT_NEAR(v.echo, echo, 1e-6);
}

TEST(Slab, CalibrationTableOfTheFilm) {
    const float f = fresnel(1, 1.64f);
    const struct {
        double density, t0, reflected;
    } rows[] = {{0.1, 0.894, 0.101}, {0.2, 0.711, 0.085}, {0.5, 0.357, 0},
                {1, 0.1129, 0.0594}, {2, 0.01129, 0},     {3, 0.00113, 0}};
    for (const auto& row : rows) {
        const float t0 = internal_transmittance(float(std::pow(10, -row.density)), f);
        EXPECT_NEAR(t0 / row.t0, 1, 2e-3) << row.density;
        EXPECT_NEAR(slab(f, t0).transmitted / std::pow(10, -row.density), 1, 1e-5);
        if (row.reflected > 0) {
            EXPECT_NEAR(f + slab(f, t0).echo, row.reflected, 6e-4);
        }
    }
    EXPECT_EQ(internal_transmittance(0.95f, f), 1) << "clearer than the clear slab";
}

}  // namespace
}  // namespace radforge::path
