// SPDX-License-Identifier: Apache-2.0
#include "synth/driver.h"

#include "synth/base/error.h"
#include "synth/base/hash.h"
#include "synth/claim.h"
#include "synth/shard/codec.h"
#include "synth/shard/index.h"
#include "synth/shard/verify.h"
#include "synth/shard_list.h"
#include "tests/synth/driver/child.h"
#include "tests/synth/driver/toy_generator.h"
#include "tests/synth/shard/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <thread>

namespace radforge {
namespace {

using test::fingerprint;
using test::Scratch;
using test::shell;
using test::toy_plan;
using test::ToyGenerator;
using test::ToySettings;
using testing::HasSubstr;
using testing::IsEmpty;

class DriverTest : public testing::Test {
protected:
    RunReport make(const std::string& directory, ToySettings settings = {}, RunOptions options = {},
                   uint64_t count = 60) {
        return run(ToyGenerator(std::move(settings)), toy_plan(directory, count), options, logger_);
    }
    std::vector<std::string> problems(const std::string& directory, bool complete = true) {
        shard::VerifyOptions options;
        options.complete = complete;
        std::vector<std::string> texts;
        for (const auto& finding : shard::verify(directory, options, logger_).problems)
            texts.push_back(finding.where + ": " + finding.what);
        return texts;
    }
    template <class F>
    std::string error_of(F&& call, ErrorKind kind) {
        try {
            call();
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), kind) << error.what();
            return error.what();
        }
        ADD_FAILURE() << "no error";
        return "";
    }
    /// Bytes of the dataset that every other way of making it must reproduce.
    const std::string& reference() {
        if (reference_.empty()) {
            make(scratch_ / "reference");
            reference_ = fingerprint(scratch_ / "reference");
        }
        return reference_;
    }

    Scratch scratch_;
    Logger logger_{LogFormat::Text, true};
    std::string reference_;
};

TEST_F(DriverTest, MakesACompleteSoundDataset) {
    const RunReport report = make(scratch_ / "a");
    EXPECT_TRUE(report.complete);
    EXPECT_EQ(report.samples_planned, 60u);
    EXPECT_EQ(report.samples_made, 60u);
    EXPECT_EQ(report.shards_made, report.shards_planned);
    EXPECT_THAT(problems(scratch_ / "a"), IsEmpty());
    const shard::Dataset dataset(scratch_ / "a");
    for (uint64_t i = 0; i < 60; ++i) {
        const auto sample = dataset.find(i);
        ASSERT_TRUE(sample) << i;
        const auto wanted = ToyGenerator().generate({&sample->key, 1});
        EXPECT_EQ(std::get<Image>(sample->fields[0].value).bytes,
                  std::get<Image>(wanted[0].fields[0].value).bytes);
    }
}

TEST_F(DriverTest, CardNamesTheLastShardOfEverySplitForWebdataset) {
    make(scratch_ / "a");
    std::map<std::string, uint32_t> last;
    const shard::Dataset dataset(scratch_ / "a");
    for (const shard::ShardInfo& info : dataset.shards())
        last[info.name.split] = std::max(last[info.name.split], info.name.number);
    ASSERT_THAT(last, testing::ElementsAre(testing::Key("train"), testing::Key("val")));
    ASSERT_GT(last["train"], 0u);
    for (const auto& [split, number] : last)
        EXPECT_THAT(test::slurp(scratch_ / "a/README.md"),
                    HasSubstr(split + " = wds.WebDataset(\"toy-" + split + "-{000000..00000" +
                              std::to_string(number) + "}.tar\")"));
    ASSERT_EQ(ToyGenerator().split({toy_plan("").seed, 0}), "val");
    make(scratch_ / "b", {}, {}, 1);
    EXPECT_THAT(
        test::slurp(scratch_ / "b/README.md"),
        testing::AllOf(HasSubstr("toy-val-{000000..000000}.tar"), testing::Not(HasSubstr("toy-train"))));
}

