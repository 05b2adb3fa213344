// SPDX-License-Identifier: Apache-2.0
#include "synth/colorize/colorize_setup.h"

#include "synth/base/error.h"
#include "synth/base/log.h"
#include "synth/config/document.h"

#include <gtest/gtest.h>

namespace radforge::colorize {
namespace {

GeneratorSetup set_up_from(const std::string& toml, const InputPaths& paths = {}) {
    Logger logger(LogFormat::Text, true);
    return set_up(config::Document::from_text(toml, "a.toml"), paths, logger);
}

std::string message_of(const std::string& toml, const InputPaths& paths = {}) {
    try {
        set_up_from(toml, paths);
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

TEST(ColorizeSetup, PlanSaysWhatTheSetIs) {
    const GeneratorSetup setup = set_up_from("dataset.seed = 7\nphantom.size_px = 96\n");
    EXPECT_EQ(setup.plan.kind, "colorize");
    EXPECT_EQ(setup.plan.name, "colorize");
    EXPECT_EQ(setup.plan.seed.value, 7u);
    EXPECT_NE(setup.plan.about.find("\"phantom\""), std::string::npos);
    EXPECT_NE(setup.plan.config_toml.find("size_px = 96"), std::string::npos);
    ASSERT_EQ(setup.plan.fields.size(), 6u);
    EXPECT_EQ(setup.plan.fields[1].shape, (std::vector<int64_t>{96, 96, 3}));
    EXPECT_TRUE(setup.plan.inputs.empty());
}

TEST(ColorizeSetup, RealSlicesAreCreditedAndCalledPseudo) {
    InputPaths paths;
    paths.ct = {RADFORGE_SHARED_DIR "/data/ct/head_ge_tilt"};
    const GeneratorSetup setup = set_up_from("", paths);
    EXPECT_NE(setup.plan.about.find("\"pseudo\""), std::string::npos);
    EXPECT_EQ(setup.plan.inputs.size(), 1u);
    EXPECT_NE(setup.plan.config_toml.find(setup.plan.inputs[0].sha256), std::string::npos);
}

TEST(ColorizeSetup, WrongUseIsToldWithTheKeyAndTheRemedy) {
    EXPECT_NE(message_of("photo.ramp = 3\n").find("photo.ramp"), std::string::npos);
    EXPECT_NE(message_of("contour.mode = \"both\"\n").find("contour.mode"), std::string::npos);
    InputPaths paths;
    paths.hdri = "hdri";
    EXPECT_NE(message_of("", paths).find("--hdri"), std::string::npos);
    EXPECT_NE(message_of("[visible_human]\nbody = \"male\"\n").find("radforge import"), std::string::npos);
}

}  // namespace
}  // namespace radforge::colorize
