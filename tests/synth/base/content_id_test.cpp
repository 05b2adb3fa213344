// SPDX-License-Identifier: Apache-2.0
#include "synth/base/content_id.h"

#include "synth/base/error.h"
#include "synth/base/hash.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace radforge {
namespace {

TEST(ContentIds, AreThoseOfTheFilesInOrder) {
    std::vector<std::string> paths, wanted;
    for (const char* const text : {"abc", "abd", "abc"}) {
        const std::string name =
            "radforge_ids_" + std::to_string(getpid()) + "_" + std::to_string(paths.size());
        paths.push_back((std::filesystem::temp_directory_path() / name).string());
        std::ofstream(paths.back()) << text;
        wanted.push_back(sha256_hex(text).substr(0, 16));
    }
    EXPECT_EQ(content_ids(paths), wanted);
    for (const std::string& path : paths) std::filesystem::remove(path);
    EXPECT_THROW(content_ids(paths), Error);
}

}  // namespace
}  // namespace radforge
