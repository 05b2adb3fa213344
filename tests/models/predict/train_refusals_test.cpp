// SPDX-License-Identifier: Apache-2.0
// What `radforge-train train` says about datasets that it cannot learn from.
#include "synth/shard/file.h"
#include "tests/models/data/sharded_set.h"
#include "tests/synth/shard/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace radforge {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

/// A set of photo, bm, hu and more, but of kind "toy".
class TrainRefusals : public testing::Test {
protected:
    TrainRefusals() { test::write_sharded_set(scratch_ / "set", {3, 3}); }

    /// @returns the exit code; what was said is in said_
    int train(const std::string& model) {
        const std::string log = scratch_ / "log.txt";
        const int status =
            std::system(("OMP_NUM_THREADS=1 " RADFORGE_TRAIN_PROGRAM " train " + model +
                         " " RADFORGE_SOURCE_DIR "/scenes/train/dmphn-smoke.toml --data " +
                         (scratch_ / "set") + " --out " + (scratch_ / "run") + " > " + log + " 2>&1")
                            .c_str());
        said_ = shard::read_text_file(log);
        return WEXITSTATUS(status);
    }
    test::Scratch scratch_;
    std::string said_;
};

TEST_F(TrainRefusals, AnotherKindOfDataset) {
    EXPECT_EQ(train("restoration"), 65);
    EXPECT_THAT(said_, HasSubstr("kind toy"));
    EXPECT_FALSE(fs::exists(scratch_ / "run/checkpoints"));
}

TEST_F(TrainRefusals, AMissingFieldByItsName) {
    EXPECT_NE(train("deillumination"), 0);
    EXPECT_THAT(said_, HasSubstr("no field 'flat'"));
}

TEST_F(TrainRefusals, AFormatFromTheFuture) {
    const std::string plan = scratch_ / "set/plan.json";
    json content = json::parse(shard::read_text_file(plan));
    content["format"] = 99;
    fs::permissions(plan, fs::perms::owner_write, fs::perm_options::add);
    std::ofstream(plan) << content.dump();
    EXPECT_EQ(train("restoration"), 65);
    EXPECT_THAT(said_, HasSubstr("newer format"));
    EXPECT_THAT(said_, HasSubstr("99"));
}

TEST_F(TrainRefusals, AShardThatIsCut) {
    const std::string shard = scratch_ / "set/toy-train-000001.tar";
    fs::permissions(shard, fs::perms::owner_write, fs::perm_options::add);
    fs::resize_file(shard, fs::file_size(shard) / 2);
    EXPECT_EQ(train("restoration"), 65);
    EXPECT_THAT(said_, HasSubstr("toy-train-000001.tar"));
}

TEST_F(TrainRefusals, AModelThatIsNone) {
    EXPECT_EQ(train("resnet"), 64);
    EXPECT_THAT(said_, HasSubstr("firenet, dewarpnet, deillumination or restoration"));
}

}  // namespace
}  // namespace radforge
