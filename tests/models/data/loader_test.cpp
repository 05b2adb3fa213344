// SPDX-License-Identifier: Apache-2.0
#include "models/data/loader.h"

#include "synth/base/error.h"
#include "synth/shard/file.h"
#include "tests/models/data/sharded_set.h"
#include "tests/synth/shard/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>

namespace radforge::loader {
namespace {

using testing::HasSubstr;

/// Samples 0..22 in four shards.
const std::vector<uint32_t> kCounts = {7, 7, 7, 2};
constexpr uint64_t kSamples = 23;

class LoaderTest : public testing::Test {
protected:
    LoaderTest() {
        test::write_sharded_set(scratch_ / "set", kCounts);
        options_.config.window_shards = 2;
        options_.epochs = 1;
        source_options_.fields = {"map"};
    }

    std::shared_ptr<const Source> open(bool tolerant = false) const {
        return std::make_shared<const Source>(scratch_ / "set", source_options_, tolerant);
    }
    std::vector<uint64_t> indices(LoaderOptions options, bool tolerant = false) {
        Loader loader({open(tolerant)}, options, logger_);
        std::vector<uint64_t> out;
        while (const auto batch = loader.next())
            for (int b = 0; b < batch->size; ++b)
                if (batch->valid[size_t(b)]) out.push_back(batch->keys[size_t(b)].index);
        return out;
    }
    std::string path(const std::string& file) const { return scratch_ / ("set/" + file); }
    void poke(const std::string& file, uint64_t offset, unsigned bit) const {
        std::filesystem::permissions(path(file), std::filesystem::perms::owner_write,
                                     std::filesystem::perm_options::add);
        std::fstream f(path(file), std::ios::in | std::ios::out | std::ios::binary);
        f.seekg(int64_t(offset));
        const int byte = f.get();
        f.seekp(int64_t(offset));
        f.put(char(byte ^ (1 << bit)));
    }

