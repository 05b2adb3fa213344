// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/verify.h"

#include "synth/base/error.h"
#include "synth/base/log.h"
#include "synth/shard/index.h"
#include "synth/shard/meta.h"
#include "synth/shard/shard_writer.h"
#include "tests/synth/shard/scratch.h"
#include "tests/synth/shard/tiny_dataset.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>

namespace radforge::shard {
namespace {

using testing::Contains;
using testing::HasSubstr;

class VerifyTest : public testing::Test {
protected:
    VerifyReport check(VerifyOptions options = {}) { return verify(scratch_.path(), options, logger_); }
    std::vector<std::string> problems(VerifyOptions options = {}) {
        std::vector<std::string> texts;
        for (const Finding& finding : check(options).problems)
            texts.push_back(finding.where + ": " + finding.what);
        return texts;
    }
    /// Writes shard 0 anew from chosen samples, claiming `planned` of them, whatever the plan.
    void write_shard(const std::vector<Sample>& samples, uint64_t planned_count, uint64_t last) {
        std::filesystem::remove(scratch_ / kFile);
        ShardWriter writer(plan_, {0, kFile, "train", 0, last, planned_count}, plan_digest(plan_));
        for (const Sample& sample : samples) writer.add(sample.key.index, encode_sample(sample, plan_));
        writer.commit(logger_);
    }

    const std::string kFile = "toy-train-000000.tar";
    test::Scratch scratch_;
    DatasetPlan plan_ = test::tiny_plan(scratch_.path(), 3);
    Logger logger_{LogFormat::Text, true};
};

TEST_F(VerifyTest, SoundDatasetHasNoProblemsAndIsCounted) {
    test::write_tiny_dataset(plan_, {1});
    VerifyOptions options;
    options.phi = true;
    const VerifyReport report = check(options);
    EXPECT_THAT(problems(options), testing::IsEmpty());
    for (const Finding& finding : report.identity) ADD_FAILURE() << finding.where << ": " << finding.what;
    EXPECT_EQ(report.shards, 1u);
    EXPECT_EQ(report.samples, 2u);
    EXPECT_EQ(report.quarantined, 1u);
    EXPECT_EQ(report.bytes, std::filesystem::file_size(scratch_ / kFile));
}

/// Flips every bit of a small shard, one at a time, in place.
template <class F>
void for_every_flipped_bit(const std::string& path, F&& check) {
    const int file = open(path.c_str(), O_RDWR);
    ASSERT_GE(file, 0);
    const std::string bytes = test::slurp(path);
    for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        const char flipped = char(bytes[bit / 8] ^ (1 << bit % 8));
        ASSERT_EQ(pwrite(file, &flipped, 1, off_t(bit / 8)), 1);
        check(bit);
        ASSERT_EQ(pwrite(file, &bytes[bit / 8], 1, off_t(bit / 8)), 1);
    }
    close(file);
}

TEST_F(VerifyTest, EveryFlippedBitOfAShardIsFound) {
    plan_.count = 1;
    plan_.fields = {plan_.fields.back()};
    std::filesystem::create_directories(scratch_ / "index");
    test::spill(scratch_ / "config.toml", plan_.config_toml);
    test::spill(scratch_ / "plan.json", plan_json(plan_));
    Sample sample = test::tiny_sample(plan_, 0);
    sample.fields = {sample.fields.back()};
    write_shard({sample}, 1, 0);
    rebuild_index(scratch_.path());
    ASSERT_TRUE(check().ok());
    ASSERT_EQ(std::filesystem::file_size(scratch_ / kFile), 2560u);
    VerifyOptions options;
    options.decode = false;
    for_every_flipped_bit(scratch_ / kFile,
                          [&](size_t bit) { ASSERT_FALSE(check(options).ok()) << "bit " << bit; });
    EXPECT_TRUE(check().ok());
}

TEST_F(VerifyTest, EveryCutOfAShardIsFound) {
    test::write_tiny_dataset(plan_);
    const std::string bytes = test::slurp(scratch_ / kFile);
    VerifyOptions options;
    options.decode = false;
    for (size_t length = 0; length < bytes.size(); ++length) {
        std::filesystem::resize_file(scratch_ / kFile, 0);
        test::spill(scratch_ / kFile, bytes.substr(0, length));
        ASSERT_FALSE(check(options).ok()) << "cut to " << length;
    }
}

TEST_F(VerifyTest, AShardThatCannotBeReadAtTheMomentIsNotDamaged) {
    test::write_tiny_dataset(plan_);
    const int larger_than_memory = memfd_create("shard", 0);
    ASSERT_EQ(ftruncate(larger_than_memory, off_t(1) << 50), 0);
    std::filesystem::remove(scratch_ / kFile);
    std::filesystem::create_symlink("/proc/self/fd/" + std::to_string(larger_than_memory), scratch_ / kFile);
    try {
        check();
        ADD_FAILURE();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::TryAgain) << error.what();
        EXPECT_THAT(error.what(), HasSubstr(kFile));
    }
    close(larger_than_memory);
}

