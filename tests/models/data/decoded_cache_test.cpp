// SPDX-License-Identifier: Apache-2.0
#include "models/data/decoded_cache.h"

#include "models/data/loader.h"
#include "synth/base/error.h"
#include "tests/models/data/sharded_set.h"
#include "tests/synth/shard/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace radforge::loader {
namespace {

using testing::HasSubstr;

/// Samples 0..22 in four shards: photo.png and hu.npy.gz are packed, map, depth and bm are not.
const std::vector<uint32_t> kCounts = {7, 7, 7, 2};
constexpr uint64_t kSamples = 23, kEpochs = 3;

/// Multiplies each field by a factor of the sample and the epoch.
class Scale : public Transform {
public:
    std::vector<std::pair<std::string, Shape>> outputs(
        const std::vector<std::pair<std::string, Shape>>& in) const override {
        return in;
    }
    void apply(const std::vector<FieldBlock>& in, Rng& rng, const std::vector<float*>& out) const override {
        for (size_t f = 0; f < in.size(); ++f) {
            const auto factor = float(1 + rng.uniform());
            for (size_t i = 0; i < in[f].values.size(); ++i) out[f][i] = in[f].values[i] * factor;
        }
    }
};

class DecodedCacheTest : public testing::Test {
protected:
    DecodedCacheTest() {
        test::write_sharded_set(scratch_ / "set", kCounts);
        source_.fields = {"photo", "map", "depth", "hu"};
        cache_.directory = scratch_ / "cache";
    }

    std::shared_ptr<DecodedCache> open_cache() { return std::make_shared<DecodedCache>(cache_, logger_); }

    /// The bits of all batches of kEpochs epochs, and what they are called.
    std::vector<std::byte> batches(const std::shared_ptr<DecodedCache>& cache, bool transform = true,
                                   const std::string& set = "set") {
        LoaderOptions options;
        options.config.batch = 3;
        options.config.window_shards = 2;
        options.config.remainder = "short";
        options.epochs = kEpochs;
        options.threads = threads_;
        if (transform) options.transform = std::make_shared<const Scale>();
        SourceOptions source = source_;
        source.cache = cache;
        Loader loader({std::make_shared<const Source>(scratch_ / set, source)}, options, logger_);
        std::vector<std::byte> bits;
        while (const auto batch = loader.next())
            for (const FieldBlock& field : batch->fields) {
                const auto* const from = reinterpret_cast<const std::byte*>(field.values.data());
                bits.insert(bits.end(), from,
                            from + size_t(batch->size) * field.shape.values() * sizeof(float));
            }
        return bits;
    }

    std::vector<std::filesystem::path> files() const {
        std::vector<std::filesystem::path> found;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(cache_.directory))
            if (entry.is_regular_file()) found.push_back(entry.path());
        std::sort(found.begin(), found.end());
        return found;
    }

    test::Scratch scratch_;
    Logger logger_{LogFormat::Text, true};
    SourceOptions source_;
    CacheOptions cache_;
    int threads_ = 1;  ///< two may both make what neither found
};

TEST_F(DecodedCacheTest, BatchesHaveTheSameBitsAtEveryEpoch) {
    for (const bool everything : {false, true})
        for (const bool transform : {false, true})
            for (const Reading reading : {Reading::Map, Reading::Copy}) {
                cache_.directory = scratch_ / ("cache" + std::to_string(everything) +
                                               std::to_string(transform) + std::to_string(int(reading)));
                cache_.everything = everything;
                source_.reading = reading;
                threads_ = transform ? 2 : 1;
                const auto plain = batches(nullptr, transform);
                ASSERT_GT(plain.size(), kEpochs * kSamples * 3 * 48 * sizeof(float));
                const auto cache = open_cache();
                EXPECT_EQ(batches(cache, transform), plain);
                EXPECT_EQ(cache->report().found + cache->report().made, kEpochs * kSamples);
                if (threads_ == 1) {
                    EXPECT_EQ(cache->report().made, kSamples);
                }
                const auto again = open_cache();
                EXPECT_EQ(batches(again, transform), plain);
                EXPECT_EQ(again->report().made, 0u);
                EXPECT_EQ(again->report().found, kEpochs * kSamples);
                if (threads_ == 1) {
                    EXPECT_EQ(again->report().bytes, cache->report().bytes);
                }
            }
}

