// SPDX-License-Identifier: Apache-2.0
#include "render/path/bsdf.h"

#include "render/path/sampler.h"
#include "render/path/sampling.h"
#include "render/path/slab.h"
#include "tests/render/path/statistics.h"

#include <gtest/gtest.h>

namespace radforge::path {
namespace {

FilmMaterial clear_gloss() {
    FilmMaterial m;
    m.transmittance = Image(1, 1, 3, PixelType::F32, ColorSpace::Linear);
    m.callier_q = 1;
    m.haze = 0;
    return m;
}

Vec3f grey(double density) {
    const auto t = float(std::pow(10, -density));
    return {t, t, t};
}
Vec3f towards(double cosine, double turn = 0.1) {
    const double r = std::sqrt(1 - cosine * cosine);
    return {float(r * std::cos(2 * M_PI * turn)), float(r * std::sin(2 * M_PI * turn)), float(cosine)};
}

struct Energy {
    double reflected = 0, transmitted = 0, error = 0;
    double total() const { return reflected + transmitted; }
};
/// Directional albedo by the BSDF's own sampling on a Sobol net. The error is that of as many independent
/// draws: an overestimate.
Energy energy(const FilmBsdf& bsdf, int draws = 16384) {
    Energy e;
    double square = 0;
    for (int k = 0; k < draws; ++k) {
        const BsdfSample s = bsdf.sample(Sampler(SampleSequence::Sobol, 5, 0, uint32_t(k)).point(0));
        (s.direction.z > 0 ? e.reflected : e.transmitted) += double(s.weight.y);
        square += double(s.weight.y) * double(s.weight.y);
    }
    e.reflected /= draws;
    e.transmitted /= draws;
    e.error = std::sqrt(std::max(0.0, square / draws - e.total() * e.total()) / draws);
    return e;
}

TEST(FilmBsdf, ClearGlossyFilmLosesNothing) {
    for (const double alpha : {0.001, 0.01, 0.03, 0.05}) {
        FilmMaterial m = clear_gloss();
        m.roughness_front = m.roughness_back = alpha;
        const FilmModel model(m);
        for (const double cosine : {1.0, 0.8, 0.5, 0.3, 0.17})
            for (const bool back : {false, true}) {
                const Energy e = energy(FilmBsdf(model, {1, 1, 1}, towards(cosine), back));
                EXPECT_NEAR(e.total(), 1, 0.01) << alpha << " " << cosine;
            }
    }
}

TEST(FilmBsdf, NeverGainsEnergy) {
    uint32_t k = 0;
    for (const double n : {1.3, 1.64, 2.0})
        for (const double front : {0.001, 0.1, 0.4})
            for (const double back_alpha : {0.03, 0.3})
                for (const double q : {1.0, 1.08, 1.5})
                    for (const double haze : {0.0, 0.03, 0.2}) {
                        FilmMaterial m = clear_gloss();
                        m.refractive_index = n;
                        m.roughness_front = front;
                        m.roughness_back = back_alpha;
                        m.callier_q = q;
                        m.haze = haze;
                        const FilmModel model(m);
                        for (const double density : {0.0, 0.06, 0.2, 1.0, 3.0}) {
                            const double cosine = 0.05 + 0.95 * double(unit_float(mix_bits(++k)));
                            const Energy e =
                                energy(FilmBsdf(model, grey(density), towards(cosine), k % 2 == 0), 2048);
                            EXPECT_LE(e.total(), 1 + 3 * e.error + 1e-5)
                                << n << " " << front << " " << back_alpha << " " << q << " " << haze << " "
                                << density << " " << cosine;
                        }
                    }
}

TEST(FilmBsdf, TransmitsTheDensityAtNormalIncidence) {
    for (const double haze : {0.0, 0.03})
        for (const double q : {1.0, 1.08, 1.5})
            for (const double density : {0.07, 0.2, 0.5, 1.0, 2.0, 3.0}) {
                FilmMaterial m = clear_gloss();
                m.haze = haze;
                m.callier_q = q;
                const FilmModel model(m);
                for (const bool back : {false, true}) {
                    const Energy e = energy(FilmBsdf(model, grey(density), {0, 0, 1}, back), 65536);
                    const double expected = std::pow(10, -density);
                    EXPECT_NEAR(e.transmitted / expected, 1, 0.005) << haze << " " << q << " " << density;
                }
            }
}

TEST(FilmBsdf, StraightLightFollowsCalliersCoefficient) {
    FilmMaterial m = clear_gloss();
    m.callier_q = 1.4;
    const FilmModel model(m);
    for (const double density : {0.2, 1.0, 2.5}) {
        const FilmBsdf bsdf(model, grey(density), {0, 0, 1}, false);
        const auto t0 = double(internal_transmittance(grey(density).x, model.f0));  // surfaces do not scatter
        EXPECT_NEAR(double(bsdf.straight().x) / (std::pow(10, -density) * std::pow(t0, 0.4)), 1, 2e-3);
        EXPECT_NEAR(film_straight_transmittance(model, grey(density), 1).x, bsdf.straight().x, 1e-6f);
    }
}

TEST(FilmBsdf, ReflectedTransmittedAndAbsorbedSumToOne) {
    const FilmModel model(clear_gloss());
    for (const double density : {0.06, 0.2, 1.0, 3.0})
        for (const double cosine : {1.0, 0.7, 0.4}) {
            const Energy e = energy(FilmBsdf(model, grey(density), towards(cosine), false), 65536);
            const double f = double(fresnel(float(cosine), model.refractive_index));
            const double t0 = double(internal_transmittance(grey(density).x, model.f0));
            const double t =
                std::pow(t0, double(inverse_inner_cosine(float(cosine), model.refractive_index)));
            const double absorbed = (1 - f) * (1 - t) / (1 - f * t);  // geometric series over the passes
            EXPECT_NEAR(e.total() + absorbed, 1, 0.005) << density << " " << cosine;
        }
}

TEST(FilmBsdf, ScatteringIsReciprocal) {
    FilmMaterial m = clear_gloss();
    m.callier_q = 1.4;
    m.haze = 0.03;
    m.roughness_front = 0.05;
    m.roughness_back = 0.3;
    for (const bool rough : {true, false}) {
        m.roughness_back = rough ? 0.3 : 0.02;
        const FilmModel model(m);
        const Vec3f tau{0.5f, 0.1f, 0.01f};
        for (int k = 0; k < 2000; ++k) {
            const Sampler s(SampleSequence::Random, 8, 0, uint32_t(k));
            const Vec2f u = s.point(0), v = s.point(1);
            const Vec3f i = towards(0.03 + 0.97 * double(u.x), double(u.y)),
                        o = towards(0.03 + 0.97 * double(v.x), double(v.y));
            const bool back = k % 2 == 1;
            const Vec3f there = FilmBsdf(model, tau, i, back).evaluate(o).f_cos / o.z;
            const Vec3f here = FilmBsdf(model, tau, o, back).evaluate(i).f_cos / i.z;
            const Vec3f through = FilmBsdf(model, tau, i, back).evaluate({o.x, o.y, -o.z}).f_cos / o.z;
            // seen from the other side the axis turns over
            const Vec3f home = FilmBsdf(model, tau, o, !back).evaluate({i.x, i.y, -i.z}).f_cos / i.z;
            for (int c = 0; c < 3; ++c) {
                EXPECT_NEAR(there[c] / here[c], 1, 1e-4);
                EXPECT_NEAR(through[c] / home[c], 1, 1e-4);
            }
        }
    }
}

TEST(FilmBsdf, SamplesFollowTheirDensity) {
    for (uint32_t set = 0; set < 20; ++set) {
        const Sampler s(SampleSequence::Random, 100, set, 0);
        FilmMaterial m = clear_gloss();
        m.callier_q = 1 + 0.5 * double(s.point(0).x);
        m.haze = 0.05 * double(s.point(0).y);
        m.roughness_front = 0.08 + 0.4 * double(s.point(1).x);
        m.roughness_back = 0.08 + 0.4 * double(s.point(1).y);
        m.forward_alpha = 0.15 + 0.3 * double(s.point(2).x);
        const FilmModel model(m);
        const Vec3f tau = grey(0.05 + 1.5 * double(s.point(2).y));
        const FilmBsdf bsdf(model, tau, towards(0.1 + 0.9 * double(s.point(3).x)), set % 2 == 0);
        const double p = chi_square_of_directions(
            50000,
            [&](int k, Vec3f& d) {
                const BsdfSample b =
                    bsdf.sample(Sampler(SampleSequence::Random, 101, set, uint32_t(k)).point(0));
                d = b.direction;
                return !b.straight && b.pdf > 0;
            },
            [&](Vec3f d) { return double(bsdf.evaluate(d).pdf); });
        EXPECT_GT(p, 1e-3) << "set " << set;
    }
}

TEST(FilmBsdf, SampleWeightIsValueOverDensity) {
    FilmMaterial m = clear_gloss();
    m.callier_q = 1.3;
    m.haze = 0.02;
    const FilmModel model(m);
    const FilmBsdf bsdf(model, grey(0.7), towards(0.6), true);
    float sum = 0;
    for (const float p : bsdf.selection()) sum += p;
    EXPECT_NEAR(sum, 1, 1e-6f);
    int scattered = 0;
    for (int k = 0; k < 1000; ++k) {
        const BsdfSample s = bsdf.sample(Sampler(SampleSequence::Sobol, 5, 0, uint32_t(k)).point(0));
        if (s.straight || !(s.pdf > 0)) continue;
        ++scattered;
        const BsdfValue v = bsdf.evaluate(s.direction);
        EXPECT_NEAR(v.pdf / s.pdf, 1, 1e-4f);
        EXPECT_NEAR(s.weight.x * s.pdf / v.f_cos.x, 1, 1e-4f);
    }
    EXPECT_GT(scattered, 300);
}

TEST(LambertBsdf, BareSurfaceIsExactAndWhiteCoatedOneLosesNothing) {
    const LambertModel bare(Coat{1, 0.2});
    EXPECT_NEAR(LambertBsdf(bare, {0.5f, 0.6f, 0.7f}, towards(0.4)).evaluate(towards(0.8)).f_cos.y,
                0.6 * 0.8 / M_PI, 1e-6);
    for (const double alpha : {0.01, 0.1, 0.4})
        for (const double cosine : {1.0, 0.5, 0.2, 0.06}) {
            const LambertModel model(Coat{1.5, alpha});
            const LambertBsdf bsdf(model, {1, 1, 1}, towards(cosine));
            double sum = 0, square = 0;
            const int draws = 16384;
            for (int k = 0; k < draws; ++k) {
                const double w =
                    double(bsdf.sample(Sampler(SampleSequence::Sobol, 5, 1, uint32_t(k)).point(0)).weight.x);
                sum += w;
                square += w * w;
            }
            const double mean = sum / draws,
                         error = std::sqrt(std::max(0.0, square / draws - mean * mean) / draws);
            EXPECT_LE(mean, 1 + 3 * error + 1e-4) << alpha << " " << cosine;
            EXPECT_GE(mean, 0.99 - 3 * error) << alpha << " " << cosine;
        }
}

TEST(LambertBsdf, CoatIsReciprocalAndSampledAsItSays) {
    const LambertModel model(Coat{1.5, 0.25});
    const Vec3f albedo{0.7f, 0.4f, 0.1f};
    for (int k = 0; k < 500; ++k) {
        const Sampler s(SampleSequence::Random, 8, 1, uint32_t(k));
        const Vec3f i = towards(0.05 + 0.95 * double(s.point(0).x), double(s.point(0).y));
        const Vec3f o = towards(0.05 + 0.95 * double(s.point(1).x), double(s.point(1).y));
        EXPECT_NEAR(LambertBsdf(model, albedo, i).evaluate(o).f_cos.x / o.z /
                        (LambertBsdf(model, albedo, o).evaluate(i).f_cos.x / i.z),
                    1, 1e-4);
    }
    for (const double cosine : {0.9, 0.3}) {
        const LambertBsdf bsdf(model, albedo, towards(cosine));
        EXPECT_GT(chi_square_of_directions(
                      50000,
                      [&](int k, Vec3f& d) {
                          const BsdfSample b =
                              bsdf.sample(Sampler(SampleSequence::Random, 3, 7, uint32_t(k)).point(0));
                          d = b.direction;
                          return b.pdf > 0;
                      },
                      [&](Vec3f d) { return double(bsdf.evaluate(d).pdf); }),
                  1e-3);
    }
}

}  // namespace
}  // namespace radforge::path