    test::Scratch scratch_;
    Logger logger_{LogFormat::Text, true};
    LoaderOptions options_;
    SourceOptions source_options_;
};

TEST_F(LoaderTest, EverySampleOnceForAllRanksBatchesAndWorkers) {
    for (const char* const remainder : {"pad", "short"})
        for (const int ranks : {1, 2, 3, 4, 8})
            for (const int batch : {1, 3, 4}) {
                std::map<uint64_t, int> hits;
                for (int rank = 0; rank < ranks; ++rank) {
                    options_.config.remainder = remainder;
                    options_.config.batch = batch;
                    options_.rank = rank;
                    options_.ranks = ranks;
                    options_.threads = 1 + rank % 2;
                    for (const uint64_t i : indices(options_)) ++hits[i];
                }
                ASSERT_EQ(hits.size(), kSamples) << remainder << ranks << batch;
                for (const auto& [index, n] : hits) ASSERT_EQ(n, 1) << index;
            }
}

TEST_F(LoaderTest, DroppingLeavesOnlyFullBatchesOnAllRanksAlike) {
    options_.config.batch = 3;
    options_.ranks = 2;
    std::map<uint64_t, int> hits;
    for (options_.rank = 0; options_.rank < 2; ++options_.rank)
        for (const uint64_t i : indices(options_)) ++hits[i];
    EXPECT_EQ(hits.size(), 18u);  // 23 = 3 x 6 + 5
    for (const auto& [index, n] : hits) EXPECT_EQ(n, 1) << index;
}

TEST_F(LoaderTest, ResumeAtEveryPositionWithOtherRanksContinuesTheSequence) {
    options_.config.remainder = "short";
    options_.epochs = 2;
    options_.config.batch = 1;
    const std::vector<uint64_t> whole = indices(options_);
    ASSERT_EQ(whole.size(), 2 * kSamples);
    for (uint64_t p = 0; p < 2 * kSamples; ++p) {
        options_.config.batch = 2;
        options_.ranks = 2;
        options_.start = {p / kSamples, p % kSamples};
        std::vector<std::vector<uint64_t>> by_rank;
        for (options_.rank = 0; options_.rank < 2; ++options_.rank) by_rank.push_back(indices(options_));
        // Positions of this run go two to rank 0, two to rank 1, ... and start anew with the epoch.
        std::vector<uint64_t> merged;
        std::vector<size_t> used(2, 0);
        for (uint64_t q = p; q < 2 * kSamples; ++q) {
            const uint64_t since = q < kSamples ? q - p : q - std::max(p, kSamples);
            const size_t rank = since / 2 % 2;
            ASSERT_LT(used[rank], by_rank[rank].size());
            merged.push_back(by_rank[rank][used[rank]++]);
        }
        ASSERT_EQ(merged, std::vector<uint64_t>(whole.begin() + int64_t(p), whole.end())) << p;
    }
}

TEST_F(LoaderTest, MoreRanksThanBeforeDropWhatFillsNoBatchOnAllOfThem) {
    // One rank stopped at a position that is no multiple of two ranks' batches.
    options_.config.batch = 2;
    options_.config.epoch_samples = 7;
    options_.epochs = 2;
    options_.ranks = 2;
    options_.start = {0, 2};
    for (options_.rank = 0; options_.rank < 2; ++options_.rank) {
        Loader loader({open()}, options_, logger_);
        int batches = 0;
        for (; const auto batch = loader.next(); ++batches) ASSERT_EQ(batch->size, 2);
        EXPECT_EQ(batches, 2);  // 2 to 5 of the first epoch, 0 to 3 of the second
    }
}

TEST_F(LoaderTest, StateOfABatchResumesBehindIt) {
    options_.config.batch = 4;
    options_.epochs = 3;
    std::vector<std::vector<SampleKey>> seen;
    std::vector<LoaderState> states;
    Loader loader({open()}, options_, logger_);
    while (const auto batch = loader.next()) {
        seen.push_back(batch->keys);
        states.push_back(batch->after);
    }
    ASSERT_EQ(seen.size(), 15u);  // 5 full batches an epoch
    EXPECT_EQ(loader.batches_per_epoch(), 5u);
    for (size_t i = 0; i + 1 < seen.size(); ++i) {
        options_.start = states[i];
        options_.threads = 2;
        Loader resumed({open()}, options_, logger_);
        const auto batch = resumed.next();
        ASSERT_TRUE(batch);
        for (size_t b = 0; b < 4; ++b) ASSERT_EQ(batch->keys[b].index, seen[i + 1][b].index) << i;
    }
}

TEST_F(LoaderTest, ValuesAreDecodedToPlanesWithScaleAndMissingOnesAsNan) {
    source_options_.fields = {"photo", "map", "depth", "hu"};
    options_.config.window_shards = 0;
    options_.config.batch = 23;
    options_.metas = true;
    options_.threads = 2;
    Loader loader({open()}, options_, logger_);
    const auto batch = loader.next();
    ASSERT_TRUE(batch);
    for (size_t b = 0; b < 23; ++b) {
        ASSERT_EQ(batch->keys[b].index, b);
        const float* const photo = batch->fields[0].row(b);
        EXPECT_FLOAT_EQ(photo[48 * 2 + 8 + 1], float((8 + 1) * 3 + 2 + b) / 255);  // (c,y,x) = (2,1,1)
        EXPECT_NEAR(batch->fields[1].row(b)[48 + 8 * 2 + 3], float(b) / 1000 + 0.06f, 2.0 / 32767 / 2 + 1e-6);
        EXPECT_FLOAT_EQ(batch->fields[2].row(b)[5], float(b) / 1000);
        EXPECT_TRUE(std::isnan(batch->fields[2].row(b)[4]));
        EXPECT_TRUE(std::isnan(batch->fields[3].row(b)[0]));
        EXPECT_EQ(batch->fields[3].row(b)[1], -1000);
        EXPECT_EQ(batch->fields[3].row(b)[3], float(b));
        EXPECT_THAT(batch->metas[b], HasSubstr("\"index\":" + std::to_string(b)));
    }
}

TEST_F(LoaderTest, FieldsOfVaryingSizeArePaddedWithNanToTheLargest) {
    source_options_.fields = {"bm"};
    options_.config.window_shards = 0;
    options_.config.batch = 4;
    Loader loader({open()}, options_, logger_);
    const auto batch = loader.next();
    const FieldBlock& bm = batch->fields[0];
    EXPECT_EQ(bm.shape, (Shape{2, 4, 5}));
    EXPECT_EQ(bm.extents[0].width_px, 3);
    EXPECT_EQ(bm.extents[2].width_px, 5);
    EXPECT_EQ(bm.row(0)[2], 0.25f);
    EXPECT_TRUE(std::isnan(bm.row(0)[3]));
    EXPECT_EQ(bm.row(2)[4], 0.25f);
}

TEST_F(LoaderTest, CopyingGivesWhatMappingGives) {
    const std::vector<uint64_t> mapped = indices(options_);
    source_options_.reading = Reading::Copy;
    EXPECT_EQ(indices(options_), mapped);
}

TEST_F(LoaderTest, WeightsMixDatasets) {
    test::write_sharded_set(scratch_ / "other", {8}, 9);
    options_.config.weights = {1, 3};
    options_.config.epoch_samples = 256;
    options_.config.batch = 16;
    Loader loader({open(), std::make_shared<const Source>(scratch_ / "other", source_options_)}, options_,
                  logger_);
    int second = 0;
    while (const auto batch = loader.next())
        for (size_t b = 0; b < 16; ++b) {
            second += batch->datasets[b] == 1;
            EXPECT_EQ(batch->keys[b].root.value, batch->datasets[b] == 1 ? 9u : 7u);
        }
    EXPECT_EQ(second, 192);
}

TEST_F(LoaderTest, MoreBatchesThanThePrefetchAreNeverInMemory) {
    options_.config.batch = 2;
    options_.epochs = 0;
    options_.config.prefetch_batches = 2;
    Loader loader({open()}, options_, logger_);
    std::map<const HostBatch*, int> addresses;
    for (int i = 0; i < 200; ++i) ++addresses[loader.next().get()];
    EXPECT_LE(addresses.size(), 4u);
}

TEST_F(LoaderTest, CallerThatHoldsMoreThanThePrefetchDoesNotWaitForItself) {
    options_.config.batch = 1;
    options_.config.prefetch_batches = 2;
    const std::vector<uint64_t> one_by_one = indices(options_);
    auto held = std::async(std::launch::async, [&] {
        Loader loader({open()}, options_, logger_);
        std::vector<std::shared_ptr<const HostBatch>> batches;
        while (auto batch = loader.next()) batches.push_back(std::move(batch));
        std::vector<uint64_t> all;
        for (const auto& batch : batches) all.push_back(batch->keys[0].index);
        return all;
    });
    if (held.wait_for(std::chrono::seconds(60)) != std::future_status::ready) {
        ADD_FAILURE() << "it hangs";
        std::_Exit(1);  // the future's destructor would wait for it
    }
    EXPECT_EQ(held.get(), one_by_one);
}

TEST_F(LoaderTest, BatchOutlivesItsLoader) {
    std::shared_ptr<const HostBatch> batch;
    {
        Loader loader({open()}, options_, logger_);
        batch = loader.next();
    }
    EXPECT_GT(batch->fields[0].values[10], 0);
}

/// Adds 1000 and a number of the sample's own to the map.
class Noise final : public Transform {
public:
    std::vector<std::pair<std::string, Shape>> outputs(
        const std::vector<std::pair<std::string, Shape>>&) const override {
        return {{"noisy", {1, 1, 2}}};
    }
    void apply(const std::vector<FieldBlock>& in, Rng& rng, const std::vector<float*>& out) const override {
        out[0][0] = in[0].values[0] + 1000;
        out[0][1] = float(rng.uniform());
    }
};

TEST_F(LoaderTest, RandomNumbersOfATransformDependOnSampleAndEpochAlone) {
    options_.transform = std::make_shared<Noise>();
    options_.epochs = 2;
    options_.config.remainder = "short";
    const auto draws = [&](int batch, int threads) {
        options_.config.batch = batch;
        options_.threads = threads;
        Loader loader({open()}, options_, logger_);
        std::map<std::pair<uint64_t, uint64_t>, float> out;
        while (const auto b = loader.next())
            for (size_t i = 0; i < size_t(b->size); ++i) {
                EXPECT_EQ(b->fields[0].name, "noisy");
                EXPECT_GE(b->fields[0].row(i)[0], 1000);
                out[{b->epoch, b->keys[i].index}] = b->fields[0].row(i)[1];
            }
        return out;
    };
    const auto one = draws(1, 1);
    EXPECT_EQ(one.size(), 2 * kSamples);
    EXPECT_EQ(draws(5, 2), one);
    EXPECT_NE(one.at({0, 3}), one.at({1, 3}));
}

TEST_F(LoaderTest, SampleThatComesAgainInAnEpochIsTransformedAnew) {
    options_.transform = std::make_shared<Noise>();
    options_.config.batch = 1;
    options_.config.epoch_samples = 2 * kSamples;
    Loader loader({open()}, options_, logger_);
    std::map<uint64_t, std::vector<float>> draws;
    while (const auto b = loader.next()) draws[b->keys[0].index].push_back(b->fields[0].row(0)[1]);
    ASSERT_EQ(draws.size(), kSamples);
    for (const auto& [index, values] : draws) {
        ASSERT_EQ(values.size(), 2u);
        EXPECT_NE(values[0], values[1]) << index;
    }
}

TEST_F(LoaderTest, SamplesOfOneNumberInTwoDatasetsAreTransformedApart) {
    options_.transform = std::make_shared<Noise>();
    options_.config.batch = 1;
    Loader loader({open(), open()}, options_, logger_);
    std::map<uint64_t, std::map<uint32_t, float>> draws;
    while (const auto b = loader.next()) draws[b->keys[0].index][b->datasets[0]] = b->fields[0].row(0)[1];
    ASSERT_EQ(draws.size(), kSamples);
    for (const auto& [index, by_dataset] : draws) {
        ASSERT_EQ(by_dataset.size(), 2u);
        EXPECT_NE(by_dataset.at(0), by_dataset.at(1)) << index;
    }
}

TEST_F(LoaderTest, DamagedMemberStopsTheRunByDefaultWithItsPlace) {
    const std::string sums = test::slurp(path("index/toy-train-000001.sum"));
    const size_t name = sums.find("toy-000000009.map.npy"), space = sums.rfind(' ', name - 2);
    poke("toy-train-000001.tar", std::stoull(sums.substr(space + 1)) + 130, 0);
    options_.config.remainder = "short";
    try {
        indices(options_);
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(),
                    HasSubstr("toy-train-000001.tar: toy-000000009.map: damaged member at offset"));
        EXPECT_EQ(error.exit_code(), 65);
    }
}

TEST_F(LoaderTest, SkippedSamplesAreReplacedAlikeByAllAndCounted) {
    std::filesystem::remove(path("toy-train-000002.tar"));
    EXPECT_THROW(open(), Error);
    options_.config.on_fault = "skip";
    options_.config.max_fault_fraction = 0.5;
    options_.config.remainder = "short";
    options_.config.batch = 1;
    const std::vector<uint64_t> whole = indices(options_, true);
    ASSERT_EQ(whole.size(), kSamples);
    for (const uint64_t i : whole) EXPECT_TRUE(i < 14 || i > 20) << i;
    options_.config.batch = 4;
    options_.threads = 2;
    EXPECT_EQ(indices(options_, true), whole);
    options_.config.max_fault_fraction = 0.1;
    EXPECT_THROW(indices(options_, true), Error);
}

TEST_F(LoaderTest, QuarantineIsNotedAndRemembered) {
    std::filesystem::remove(path("toy-train-000003.tar"));
    options_.config.on_fault = "quarantine";
    options_.config.max_fault_fraction = 0.5;
    options_.config.remainder = "short";
    options_.quarantine_file = scratch_ / "quarantine.jsonl";
    const std::vector<uint64_t> first = indices(options_, true);
    const std::string noted = test::slurp(options_.quarantine_file);
    EXPECT_EQ(std::count(noted.begin(), noted.end(), '\n'), 2);
    EXPECT_THAT(noted, HasSubstr("toy-train-000003.tar"));
    EXPECT_EQ(indices(options_, true), first);
    EXPECT_EQ(test::slurp(options_.quarantine_file), noted);
}

/// A setting that fits no sample.
class Unfit final : public Transform {
public:
    std::vector<std::pair<std::string, Shape>> outputs(
        const std::vector<std::pair<std::string, Shape>>&) const override {
        return {{"none", {1, 1, 1}}};
    }
    void apply(const std::vector<FieldBlock>&, Rng&, const std::vector<float*>&) const override {
        throw Error(ErrorKind::Usage, "crop_px is larger than the film");
    }
};

TEST_F(LoaderTest, WrongSettingIsNoDamageOfTheSamplesThatMeetIt) {
    options_.config.on_fault = "quarantine";
    options_.config.max_fault_fraction = 1;
    options_.quarantine_file = scratch_ / "quarantine.jsonl";
    options_.transform = std::make_shared<Unfit>();
    Loader loader({open()}, options_, logger_);
    try {
        loader.next();
        FAIL() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::Usage);
        EXPECT_STREQ(error.what(), "crop_px is larger than the film");
    }
    EXPECT_FALSE(std::filesystem::exists(options_.quarantine_file));
}

