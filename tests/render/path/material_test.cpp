// SPDX-License-Identifier: Apache-2.0
#include "render/path/material.h"

#include "synth/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace radforge::path {
namespace {

std::string message(const std::function<void()>& f) {
    try {
        f();
    } catch (const Error& e) {
        return e.what();
    }
    return "";
}

TEST(Material, FilmNamesTheNumberThatIsWrong) {
    FilmMaterial m;
    EXPECT_EQ(message([&] { m.validate(); }), "");
    m.callier_q = 0.9;
    EXPECT_THAT(message([&] { m.validate(); }), testing::HasSubstr("optics.callier_q"));
}

TEST(Material, PrintIsAnRgbImageThatLetsThroughAtMostAll) {
    Image print(2, 2, 3, PixelType::F32, ColorSpace::Linear);
    EXPECT_EQ(message([&] { film_print(print); }), "");
    print.values<float>()[3] = 1.5f;
    EXPECT_THAT(message([&] { film_print(print); }), testing::HasSubstr("film.transmittance"));
    print = Image(2, 2, 1, PixelType::F32, ColorSpace::Linear);
    EXPECT_THAT(message([&] { film_print(print); }), testing::HasSubstr("[H,W,3]"));
}

TEST(Material, OpaqueSurfaceReflectsAtMostAll) {
    LambertMaterial m;
    EXPECT_EQ(message([&] { m.validate(); }), "");
    m.albedo.y = 1.2f;
    EXPECT_THAT(message([&] { m.validate(); }), testing::HasSubstr("albedo"));
}

TEST(Material, PanelIsARectangle) {
    PanelLight p;
    EXPECT_EQ(message([&] { p.validate(); }), "");
    p.edge_v_m = {0.2, 1, 0};
    EXPECT_THAT(message([&] { p.validate(); }), testing::HasSubstr("right angles"));
    p.edge_v_m = {0, 0, 0};
    EXPECT_THAT(message([&] { p.validate(); }), testing::HasSubstr("no area"));
    p.edge_v_m = {0, 1, 0};
    p.radiance.x = -1;
    EXPECT_THAT(message([&] { p.validate(); }), testing::HasSubstr("panel.radiance"));
}

}  // namespace
}  // namespace radforge::path
