// SPDX-License-Identifier: Apache-2.0
/// A miniature of the Visible Human collection on disk, for tests of the import.
#pragma once
#include "synth/base/log.h"
#include "synth/colorize/visible_human.h"
#include "tests/synth/colorize/visible_human_files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

namespace radforge::colorize::testing {

inline const SectionLayout kSmall{120, 160, true, 1.1};
/// Of the photographs over the slices: 4 degrees.
inline const Similarity kTruth{1.03, 0.069813170079773, {5, -3}};

/// A miniature of the collection: sections with CT slices of the same numbers, some of them defective.
class VisibleHuman : public ::testing::Test {
protected:
    void SetUp() override {
        std::filesystem::create_directories(folder_ + "/fullcolor");
        std::filesystem::create_directories(folder_ + "/frozenCT");
        options_.layout = kSmall;
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::string anatomy() const { return folder_ + "/fullcolor"; }
    std::string ct() const { return folder_ + "/frozenCT"; }
    std::string section_path(int number, const std::string& end = ".raw") const {
        return anatomy() + "/a_vm" + std::to_string(number) + end;
    }
    std::string ct_path(int number, const std::string& end = ".fro") const {
        return ct() + "/c_vm" + std::to_string(number) + end;
    }
    Bytes section(int number) const {
        return section_bytes(
            scene_photo({double(number - 1250)}, kSmall.height_px, kSmall.width_px, kSmall.pixel_mm, kTruth),
            true);
    }
    Bytes slice(int number, const GenesisOptions& options = {}) const {
        return genesis_bytes(scene_ct({double(number - 1250)}, 112, 1.25, 990), options);
    }
    void pair(int number) const {
        write(section_path(number), section(number));
        write(ct_path(number), slice(number));
    }
    Survey surveyed() { return survey(list_pairs(anatomy(), ct()), options_, logger_); }
    std::string why(const Survey& s, const std::string& file) const {
        for (const auto& [path, reason] : s.left_out)
            if (path == file) return reason;
        return "";
    }

    std::string folder_ = ::testing::TempDir() + "/visible-human-" + std::to_string(getpid());
    VisibleHumanOptions options_;
    Logger logger_{LogFormat::Text, true};
};

}  // namespace radforge::colorize::testing