TEST_F(VerifyTest, MissingSampleIsNamed) {
    test::write_tiny_dataset(plan_);
    plan_.count = 5;
    test::spill(scratch_ / "plan.json", plan_json(plan_));
    EXPECT_THAT(problems(), Contains(HasSubstr("2 samples are missing, the first is toy-000000003")));
}

TEST_F(VerifyTest, DoubleSampleInASecondShardIsNamed) {
    test::write_tiny_dataset(plan_);
    ShardWriter writer(plan_, {1, "toy-train-000001.tar", "train", 2, 2, 1}, plan_digest(plan_));
    writer.add(2, encode_sample(test::tiny_sample(plan_, 2), plan_));
    writer.commit(logger_);
    EXPECT_THAT(problems(), Contains(HasSubstr("sample 2 occurs twice")));
}

TEST_F(VerifyTest, SampleOfTheWrongSplitIsNamed) {
    test::write_tiny_dataset(plan_);
    write_shard(
        {test::tiny_sample(plan_, 0), test::tiny_sample(plan_, 1, "val"), test::tiny_sample(plan_, 2)}, 3, 2);
    EXPECT_THAT(problems(), Contains(HasSubstr("toy-000000001: meta.json: wrong 'split'")));
}

TEST_F(VerifyTest, ValueOutOfRangeIsNamedThoughAllHashesAgree) {
    test::write_tiny_dataset(plan_);
    // The plan then says less than the writer checked: as if a buggy writer had let it pass.
    plan_.fields[2].range = "[0, 2]";
    test::spill(scratch_ / "plan.json", plan_json(plan_));
    write_shard({}, 0, 0);
    std::filesystem::remove(scratch_ / kFile);
    DatasetPlan lax = plan_;
    lax.fields[2].range = "[0, 10]";
    ShardWriter writer(lax, {0, kFile, "train", 0, 2, 3}, plan_digest(plan_));
    for (uint64_t i = 0; i < 3; ++i) writer.add(i, encode_sample(test::tiny_sample(lax, i), lax));
    writer.commit(logger_);
    EXPECT_THAT(problems(), Contains(HasSubstr("depth.npy: illegal value; got 2.5, expected [0, 2]")));
}

TEST_F(VerifyTest, ShardOfAnotherPlanIsNamed) {
    test::write_tiny_dataset(plan_);
    plan_.samples_per_shard = 9;
    test::spill(scratch_ / "plan.json", plan_json(plan_));
    EXPECT_THAT(problems(), Contains(HasSubstr("belongs to another plan")));
}

TEST_F(VerifyTest, ChangedDerivedFilesAreNamed) {
    test::write_tiny_dataset(plan_);
    for (const char* const name :
         {"manifest.json", "stats.json", "README.md", "index/shards.json", "index/toy-train-000000.idx",
          "index/toy-train-000000.sum", "index/toy-train-000000.stats.json"}) {
        const std::string good = test::slurp(scratch_ / name);
        std::string bad = good;
        bad[bad.size() / 2] = char(bad[bad.size() / 2] ^ 1);
        test::spill(scratch_ / name, bad);
        EXPECT_THAT(problems(), Contains(HasSubstr(name))) << name;
        test::spill(scratch_ / name, good);
        EXPECT_THAT(problems(), testing::IsEmpty());
    }
}

