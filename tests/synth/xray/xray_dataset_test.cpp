// SPDX-License-Identifier: Apache-2.0
// X-ray datasets on disk: shards, the volumes beside them, the manifest, the pictures.
#include "synth/base/error.h"
#include "synth/base/hash.h"
#include "synth/driver.h"
#include "synth/registry.h"
#include "synth/shard/dataset.h"
#include "synth/shard/file.h"
#include "synth/shard/index.h"
#include "synth/shard/verify.h"
#include "synth/xray/xray_pictures.h"
#include "tests/synth/shard/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>

namespace radforge::xray {
namespace {

namespace fs = std::filesystem;
using test::fingerprint;
using test::Scratch;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using Json = nlohmann::json;

class XrayDataset : public testing::Test {
protected:
    GeneratorSetup set_up(const std::string& folder, std::vector<std::string> overrides,
                          uint64_t count = 24) {
        const auto document = config::Document::from_file(
            std::string(RADFORGE_SOURCE_DIR) + "/scenes/xray/smoke.toml", overrides);
        GeneratorSetup setup = set_up_generator("xray", document, {}, quiet_);
        setup.plan.directory = folder;
        setup.plan.count = count;
        return setup;
    }
    RunReport make(const std::string& folder, const std::vector<std::string>& overrides,
                   RunOptions options = {}, uint64_t count = 24) {
        const GeneratorSetup setup = set_up(folder, overrides, count);
        return run(*setup.generator, setup.plan, options, quiet_);
    }
    std::vector<std::string> problems(const std::string& folder) {
        std::vector<std::string> texts;
        for (const auto& finding : shard::verify(folder, {}, quiet_).problems)
            texts.push_back(finding.where + ": " + finding.what);
        return texts;
    }
    static Json manifest(const std::string& folder) {
        return Json::parse(test::slurp(folder + "/manifest.json"));
    }