TEST_F(DriverTest, BytesDoNotDependOnThreads) {
    for (const int threads : {1, 2, 4}) {
        RunOptions options;
        options.threads = threads;
        const std::string directory = scratch_ / std::to_string(threads);
        // Uneven delays shuffle the order in which samples become ready.
        make(directory,
             {1,
              16,
              {},
              0,
              0,
              [](uint64_t i) { std::this_thread::sleep_for(std::chrono::microseconds(i * 37 % 11 * 100)); }},
             options);
        EXPECT_EQ(fingerprint(directory), reference()) << threads;
    }
}

TEST_F(DriverTest, ShardsMadeAtOnceHaveTheSameBytes) {
    RunOptions options;
    options.threads = 2;
    options.shards_at_once = 2;
    std::mutex mutex;
    std::condition_variable changed;
    std::set<uint64_t> under_way;
    DatasetPlan plan = toy_plan("");
    plan.kind = "toy";
    const auto wait_for_another_shard = [&](uint64_t index) {
        const std::string split = ToyGenerator().split({plan.seed, index});
        std::unique_lock<std::mutex> lock(mutex);
        for (const shard::ShardTask& task : list_shards(ToyGenerator(), plan))
            if (task.split == split && task.first_index <= index && index <= task.last_index)
                under_way.insert(task.shard_id);
        changed.notify_all();
        EXPECT_TRUE(changed.wait_for(lock, std::chrono::seconds(20), [&] { return under_way.size() > 1; }));
    };
    const RunReport report = make(scratch_ / "a", {1, 16, {}, 0, 0, wait_for_another_shard}, options);
    EXPECT_EQ(report.samples_made, 60u);
    EXPECT_EQ(report.shards_made, report.shards_planned);
    EXPECT_EQ(fingerprint(scratch_ / "a"), reference());
}

TEST_F(DriverTest, BytesDoNotDependOnTheSplitIntoRunsOrTheirOrder) {
    const uint64_t last = make(scratch_ / "whole").shards_planned - 1;
    for (const std::vector<uint64_t>& order : {std::vector<uint64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8},
                                               {8, 7, 6, 5, 4, 3, 2, 1, 0},
                                               {4, 0, 8, 2, 6, 1, 3, 5, 7}}) {
        const std::string directory = scratch_ / ("d" + std::to_string(order[0]));
        uint64_t made = 0;
        bool complete = false;
        for (const uint64_t id : order) {
            if (id > last) continue;
            RunOptions options;
            options.shards = Range<uint64_t>{id, id};
            EXPECT_FALSE(complete);
            const RunReport report = make(directory, {}, options);
            made += report.shards_made;
            complete = report.complete;
        }
        EXPECT_TRUE(complete);
        EXPECT_EQ(made, last + 1);
        EXPECT_EQ(fingerprint(directory), reference());
    }
}

TEST_F(DriverTest, ShardRangeOutsideThePlanIsAUsageErrorThatLeavesTheFolderFree) {
    RunOptions options;
    options.shards = Range<uint64_t>{50, 99};
    EXPECT_THAT(error_of([&] { make(scratch_ / "a", {}, options); }, ErrorKind::Usage),
                HasSubstr("no such shards; got 50-99, expected within 0-"));
    EXPECT_FALSE(std::filesystem::exists(scratch_ / "a"));
}

TEST_F(DriverTest, ShardRangeBeyondThePlanMakesWhatThePlanHas) {
    RunOptions options;
    options.shards = Range<uint64_t>{0, 99};
    EXPECT_TRUE(make(scratch_ / "a", {}, options).complete);
    EXPECT_EQ(fingerprint(scratch_ / "a"), reference());
    options.shards = Range<uint64_t>{2, 99};
    Logger logger;
    testing::internal::CaptureStderr();
    const RunReport report = run(ToyGenerator(), toy_plan(scratch_ / "b"), options, logger);
    const std::string last = std::to_string(report.shards_planned + 1);
    EXPECT_THAT(testing::internal::GetCapturedStderr(),
                HasSubstr("60 samples in " + std::to_string(report.shards_planned + 2) +
                          " shards, number 0-" + last + "; of these 2-" + last + " here\n"));
    EXPECT_FALSE(report.complete);
}

