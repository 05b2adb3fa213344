// SPDX-License-Identifier: Apache-2.0
#include "synth/sources.h"

#include "tests/synth/xray/scans.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <set>

namespace radforge {
namespace {

namespace fs = std::filesystem;

PhantomConfig small_phantoms(int volumes) {
    PhantomConfig phantom;
    phantom.volumes = volumes;
    phantom.size_px = 64;
    phantom.slices = 4;
    return phantom;
}

std::vector<volume::CtSource> three_sources() {
    std::vector<volume::CtSource> ct(3);
    ct[0].id = "aaaa", ct[1].id = "bbbb", ct[2].id = "cccc";
    for (volume::CtSource& source : ct) source.split_key = source.id;
    return ct;
}

TEST(VolumeSources, AllSamplesOfOneSourceFallIntoOneSplit) {
    const VolumeSources sources({}, small_phantoms(300), {});
    std::map<size_t, std::set<std::string>> splits;
    std::map<std::string, int> sizes;
    for (uint64_t i = 0; i < 6000; ++i) splits[sources.of({{1}, i})].insert(sources.split({{1}, i}));
    for (const auto& [source, names] : splits) {
        EXPECT_EQ(names.size(), 1u) << source;
        ++sizes[*names.begin()];
    }
    EXPECT_EQ(splits.size(), 300u);
    // 80, 10 and 10 percent of 300 sources, within four deviations.
    EXPECT_NEAR(sizes["train"], 240, 28);
    EXPECT_NEAR(sizes["val"], 30, 21);
    EXPECT_NEAR(sizes["test"], 30, 21);
}

TEST(VolumeSources, SplitFollowsTheIdNotThePlaceInTheList) {
    std::vector<volume::CtSource> ct = three_sources();
    const VolumeSources before(ct, PhantomConfig{}, {});
    ct.erase(ct.begin());
    const VolumeSources after(ct, PhantomConfig{}, {});
    std::map<std::string, std::set<std::string>> splits;
    for (uint64_t i = 0; i < 100; ++i)
        for (const VolumeSources* sources : {&before, &after})
            splits[sources->id(sources->of({{1}, i}))].insert(sources->split({{1}, i}));
    ASSERT_EQ(splits.size(), 3u);
    for (const auto& [id, names] : splits) EXPECT_EQ(names.size(), 1u) << id;
}

/// Split of each CT volume, by its id.
std::map<std::string, std::string> splits_of(const std::vector<volume::CtSource>& ct,
                                             const DatasetConfig& dataset) {
    const VolumeSources sources(ct, PhantomConfig{}, dataset);
    std::map<std::string, std::string> splits;
    for (uint64_t i = 0; splits.size() < ct.size(); ++i) {
        const SampleKey key{{uint64_t(dataset.seed)}, i};
        splits[sources.id(sources.of(key))] = sources.split(key);
    }
    return splits;
}

std::vector<volume::CtSource> two_series_each_of(int patients) {
    std::vector<volume::CtSource> ct(size_t(patients) * 2);
    for (size_t i = 0; i < ct.size(); ++i) {
        ct[i].id = "series-" + std::to_string(i);
        ct[i].split_key = "patient-" + std::to_string(i / 2);
    }
    return ct;
}

TEST(VolumeSources, AllSeriesOfAPatientFallIntoOneSplit) {
    const auto splits = splits_of(two_series_each_of(60), {});
    std::map<std::string, int> sizes;
    for (size_t i = 0; i < 120; i += 2) {
        const std::string& split = splits.at("series-" + std::to_string(i));
        EXPECT_EQ(splits.at("series-" + std::to_string(i + 1)), split) << i;
        ++sizes[split];
    }
    EXPECT_EQ(sizes.size(), 3u);
}

TEST(VolumeSources, AScanFallsIntoTheSameSplitInSetsOfEverySeedButOfAnotherSplitSeed) {
    DatasetConfig dataset, other_seed, other_split;
    other_seed.seed = 7;
    other_split.split_seed = 7;
    const auto ct = two_series_each_of(60);
    EXPECT_EQ(splits_of(ct, dataset), splits_of(ct, other_seed));
    EXPECT_NE(splits_of(ct, dataset), splits_of(ct, other_split));
}

TEST(VolumeSources, PhantomsOfAnotherSeedAreSplitAnew) {
    DatasetConfig dataset, other_seed, other_split;
    other_seed.seed = 7;
    other_split.split_seed = 7;
    const auto splits = [](const DatasetConfig& d) {
        const VolumeSources sources({}, small_phantoms(100), d);
        std::map<size_t, std::string> all;
        for (uint64_t i = 0; all.size() < 100; ++i)
            all[sources.of({{uint64_t(d.seed)}, i})] = sources.split({{uint64_t(d.seed)}, i});
        return all;
    };
    EXPECT_NE(splits(dataset), splits(other_seed));
    EXPECT_EQ(splits(dataset), splits(other_split));
}

TEST(VolumeSources, RunsOfSamplesShareASource) {
    const VolumeSources sources({}, small_phantoms(1000), {}, 16);
    int changes = 0;
    for (uint64_t i = 1; i < 1600; ++i) {
        const bool changed = sources.of({{1}, i}) != sources.of({{1}, i - 1});
        EXPECT_TRUE(!changed || i % 16 == 0);
        changes += changed;
    }
    EXPECT_GT(changes, 90);
}

TEST(VolumeSources, PhantomDependsOnSeedAndNumberAlone) {
    DatasetConfig dataset, other;
    other.seed = 2;
    other.name = "another";
    const VolumeSources few({}, small_phantoms(2), dataset), many({}, small_phantoms(9), dataset, 7),
        seeded({}, small_phantoms(2), other);
    EXPECT_EQ(few.load(1)->hu, many.load(1)->hu);
    EXPECT_NE(few.load(1)->hu, few.load(0)->hu);
    EXPECT_NE(few.load(1)->hu, seeded.load(1)->hu);
}

TEST(VolumeSources, PartsAboveTheWholeAreAnError) {
    DatasetConfig dataset;
    dataset.train_part = 0.8;
    dataset.val_part = 0.3;
    EXPECT_THROW(VolumeSources({}, PhantomConfig{}, dataset), Error);
}

/// Slices of a real head, the first `broken` of them cut short, some not there.
class RealSources : public testing::Test {
protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() / ("radforge-sources-" + std::to_string(getpid()));
        fs::remove_all(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }

