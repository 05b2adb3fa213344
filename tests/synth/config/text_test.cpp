// SPDX-License-Identifier: Apache-2.0
#include "synth/config/text.h"

#include <gtest/gtest.h>

#include <vector>

namespace radforge::config {
namespace {

TEST(Nearest, CountsASwapOfNeighboursAsOneEdit) {
    const std::vector<std::string> names = {"spp", "steps"};
    EXPECT_EQ(nearest("psp", names), "spp");
    EXPECT_EQ(nearest("spp", names), "spp");
    EXPECT_EQ(nearest("step", names), "steps");
}

TEST(Nearest, KeepsSilentWhenNothingIsNear) {
    const std::vector<std::string> names = {"width_px", "height_px"};
    EXPECT_EQ(nearest("colour", names), "");
    EXPECT_EQ(nearest("", names), "");
    EXPECT_EQ(nearest("x", std::vector<std::string>{}), "");
}

TEST(Nearest, CompletesAForgottenUnit) {
    const std::vector<std::string> names = {"spp", "width_px"};
    EXPECT_EQ(nearest("width", names), "width_px");
    EXPECT_EQ(nearest("width_px_m", names), "width_px");
}

}  // namespace
}  // namespace radforge::config
