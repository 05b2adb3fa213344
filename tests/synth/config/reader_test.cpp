// SPDX-License-Identifier: Apache-2.0
#include "synth/config/reader.h"

#include "synth/base/error.h"
#include "synth/base/rng.h"
#include "synth/config/writer.h"
#include "tests/synth/config/sample_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace radforge::config {
namespace {

SampleSettings settings_of(const std::string& text) {
    return load<SampleSettings>(Document::from_text(text, "film.toml"));
}

std::string problem_of(const std::string& text) {
    try {
        settings_of(text);
    } catch (const Error& e) {
        EXPECT_EQ(e.exit_code(), 64);
        return e.what();
    }
    return "accepted";
}

TEST(Reader, WhatIsLeftOutKeepsItsDefault) {
    const SampleSettings s = settings_of("");
    EXPECT_EQ(s.seed, 1);
    EXPECT_EQ(s.camera.width_px, 448);
    EXPECT_EQ(s.render.viewing.of.size(), 2u);
}

TEST(Reader, EveryKindOfKeyIsRead) {
    const SampleSettings s = settings_of(R"(
seed = 9223372036854775807
name = "çé"
[camera]
width_px = 0x20
copies = { choice = [1, 4] }
tilt_deg = 3
encoding = "jpg"
lens.k1 = 0.25
[render]
denoise = true
clamp = 5
wavelengths_nm = [400, 500.5]
layers = ["a", "b"]
[render.viewing]
room = 1
desk = 0
)");
    EXPECT_EQ(s.seed, INT64_MAX);
    EXPECT_EQ(s.name, "çé");
    EXPECT_EQ(s.camera.width_px, 32);
    EXPECT_EQ(s.camera.copies.values(), (std::vector<int>{1, 4}));
    EXPECT_EQ(s.camera.tilt_deg.kind(), Dist<double>::Kind::Constant);
    EXPECT_EQ(s.camera.tilt_deg.values(), std::vector<double>{3});
    EXPECT_EQ(s.camera.encoding, "jpg");
    EXPECT_EQ(s.camera.lens.k1, 0.25);
    EXPECT_TRUE(s.render.denoise);
    EXPECT_EQ(s.render.clamp, 5.0);
    EXPECT_EQ(s.render.wavelengths_nm, (std::vector<double>{400, 500.5}));
    EXPECT_EQ(s.render.layers, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(s.render.viewing.of, (std::map<std::string, double>{{"desk", 0}, {"room", 1}}));
}

TEST(Reader, AnUnknownKeyIsReportedWithItsPlaceAndTheNearestName) {
    EXPECT_EQ(problem_of("[render]\n\nssp = 3\n"),
              "film.toml:3:1: unknown key 'render.ssp'; did you mean 'spp'?");
    EXPECT_EQ(problem_of("[camera]\nheigth_px = 3\n"),
              "film.toml:2:1: unknown key 'camera.heigth_px'; did you mean 'height_px'?");
    EXPECT_EQ(problem_of("[camera]\nspp = 3\n"),
              "film.toml:2:1: unknown key 'camera.spp'; did you mean 'render.spp'?");
    EXPECT_EQ(problem_of("[camera]\nssp = 3\n"),
              "film.toml:2:1: unknown key 'camera.ssp'; did you mean 'render.spp'?");
    EXPECT_EQ(problem_of("zzzzzz = 3\n"),
              "film.toml:1:1: unknown key 'zzzzzz'; known here: camera, render, seed, name");
}

TEST(Reader, AnUnknownTableIsReportedOnceNotPerKey) {
    EXPECT_EQ(problem_of("[camara]\nwidth_px = 3\nheight_px = 3\n"),
              "film.toml:1:2: unknown key 'camara'; did you mean 'camera'?");
}

TEST(Reader, TypesAreNotConverted) {
    EXPECT_EQ(problem_of("[render]\nspp = 1.5\n"),
              "film.toml:2:7: wrong type for 'render.spp'; got 1.5, expected an integer");
    for (const char* text :
         {"[render]\nspp = true", "[render]\nspp = 1.0", "[render]\nspp = \"3\"", "[render]\nspp = [3]",
          "[render]\nspp = 3000000000", "[render]\nspp = 1979-05-27", "[render]\ndenoise = 1",
          "[render]\nclamp = true", "[render]\nclamp = 9007199254740993", "[render]\nclamp = \"1\"",
          "[render]\nlayers = [1]", "[render]\nlayers = \"a\"", "[render]\nwavelengths_nm = [400, \"b\"]",
          "[render]\nviewing = \"desk\"", "[render]\nviewing = { desk = true }", "name = 3", "camera = 3",
          "[seed]\nx = 1"})
        EXPECT_THAT(problem_of(text), testing::HasSubstr("wrong type for '")) << text;
}

TEST(Reader, ValuesOutOfRangeAreRefusedNotClamped) {
    EXPECT_EQ(problem_of("[camera]\nwidth_px = 8\n"),
              "film.toml:2:12: out of range of 'camera.width_px'; got 8, expected [16, 16384] px");
    for (const char* text :
         {"seed = -1", "[render]\nclamp = nan", "[render]\nclamp = inf", "[render]\nclamp = -0.5",
          "[render]\nwavelengths_nm = [400, 800]", "[camera]\ntilt_deg = 91",
          "[camera]\ntilt_deg = { uniform = [0, 91] }", "[camera]\ntilt_deg = { normal = [0, 1, -91, 3] }",
          "[camera]\ntilt_deg = { choice = [1, -91, 2] }", "[camera]\ncopies = { uniform = [0, 2] }"})
        EXPECT_THAT(problem_of(text), testing::HasSubstr("out of range of '")) << text;
}

TEST(Reader, BadDistributionsSayWhy) {
    EXPECT_EQ(problem_of("[camera]\ntilt_deg = { uniform = [2, 1] }"),
              "film.toml:2:12: bad distribution of 'camera.tilt_deg'; got { uniform = [2.0, 1.0] }; the "
              "upper end lies "
              "below the lower end");
    for (const char* text : {"{ log_uniform = [0, 1] }", "{ normal = [0, -1, -2, 2] }",
                             "{ normal = [0, 1, 50, 60] }", "{ choice = [] }", "nan"})
        EXPECT_THAT(problem_of(std::string("[camera]\ntilt_deg = ") + text),
                    testing::HasSubstr("bad distribution"))
            << text;
    for (const char* text : {"{ uniform = [1] }", "{ gauss = [1, 2] }", "{ uniform = [1, 2], choice = [3] }",
                             "{}", "{ uniform = 3 }", "{ uniform = [false, true] }", "[1, 2]"})
        EXPECT_THAT(problem_of(std::string("[camera]\ntilt_deg = ") + text), testing::HasSubstr("wrong type"))
            << text;
    EXPECT_THAT(problem_of("[camera]\ncopies = { uniform = [1, 2.5] }"), testing::HasSubstr("wrong type"));
}

TEST(Reader, ChoicesAndWeightsAreCheckedAgainstTheirNames) {
    EXPECT_EQ(problem_of("[camera]\nencoding = \"jgp\"\n"),
              "film.toml:2:12: unknown choice of 'camera.encoding'; got \"jgp\", expected one of png, jpg; "
              "did you mean 'jpg'?");
    EXPECT_THAT(problem_of("[render.viewing]\nrom = 1\n"), testing::HasSubstr("did you mean 'room'?"));
    EXPECT_THAT(problem_of("[render.viewing]\nroom = -1\n"), testing::HasSubstr("bad weight of \"room\""));
    EXPECT_THAT(problem_of("[render.viewing]\nroom = inf\n"), testing::HasSubstr("bad weight of \"room\""));
    EXPECT_THAT(problem_of("[render.viewing]\nroom = 0\n"), testing::HasSubstr("no weight is above 0"));
}

TEST(Reader, AllProblemsAreReportedAtOnce) {
    EXPECT_EQ(problem_of("seed = true\nnames = 1\n[camera]\nwidth_px = 3\n[render]\nspp = 0.5\n"),
              "film.toml:2:1: unknown key 'names'; did you mean 'name'?\n"
              "film.toml:6:7: wrong type for 'render.spp'; got 0.5, expected an integer\n"
              "film.toml:1:8: wrong type for 'seed'; got true, expected an integer\n"
              "film.toml:4:12: out of range of 'camera.width_px'; got 3, expected [16, 16384] px");
}

// Whatever stands in a file, the answer is settings or an Error, never anything else.
TEST(Reader, SpoiltFilesAreReadOrRefused) {
    const std::string good = dump(SampleSettings{});
    Rng rng({Seed{31}, 0}, Stream::Source);
    int refused = 0;
    constexpr int kFiles = 3000;
    for (int i = 0; i < kFiles; ++i) {
        std::string text = good;
        for (uint64_t edits = 1 + rng.below(3); edits > 0; --edits) {
            const size_t at = rng.below(text.size());
            switch (rng.below(3)) {
                case 0:
                    text[at] = char(rng.below(256));
                    break;
                case 1:
                    text.erase(at, 1 + rng.below(20));
                    break;
                default:
                    text.insert(at, text.substr(rng.below(text.size()), 1 + rng.below(20)));
            }
        }
        try {
            check(settings_of(text));
        } catch (const Error& e) {
            ++refused;
            EXPECT_GT(std::string(e.what()).size(), 10u);
        }
    }
    EXPECT_GT(refused, kFiles / 2);
    EXPECT_LT(refused, kFiles);
}

TEST(Reader, SettingsMadeInCodeAreCheckedToo) {
    SampleSettings s;
    EXPECT_NO_THROW(check(s));
    s.camera.width_px = 3;
    EXPECT_THROW(check(s), Error);
}

}  // namespace
}  // namespace radforge::config
