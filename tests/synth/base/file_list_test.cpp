// SPDX-License-Identifier: Apache-2.0
#include "synth/base/file_list.h"

#include "synth/base/error.h"
#include "tests/synth/base/no_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace radforge {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

class FilesBelow : public testing::Test {
protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() / ("radforge_files_" + std::to_string(getpid()));
        fs::remove_all(folder_);
        fs::create_directories(folder_ / "in/deep");
        fs::create_directories(folder_ / "elsewhere");
        for (const char* const name : {"in/deep/a", "elsewhere/b"}) std::ofstream(folder_ / name) << name;
    }
    void TearDown() override { fs::remove_all(folder_); }
    std::string path(const std::string& name) const { return (folder_ / name).string(); }
    fs::path folder_;
};

TEST_F(FilesBelow, FollowsLinksToFoldersAndFiles) {
    fs::create_directory_symlink(path("elsewhere"), path("in/link"));
    fs::create_symlink(path("elsewhere/b"), path("in/file"));
    EXPECT_THAT(files_below(path("in")), ElementsAre(path("in/deep/a"), path("in/file"), path("in/link/b")));
    fs::create_directory_symlink(path("in"), path("door"));
    EXPECT_EQ(files_below(path("door")).size(), 3u);
}

TEST_F(FilesBelow, CirclesAndSecondWaysToAFolderAddNothing) {
    fs::create_directory_symlink(path("in"), path("in/deep/up"));
    fs::create_directory_symlink(path("in/deep"), path("in/twin"));
    fs::create_symlink(path("in/itself"), path("in/itself"));
    fs::create_symlink(path("nowhere"), path("in/dangling"));
    EXPECT_THAT(files_below(path("in")), ElementsAre(path("in/deep/a")));
}

TEST_F(FilesBelow, IsAFileItselfAndAnErrorOfWhatIsNotThere) {
    EXPECT_THAT(files_below(path("in/deep/a")), ElementsAre(path("in/deep/a")));
    EXPECT_THROW(files_below(path("none")), Error);
}

TEST_F(FilesBelow, AFolderThatCannotBeListedAtTheMomentIsNoBadData) {
    EXPECT_TRUE(test::is_put_off([&] { files_below(path("in")); }));
}

}  // namespace
}  // namespace radforge
