// SPDX-License-Identifier: Apache-2.0
#include "tools/lint/layers.h"

#include "synth/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace radforge::lint {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kSpdx = "// SPDX-License-Identifier: Apache-2.0\n";

/// A tree of two layers: `top` may use `low`; `low` may use <zlib.h>.
class Layers : public testing::Test {
protected:
    Layers() {
        write("layers.toml", R"(
open_headers = ["top/open.h"]
system_headers = ["unistd.h", "sys/"]
scanned = ["low", "top"]
[modules.low]
folder = "low"
uses = []
third_party = ["zlib.h"]
[modules.top]
folder = "top"
uses = ["low"]
third_party = []
[modules.inner]
folder = "top/inner"
uses = []
third_party = ["torch/"]
in_headers = ["torch/"]
)");
        write("low/a.h", std::string(kSpdx) + "#pragma once\n#include <vector>\n");
        write("low/a.cpp",
              std::string(kSpdx) + "#include \"low/a.h\"\n#include <zlib.h>\n#include <sys/stat.h>\n");
        write("top/open.h", std::string(kSpdx) + "#pragma once\n#include \"low/a.h\"\n");
    }
    ~Layers() override { std::filesystem::remove_all(root_); }

    void write(const std::string& name, const std::string& text) const {
        const auto path = std::filesystem::path(root_) / name;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path) << text;
    }
    std::vector<std::string> findings() const {
        std::vector<std::string> out;
        for (const Finding& f : check_tree(root_, read_rules(root_ + "/layers.toml")))
            out.push_back(f.file + ':' + std::to_string(f.line) + ": " + f.message);
        return out;
    }
    std::string table_error() const {
        try {
            read_rules(root_ + "/layers.toml");
        } catch (const Error& e) {
            return e.what();
        }
        return "accepted";
    }

private:
    std::string root_ =
        (std::filesystem::temp_directory_path() /
         (std::string("radforge_layers_") + testing::UnitTest::GetInstance()->current_test_info()->name()))
            .string();
};

TEST_F(Layers, ACleanTreePasses) { EXPECT_THAT(findings(), ElementsAre()); }

TEST_F(Layers, AnEdgeThatPointsUpIsReportedWithFileAndLine) {
    write("top/b.h", std::string(kSpdx) + "#pragma once\n");
    write("low/c.cpp", std::string(kSpdx) + "\n  # include \"top/b.h\" // why\n");
    EXPECT_THAT(findings(), ElementsAre("low/c.cpp:3: module low may not use module top (top/b.h)"));
}

TEST_F(Layers, AnOpenHeaderIsForEveryone) {
    write("low/c.cpp", std::string(kSpdx) + "#include \"top/open.h\"\n");
    EXPECT_THAT(findings(), ElementsAre());
}

TEST_F(Layers, TheLongestFolderDecidesTheModule) {
    write("top/inner/d.cpp", std::string(kSpdx) + "#include \"low/a.h\"\n");
    EXPECT_THAT(findings(), ElementsAre("top/inner/d.cpp:2: module inner may not use module low (low/a.h)"));
}

TEST_F(Layers, ThirdPartyIsForTheNamedModulesAndOutOfHeaders) {
    write("top/c.cpp", std::string(kSpdx) + "#include <zlib.h>\n#include <unistd.h>\n");
    write("low/z.h", std::string(kSpdx) + "#pragma once\n#include <zlib.h>\n");
    write("top/inner/t.h", std::string(kSpdx) + "#pragma once\n#include <torch/torch.h>\n");
    EXPECT_THAT(findings(), ElementsAre(HasSubstr("low/z.h:3: <zlib.h> belongs into a .cpp file"),
                                        "top/c.cpp:2: module top may not use <zlib.h>"));
}

TEST_F(Layers, IncludesAreByPathFromTheRoot) {
    write("low/c.cpp", std::string(kSpdx) + "#include \"a.h\"\n#include \"low/none.h\"\n");
    EXPECT_THAT(findings(), ElementsAre(HasSubstr("low/c.cpp:2: \"a.h\" is no file of the project"),
                                        HasSubstr("low/c.cpp:3: \"low/none.h\" is no file of the project")));
}

TEST_F(Layers, TheFormOfFilesIsChecked) {
    write("low/b.h", "#include <vector>\n");
    write("low/b.cpp", std::string(kSpdx) + "#include <vector>\n#include \"low/b.h\"\n");
    write("low/CMakeLists.txt", "project(x)\n");
    write("low/run.sh", "#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n");
    write("low/utils/readme.md", "");
    EXPECT_THAT(findings(), ElementsAre("low/CMakeLists.txt:1: no line SPDX-License-Identifier: Apache-2.0",
                                        "low/b.cpp:2: its own header \"low/b.h\" comes first",
                                        "low/b.h:1: no line SPDX-License-Identifier: Apache-2.0",
                                        "low/b.h:1: no #pragma once", HasSubstr("'utils' says nothing")));
}

TEST_F(Layers, ATableWithACycleOrAnUnknownModuleIsRefused) {
    write("layers.toml",
          "scanned = [\"a\"]\n[modules.a]\nfolder = \"a\"\nuses = [\"b\"]\n[modules.b]\nfolder = "
          "\"b\"\nuses = [\"a\"]\n");
    EXPECT_THAT(table_error(), HasSubstr("is part of a cycle"));
    write("layers.toml", "scanned = [\"a\"]\n[modules.a]\nfolder = \"a\"\nuses = [\"c\"]\n");
    EXPECT_THAT(table_error(), HasSubstr("unknown module 'c'"));
    write("layers.toml", "scanned = [\"a\"]\n[modules.a]\nuses = 3\n");
    EXPECT_THAT(table_error(), HasSubstr("module 'a' has no folder"));
}

}  // namespace
}  // namespace radforge::lint
