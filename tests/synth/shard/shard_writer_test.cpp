// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/shard_writer.h"

#include "synth/base/error.h"
#include "tests/synth/base/no_files.h"
#include "tests/synth/shard/scratch.h"
#include "tests/synth/shard/tiny_dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace radforge::shard {
namespace {

const std::string kFile = "toy-train-000000.tar";

class ShardWriterTest : public testing::Test {
protected:
    ShardWriterTest() { std::filesystem::create_directories(scratch_ / "index"); }

    Commit write(uint64_t count, const std::string& digest = "", uint64_t twist = 0) {
        ShardWriter writer(plan_, {0, kFile, "train", 0, count - 1, count},
                           digest.empty() ? plan_digest(plan_) : digest);
        for (uint64_t i = 0; i < count; ++i) {
            Sample sample = test::tiny_sample(plan_, i);
            std::get<Image>(sample.fields[0].value).bytes[0] = std::byte(uint8_t(twist));
            writer.add(i, encode_sample(sample, plan_));
        }
        return writer.commit(logger_);
    }

    test::Scratch scratch_;
    DatasetPlan plan_ = test::tiny_plan(scratch_.path());
    Logger logger_{LogFormat::Text, true};
};

TEST_F(ShardWriterTest, LateTwinWithTheSameBytesIsHarmless) {
    EXPECT_EQ(write(2), Commit::Made);
    const std::string before = test::slurp(scratch_ / kFile);
    EXPECT_EQ(write(2), Commit::Present);
    EXPECT_EQ(test::slurp(scratch_ / kFile), before);
    EXPECT_EQ(list_directory(scratch_.path()).size(), 2u);
}

TEST_F(ShardWriterTest, IndexMadeWhileWritingIsThatWhichTheShardGives) {
    ShardWriter writer(plan_, {0, kFile, "train", 0, 3, 4}, plan_digest(plan_));
    for (const uint64_t i : {0, 1, 3}) {
        if (i == 3) writer.quarantine(2, "broken");
        writer.add(i, encode_sample(test::tiny_sample(plan_, i), plan_));
    }
    writer.commit(logger_);
    const ShardIndex written = writer.index(plan_),
                     derived = derive_shard_index(ShardReader(scratch_ / kFile), plan_);
    EXPECT_THAT(written.idx, testing::StartsWith("v1.2 3\nphoto.png 512 "));
    EXPECT_EQ(written.idx, derived.idx);
    EXPECT_EQ(written.sum, derived.sum);
    EXPECT_EQ(written.stats, derived.stats);
}

TEST_F(ShardWriterTest, JpegIsMeasuredAsItReadsBack) {
    plan_.fields[0].extension = "jpg";
    ShardWriter writer(plan_, {0, kFile, "train", 0, 0, 1}, plan_digest(plan_));
    Sample sample = test::tiny_sample(plan_, 0);
    sample.fields[0].extension = "jpg";
    writer.add(0, encode_sample(sample, plan_));
    writer.commit(logger_);
    EXPECT_EQ(writer.index(plan_).stats, derive_shard_index(ShardReader(scratch_ / kFile), plan_).stats);
}

TEST_F(ShardWriterTest, ShardWithoutASampleHasAnIndexToo) {
    ShardWriter writer(plan_, {0, kFile, "train", 0, 0, 1}, plan_digest(plan_));
    writer.quarantine(0, "broken");
    writer.commit(logger_);
    const ShardIndex derived = derive_shard_index(ShardReader(scratch_ / kFile), plan_);
    EXPECT_EQ(writer.index(plan_).stats, derived.stats);
    EXPECT_EQ(writer.index(plan_).idx, derived.idx);
}

TEST_F(ShardWriterTest, TwinWithOtherBytesIsKeptBesideAndFailsLoudly) {
    write(2);
    const std::string before = test::slurp(scratch_ / kFile);
    try {
        write(2, "", 1);
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr("other bytes"));
        EXPECT_EQ(error.exit_code(), 1);
    }
    EXPECT_EQ(test::slurp(scratch_ / kFile), before);
    const auto names = list_directory(scratch_.path());
    EXPECT_EQ(std::count_if(names.begin(), names.end(),
                            [](const std::string& n) { return n.rfind(kFile + ".differs-", 0) == 0; }),
              1);
}