TEST_F(LoaderTest, QuarantineIsNotedOfFoldersWhoseNamesAreNotUtf8) {
    std::filesystem::remove(path("toy-train-000003.tar"));
    const std::string folder = scratch_ / "caf\xe9";
    std::filesystem::rename(scratch_ / "set", folder);
    LoaderOptions options = options_;
    options.config.on_fault = "quarantine";
    options.config.max_fault_fraction = 0.5;
    options.config.batch = 1;
    options.epochs = 1;
    options.quarantine_file = scratch_ / "quarantine.jsonl";
    Loader loader({std::make_shared<const Source>(folder, SourceOptions(), true)}, options, logger_);
    while (loader.next()) continue;
    EXPECT_THAT(test::slurp(options.quarantine_file), HasSubstr("caf\xef\xbf\xbd"));
}

TEST_F(LoaderTest, ShardCutInPlaceUnderTheLoaderIsAnErrorNotACrash) {
    options_.config.batch = 1;
    options_.config.prefetch_batches = 1;
    options_.epochs = 0;
    Loader loader({open()}, options_, logger_);
    for (int i = 0; i < 46; ++i) loader.next();  // all shards are mapped by now
    for (const char* const file : {"toy-train-000000.tar", "toy-train-000001.tar", "toy-train-000002.tar"}) {
        std::filesystem::permissions(path(file), std::filesystem::perms::owner_write,
                                     std::filesystem::perm_options::add);
        std::filesystem::resize_file(path(file), 512);
    }
    EXPECT_THROW(
        {
            for (int i = 0; i < 30; ++i) loader.next();
        },
        Error);
}