TEST_F(DriverTest, SecondRunMakesNothing) {
    make(scratch_ / "a");
    std::atomic<int> calls{0};
    const RunReport report = make(scratch_ / "a", {1, 16, {}, 0, 0, [&](uint64_t) { ++calls; }});
    EXPECT_EQ(calls, 0);
    EXPECT_EQ(report.shards_made, 0u);
    EXPECT_EQ(report.shards_present, report.shards_planned);
    EXPECT_TRUE(report.complete);
    EXPECT_EQ(fingerprint(scratch_ / "a"), reference());
}

TEST_F(DriverTest, RemovedAndDamagedShardsAreMadeAgain) {
    make(scratch_ / "a");
    std::filesystem::remove(scratch_ / "a/toy-train-000001.tar");
    const std::string victim = scratch_ / "a/toy-train-000002.tar";
    std::filesystem::resize_file(victim, std::filesystem::file_size(victim) - 100);
    EXPECT_EQ(make(scratch_ / "a").shards_made, 2u);
    EXPECT_EQ(fingerprint(scratch_ / "a"), reference());
}

TEST_F(DriverTest, GroupsAreGeneratedTogetherAndNeverSpanShards) {
    ToySettings settings;
    settings.group_size = 3;
    EXPECT_TRUE(make(scratch_ / "a", settings).complete);
    EXPECT_THAT(problems(scratch_ / "a"), IsEmpty());
    const shard::Dataset dataset(scratch_ / "a");
    for (const auto& info : dataset.shards()) EXPECT_EQ(info.record.first_index % 3, 0u);
}

TEST_F(DriverTest, LargerCountGrowsTheSetToTheSameBytesAsMadeAtOnce) {
    make(scratch_ / "a", {}, {}, 37);
    std::atomic<int> calls{0};
    make(scratch_ / "a", {1, 16, {}, 0, 0, [&](uint64_t) { ++calls; }}, {}, 60);
    EXPECT_EQ(fingerprint(scratch_ / "a"), reference());
    EXPECT_LE(calls, 60 - 37 + 2 * 7) << "only the two open shards are made anew";
    EXPECT_THAT(error_of([&] { make(scratch_ / "a", {}, {}, 37); }, ErrorKind::BadData),
                HasSubstr("larger dataset of this config"));
    EXPECT_EQ(fingerprint(scratch_ / "a"), reference());
}

TEST_F(DriverTest, AnotherConfigIsRefusedNamingTheKeys) {
    make(scratch_ / "a");
    DatasetPlan plan = toy_plan(scratch_ / "a");
    plan.config_toml = "[camera]\nspp = 128\n[dataset]\nname = \"toys\"\n";
    const auto attempt = [&] { run(ToyGenerator(), plan, {}, logger_); };
    EXPECT_THAT(error_of(attempt, ErrorKind::BadData),
                HasSubstr("dataset of another config; got a difference in camera.spp (there 64, here 128)"));
    plan = toy_plan(scratch_ / "a");
    plan.seed.value = 12;
    EXPECT_THAT(error_of(attempt, ErrorKind::BadData), HasSubstr("seed (there 11, here 12)"));
    plan = toy_plan(scratch_ / "a");
    plan.provenance_json = R"({"revision":"new"})";
    EXPECT_THAT(error_of(attempt, ErrorKind::BadData),
                HasSubstr("provenance.revision (there nothing, here \"new\")"));
    EXPECT_EQ(fingerprint(scratch_ / "a"), reference());
}

TEST_F(DriverTest, FolderOfARunThatABadInputStoppedTakesAnotherPlan) {
    ToySettings settings;
    settings.delay_s = 0.05;
    settings.check = [](const std::function<bool()>&) {
        throw Error(ErrorKind::BadData, "not an environment map").where("room.hdr");
    };
    EXPECT_THAT(error_of([&] { make(scratch_ / "a", settings); }, ErrorKind::BadData), HasSubstr("room.hdr"));
    DatasetPlan plan = toy_plan(scratch_ / "a");
    plan.seed.value = 12;
    const RunReport report = run(ToyGenerator(), plan, {}, logger_);
    EXPECT_TRUE(report.complete);
    EXPECT_THAT(problems(scratch_ / "a"), IsEmpty());
}