TEST_F(ShardWriterTest, DamagedFileAndShardOfASmallerSetAreReplaced) {
    test::spill(scratch_ / kFile, "junk");
    EXPECT_EQ(write(2), Commit::Replaced);
    EXPECT_EQ(write(3), Commit::Replaced);
    const std::string larger = test::slurp(scratch_ / kFile);
    EXPECT_EQ(write(2), Commit::Present);
    EXPECT_EQ(test::slurp(scratch_ / kFile), larger);
}

TEST_F(ShardWriterTest, ShardThatCannotBeReadAtTheMomentIsNotReplaced) {
    write(2);
    ShardWriter longer(plan_, {0, kFile, "train", 0, 2, 3}, plan_digest(plan_));
    for (uint64_t i = 0; i < 3; ++i) longer.add(i, encode_sample(test::tiny_sample(plan_, i), plan_));
    const std::string before = test::slurp(scratch_ / kFile);
    EXPECT_TRUE(test::is_put_off([&] { longer.commit(logger_); }));
    EXPECT_EQ(test::slurp(scratch_ / kFile), before);
}

TEST_F(ShardWriterTest, ShardOfAnotherPlanIsLeftAlone) {
    write(2, std::string(64, 'a'));
    EXPECT_THROW(write(2), Error);
}

TEST_F(ShardWriterTest, SampleThatIsNotAsPlannedIsRefusedWithTheMembersName) {
    const auto message = [&](auto change) {
        Sample sample = test::tiny_sample(plan_, 0);
        change(sample);
        try {
            encode_sample(sample, plan_);
        } catch (const Error& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    EXPECT_EQ(message([](Sample&) {}), "");
    EXPECT_THAT(message([](Sample& s) { s.fields.pop_back(); }),
                testing::HasSubstr("wrong number of members"));
    EXPECT_THAT(message([](Sample& s) { std::swap(s.fields[0], s.fields[1]); }),
                testing::HasSubstr("map.npy"));
    EXPECT_THAT(message([](Sample& s) {
                    std::get<NdArray>(s.fields[1].value).shape = {2, 4, 1};
                }),
                testing::HasSubstr("wrong shape"));
    EXPECT_THAT(message([](Sample& s) { std::get<NdArray>(s.fields[1].value).bytes.pop_back(); }),
                testing::HasSubstr("bytes do not fit its shape"));
    EXPECT_THAT(message([](Sample& s) { s.split = "val"; }), testing::HasSubstr("wrong 'split'"));
    EXPECT_THAT(message([](Sample& s) { std::get<NdArray>(s.fields[1].value).bytes[1] = std::byte{0x90}; }),
                testing::HasSubstr("map.npy: illegal value"));
}

TEST(WithoutFolders, OnlyTheLastNameOfAPathStays) {
    EXPECT_EQ(without_folders("/home/jane doe/ct/a.dcm: cut at byte 3"), "a.dcm: cut at byte 3");
    EXPECT_EQ(without_folders("broken in /home/someone/ct/a.dcm; got 1/2"), "broken in a.dcm; got 1/2");
    EXPECT_EQ(without_folders("'data/DOE JANE/b.dcm'"), "'DOE b.dcm'") << "a relative path ends at a space";
    EXPECT_EQ(without_folders("ct/head/b.dcm: bad"), "b.dcm: bad");
    EXPECT_EQ(without_folders("no path, 3.5 mm"), "no path, 3.5 mm");
}

}  // namespace
}  // namespace radforge::shard