TEST_F(LoaderTest, WrongSetsAreRefusedByName) {
    const auto message = [&](const auto& act) -> std::string {
        try {
            act();
        } catch (const Error& error) {
            return error.what();
        }
        return "nothing was thrown";
    };
    EXPECT_THAT(message([&] { Source(scratch_ / "nothing", source_options_); }),
                HasSubstr("no dataset here"));
    source_options_.fields = {"uv"};
    EXPECT_THAT(message([&] { open(); }), HasSubstr("no field 'uv'"));
    source_options_.fields = {"meta"};
    EXPECT_THAT(message([&] { open(); }), HasSubstr("cannot be loaded as [C,H,W]"));
    source_options_.fields = {};
    source_options_.split = "test";
    EXPECT_THAT(message([&] { open(); }), HasSubstr("no such split"));
    EXPECT_EQ(Source::splits(scratch_ / "set"), std::vector<std::string>{"train"});
    source_options_.split = "train";
    options_.config.batch = 24;
    EXPECT_THAT(message([&] { indices(options_); }),
                testing::AllOf(HasSubstr("fewer samples than one batch"), HasSubstr("loader.remainder")));
    options_.round_samples = 24;  // of a run whose remainder can only be dropped
    EXPECT_THAT(message([&] { indices(options_); }),
                testing::AllOf(HasSubstr("fewer samples than one step"), HasSubstr("train.accumulate"),
                               testing::Not(HasSubstr("remainder"))));
    options_.round_samples = 0;
    source_options_.fields = {"photo"};
    const auto photos = open();
    source_options_.fields = {"map"};
    EXPECT_THAT(
        message([&] {
            Loader({photos, open()}, options_, logger_);
        }),
        testing::ContainsRegex(
            R"(set: the datasets have different fields; got field 'map' \[2,[0-9]+,[0-9]+\], expected field 'photo' \[3,[0-9]+,[0-9]+\] as in)"));
    test::spill(path("index/toy-train-000000.idx"), "v1.2 7\n");
    options_.config.batch = 1;
    EXPECT_THAT(message([&] { indices(options_); }), HasSubstr("toy-train-000000.idx"));
    std::filesystem::remove(path("manifest.json"));
    EXPECT_THAT(message([&] { open(); }), HasSubstr("not finished"));
}

