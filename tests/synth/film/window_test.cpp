// SPDX-License-Identifier: Apache-2.0
#include "synth/film/window.h"

#include "synth/base/error.h"

#include <gtest/gtest.h>

namespace radforge::film {
namespace {

TEST(Window, LinearFunctionOfTheStandardsExample) {
    // PS3.3 C.11.2.1.2.1: centre 2048, width 4096: 0 -> 0, 4095 -> 1, the middle of both -> 1/2.
    const Window window{2048, 4096};
    EXPECT_DOUBLE_EQ(window(0), 0);
    EXPECT_DOUBLE_EQ(window(4095), 1);
    EXPECT_DOUBLE_EQ(window(2047.5), 0.5);
    EXPECT_NEAR(window(1), 1.0 / 4095, 1e-15);
    EXPECT_DOUBLE_EQ(window(-500), 0);
    EXPECT_DOUBLE_EQ(window(9000), 1);
}

TEST(Window, WidthOneIsAThreshold) {
    const Window window{100, 1};
    EXPECT_DOUBLE_EQ(window(99), 0);
    EXPECT_DOUBLE_EQ(window(99.5), 0);
    EXPECT_DOUBLE_EQ(window(100), 1);
}

TEST(Window, PresetsAreTheDocumentedOnes) {
    EXPECT_EQ(window_preset("brain").width_hu, 80);
    EXPECT_EQ(window_preset("brain").center_hu, 40);
    EXPECT_EQ(window_preset("lung").center_hu, -600);
    EXPECT_EQ(window_preset("bone").width_hu, 2000);
    for (const std::string& name : window_names()) EXPECT_GT(window_preset(name).width_hu, 1);
}

TEST(Window, UnknownNameListsTheChoices) {
    try {
        window_preset("brian");
        FAIL();
    } catch (const Error& e) {
        EXPECT_NE(std::string(e.what()).find("mediastinum"), std::string::npos);
    }
}

}  // namespace
}  // namespace radforge::film
