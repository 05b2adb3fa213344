// SPDX-License-Identifier: Apache-2.0
#include "render/xray/exposure.h"

#include "synth/base/error.h"
#include "synth/base/parallel.h"

#include <gtest/gtest.h>

#include <cmath>

namespace radforge::xray {
namespace {

View panel(Beam beam = Beam::Parallel, int side = 65) {
    return beam == Beam::Cone ? cone_view({0, 0, -1000}, {}, {0, 1, 0}, 1500, 4, side, side)
                              : parallel_view({0, 0, 1}, {0, 1, 0}, {}, 1, side, side);
}

MaterialPath slab(const View& view, Material material, double density_mm) {
    MaterialPath path{material, Image(view.height_px, view.width_px, 1, PixelType::F32, ColorSpace::Data)};
    for (float& v : path.density_mm.values<float>()) v = float(density_mm);
    return path;
}

ExposureSettings settings_at(double kev) {
    ExposureSettings s;
    s.spectrum = monochromatic(kev);
    s.photons_per_pixel = 1000;
    return s;
}

double mean(const Image& image) {
    double sum = 0;
    for (const float v : image.values<float>()) sum += double(v);
    return sum / double(image.value_count());
}

double value(const Image& image, int row, int column) { return double(image.view<float>()(row, column)); }

TEST(Exposure, OneLineFollowsBeerAndLambert) {
    const View view = panel();
    const MaterialPath water = slab(view, Material::Water, 100), bone = slab(view, Material::Bone, 20);
    const MaterialPath paths[] = {water, bone};
    const Exposure e = expose(view, paths, settings_at(60));
    const double depth = 10 * mass_attenuation_cm2_per_g(Material::Water, 60) +
                         2 * mass_attenuation_cm2_per_g(Material::Bone, 60);
    EXPECT_NEAR(value(e.signal, 3, 4), 1000 * 60 * std::exp(-depth), 1e-5 * 60000);
    EXPECT_NEAR(value(e.flat, 3, 4), 60000, .1);
}

TEST(Exposure, ManyLinesAreTheSumOfTheLinesAndHarden) {
    const View view = panel();
    ExposureSettings s;
    s.spectrum = tube_spectrum({});
    const auto depth = [&](double mm) {
        const MaterialPath path = slab(view, Material::Water, mm);
        const Exposure e = expose(view, Span<const MaterialPath>(&path, 1), s);
        return -std::log(value(e.signal, 0, 0) / value(e.flat, 0, 0));
    };
    double expected = 0, open = 0;
    for (size_t i = 0; i < s.spectrum.energy_kev.size(); ++i) {
        const double e = s.spectrum.energy_kev[i], w = s.spectrum.fraction[i] * e;
        expected += w * std::exp(-10 * mass_attenuation_cm2_per_g(Material::Water, e)), open += w;
    }
    EXPECT_NEAR(depth(100), -std::log(expected / open), 1e-5);
    EXPECT_LT(depth(200), 1.97 * depth(100));  // the second half of the slab sees a harder beam
}

TEST(Exposure, AConeBeamThinsOutWithTheCubeOfTheCosine) {
    const View view = panel(Beam::Cone);
    const Exposure e = expose(view, {}, settings_at(60));
    const double corner = std::sqrt(2.) * 32 * 4, cosine = 1500 / std::hypot(1500, corner);
    EXPECT_NEAR(value(e.flat, 0, 0) / value(e.flat, 32, 32), std::pow(cosine, 3), 1e-6);
}

TEST(Exposure, TheAnodeSideIsDarker) {
    const View view = panel(Beam::Cone);
    ExposureSettings s;
    s.spectrum = tube_spectrum({});
    s.heel = Heel{};
    s.heel->towards_anode = view.column_step_mm;
    const Exposure e = expose(view, {}, s);
    EXPECT_LT(value(e.flat, 32, 64), .95 * value(e.flat, 32, 0));
    EXPECT_NEAR(value(e.flat, 0, 32), value(e.flat, 64, 32), 1e-3 * value(e.flat, 0, 32));

    s.heel->anode_angle_deg =
        5;  // atan(32 * 4 / 1500) = 4.9 degrees: the beam all but ends at the last pixel
    const Exposure steep = expose(view, {}, s);
    EXPECT_LT(value(steep.flat, 32, 64), .02 * value(steep.flat, 32, 32));
}

TEST(Exposure, TheCollimatorCutsTheFieldWithItsPenumbra) {
    const View view = panel();
    ExposureSettings s = settings_at(60);
    s.collimator = Collimator{20, 40, 4};
    const Exposure e = expose(view, {}, s);
    EXPECT_EQ(value(e.flat, 32, 32 + 13), 0);
    EXPECT_NEAR(value(e.flat, 32, 32 + 10), 30000, 1);  // half at the edge
    EXPECT_NEAR(value(e.flat, 32, 32 + 7), 60000, 1);
    EXPECT_NEAR(value(e.flat, 32 + 17, 32), 60000, 1);
    EXPECT_EQ(value(e.flat, 32 + 23, 32), 0);
}

TEST(Exposure, TheFocalSpotBlursByItsMagnifiedImage) {
    const View view = panel();
    MaterialPath edge = slab(view, Material::Water, 0);
    for (int r = 0; r < 65; ++r)
        for (int c = 33; c < 65; ++c) edge.density_mm.view<float>()(r, c) = 1e4;
    ExposureSettings s = settings_at(60);
    s.focal_spot = FocalSpot{8, 0, 1.5};  // 8 mm * 0.5 = 4 pixels
    const Exposure e = expose(view, Span<const MaterialPath>(&edge, 1), s);
    EXPECT_NEAR(value(e.signal, 5, 28) / 60000, 1, 1e-6);
    EXPECT_NEAR(value(e.signal, 5, 32) / 60000, .625, 1e-6);
    EXPECT_NEAR(value(e.signal, 5, 38) / 60000, 0, 1e-6);
}

TEST(Exposure, NothingInTheBeamIsTheFlatFieldAndScattersNothingAlsoAtTheEdgesOfTheField) {
    const View view = panel();
    const MaterialPath air = slab(view, Material::Water, 0);
    ExposureSettings s = settings_at(60);
    s.collimator = Collimator{20, 40, 3};
    s.focal_spot = FocalSpot{4, 4, 1.5};
    s.scatter = ScatterKernel{};
    s.scintillator = Scintillator{};
    const Exposure e = expose(view, Span<const MaterialPath>(&air, 1), s);
    EXPECT_EQ(e.signal.bytes, e.flat.bytes);
    EXPECT_EQ(mean(e.scatter), 0);
}

TEST(Exposure, ScatterFillsShadowsAndTheGridTakesItOut) {
    const View view = panel(Beam::Parallel, 129);
    MaterialPath body = slab(view, Material::Water, 200);
    for (int r = 60; r < 69; ++r)
        for (int c = 60; c < 69; ++c) body.density_mm.view<float>()(r, c) = 5000;
    ExposureSettings s = settings_at(70);
    s.scatter = ScatterKernel{};
    const Exposure open = expose(view, Span<const MaterialPath>(&body, 1), s);
    const double ratio = mean(open.scatter) / mean(open.primary);
    // Away from the shadow: amplitude * exp(-alpha d) * d^beta at depth d = mu t.
    const double depth = 20 * mass_attenuation_cm2_per_g(Material::Water, 70);
    EXPECT_NEAR(ratio, .5 * std::exp(.1 * depth) * depth, .05 * ratio);
    EXPECT_GT(value(open.signal, 64, 64),
              .5 * value(open.scatter, 0, 0));  // behind lead there is scatter only
    EXPECT_LT(value(open.primary, 64, 64), 1e-3);

    s.grid = AntiScatterGrid{.7, .1};
    const Exposure with_grid = expose(view, Span<const MaterialPath>(&body, 1), s);
    EXPECT_NEAR(mean(with_grid.scatter) / mean(with_grid.primary), ratio * .1 / .7, 1e-3 * ratio);
}

TEST(Exposure, TheScreenAbsorbsWhatItsThicknessSays) {
    const View view = panel();
    ExposureSettings s = settings_at(60);
    s.scintillator = Scintillator{};
    const Exposure e = expose(view, {}, s);
    const double absorbed = 1 - std::exp(-.6 * attenuation_per_mm(Material::CesiumIodide, 60));
    EXPECT_NEAR(absorbed, .88, .01);  // known of 0.6 mm CsI
    EXPECT_NEAR(value(e.flat, 9, 9), 60000 * absorbed, 1);
    s.scintillator->counting = true;
    EXPECT_NEAR(value(expose(view, {}, s).flat, 9, 9), 1000 * absorbed, .02);
}

// Compound Poisson: the variance of an integrating detector is the sum of n E^2.
TEST(Exposure, QuantumNoiseHasTheMeanAndVarianceOfTheSpectrum) {
    const View view = panel(Beam::Parallel, 201);
    ExposureSettings s;
    s.spectrum = {{30, 90}, {.5, .5}};
    s.photons_per_pixel = 40;
    s.noise = DetectorNoise{NoiseKey{Seed{5}, 3}, 0};
    const Exposure e = expose(view, {}, s);
    const double expected = 20 * 30 + 20 * 90, variance = 20 * 30 * 30 + 20 * 90 * 90;
    const double n = 201 * 201;
    double squares = 0;
    for (const float v : e.signal.values<float>()) squares += (double(v) - expected) * (double(v) - expected);
    EXPECT_NEAR(mean(e.signal), expected, 4 * std::sqrt(variance / n));
    EXPECT_NEAR(squares / n / variance, 1, 4 * std::sqrt(2 / n) + .005);
    EXPECT_NEAR(mean(e.noise_free), expected, 1e-3);

    s.noise->electronic_kev = 500;
    const Exposure noisy = expose(view, {}, s);
    squares = 0;
    for (const float v : noisy.signal.values<float>())
        squares += (double(v) - expected) * (double(v) - expected);
    EXPECT_NEAR(squares / n / (variance + 500. * 500), 1, .03);
}

TEST(Exposure, CountersCountWholePhotonsWithPoissonsVariance) {
    const View view = panel(Beam::Parallel, 201);
    ExposureSettings s;
    s.spectrum = {{30, 90}, {.5, .5}};
    s.photons_per_pixel = 40;
    s.noise = DetectorNoise{NoiseKey{Seed{5}, 3}, 0};
    s.scintillator = Scintillator{.6, true, .7, 0, 0, 0};
    const Exposure e = expose(view, {}, s);
    const double n = 201 * 201, expected = mean(e.noise_free);
    double squares = 0;
    for (const float v : e.signal.values<float>()) {
        ASSERT_EQ(v, std::round(v));
        squares += (double(v) - expected) * (double(v) - expected);
    }
    EXPECT_NEAR(squares / n / expected, 1, 4 * std::sqrt(2 / n) + .005);
}

TEST(Exposure, ScatterBehindTheCollimatorIsAsNoisyAsQuantaOfTheBeam) {
    const View view = panel(Beam::Parallel, 201);
    const MaterialPath body = slab(view, Material::Water, 200);
    ExposureSettings s = settings_at(70);
    s.scatter = ScatterKernel{};
    s.collimator = Collimator{201, 60, 0};
    s.noise = DetectorNoise{NoiseKey{Seed{5}, 3}, 0};
    const Exposure e = expose(view, Span<const MaterialPath>(&body, 1), s);
    double squares = 0, n = 0;
    for (int r = 0; r < 66; ++r)
        for (int c = 0; c < 201; ++c, ++n) {
            ASSERT_EQ(value(e.primary, r, c), 0);
            const double expected = value(e.noise_free, r, c);
            squares +=
                (value(e.signal, r, c) - expected) * (value(e.signal, r, c) - expected) / (70 * expected);
        }
    EXPECT_NEAR(squares / n, 1, 4 * std::sqrt(2 / n) + .02);
}

TEST(Exposure, NoiseIsKeyedBySeedAndViewNotByThreads) {
    const View view = panel(Beam::Parallel, 33);
    ExposureSettings s = settings_at(60);
    s.photons_per_pixel = 50;
    s.scintillator = Scintillator{};
    s.noise = DetectorNoise{NoiseKey{Seed{5}, 3}, 10};
    Exposure one;
    {
        const ThreadLimit limit(1);
        one = expose(view, {}, s);
    }
    EXPECT_EQ(expose(view, {}, s).signal.bytes, one.signal.bytes);
    s.noise->key.view = 4;
    EXPECT_NE(expose(view, {}, s).signal.bytes, one.signal.bytes);
    EXPECT_EQ(expose(view, {}, s).noise_free.bytes, one.noise_free.bytes);
}

// Light spreads after the photons are counted: noise is as blurred as the image.
TEST(Exposure, TheScreenBlursTheNoiseToo) {
    const View view = panel(Beam::Parallel, 129);
    ExposureSettings s = settings_at(60);
    s.photons_per_pixel = 400;
    s.noise = DetectorNoise{NoiseKey{Seed{5}, 3}, 0};
    s.scintillator = Scintillator{.6, false, 1, 1.5, 1.5, 0};
    const Exposure e = expose(view, {}, s);
    double squares = 0, neighbours = 0;
    const double m = mean(e.signal);
    for (int r = 10; r < 119; ++r)
        for (int c = 10; c < 118; ++c) {
            squares += (value(e.signal, r, c) - m) * (value(e.signal, r, c) - m);
            neighbours += (value(e.signal, r, c) - m) * (value(e.signal, r, c + 1) - m);
        }
    // White noise through a Gaussian of deviation s: correlation exp(-1 / (4 s^2)) at one pixel.
    EXPECT_NEAR(neighbours / squares, std::exp(-1 / (4 * 1.5 * 1.5)), .03);
}

TEST(Exposure, ImpossibleSettingsAreRefusedByName) {
    const View view = panel(Beam::Parallel, 4);
    const auto refused = [&](ExposureSettings s, const std::string& word) {
        try {
            expose(view, {}, s);
        } catch (const Error& error) {
            return std::string(error.what()).find(word) != std::string::npos;
        }
        return false;
    };
    ExposureSettings s = settings_at(60);
    s.photons_per_pixel = -1;
    EXPECT_TRUE(refused(s, "photons_per_pixel"));
    s = settings_at(60);
    s.focal_spot = FocalSpot{1, 1, .5};
    EXPECT_TRUE(refused(s, "magnification"));
    s = settings_at(60);
    s.grid = AntiScatterGrid{1.2, .1};
    EXPECT_TRUE(refused(s, "primary_transmission"));
    EXPECT_TRUE(refused(ExposureSettings{}, "spectrum"));
    const MaterialPath small = slab(panel(Beam::Parallel, 3), Material::Water, 1);
    EXPECT_THROW(expose(view, Span<const MaterialPath>(&small, 1), settings_at(60)), Error);
}

}  // namespace
}  // namespace radforge::xray