/// Flips `flips` random bits, one at a time, inside the members of the set, and asks whether the sample is
/// refused.
int undetected_flips(const std::string& directory, int flips,
                     const std::function<void(const std::string&, uint64_t, unsigned)>& poke) {
    const std::string file = "toy-train-000001.tar";
    Rng rng({{99}, 0}, Stream::Noise);
    int undetected = 0;
    const shard::MappedFile shard(directory + "/" + file);
    const uint64_t end = shard.bytes().size() - 512 - 1024;
    SourceOptions options;
    for (int i = 0; i < flips;) {
        const uint64_t offset = rng.below(end);
        // Which member's content is this? Headers and padding are for `verify`.
        std::ifstream sums(directory + "/index/toy-train-000001.sum");
        std::string hash, name;
        uint64_t size = 0, at = 0;
        bool inside = false;
        while (!inside && sums >> hash >> size >> at >> name)
            inside = offset >= at && offset < at + size && name.find("meta") == std::string::npos;
        if (!inside) continue;
        ++i;
        const auto bit = unsigned(rng.below(8));
        poke(file, offset, bit);
        const Source source(directory, options);
        int refused = 0;
        std::vector<float> values(1000);
        DecodeBuffers buffers;
        for (uint32_t row = 0; row < 7; ++row) {
            try {
                source.sample(1, row, buffers, Destination::Near,
                              [&](size_t, const Shape&) { return values.data(); });
            } catch (const Error&) {
                ++refused;
            }
        }
        undetected += refused != 1;
        poke(file, offset, bit);
    }
    return undetected;
}

