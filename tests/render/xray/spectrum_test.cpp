// SPDX-License-Identifier: Apache-2.0
#include "render/xray/spectrum.h"

#include "synth/base/error.h"

#include <gtest/gtest.h>

#include <cmath>

namespace radforge::xray {
namespace {

TEST(Spectrum, HalfValueLayerOfOneLineIsLnTwoOverMu) {
    const double expected = std::log(2.) / attenuation_per_mm(Material::Aluminium, 60);
    EXPECT_NEAR(monochromatic(60).half_value_layer_mm_al(), expected, 1e-9);
}

// Diagnostic tubes: IEC 60601-1-3 asks for at least 2.9 mm at 80 kV and 3.6 mm at 100 kV; well filtered tubes
// of 3 mm Al measure up to a millimetre more.
TEST(Spectrum, HalfValueLayersAreThoseOfDiagnosticTubes) {
    Tube tube;
    EXPECT_GT(tube_spectrum(tube).half_value_layer_mm_al(), 2.9);
    EXPECT_LT(tube_spectrum(tube).half_value_layer_mm_al(), 3.9);
    tube.kvp = 100;
    EXPECT_GT(tube_spectrum(tube).half_value_layer_mm_al(), 3.6);
    EXPECT_LT(tube_spectrum(tube).half_value_layer_mm_al(), 4.8);
}

TEST(Spectrum, FiltersHardenTheBeam) {
    Tube tube;
    const double open = tube_spectrum(tube).mean_kev();
    tube.copper_mm = .2;
    EXPECT_GT(tube_spectrum(tube).mean_kev(), open + 3);
    EXPECT_GT(open, 40);
    EXPECT_LT(open, 50);
}

TEST(Spectrum, CharacteristicLinesAppearAboveTheKEdge) {
    const auto share = [](double kvp) {
        Tube tube;
        tube.kvp = kvp;
        const Spectrum s = tube_spectrum(tube);
        return s.fraction[size_t(59.32 - kLowestKev)] / s.fraction[size_t(62 - kLowestKev)];
    };
    EXPECT_LT(share(69), 1.6);
    EXPECT_GT(share(120), 2);
}

TEST(Spectrum, ImpossibleTubesAreRefused) {
    Tube tube;
    tube.kvp = 10;
    EXPECT_THROW(tube_spectrum(tube), Error);
    tube.kvp = 80, tube.anode_angle_deg = 0;
    EXPECT_THROW(tube_spectrum(tube), Error);
    EXPECT_THROW((Spectrum{{60, 70}, {.5, .6}}.validate()), Error);
}

}  // namespace
}  // namespace radforge::xray