TEST_F(DriverTest, FilesOfSomethingElseAreNotReplaced) {
    for (const std::string name :
         {"README.md", "stats.json", "preview.png", "config.toml", "index/notes.txt"}) {
        const std::string folder = scratch_ / ("of " + name.substr(0, 5));
        std::filesystem::create_directories(std::filesystem::path(folder + "/" + name).parent_path());
        test::spill(folder + "/" + name, "mine");
        const std::string before = fingerprint(folder);
        EXPECT_THAT(error_of([&] { make(folder); }, ErrorKind::Usage),
                    HasSubstr("no dataset, but a file that one would replace; got " +
                              name.substr(0, name.find('/'))));
        EXPECT_EQ(fingerprint(folder), before);
        EXPECT_EQ(std::filesystem::exists(folder + "/index"), name == "index/notes.txt");
    }
}

TEST_F(DriverTest, OtherFilesInTheFolderStayAndAreNoObstacle) {
    std::filesystem::create_directories(scratch_ / "a");
    test::spill(scratch_ / "a/notes.txt", "mine");
    EXPECT_TRUE(make(scratch_ / "a").complete);
    EXPECT_EQ(test::slurp(scratch_ / "a/notes.txt"), "mine");
}

TEST_F(DriverTest, RunThatWasStoppedBeforeItsPlanIsContinued) {
    const DatasetPlan plan = toy_plan(scratch_ / "a");
    std::filesystem::create_directories(scratch_ / "a/index");
    test::spill(scratch_ / "a/config.toml", plan.config_toml);
    test::spill(scratch_ / "a/overrides.txt", plan.overrides);
    EXPECT_TRUE(make(scratch_ / "a").complete);
    EXPECT_EQ(fingerprint(scratch_ / "a"), reference());
}

TEST_F(DriverTest, OverridesAreThoseOfTheFirstCommandWhenTheSetGrows) {
    make(scratch_ / "a", {}, {}, 37);
    const std::string first = test::slurp(scratch_ / "a/overrides.txt");
    DatasetPlan plan = toy_plan(scratch_ / "a", 60);
    plan.overrides = "other words for the same config\n";
    EXPECT_TRUE(run(ToyGenerator(), plan, {}, logger_).complete);
    EXPECT_EQ(test::slurp(scratch_ / "a/overrides.txt"), first);
    EXPECT_EQ(fingerprint(scratch_ / "a"), reference());
    EXPECT_THAT(problems(scratch_ / "a"), IsEmpty());
}

TEST_F(DriverTest, ShardsOfAnotherPlanWithoutItsPlanFilesAreLeftAlone) {
    make(scratch_ / "a");
    for (const char* const name : {"plan.json", "config.toml"})
        std::filesystem::remove(scratch_ / "a" + ("/" + std::string(name)));
    const std::string before = test::slurp(scratch_ / "a/toy-train-000000.tar");
    DatasetPlan plan = toy_plan(scratch_ / "a");
    plan.seed.value = 12;
    EXPECT_THAT(error_of([&] { run(ToyGenerator(), plan, {}, logger_); }, ErrorKind::BadData),
                HasSubstr("another plan"));
    EXPECT_EQ(test::slurp(scratch_ / "a/toy-train-000000.tar"), before);
}

TEST_F(DriverTest, BrokenSamplesAreLeftOutListedAndCounted) {
    const RunReport report = make(scratch_ / "a", {1, 16, {5, 17}, 0, 0, nullptr});
    ASSERT_EQ(report.quarantined.size(), 2u);
    EXPECT_EQ(report.samples_made, 58u);
    EXPECT_TRUE(report.complete);
    EXPECT_EQ(report.quarantined[0].index, 5u);
    EXPECT_EQ(report.quarantined[0].reason, "slice5.dcm: cut slice");
    EXPECT_THAT(test::slurp(scratch_ / "a/manifest.json"),
                testing::AllOf(HasSubstr("toy-000000017"), HasSubstr("slice17.dcm: cut slice"),
                               testing::Not(HasSubstr("someone"))));
    EXPECT_THAT(problems(scratch_ / "a"), IsEmpty());
    // A later run reports them too.
    EXPECT_EQ(make(scratch_ / "a", {1, 16, {5, 17}, 0, 0, nullptr}).quarantined.size(), 2u);
}

