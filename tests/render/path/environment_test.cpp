// SPDX-License-Identifier: Apache-2.0
#include "render/path/environment.h"

#include "render/path/sampler.h"
#include "render/path/shared_exponent.h"
#include "synth/base/error.h"
#include "tests/render/path/statistics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace radforge::path {
namespace {

Image random_map(int h, int w) {
    Image image(h, w, 3, PixelType::F32, ColorSpace::Linear);
    for (size_t k = 0; k < image.value_count(); ++k) {
        const float u = unit_float(mix_bits(uint32_t(k / 3)));
        image.values<float>()[k] = u > 0.97f ? 60 * u : u;
    }
    return image;
}

TEST(Cumulatives, EveryColumnIsFoundFromItsFirstToItsLastBit) {
    for (const size_t columns : {2u, 16u, 17u, 256u, 600u, 4099u}) {
        std::vector<double> weight(2 * columns);
        for (size_t k = 0; k < weight.size(); ++k)
            weight[k] = 0.2 + double(unit_float(mix_bits(uint32_t(k))));
        Cumulatives table;
        table.resize(2, columns);
        table.fill(0, weight.data());
        table.fill(1, weight.data() + columns);
        double total = 0, below = 0;
        for (size_t k = 0; k < columns; ++k) total += weight[columns + k];
        const auto find = [&](double share) {
            const auto u = uint32_t(std::min(std::max(share * 0x1p32, 0.0), 0x1.fffffffep31));
            return table.find(1, u);
        };
        for (size_t k = 0; k < columns; ++k) {
            const double share = weight[columns + k] / total, bit = 0x1p-31;
            ASSERT_EQ(find(below + bit).index, k) << columns;
            ASSERT_EQ(find(below + share - bit).index, k) << columns;
            ASSERT_NEAR(double(find(below + 0.25 * share).within), 0.25, 1e-4) << columns;
            below += share;
        }
    }
}

TEST(SharedExponent, RoundsToNineBitsOfTheLargest) {
    for (uint32_t k = 0; k < 100000; ++k) {
        const uint32_t a = mix_bits(k), b = mix_bits(a + 1);
        const float size = std::ldexp(1.0f, int(a % 37));
        const Vec3f v{unit_float(a) * size, unit_float(b) * size, unit_float(a ^ b) * size};
        const Vec3f kept = SharedExponent(v).value();
        const float most = std::max(std::max(v.x, v.y), v.z), unit = std::max(0.5f, most * 0x1p-9f);
        for (int c = 0; c < 3; ++c) ASSERT_NEAR(kept[c], v[c], unit) << most;
        // Eight bits over one exponent, and what was rounded once, stay as they are.
        const Vec3f radiance{float(a & 255u) * size, float(b & 255u) * size, 128 * size};
        const SharedExponent whole(radiance * 0.0625f), again(kept);
        for (int c = 0; c < 3; ++c) {
            ASSERT_EQ(again.value()[c], kept[c]);
            if (size >= 16) {
                ASSERT_EQ(whole.value()[c], radiance[c] * 0.0625f);
            }
        }
    }
    for (const float most : {SharedExponent::kLargest, 511.4f, 511.6f, 1023.0f, 0.0f})
        EXPECT_NEAR(SharedExponent({most, 0, 0}).value().x, most, most * 0x1p-9f);
}

EnvironmentSample draw(const EnvironmentMap& map, int k) {
    const Sampler s(SampleSequence::Random, 21, 0, uint32_t(k));
    return map.at(map.pick(map.aim(s.bits(0))));
}

TEST(EnvironmentMap, DirectionsFollowTheirDensity) {
    const EnvironmentMap map(random_map(16, 32));
    EXPECT_GT(chi_square_of_directions(
                  400000,
                  [&](int k, Vec3f& d) {
                      const Vec3f e = draw(map, k).direction;
                      d = {e.x, e.z, e.y};  // bins with the pole of the map at their pole
                      return true;
                  },
                  [&](Vec3f d) {
                      return double(map.evaluate({d.x, d.z, d.y}).pdf);
                  }),
              1e-3);
}

TEST(EnvironmentMap, LookupAgreesWithTheSample) {
    const EnvironmentMap map(random_map(64, 128));
    for (int k = 0; k < 20000; ++k) {
        const EnvironmentSample s = draw(map, k), e = map.evaluate(s.direction);
        ASSERT_NEAR(length(s.direction), 1, 1e-5f);
        if (std::fabs(s.direction.y) > 0.9999f) continue;  // density diverges at the poles
        EXPECT_NEAR(e.pdf / s.pdf, 1,
                    1e-4 + 6e-7 / std::sqrt(1 - double(s.direction.y * s.direction.y)) * 128)
            << k;
        EXPECT_NEAR(e.radiance.y, s.radiance.y, 2e-4f * (60 + s.radiance.y));
    }
}

TEST(EnvironmentMap, GlancesTellWhatSamplesAre) {
    const EnvironmentMap map(random_map(63, 126));
    double ratio = 0;
    int count = 0;
    for (int k = 0; k < 5000; ++k) {
        const BitPair bits = Sampler(SampleSequence::Random, 22, 0, uint32_t(k)).bits(0);
        EnvironmentMap::Aims aims = map.aim_at_quarters(bits);
        for (EnvironmentMap::Aim& aim : aims) map.settle(aim);
        const EnvironmentMap::Glances g = map.glance(aims);
        for (uint32_t q = 0; q < 4; ++q) {
            const EnvironmentSample s =
                map.at(map.pick(map.aim({bits.x ^ (q % 2 << 31), bits.y ^ (q / 2 << 31)})));
            const EnvironmentSample same =
                map.at(g.place(q), {{g.direction.x[q], g.direction.y[q], g.direction.z[q]}, g.sine[q]});
            ASSERT_EQ(same.direction, s.direction);
            ASSERT_EQ(same.radiance, s.radiance);
            ASSERT_EQ(same.pdf, s.pdf);
            ratio += double(s.pdf / g.pdf[q]);
            ++count;
        }
    }
    EXPECT_NEAR(ratio / count, 1, 0.3) << "density of the texel's middle, on white noise";
}

TEST(EnvironmentMap, EstimatesTheFluxItHolds) {
    const EnvironmentMap map(random_map(32, 64));
    std::vector<double> x;
    for (int k = 0; k < 100000; ++k) {
        const EnvironmentSample s = draw(map, k);
        x.push_back(double(luminance(s.radiance.x, s.radiance.y, s.radiance.z) / s.pdf));
    }
    const MeanError m = mean_error(x);
    EXPECT_NEAR(m.mean / (4 * M_PI) / double(map.mean_luminance()), 1, 0.005);
    EXPECT_LT(m.error / m.mean, 0.002) << "samples in proportion to luminance have little noise";
}

TEST(EnvironmentMap, StratifiedPointsStayStratifiedOnTheMap) {
    const EnvironmentMap map(random_map(32, 64));
    // Irradiance of a slanted plane from 1024 points, spread over 64 runs.
    const auto spread = [&](SampleSequence sequence) {
        std::vector<double> x;
        for (uint32_t run = 0; run < 64; ++run) {
            double sum = 0;
            for (uint32_t k = 0; k < 1024; ++k) {
                const EnvironmentSample s = map.at(map.pick(map.aim(Sampler(sequence, 3, run, k).bits(2))));
                sum += std::max(0.0, double(dot(s.direction, Vec3f{0.6f, 0.8f, 0}) * s.radiance.y / s.pdf));
            }
            x.push_back(sum / 1024);
        }
        return mean_error(x).error;
    };
    EXPECT_LT(spread(SampleSequence::Sobol), 0.25 * spread(SampleSequence::Random));
}

TEST(EnvironmentMap, MiddleIsMinusZAndURunsToTheRight) {
    Image image(64, 128, 3, PixelType::F32, ColorSpace::Linear);
    const auto v = image.view<float>();
    for (int i = 0; i < 64; ++i)
        for (int j = 0; j < 128; ++j) {
            v(i, j, 0) = (float(j) + 0.5f) / 128;
            v(i, j, 1) = (float(i) + 0.5f) / 64;
        }
    const EnvironmentMap map(image);
    EXPECT_NEAR(map.radiance({0, 0, -1}).x, 0.5f, 1e-3f);
    EXPECT_NEAR(map.radiance({1, 0, 0}).x, 0.75f, 1e-3f);
    EXPECT_NEAR(map.radiance({-1, 0, 0}).x, 0.25f, 1e-3f);
    EXPECT_LT(map.radiance({0, 1, 0}).y, 0.02f) << "row 0 is up";
    EXPECT_GT(map.radiance({0, -1, 0}).y, 0.98f);
}

TEST(EnvironmentMap, RefusesWhatIsNoLight) {
    EXPECT_THROW(EnvironmentMap(Image(1, 1, 3, PixelType::F32, ColorSpace::Linear)), Error);
    EXPECT_THROW(EnvironmentMap(Image(4, 8, 3, PixelType::F32, ColorSpace::Linear)), Error) << "black";
    Image image = random_map(4, 8);
    image.values<float>()[10] = std::nanf("");
    EXPECT_THROW(EnvironmentMap{image}, Error);
    image.values<float>()[10] = -1;
    EXPECT_THROW(EnvironmentMap{image}, Error);
    EXPECT_THROW(EnvironmentMap(Image(4, 8, 1, PixelType::F32, ColorSpace::Linear)), Error);
}

}  // namespace
}  // namespace radforge::path