TEST_F(DecodedCacheTest, FieldsOfVaryingSizeAreKeptAsTheyAre) {
    source_.fields = {"bm", "photo"};
    cache_.everything = true;
    const auto plain = batches(nullptr, false);
    const auto cache = open_cache();
    EXPECT_EQ(batches(cache, false), plain);
    EXPECT_EQ(cache->report().found, (kEpochs - 1) * kSamples);
}

TEST_F(DecodedCacheTest, NothingIsKeptWhereNothingIsPacked) {
    source_.fields = {"map", "depth"};
    const auto cache = open_cache();
    EXPECT_EQ(batches(cache), batches(nullptr));
    EXPECT_EQ(cache->report().made + cache->report().found + cache->report().refused, 0u);
    EXPECT_TRUE(files().empty());
}

TEST_F(DecodedCacheTest, ReadsNoMemberOfTheShardWhenAllAreCached) {
    cache_.everything = true;
    const auto plain = batches(open_cache());
    // Damage that the sums would find: every byte of the first shard's members, not of its index or records.
    const Source source(scratch_ / "set", source_);
    const std::string shard = scratch_ / ("set/" + source.file(0));
    std::filesystem::permissions(shard, std::filesystem::perms::owner_write,
                                 std::filesystem::perm_options::add);
    std::ifstream sums(scratch_ / "set/index/" + std::filesystem::path(shard).stem().string() + ".sum");
    std::fstream file(shard, std::ios::in | std::ios::out | std::ios::binary);
    size_t members = 0;
    uint64_t size = 0, offset = 0;
    for (std::string sum, name; sums >> sum >> size >> offset >> name; ++members) {
        file.seekp(int64_t(offset + size / 2));
        file.put('\x55');
    }
    ASSERT_EQ(members, kCounts[0] * 6u);
    file.close();
    EXPECT_THROW(batches(nullptr), Error);
    EXPECT_EQ(batches(open_cache()), plain);
}

TEST_F(DecodedCacheTest, DamagedFilesAreFoundCountedAndMadeAgain) {
    const auto plain = batches(open_cache());
    const std::vector<std::filesystem::path> kept = files();
    ASSERT_EQ(kept.size(), kSamples);
    Rng rng({{5}, 0}, Stream::Noise);
    for (int round = 0; round < 20; ++round) {
        for (size_t i = 0; i < kept.size(); ++i) {
            const uint64_t size = std::filesystem::file_size(kept[i]);
            if (i == 0) {  // of another sample
                std::filesystem::copy_file(kept[1], kept[0],
                                           std::filesystem::copy_options::overwrite_existing);
            } else if (i == 1) {  // cut, down to nothing
                std::filesystem::resize_file(kept[i], size * uint64_t(round) / 20);
            } else if (i == 2) {  // too long
                std::ofstream(kept[i], std::ios::app) << 'x';
            } else {
                std::fstream file(kept[i], std::ios::in | std::ios::out | std::ios::binary);
                const auto bit = uint64_t(rng.uniform() * double(size * 8));
                file.seekg(int64_t(bit / 8));
                const int byte = file.get();
                file.seekp(int64_t(bit / 8));
                file.put(char(byte ^ (1 << bit % 8)));
            }
        }
        const auto cache = open_cache();
        ASSERT_EQ(batches(cache), plain);
        ASSERT_EQ(cache->report().damaged, kSamples);
        ASSERT_EQ(cache->report().made, kSamples);
        ASSERT_EQ(files(), kept);
    }
}