TEST_F(DriverTest, OneBrokenSampleOfAGroupDoesNotTakeTheOthersWithIt) {
    ToySettings settings;
    settings.group_size = 4;
    settings.broken = {6};
    const RunReport report = make(scratch_ / "a", settings);
    EXPECT_EQ(report.samples_made, 59u);
    ASSERT_EQ(report.quarantined.size(), 1u);
    EXPECT_EQ(report.quarantined[0].index, 6u);
}

TEST_F(DriverTest, TooManyFailuresAreAnErrorAfterTheFact) {
    RunOptions options;
    options.allowed_failures = 0.02;
    EXPECT_THAT(error_of(
                    [&] {
                        make(scratch_ / "a", {1, 16, {1, 2}, 0, 0, nullptr}, options);
                    },
                    ErrorKind::Failed),
                HasSubstr("2 of 60 samples could not be made"));
    EXPECT_TRUE(std::filesystem::exists(scratch_ / "a/manifest.json"));
    ToySettings all;
    for (uint64_t i = 0; i < 60; ++i) all.broken.insert(i);
    EXPECT_THAT(error_of([&] { make(scratch_ / "b", all); }, ErrorKind::Failed),
                HasSubstr("the first: toy-000000000: slice0.dcm: cut slice"));
}

TEST_F(DriverTest, PassingErrorsStopTheRunInsteadOfQuarantining) {
    const auto starve = [](uint64_t i) {
        if (i == 30) throw std::bad_alloc();
    };
    error_of([&] { make(scratch_ / "a", {1, 16, {}, 0, 0, starve}); }, ErrorKind::TryAgain);
    for (const std::string& name : shard::list_directory(scratch_ / "a")) EXPECT_NE(name[0], '.') << name;
    make(scratch_ / "a");
    EXPECT_EQ(fingerprint(scratch_ / "a"), reference());
}

TEST_F(DriverTest, InputThatCannotBeUsedStopsTheRunWithItsOwnError) {
    ToySettings settings;
    std::atomic<bool> told{false};
    settings.check = [&](const std::function<bool()>&) {
        told = true;
        throw Error(ErrorKind::BadData, "a map full of holes");
    };
    settings.on_sample = [&](uint64_t) {
        while (!told) std::this_thread::yield();
    };
    EXPECT_EQ(error_of([&] { make(scratch_ / "a", settings); }, ErrorKind::BadData), "a map full of holes");
    EXPECT_FALSE(shard::file_exists(scratch_ / "a/manifest.json"));
}

TEST_F(DriverTest, EndsWithoutTheRestOfTheInputsWhenSomethingElseStopsIt) {
    ToySettings settings;
    settings.check = [](const std::function<bool()>& enough) {
        while (!enough()) std::this_thread::yield();
    };
    settings.on_sample = [](uint64_t) { throw Error(ErrorKind::TryAgain, "no more paper"); };
    EXPECT_EQ(error_of([&] { make(scratch_ / "a", settings); }, ErrorKind::TryAgain), "no more paper");
}

TEST_F(DriverTest, PreviewComesFromSamplesAllOverTheSet) {
    std::vector<uint64_t> seen;
    RunOptions options;
    options.contact_sheet = [&](const std::vector<Sample>& samples) {
        for (const Sample& sample : samples) seen.push_back(sample.key.index);
        return std::get<Image>(samples.at(0).fields[0].value);
    };
    make(scratch_ / "a", {}, options);
    ASSERT_EQ(seen.size(), 8u);
    EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
    EXPECT_LT(seen.front(), 10u);
    EXPECT_GE(seen.back(), 50u);
    EXPECT_EQ(shard::decode_png(bytes_of(test::slurp(scratch_ / "a/preview.png"))).bytes,
              std::get<Image>(shard::Dataset(scratch_ / "a").find(seen[0])->fields[0].value).bytes);
    EXPECT_THAT(problems(scratch_ / "a"), IsEmpty());
}

TEST_F(DriverTest, SpaceIsCheckedBeforeTheFirstSample) {
    RunOptions options;
    options.bytes_per_sample = 1e15;
    EXPECT_THAT(error_of([&] { make(scratch_ / "a", {}, options); }, ErrorKind::TryAgain),
                HasSubstr("not enough space: needs about 60000000000 MB, has "));
}