TEST_F(LoaderTest, ThousandFlippedBitsInsideMembersAreFoundInTheirSampleOnly) {
    EXPECT_EQ(undetected_flips(scratch_ / "set", 1000,
                               [this](const std::string& f, uint64_t o, unsigned b) { poke(f, o, b); }),
              0);
}

TEST_F(LoaderTest, FlippedBitsInTheIndexAreFound) {
    Rng rng({{5}, 0}, Stream::Noise);
    for (const char* const file : {"index/toy-train-000000.idx", "index/toy-train-000000.sum"}) {
        const std::string good = test::slurp(path(file));
        for (int i = 0; i < 60; ++i) {
            poke(file, rng.below(good.size()), unsigned(rng.below(8)));
            const Source source(scratch_ / "set", SourceOptions{});
            std::vector<float> values(1000);
            DecodeBuffers buffers;
            int refused = 0;
            for (uint32_t row = 0; row < 7; ++row) {
                try {
                    source.sample(0, row, buffers, Destination::Near,
                                  [&](size_t, const Shape&) { return values.data(); });
                    source.meta(0, row);
                } catch (const Error&) {
                    ++refused;
                }
            }
            EXPECT_GE(refused, 1) << file;
            test::spill(path(file), good);
        }
    }
}

}  // namespace
}  // namespace radforge::loader