TEST_F(VerifyTest, FilesThatTheProgramAlwaysWritesAreMissedInItsSets) {
    test::write_tiny_dataset(plan_);
    VerifyOptions options;
    EXPECT_THAT(problems(options), testing::IsEmpty()) << "a set of somebody else";
    options.by_program = true;
    EXPECT_THAT(problems(options),
                testing::UnorderedElementsAre("preview.png: is missing; `radforge index` makes it again",
                                              "overrides.txt: is missing"));
    options.complete = false;
    std::filesystem::remove(scratch_ / "manifest.json");
    EXPECT_THAT(problems(options), testing::ElementsAre("overrides.txt: is missing")) << "no preview yet";
}

TEST_F(VerifyTest, ChangedOverridesAreNamedAndIndexRestoresThem) {
    plan_.overrides = "camera.spp=64\n";
    test::write_tiny_dataset(plan_);
    test::spill(scratch_ / "overrides.txt", "camera.spp=32\n");
    EXPECT_THAT(
        problems(),
        testing::ElementsAre("overrides.txt: is not what plan.json says; `radforge index` makes it again"));
    rebuild_index(scratch_.path());
    EXPECT_THAT(problems(), testing::IsEmpty());
    EXPECT_EQ(test::slurp(scratch_ / "overrides.txt"), plan_.overrides);
}

TEST_F(VerifyTest, FindingsTellTheirRemedy) {
    test::write_tiny_dataset(plan_);
    test::spill(scratch_ / "notes.txt", "");
    std::filesystem::remove(scratch_ / "stats.json");
    std::map<std::string, Remedy> remedies;
    for (const Finding& finding : check().problems) remedies[finding.where] = finding.remedy;
    EXPECT_THAT(remedies, testing::UnorderedElementsAre(testing::Pair("notes.txt", Remedy::Removal),
                                                        testing::Pair("stats.json", Remedy::Index)));
}

TEST_F(VerifyTest, StraysTemporariesAndClaimsAreNamed) {
    test::write_tiny_dataset(plan_);
    test::spill(scratch_ / "notes.txt", "");
    test::spill(scratch_ / ".tmp-toy-train-000001.tar.h-1.2.3", "");
    test::spill(scratch_ / "index/toy-val-000000.idx", "");
    EXPECT_THAT(problems(),
                testing::UnorderedElementsAre(
                    "notes.txt: stray file",
                    ".tmp-toy-train-000001.tar.h-1.2.3: temporary file of a run that died or still goes on",
                    "index/toy-val-000000.idx: stray file"));
}

TEST_F(VerifyTest, PatientIdentityIsFoundOnlyWhenAsked) {
    std::filesystem::create_directories(scratch_ / "index");
    test::write_tiny_dataset(plan_);
    Sample sample = test::tiny_sample(plan_, 1);
    sample.fields.back().value =
        make_meta({"toy", "train", "tiny", sample.key}, "{}", R"({"series":"1.2.840.113619.2.55"})");
    write_shard({test::tiny_sample(plan_, 0), sample, test::tiny_sample(plan_, 2)}, 3, 2);
    rebuild_index(scratch_.path());
    EXPECT_TRUE(check().ok());
    VerifyOptions options;
    options.phi = true;
    const VerifyReport report = check(options);
    ASSERT_EQ(report.identity.size(), 1u);
    EXPECT_EQ(report.identity[0].where, kFile + ": toy-000000001.meta.json");
    EXPECT_FALSE(report.ok());
}

TEST_F(VerifyTest, FolderWithoutADatasetIsAnError) { EXPECT_THROW(check(), Error); }

}  // namespace
}  // namespace radforge::shard
