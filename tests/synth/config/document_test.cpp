// SPDX-License-Identifier: Apache-2.0
#include "synth/config/document.h"

#include "synth/base/error.h"
#include "synth/config/reader.h"
#include "tests/synth/config/sample_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace radforge::config {
namespace {

using testing::HasSubstr;

std::string message_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& e) {
        EXPECT_EQ(e.kind(), ErrorKind::Usage);
        return e.what();
    }
    return "nothing was thrown";
}

class DocumentFiles : public testing::Test {
protected:
    DocumentFiles() { std::filesystem::create_directories(folder_ / "deep"); }
    ~DocumentFiles() override { std::filesystem::remove_all(folder_); }

    std::string write(const std::string& name, const std::string& text) const {
        const auto path = folder_ / name;
        std::ofstream(path) << text;
        return path.string();
    }
    std::string path(const std::string& name) const { return (folder_ / name).string(); }

private:
    std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() /
        ("radforge_document_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
};

TEST_F(DocumentFiles, LaterBasesOverrideEarlierOnesAndTheFileOverridesAll) {
    write("a.toml", "seed = 2\n[camera]\nwidth_px = 100\nheight_px = 100\n[render]\nspp = 3\n");
    write("deep/b.toml", "extends = [\"../a.toml\"]\n[camera]\nheight_px = 200\n");
    write("c.toml", "[render]\nspp = 5\n");
    const auto top = write("top.toml", "extends = [\"deep/b.toml\", \"c.toml\"]\nseed = 7\n");
    const Document document = Document::from_file(top);
    const auto s = load<SampleSettings>(document);
    EXPECT_EQ(s.seed, 7);
    EXPECT_EQ(s.camera.width_px, 100);
    EXPECT_EQ(s.camera.height_px, 200);
    EXPECT_EQ(s.render.spp, 5);
    EXPECT_THAT(document.files(),
                testing::ElementsAre(path("a.toml"), path("deep/b.toml"), path("c.toml"), path("top.toml")));
}

TEST_F(DocumentFiles, ADistributionOfTheBaseIsReplacedNotMixed) {
    write("a.toml", "[camera]\ntilt_deg = { uniform = [-1, 1] }\n");
    const auto top =
        write("top.toml", "extends = [\"a.toml\"]\n[camera]\ntilt_deg = { normal = [0, 1, -2, 2] }\n");
    const auto s = load<SampleSettings>(Document::from_file(top));
    EXPECT_EQ(s.camera.tilt_deg.kind(), Dist<double>::Kind::Normal);
}

TEST_F(DocumentFiles, AnErrorInABaseIsReportedWithThatFile) {
    write("a.toml", "[camera]\nwidth = 100\n");
    const auto top = write("top.toml", "extends = [\"a.toml\"]\n");
    EXPECT_EQ(message_of([&] { load<SampleSettings>(Document::from_file(top)); }),
              path("a.toml") + ":2:1: unknown key 'camera.width'; did you mean 'width_px'?");
}

TEST_F(DocumentFiles, FourLevelsAreReadAndTheFifthIsRefused) {
    write("0.toml", "seed = 9\n");
    for (int i = 1; i <= 5; ++i)
        write(std::to_string(i) + ".toml", "extends = [\"" + std::to_string(i - 1) + ".toml\"]\n");
    EXPECT_EQ(load<SampleSettings>(Document::from_file(path("4.toml"))).seed, 9);
    EXPECT_THAT(message_of([&] { Document::from_file(path("5.toml")); }),
                HasSubstr("0.toml: files extend each other too deeply, expected at most 4 levels"));
}

TEST_F(DocumentFiles, ACycleIsNamed) {
    write("a.toml", "extends = [\"b.toml\"]\n");
    write("b.toml", "extends = [\"a.toml\"]\n");
    EXPECT_THAT(message_of([&] { Document::from_file(path("a.toml")); }),
                HasSubstr(path("a.toml") + ": the file extends itself"));
}

TEST_F(DocumentFiles, AMissingFileIsNamedWithThePlaceThatWantsIt) {
    EXPECT_EQ(message_of([&] { Document::from_file(path("none.toml")); }),
              path("none.toml") + ": cannot read the config file");
    const auto top = write("top.toml", "extends = [\n  \"none.toml\"]\n");
    EXPECT_EQ(message_of([&] { Document::from_file(top); }),
              path("none.toml") + ": cannot read the config file; extended at " + top + ":2:3");
    EXPECT_EQ(message_of([&] { Document::from_file(path("deep")); }),
              path("deep") + ": cannot read the config file");
}

TEST_F(DocumentFiles, ExtendsMustBeAnArrayOfNames) {
    const auto one = write("one.toml", "extends = \"a.toml\"\n");
    EXPECT_THAT(message_of([&] { Document::from_file(one); }), HasSubstr("wrong 'extends'; got \"a.toml\""));
    const auto two = write("two.toml", "extends = [3]\n");
    EXPECT_THAT(message_of([&] { Document::from_file(two); }),
                HasSubstr("two.toml:1:12: wrong 'extends'; got 3"));
}

TEST(Document, SyntaxErrorsCarryLineAndColumn) {
    const auto parse = [](const std::string& text) {
        return message_of([&] { Document::from_text(text, "film.toml"); });
    };
    EXPECT_THAT(parse("a = 1\nb = = 2\n"), testing::StartsWith("film.toml:2:5: "));
    EXPECT_THAT(parse("a = 1\na = 2\n"), testing::StartsWith("film.toml:2:"));
    EXPECT_THAT(parse("[a]\n[a]\n"), testing::StartsWith("film.toml:2:"));
    EXPECT_THAT(parse("a = 99999999999999999999\n"), testing::StartsWith("film.toml:1:"));
    EXPECT_THAT(parse("a = 010\n"), testing::StartsWith("film.toml:1:"));
    EXPECT_THAT(parse("extends = [\"a.toml\"]\n"), HasSubstr("film.toml:1:1: 'extends' works in files only"));
}

TEST(Document, OverridesComeLastAndTheLastOfThemWins) {
    const std::vector<std::string> overrides = {
        "render.spp=8", "camera.encoding=jpg",   "render.spp=9",       "camera.tilt_deg={ uniform = [1, 2] }",
        "name='a b'",   "render.layers=[\"x\"]", "camera.lens.k1=-0.1"};
    const auto document = Document::from_text("[render]\nspp = 4\n", "film.toml", overrides);
    const auto s = load<SampleSettings>(document);
    EXPECT_EQ(s.render.spp, 9);
    EXPECT_EQ(s.camera.encoding, "jpg");
    EXPECT_EQ(s.camera.tilt_deg.range().lo, 1);
    EXPECT_EQ(s.name, "a b");
    EXPECT_EQ(s.render.layers, std::vector<std::string>{"x"});
    EXPECT_EQ(s.camera.lens.k1, -0.1);
    EXPECT_EQ(document.overrides(), overrides);
}

TEST(Document, OverrideErrorsQuoteTheOverride) {
    const auto run = [](const std::string& text) {
        const std::vector<std::string> overrides = {text};
        return message_of([&] { load<SampleSettings>(Document::from_text("", "film.toml", overrides)); });
    };
    EXPECT_EQ(run("camera.colour=3"),
              "override 'camera.colour=3': unknown key 'camera.colour'; known in 'camera': lens, "
              "width_px, height_px, tilt_deg, copies, encoding");
    EXPECT_EQ(run("render.ssp=3"), "override 'render.ssp=3': unknown key 'render.ssp'; did you mean 'spp'?");
    EXPECT_EQ(run("render.spp=many"),
              "override 'render.spp=many': wrong type for 'render.spp'; got \"many\", expected an integer");
    EXPECT_EQ(run("render.spp.x=1"),
              "override 'render.spp.x=1': wrong type for 'render.spp'; got a table, expected an integer");
    for (const char* bad : {"render.spp", "=3", ".spp=3", "render..spp=3", "render.=3", "ren der.spp=3"})
        EXPECT_THAT(run(bad), HasSubstr("malformed, expected table.key=value")) << bad;
    for (const char* bad : {"name=a b", "name=", "name=\"x", "render.spp=1\nseed=2", "render.spp=1, 2"})
        EXPECT_THAT(run(bad), HasSubstr("neither TOML nor a bare word")) << bad;
}

TEST(Document, ADottedOverrideChangesOneWeightATableReplacesAll) {
    const auto weights = [](const std::string& text) {
        const std::vector<std::string> overrides = {text};
        return load<SampleSettings>(Document::from_text("", "film.toml", overrides)).render.viewing.of;
    };
    using Map = std::map<std::string, double>;
    EXPECT_EQ(weights("render.viewing.room=3"), (Map{{"desk", 1}, {"room", 3}, {"window", 2}}));
    EXPECT_EQ(weights("render.viewing={room=3}"), (Map{{"room", 3}}));
}

}  // namespace
}  // namespace radforge::config
