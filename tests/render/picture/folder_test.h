// SPDX-License-Identifier: Apache-2.0
/// A folder of its own for every test, removed at the end.
#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace radforge::picture {

class FolderTest : public ::testing::Test {
protected:
    FolderTest() {
        const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
        folder_ = std::filesystem::path(::testing::TempDir()) /
                  (std::string(test->test_suite_name()) + "_" + test->name());
        std::filesystem::create_directories(folder_);
    }
    ~FolderTest() override { std::filesystem::remove_all(folder_); }
    std::string path(const std::string& name) const { return (folder_ / name).string(); }

private:
    std::filesystem::path folder_;
};

}  // namespace radforge::picture