    Scratch scratch_;
    Logger quiet_{LogFormat::Text, true};
    const std::vector<std::string> tiny_ = {"volume.size_vox=24", "image.size_px=40"};
    const std::vector<std::string> by_reference_ = {"volume.size_vox=24", "image.size_px=40",
                                                    "volume.mode=reference"};
};

TEST_F(XrayDataset, OneThreadAndTwoWriteTheSameBytes) {
    for (const auto& overrides : {tiny_, by_reference_}) {
        const std::string a = scratch_ / ("one" + std::to_string(overrides.size())),
                          b = scratch_ / ("two" + std::to_string(overrides.size()));
        RunOptions one, two;
        one.threads = 1, two.threads = 2;
        EXPECT_EQ(make(a, overrides, one).samples_made, 24u);
        make(b, overrides, two);
        EXPECT_EQ(fingerprint(a), fingerprint(b));
        EXPECT_THAT(problems(a), IsEmpty());
    }
}

TEST_F(XrayDataset, SplitAndCountsBySpeciesStandInTheManifest) {
    const std::string folder = scratch_ / "set";
    make(folder, by_reference_, {}, 20);
    const Json m = manifest(folder);
    ASSERT_EQ(m["sources"].size(), 3u);
    std::map<std::string, uint64_t> samples;
    for (const Json& source : m["sources"]) {
        samples[source["split"]] += source["samples"].get<uint64_t>();
        EXPECT_EQ(source["sha256"], sha256_file(folder + "/" + source["file"].get<std::string>()));
        EXPECT_THAT(source["group"].get<std::string>(), HasSubstr("cranium-"));
    }
    EXPECT_EQ(m["sources"][2]["samples"], 4);  // 20 = 8 + 8 + 4
    EXPECT_EQ(m["sources"][2]["first_key"], "xray-000000016");
    for (const auto& [split, entry] : m["splits"].items())
        EXPECT_EQ(entry["samples"], samples[split]) << split;
}

TEST_F(XrayDataset, ContinuesWhereItWasStoppedAndGrows) {
    const std::string whole = scratch_ / "whole", parts = scratch_ / "parts";
    make(whole, by_reference_);
    RunOptions first;
    first.shards = {0, 0};
    EXPECT_FALSE(make(parts, by_reference_, first, 16).complete);
    make(parts, by_reference_, {}, 16);
    EXPECT_TRUE(make(parts, by_reference_).complete);
    EXPECT_EQ(fingerprint(whole), fingerprint(parts));
}

TEST_F(XrayDataset, LostAndDamagedVolumesAreNamedAndMadeAgain) {
    const std::string folder = scratch_ / "set", file = "volumes/cranium-000001-0.npy",
                      path = folder + "/" + file;
    make(folder, by_reference_);
    const std::string before = fingerprint(folder), bytes = test::slurp(path);
    std::string flipped = bytes;
    flipped[flipped.size() / 2] ^= 1;
    const std::vector<std::pair<std::optional<std::string>, std::string>> cases = {
        {std::nullopt, "missing"}, {flipped, "damaged"}, {bytes.substr(0, bytes.size() / 2), "damaged"}};
    for (const auto& [content, what] : cases) {
        fs::remove(path);
        if (content) test::spill(path, *content);
        EXPECT_THAT(problems(folder), Contains(HasSubstr(file + ": " + what)));
        try {
            shard::rebuild_index(folder);
            ADD_FAILURE() << "a " << what << " file is indexed";
        } catch (const Error& error) {
            EXPECT_THAT(error.what(), testing::AllOf(HasSubstr(path), HasSubstr(what)));
        }
        EXPECT_TRUE(make(folder, by_reference_).complete);
        EXPECT_EQ(fingerprint(folder), before) << what;
    }
    test::spill(folder + "/volumes/other.npy", "x");
    EXPECT_THAT(problems(folder), Contains(HasSubstr("volumes/other.npy: stray")));
}

TEST_F(XrayDataset, MoreSamplesThanViewsAreRefusedBeforeAFolderIsMade) {
    const std::string folder = scratch_ / "set";
    try {
        make(folder, tiny_, {}, 25);
        ADD_FAILURE() << "no error";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::Usage);
        EXPECT_THAT(error.what(), HasSubstr("at most 24 samples"));
    }
    EXPECT_FALSE(fs::exists(folder));
}

TEST_F(XrayDataset, RendersOfTheLargestTilesAreBounded) {
    const std::string folder = scratch_ / "set";
    make(folder, tiny_, {}, 1);
    const shard::Dataset dataset(folder);
    EXPECT_EQ(tiles(*dataset.find(0), dataset.plan(), 8192).back().picture.height_px, 512);
}

TEST_F(XrayDataset, PicturesShowImageSurfaceSectionStereoAndOtherViews) {
    for (const auto& overrides : {tiny_, by_reference_}) {
        const std::string folder = scratch_ / ("set" + std::to_string(overrides.size()));
        make(folder, overrides, {}, 2);
        const shard::Dataset dataset(folder);
        const std::vector<Tile> pictures = tiles(*dataset.find(0), dataset.plan(), 64);
        ASSERT_EQ(pictures.size(), 7u);
        for (const Tile& tile : pictures) {
            EXPECT_EQ(tile.picture.channels, 3) << tile.name;
            const Span<const uint8_t> v = tile.picture.values<uint8_t>();
            EXPECT_LT(*std::min_element(v.begin(), v.end()) + 60, *std::max_element(v.begin(), v.end()))
                << tile.name << " shows nothing";
        }
        EXPECT_GT(contact_sheet({*dataset.find(0), *dataset.find(1)}, dataset.plan(), 64).height_px, 128);
    }
}

TEST_F(XrayDataset, VolumesOfAReferencingSetAreThoseOfAStoringOne) {
    const std::string stored = scratch_ / "stored", referring = scratch_ / "referring";
    make(stored, tiny_, {}, 8);
    make(referring, by_reference_, {}, 8);
    const shard::Dataset a(stored), b(referring);
    for (uint64_t i = 0; i < 8; ++i)
        EXPECT_EQ(viewed_volume(*a.find(i), a.plan()).densities,
                  viewed_volume(*b.find(i), b.plan()).densities);
}

}  // namespace
}  // namespace radforge::xray
