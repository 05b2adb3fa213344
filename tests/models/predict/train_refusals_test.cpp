// SPDX-License-Identifier: Apache-2.0
// What `radforge-train train` says about datasets that it cannot learn from.
#include "synth/shard/file.h"
#include "tests/models/data/sharded_set.h"
#include "tests/models/train/film_set.h"
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
    int train(const std::string& model, const std::string& before = "") {
        const std::string log = scratch_ / "log.txt";
        const bool films = model == "firenet" || model == "dewarpnet";
        const int status = std::system(
            (before + "OMP_NUM_THREADS=1 " RADFORGE_TRAIN_PROGRAM " train " + model +
             " " RADFORGE_SOURCE_DIR "/scenes/train/" + (films ? model : "dmphn") + "-smoke.toml --data " +
             (scratch_ / "set") + " --out " + (scratch_ / "run") + " > " + log + " 2>&1")
                .c_str());
        said_ = shard::read_text_file(log);
        return WEXITSTATUS(status);
    }
    template <class F>
    void rewrite(const std::string& name, const F& change) {
        const std::string path = scratch_ / ("set/" + name);
        json content = json::parse(shard::read_text_file(path));
        change(content);
        fs::permissions(path, fs::perms::owner_write, fs::perm_options::add);
        std::ofstream(path) << content.dump();
    }
    test::Scratch scratch_;
    std::string said_;
};

TEST_F(TrainRefusals, AnotherKindOfDataset) {
    for (const char* const model : {"restoration", "deillumination", "firenet", "dewarpnet"}) {
        EXPECT_EQ(train(model), 65);
        EXPECT_THAT(said_, HasSubstr("kind toy")) << model;
    }
    EXPECT_FALSE(fs::exists(scratch_ / "run/checkpoints"));
}

TEST_F(TrainRefusals, AMissingFieldByItsName) {
    rewrite("plan.json", [](json& plan) { plan["kind"] = "film"; });
    EXPECT_EQ(train("deillumination"), 65);
    EXPECT_THAT(said_, HasSubstr("no field 'flat'"));
}

TEST_F(TrainRefusals, AFolderWithoutDataset) {
    fs::remove(scratch_ / "set/plan.json");
    EXPECT_EQ(train("firenet"), 65);
    EXPECT_THAT(said_, HasSubstr("no dataset here"));
}

TEST_F(TrainRefusals, AFormatFromTheFuture) {
    rewrite("plan.json", [](json& plan) { plan["format"] = 99; });
    EXPECT_EQ(train("restoration"), 65);
    EXPECT_THAT(said_, HasSubstr("newer format"));
    EXPECT_THAT(said_, HasSubstr("99"));
}

TEST_F(TrainRefusals, AManifestFromTheFuture) {
    rewrite("plan.json", [](json& plan) { plan["kind"] = "film"; });
    rewrite("manifest.json", [](json& manifest) { manifest["format"] = 99; });
    EXPECT_EQ(train("restoration"), 65);
    EXPECT_THAT(said_, HasSubstr("newer format"));
    EXPECT_THAT(said_, HasSubstr("99"));
}

TEST_F(TrainRefusals, AShardThatIsCut) {
    fs::remove_all(scratch_ / "set");
    test::write_film_set(scratch_ / "set", 2, 1);
    const std::string shard = scratch_ / "set/film-train-000000.tar";
    fs::permissions(shard, fs::perms::owner_write, fs::perm_options::add);
    fs::resize_file(shard, fs::file_size(shard) / 2);
    EXPECT_EQ(train("firenet"), 65);
    EXPECT_THAT(said_, HasSubstr("film-train-000000.tar: the shard is cut"));
}

TEST_F(TrainRefusals, ASetThatIsNotFinished) {
    fs::remove_all(scratch_ / "set");
    test::write_film_set(scratch_ / "set", 2, 1);
    fs::remove(scratch_ / "set/stats.json");
    fs::remove(scratch_ / "set/manifest.json");
    for (const char* const model : {"firenet", "restoration"}) {
        EXPECT_EQ(train(model), 65);
        EXPECT_THAT(said_,
                    testing::AllOf(HasSubstr("the dataset is not finished"), HasSubstr("radforge synth")))
            << model;
    }
}

TEST_F(TrainRefusals, AFullDiskSaysNothingOfShards) {
    fs::remove_all(scratch_ / "set");
    test::write_film_set(scratch_ / "set", 8, 2);
    EXPECT_EQ(train("firenet", "ulimit -f 64; "), 75);
    EXPECT_THAT(said_, testing::AllOf(HasSubstr("free space and run the same command again"),
                                      testing::Not(HasSubstr("shards"))));
}

TEST_F(TrainRefusals, AModelThatIsNone) {
    EXPECT_EQ(train("resnet"), 64);
    EXPECT_THAT(said_, HasSubstr("firenet, dewarpnet, deillumination or restoration"));
}

}  // namespace
}  // namespace radforge
