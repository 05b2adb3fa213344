// SPDX-License-Identifier: Apache-2.0
// `radforge import` as a user runs it.
#include "tests/synth/colorize/visible_human_fixture.h"

#include <sys/wait.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace radforge {
namespace {

namespace vh = colorize::testing;

struct Outcome {
    int code = -1;
    std::string text;
};

class Import : public vh::VisibleHuman {
protected:
    Outcome radforge(const std::string& words) const {
        const std::string log = folder_ + "/log";
        const int status = std::system((RADFORGE_PROGRAM " " + words + " > " + log + " 2>&1").c_str());
        std::ifstream file(log);
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>())};
    }
    std::string folders() const {
        return "import visible-human --anatomy " + anatomy() + " --ct " + ct() + " --out " + folder_ +
               "/out ";
    }
};

constexpr const char* kSizes = "--anatomy-size 160x120 --anatomy-pixel-mm 1.1 ";

TEST_F(Import, MakesAVerifiedSetAndTellsWhatWasLeftOut) {
    for (int n = 1255; n <= 1262; ++n) pair(n);
    vh::write(section_path(1257), {});
    const Outcome outcome = radforge(folders() + kSizes + "contour.mode=two");
    EXPECT_EQ(outcome.code, 0) << outcome.text;
    EXPECT_NE(outcome.text.find("left out 1: the section is empty"), std::string::npos) << outcome.text;
    EXPECT_NE(outcome.text.find("7 pairs imported, 0 quarantined"), std::string::npos) << outcome.text;
    EXPECT_EQ(radforge("verify --phi " + folder_ + "/out").code, 0);
    const Outcome replay = radforge("synth --replay " + folder_ + "/out colorize-000000000");
    EXPECT_EQ(replay.code, 64);
    EXPECT_NE(replay.text.find("radforge import"), std::string::npos) << replay.text;
}

TEST_F(Import, TransformsOfAFileAreUsed) {
    for (int n = 1255; n <= 1257; ++n) pair(n);
    std::ofstream(folder_ + "/t.txt") << "1000 2000 1.03 4 5 -3  # by hand\n";
    const Outcome outcome = radforge(folders() + kSizes + "--transform " + folder_ + "/t.txt");
    EXPECT_EQ(outcome.code, 0) << outcome.text;
    EXPECT_NE(outcome.text.find("transform 1000 2000 1.03 4 5 -3"), std::string::npos) << outcome.text;
}

TEST_F(Import, BadUseIsToldWithTheFlagAndTheRemedy) {
    for (int n = 1255; n <= 1257; ++n) pair(n);
    struct Case {
        std::string words;
        int code;
        const char* message;
    };
    std::ofstream(folder_ + "/bad.txt") << "1 2 3\n";
    const Case cases[] = {
        {"import", 64, "subcommand"},
        {"import visible-human --ct x --out y", 64, "--anatomy"},
        {"import visible-human --anatomy " + folder_ + "/none --ct " + ct() + " --out y", 65, "none"},
        {folders() + "--anatomy-size 160", 64, "--anatomy-size"},
        {folders() + "--anatomy-size 160x120", 64, "--anatomy-pixel-mm"},
        {folders() + "--interleaved", 64, "--anatomy-size"},
        {folders() + kSizes + "--transform " + folder_ + "/bad.txt", 64, "bad.txt:1"},
        {folders() + kSizes + "contour.mod=max", 64, "contour.mod"},
        {folders(), 65, "another size"},
    };
    for (const Case& c : cases) {
        const Outcome outcome = radforge(c.words);
        EXPECT_EQ(outcome.code, c.code) << c.words << ": " << outcome.text;
        EXPECT_NE(outcome.text.find(c.message), std::string::npos) << c.words << ": " << outcome.text;
    }
    EXPECT_FALSE(std::filesystem::exists(folder_ + "/out/plan.json"));
}

}  // namespace
}  // namespace radforge
