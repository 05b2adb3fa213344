// SPDX-License-Identifier: Apache-2.0
#include "synth/asset.h"

#include "synth/base/error.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace radforge {
namespace {

namespace fs = std::filesystem;

class Assets : public testing::Test {
protected:
    Assets() : folder_(fs::temp_directory_path() / ("radforge-assets-" + std::to_string(getpid()))) {
        fs::create_directories(folder_ / "deep");
    }
    ~Assets() override { fs::remove_all(folder_); }
    void put(const std::string& name, const std::string& text) const {
        std::ofstream(folder_ / name) << text;
    }
    fs::path folder_;
    const std::vector<std::string> endings_ = {".hdr"};
};

TEST_F(Assets, OrderAndIdsFollowTheContentNotTheNames) {
    put("b.hdr", "one");
    put("deep/a.HDR", "two");
    put("c.txt", "three");
    const auto before = find_assets(folder_.string(), endings_, "environments");
    ASSERT_EQ(before.size(), 2u);
    fs::rename(folder_ / "b.hdr", folder_ / "z.hdr");
    const auto after = find_assets(folder_.string(), endings_, "environments");
    for (size_t i = 0; i < 2; ++i) EXPECT_EQ(before[i].id, after[i].id);
}

TEST_F(Assets, CopiesOfOneFileCountOnce) {
    put("a.hdr", "same");
    put("b.hdr", "same");
    EXPECT_EQ(find_assets(folder_.string(), endings_, "environments").size(), 1u);
}

TEST_F(Assets, LinkedFoldersCountAndLinksInACircleEnd) {
    put("deep/a.hdr", "one");
    fs::create_directory(folder_ / "given");
    fs::create_directory_symlink(folder_ / "deep", folder_ / "given" / "library");
    fs::create_directory_symlink(folder_ / "given", folder_ / "given" / "circle");
    EXPECT_EQ(find_assets((folder_ / "given").string(), endings_, "environments").size(), 1u);
}

TEST_F(Assets, MissingAndEmptyFoldersAreToldApart) {
    EXPECT_THROW(find_assets((folder_ / "no").string(), endings_, "environments"), Error);
    try {
        find_assets(folder_.string(), endings_, "environments");
        FAIL();
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("looked for *.hdr"), std::string::npos);
    }
}

}  // namespace
}  // namespace radforge