TEST_F(DriverTest, FullDiskIsTryAgainAndKeepsWhatIsFinished) {
    const std::string disk = scratch_ / "disk";
    std::filesystem::create_directory(disk);
    struct Unmount {
        std::string path;
        ~Unmount() { umount2(path.c_str(), MNT_DETACH); }
    } unmount{disk};
    if (mount("none", disk.c_str(), "tmpfs", 0, "size=600k") != 0)
        GTEST_SKIP() << "only root can mount a small disk; see FileSizeLimit";
    RunOptions options;
    options.bytes_per_sample = 1;  // gets past the check at the start
    const std::string message = error_of(
        [&] {
            make(disk + "/a", {1, 96, {}, 0, 0, nullptr}, options);
        },
        ErrorKind::TryAgain);
    EXPECT_THAT(message, HasSubstr("No space left"));
    int shards = 0;
    for (const std::string& name : shard::list_directory(disk + "/a")) {
        EXPECT_NE(name[0], '.') << name;
        shards += shard::parse_shard_name(name).has_value();
    }
    EXPECT_GT(shards, 0);
    EXPECT_THAT(problems(disk + "/a", false), IsEmpty());
    ASSERT_EQ(mount("none", disk.c_str(), "tmpfs", MS_REMOUNT, "size=16m"), 0);
    EXPECT_TRUE(make(disk + "/a", {1, 96, {}, 0, 0, nullptr}).complete);
    make(scratch_ / "b", {1, 96, {}, 0, 0, nullptr});
    EXPECT_EQ(fingerprint(disk + "/a"), fingerprint(scratch_ / "b"));
}

TEST_F(DriverTest, FileSizeLimitIsTryAgainAndLeavesNoTemporary) {
    const std::string log = scratch_ / "log";
    EXPECT_EQ(test::Child({scratch_ / "a", "60", "limit", "6000"}, log).wait(), 75) << test::slurp(log);
    EXPECT_THAT(test::slurp(log), HasSubstr("File too large"));
    for (const std::string& name : shard::list_directory(scratch_ / "a")) EXPECT_NE(name[0], '.') << name;
}

TEST_F(DriverTest, FolderThatMayNotBeWrittenIsBadData) {
    std::filesystem::create_directory(scratch_ / "a");
    std::filesystem::permissions(scratch_.path(), std::filesystem::perms(0755));
    std::filesystem::permissions(scratch_ / "a", std::filesystem::perms(0555));
    const std::string log = scratch_ / "log";
    EXPECT_EQ(test::Child({scratch_ / "a", "60", "nobody"}, log).wait(), 65);
    EXPECT_THAT(test::slurp(log), HasSubstr("Permission denied"));
    EXPECT_EQ(test::Child({"/dev/null/x", "60", "run"}, log).wait(), 65);
    std::filesystem::permissions(scratch_ / "a", std::filesystem::perms(0755));
}

