// SPDX-License-Identifier: Apache-2.0
#include "synth/config/writer.h"

#include "synth/base/rng.h"
#include "synth/config/reader.h"
#include "synth/config/text.h"
#include "tests/synth/config/sample_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>

namespace radforge::config {
namespace {

SampleSettings reread(const std::string& text) {
    return load<SampleSettings>(Document::from_text(text, "dump"));
}

TEST(Writer, TheDumpIsSortedAndComplete) {
    EXPECT_EQ(dump(SampleSettings{}), R"(name = "sample"
seed = 1

[camera]
copies = 1
encoding = "png"
height_px = 448
tilt_deg = { uniform = [-5.0, 5.0] }
width_px = 448

[camera.lens]
k1 = 0.01

[render]
clamp = 10.0
denoise = false
layers = []
spp = 64
viewing = { desk = 1.0, window = 2.0 }
wavelengths_nm = [450.0, 550.0, 650.0]
)");
}

TEST(Writer, EveryKindOfValueSurvivesTheRoundTrip) {
    SampleSettings s;
    s.seed = INT64_MAX;
    s.name = "tab\t quote\" back\\slash\nline \x7f ü";
    s.camera.copies = Dist<int>::choice({1, 2, 3});
    s.camera.tilt_deg = Dist<double>::normal(0.1, 1.0 / 3, -1e-300, 1);
    s.render.viewing.of = {{"room", 0.1}};
    s.render.layers = {"", "a,b"};
    s.render.clamp = std::nextafter(1e9, 0.0);
    const std::string text = dump(s);
    const SampleSettings back = reread(text);
    EXPECT_EQ(dump(back), text);
    EXPECT_EQ(back.name, s.name);
    EXPECT_EQ(back.seed, s.seed);
    EXPECT_EQ(back.camera.tilt_deg.values(), s.camera.tilt_deg.values());
    EXPECT_EQ(back.camera.copies.values(), s.camera.copies.values());
    EXPECT_EQ(back.render.viewing.of, s.render.viewing.of);
    EXPECT_EQ(back.render.layers, s.render.layers);
    EXPECT_EQ(back.render.clamp, s.render.clamp);
}

TEST(Writer, AnotherTomlReaderSeesTheSameValues) {
    SampleSettings s;
    s.name = "quote\" back\\slash\n\x7f ü";
    s.camera.tilt_deg = Dist<double>::normal(0.1, 1e-7, -1e-300, 1e22);
    s.camera.lens.k1 = 1.0 / 3;
    const std::string path = testing::TempDir() + "radforge_writer_test.toml";
    std::ofstream(path) << dump(s);
    const std::string script = R"(
import sys, tomllib
t = tomllib.load(open(sys.argv[1], "rb"))
assert t["name"] == "quote\" back\\slash\n\x7f \u00fc", t["name"]
assert t["camera"]["tilt_deg"] == {"normal": [0.1, 1e-7, -1e-300, 1e22]}
assert t["camera"]["lens"]["k1"] == 1 / 3
assert t["camera"]["width_px"] == 448 and type(t["render"]["clamp"]) is float
assert t["render"]["viewing"] == {"desk": 1.0, "window": 2.0} and t["render"]["denoise"] is False
)";
    std::ofstream(path + ".py") << script;
    EXPECT_EQ(std::system(("python3 " + path + ".py " + path).c_str()), 0);
}

TEST(Writer, RandomDoublesAreExact) {
    Rng rng({Seed{11}, 0}, Stream::Source);
    for (int i = 0; i < 300; ++i) {
        SampleSettings s;
        s.render.clamp = std::exp(rng.uniform(-700, 20));
        EXPECT_EQ(reread(dump(s)).render.clamp, s.render.clamp);
    }
}

TEST(Writer, FloatsLookLikeFloats) {
    EXPECT_EQ(exact_float(3), "3.0");
    EXPECT_EQ(exact_float(0.1), "0.1");
    EXPECT_EQ(exact_float(1e22), "1e+22");
    EXPECT_EQ(exact_float(-0.0), "-0.0");
    EXPECT_EQ(exact_float(-INFINITY), "-inf");
    EXPECT_EQ(exact_float(NAN), "nan");
}

}  // namespace
}  // namespace radforge::config