TEST_F(DecodedCacheTest, StaysUnderItsLimitAndGoesOnServing) {
    const auto plain = batches(open_cache());
    const uint64_t one = std::filesystem::file_size(files()[0]);
    cache_.directory = scratch_ / "small";
    cache_.most_bytes = 10 * one + one / 2;
    const auto cache = open_cache();
    EXPECT_EQ(batches(cache), plain);
    EXPECT_EQ(files().size(), 10u);
    EXPECT_EQ(cache->report().made, 10u);
    EXPECT_EQ(cache->report().found, 10 * (kEpochs - 1));
    EXPECT_EQ(cache->report().refused, 13 * kEpochs);
    EXPECT_LE(cache->report().bytes, cache_.most_bytes);
}

TEST_F(DecodedCacheTest, OtherDataAndOtherFieldsAreOtherSamples) {
    test::write_sharded_set(scratch_ / "other", kCounts, 8);
    batches(open_cache());
    const auto cache = open_cache();
    const auto other = batches(cache, true, "other");
    EXPECT_EQ(cache->report().found, (kEpochs - 1) * kSamples);
    EXPECT_EQ(other, batches(nullptr, true, "other"));
    source_.fields = {"photo", "map"};
    const auto fewer = open_cache();
    EXPECT_EQ(batches(fewer), batches(nullptr));
    EXPECT_EQ(fewer->report().made, kSamples);
}

TEST_F(DecodedCacheTest, WhatNobodyCheckedIsNotServedToWhoChecks) {
    source_.check_sums = false;
    batches(open_cache());
    source_.check_sums = true;
    const auto cache = open_cache();
    EXPECT_EQ(batches(cache), batches(nullptr));
    EXPECT_EQ(cache->report().made, kSamples);
}

TEST_F(DecodedCacheTest, ProcessesShareAFolderAndMayBeKilled) {
    threads_ = 2;
    const auto plain = batches(nullptr);
    uint64_t found = 0;
    for (int round = 0; round < 12; ++round) {
        std::vector<pid_t> children;
        for (int child = 0; child < 2; ++child) {
            const pid_t pid = fork();
            ASSERT_GE(pid, 0);
            if (pid == 0) {
                for (;;)
                    if (batches(open_cache()) != plain) _exit(1);
            }
            children.push_back(pid);
        }
        const timespec pause{0, 1000000 * (1 + 3 * round)};
        nanosleep(&pause, nullptr);
        for (const pid_t child : children) kill(child, SIGKILL);
        for (const pid_t child : children) {
            int status = 0;
            ASSERT_EQ(waitpid(child, &status, 0), child);
            ASSERT_TRUE(WIFSIGNALED(status)) << "a child saw other batches";
        }
        // What they left is whole samples and dead temporaries, which the next one removes.
        const auto cache = open_cache();
        for (const auto& file : files()) ASSERT_NE(file.filename().string().rfind(".tmp-", 0), 0u) << file;
        found = files().size();
        if (round % 4 == 3) {
            ASSERT_EQ(batches(cache), plain);
            ASSERT_EQ(cache->report().damaged, 0u);
            std::filesystem::remove_all(cache_.directory);
        }
    }
    EXPECT_GT(found, 0u) << "no child was slow enough to leave anything";
}

TEST_F(DecodedCacheTest, AFolderThatCannotBeWrittenIsNoReasonToStop) {
    std::ofstream(scratch_ / "file") << "x";
    cache_.directory = scratch_ / "file/cache";
    try {
        open_cache();
        FAIL() << "a folder below a file";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("file/cache"));
    }
    cache_.directory = scratch_ / "gone";
    const auto cache = open_cache();
    std::filesystem::remove(cache_.directory);
    std::ofstream(cache_.directory) << "x";
    EXPECT_EQ(batches(cache), batches(nullptr));
    EXPECT_EQ(cache->report().made, 0u);
    EXPECT_EQ(cache->report().refused, kEpochs * kSamples);
}

}  // namespace
}  // namespace radforge::loader