bool wait_for(const std::string& path) {
    for (int i = 0; i < 3000 && !std::filesystem::exists(path); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    return std::filesystem::exists(path);
}

class StopTest : public DriverTest, public testing::WithParamInterface<int> {};

TEST_P(StopTest, SignalStopsBetweenSamplesWithExitCode75) {
    const std::string log = scratch_ / "log";
    test::Child child({scratch_ / "a", "60", "slow", "0.02"}, log);
    ASSERT_TRUE(wait_for(scratch_ / "a/toy-train-000000.tar"));
    child.send(GetParam());
    EXPECT_EQ(child.wait(), 75);
    EXPECT_THAT(test::slurp(log), HasSubstr("stopped by"));
    for (const std::string& name : shard::list_directory(scratch_ / "a")) EXPECT_NE(name[0], '.') << name;
    EXPECT_FALSE(std::filesystem::exists(scratch_ / "a/manifest.json"));
    EXPECT_THAT(problems(scratch_ / "a", false), IsEmpty());
    EXPECT_EQ(test::Child({scratch_ / "a", "60", "run"}).wait(), 0);
    EXPECT_EQ(fingerprint(scratch_ / "a"), reference());
}
INSTANTIATE_TEST_SUITE_P(Signals, StopTest, testing::Values(SIGINT, SIGTERM));

TEST_F(DriverTest, TwoProcessesOnOneDatasetShareTheWorkAndBothEndWell) {
    test::Child a({scratch_ / "a", "60", "slow", "0.005"}), b({scratch_ / "a", "60", "slow", "0.005"});
    EXPECT_EQ(a.wait(), 0);
    EXPECT_EQ(b.wait(), 0);
    EXPECT_EQ(fingerprint(scratch_ / "a"), reference());
}

TEST_F(DriverTest, ShardOfADeadProcessIsTakenOver) {
    {
        test::Child child({scratch_ / "a", "60", "slow", "0.05"});
        bool claimed = false;
        for (int i = 0; i < 3000 && !claimed; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
            std::error_code ignored;
            claimed = std::filesystem::is_symlink(scratch_ / "a/.claim-toy-train-000000.tar", ignored);
        }
        ASSERT_TRUE(claimed);
        child.send(SIGKILL);
        EXPECT_EQ(child.wait(), 128 + SIGKILL);
    }
    EXPECT_TRUE(std::filesystem::is_symlink(scratch_ / "a/.claim-toy-train-000000.tar"));
    EXPECT_TRUE(make(scratch_ / "a").complete);
    EXPECT_EQ(fingerprint(scratch_ / "a"), reference());
    EXPECT_THAT(problems(scratch_ / "a"), IsEmpty());
}

TEST_F(DriverTest, ClaimOfAnotherMachineLapsesWithItsLease) {
    make(scratch_ / "a");
    std::filesystem::remove(scratch_ / "a/toy-train-000000.tar");
    std::filesystem::create_symlink("otherhost-1.5.6", scratch_ / "a/.claim-toy-train-000000.tar");
    EXPECT_FALSE(Claim::take(scratch_ / "a", "toy-train-000000.tar", 3600));
    RunOptions options;
    options.claim_lease_s = 1;
    EXPECT_TRUE(make(scratch_ / "a", {}, options).complete);
    EXPECT_EQ(fingerprint(scratch_ / "a"), reference());
}

TEST_F(DriverTest, DamagedShardThatSomebodyElseMakesIsToldOnce) {
    make(scratch_ / "a");
    const std::string victim = scratch_ / "a/toy-train-000000.tar";
    std::filesystem::resize_file(victim, std::filesystem::file_size(victim) - 100);
    std::filesystem::create_symlink("otherhost-1.5.6", scratch_ / "a/.claim-toy-train-000000.tar");
    RunOptions options;
    options.claim_lease_s = 1;
    testing::internal::CaptureStderr();
    EXPECT_TRUE(make(scratch_ / "a", {}, options).complete);
    const std::string log = testing::internal::GetCapturedStderr();
    const size_t told = log.find("it is made again");
    EXPECT_NE(told, std::string::npos);
    EXPECT_EQ(log.find("it is made again", told + 1), std::string::npos) << log;
}

TEST_F(DriverTest, NonDeterministicGeneratorIsFoundAndBothVersionsKept) {
    // The twin starts while the shard is missing and commits after the true one came back.
    make(scratch_ / "a");
    const std::string shard = scratch_ / "a/toy-train-000000.tar", aside = scratch_ / "aside.tar";
    std::filesystem::rename(shard, aside);
    std::atomic<bool> restored{false};
    ToySettings settings;
    settings.twist = 1;
    settings.on_sample = [&](uint64_t) {
        if (!restored.exchange(true)) std::filesystem::rename(aside, shard);
    };
    EXPECT_THAT(error_of([&] { make(scratch_ / "a", settings); }, ErrorKind::Failed),
                HasSubstr("other bytes"));
    bool kept = false;
    for (const std::string& name : shard::list_directory(scratch_ / "a")) {
        kept = kept || name.rfind("toy-train-000000.tar.differs-", 0) == 0;
        if (name.find(".differs-") != std::string::npos) std::filesystem::remove(scratch_ / ("a/" + name));
    }
    EXPECT_TRUE(kept);
    EXPECT_EQ(fingerprint(scratch_ / "a"), reference());
}

}  // namespace
}  // namespace radforge