    volume::CtSource source(int slices, int broken, const std::set<int>& missing = {}) const {
        const fs::path folder =
            folder_ / std::to_string(slices) / std::to_string(broken) / std::to_string(missing.size());
        fs::create_directories(folder);
        for (int k = 1; k <= slices; ++k) {
            if (missing.count(k) != 0) continue;
            const std::string name = (k < 10 ? "0" : "") + std::to_string(k) + ".dcm";
            const fs::path from = fs::path(RADFORGE_SHARED_DIR "/data/ct/head_ge_tilt") / name;
            if (k > broken) {
                fs::create_symlink(fs::canonical(from), folder / name);
                continue;
            }
            fs::copy(from, folder / name);
            fs::permissions(folder / name, fs::perms::owner_all);
            fs::resize_file(folder / name, 200000);
        }
        Logger logger(LogFormat::Text, true);
        const std::string path = folder.string();
        return volume::find_sources(Span<const std::string>(&path, 1), logger).at(0);
    }

    fs::path folder_;
};

TEST_F(RealSources, SlicesLeftOutAreCountedAndNotedOnce) {
    const VolumeSources sources({source(7, 1), source(6, 0)}, PhantomConfig{}, {});
    EXPECT_THAT(sources.notes(), testing::IsEmpty()) << "nothing is loaded yet";
    EXPECT_EQ(sources.slices_left_out(0), 1);
    EXPECT_EQ(sources.slices_left_out(1), 0);
    EXPECT_EQ(sources.load(0)->slices, 6);
    EXPECT_EQ(sources.load(0)->slices, 6);
    EXPECT_THAT(sources.notes(), testing::ElementsAre(testing::AllOf(testing::HasSubstr("1 of 7 slices"),
                                                                     testing::HasSubstr("01.dcm"))));
}

TEST_F(RealSources, GapsBetweenSlicesAreToldOf) {
    const VolumeSources sources({source(14, 0, {5})}, PhantomConfig{}, {}, 1, Reading::BetweenSlices);
    sources.load(0);
    EXPECT_THAT(sources.notes(), testing::ElementsAre(testing::HasSubstr("1 gaps between slices, 8.0 mm")));
}

TEST_F(RealSources, AScanThatIsMostlyGapsIsRefusedByWhatReadsBetweenSlices) {
    const volume::CtSource holed = source(14, 0, {4, 5, 6, 7, 8});
    const VolumeSources slices({holed}, PhantomConfig{}, {});
    EXPECT_EQ(slices.load(0)->slices, 9);
    EXPECT_EQ(slices.notes().size(), 1u);
    const VolumeSources between({holed}, PhantomConfig{}, {}, 1, Reading::BetweenSlices);
    try {
        between.require_one();
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr("too many slices are missing"),
                                                 testing::HasSubstr(holed.files.front())));
    }
}

TEST_F(RealSources, VoxelsBeyondSixteenBitsAreToldOf) {
    fs::create_directories(folder_);
    const std::string file = (folder_ / "bright.nii").string();
    std::vector<float> voxels(4 * 4 * 4, 10.f);
    voxels[5] = 1e6f;
    test::write_float_nifti(file, 4, 4, 4, voxels, {1, 1, 1});
    Logger quiet(LogFormat::Text, true);
    const VolumeSources sources(volume::find_sources(Span<const std::string>(&file, 1), quiet),
                                PhantomConfig{}, {});
    sources.load(0);
    EXPECT_THAT(sources.notes(), testing::ElementsAre(testing::HasSubstr("1 voxels beyond 16 bits")));
}

TEST_F(RealSources, OneReadableSourceIsEnoughNoneIsAnError) {
    const volume::CtSource broken = source(5, 5), sound = source(6, 0);
    VolumeSources({broken, sound}, PhantomConfig{}, {}).require_one();
    EXPECT_THROW(VolumeSources({broken}, PhantomConfig{}, {}).require_one(), Error);
    VolumeSources({}, small_phantoms(1), {}).require_one();
}

TEST(SelectInputs, TakesWhatTheConfigNamesInItsOrder) {
    std::vector<std::string> ids = {"cccc", "aaaa"};
    const auto taken = select_inputs(three_sources(), ids, "inputs.ct", "--ct");
    ASSERT_EQ(taken.size(), 2u);
    EXPECT_EQ(taken[0].id, "cccc");
    EXPECT_EQ(taken[1].id, "aaaa");
}

TEST(SelectInputs, FillsInWhatWasFound) {
    std::vector<std::string> ids;
    EXPECT_EQ(select_inputs(three_sources(), ids, "inputs.ct", "--ct").size(), 3u);
    EXPECT_EQ(ids, (std::vector<std::string>{"aaaa", "bbbb", "cccc"}));
}

TEST(SelectInputs, NamesWhatIsMissing) {
    std::vector<std::string> ids = {"dddd"};
    try {
        select_inputs(three_sources(), ids, "inputs.ct", "--ct");
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr("inputs.ct"), testing::HasSubstr("dddd"),
                                                 testing::HasSubstr("--ct")));
    }
}

}  // namespace
}  // namespace radforge
