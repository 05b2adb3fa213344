// SPDX-License-Identifier: Apache-2.0
/// `radforge train` as users start, stop and restart it: a process of its own.
#include "synth/base/error.h"
#include "synth/shard/file.h"
#include "tests/models/train/film_set.h"
#include "tests/synth/shard/scratch.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

extern char** environ;

namespace radforge {
namespace {

using testing::HasSubstr;

constexpr const char* kConfig = R"(
[train]
steps = 6
log_every = 1
validate_every = 3
checkpoint_every = 2
preview_every = 3

[net]
width = 2

[augment]
size_px = 32
pad_px = 4
recrop_px = 2

[loader]
batch = 2
)";

class TrainProgram : public testing::Test {
protected:
    TrainProgram() {
        test::write_film_set(scratch_ / "films", 6, 2);
        test::spill(scratch_ / "tiny.toml", kConfig);
    }
    /// Starts `radforge train firenet tiny.toml ...`.
    pid_t start(const std::string& out, const std::vector<std::string>& more = {},
                const std::vector<std::string>& variables = {}) {
        std::vector<std::string> words = {"train",        "firenet",          scratch_ / "tiny.toml",
                                          "--data",       scratch_ / "films", "--out",
                                          scratch_ / out, "--threads",        "1"};
        words.insert(words.end(), more.begin(), more.end());
        return start_radforge(std::move(words), variables);
    }
    /// Its messages go to the file log_.
    pid_t start_radforge(std::vector<std::string> words, const std::vector<std::string>& variables) {
        words.insert(words.begin(), RADFORGE_PROGRAM);
        std::vector<std::string> environment = variables;
        for (char** entry = environ; *entry; ++entry) environment.emplace_back(*entry);
        const auto pointers = [](std::vector<std::string>& texts) {
            std::vector<char*> all;
            for (std::string& text : texts) all.push_back(text.data());
            all.push_back(nullptr);
            return all;
        };
        const std::vector<char*> argv = pointers(words), envp = pointers(environment);
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        const std::string log = scratch_ / log_;
        posix_spawn_file_actions_addopen(&actions, 2, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        posix_spawn_file_actions_adddup2(&actions, 2, 1);
        pid_t pid = 0;
        EXPECT_EQ(posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), envp.data()), 0);
        posix_spawn_file_actions_destroy(&actions);
        return pid;
    }
    /// What srun tells one of two processes.
    static std::vector<std::string> rank_of_srun(int rank) {
        const std::string number = std::to_string(rank);
        return {"SLURM_PROCID=" + number, "SLURM_LOCALID=" + number, "SLURM_NTASKS=2",       "SLURM_NNODES=1",
                "SLURM_JOB_ID=5",         "SLURM_STEP_ID=0",         "SLURM_RESTART_COUNT=0"};
    }
    /// @returns the exit code, or -1 after a signal
    static int wait(pid_t pid) {
        int status = 0;
        waitpid(pid, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    /// @returns the exit code, or -1 when it had to be killed
    static int wait_for_at_most(pid_t pid, std::chrono::seconds limit) {
        const auto end = std::chrono::steady_clock::now() + limit;
        while (running(pid) && std::chrono::steady_clock::now() < end)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        if (running(pid)) kill(pid, SIGKILL);
        return wait(pid);
    }
    static bool running(pid_t pid) {
        siginfo_t info{};
        waitid(P_PID, id_t(pid), &info, WEXITED | WNOHANG | WNOWAIT);
        return info.si_pid == 0;
    }
    /// A run that is stopped by signals ends with the weights of one that is not.
    void stop_and_go_on(const std::vector<std::string>& more, const std::vector<std::string>& variables);
    std::string slurp(const std::string& name) const { return test::slurp(scratch_ / name); }
    bool exists(const std::string& name) const { return shard::file_exists(scratch_ / name); }

    /// Starts it and waits until it has written a line of metrics.
    pid_t start_and_see_it_learn(const std::string& out, const std::vector<std::string>& more,
                                 const std::vector<std::string>& variables = {}) {
        const pid_t pid = start(out, more, variables);
        const std::string metrics = out + "/metrics.jsonl";
        while (running(pid) && (!exists(metrics) || slurp(metrics).empty()))
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        return pid;
    }
    /// Every file below a folder, and what is in it.
    std::map<std::string, std::string> contents(const std::string& folder) const {
        std::map<std::string, std::string> files;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(scratch_ / folder))
            if (entry.is_regular_file()) files[entry.path().string()] = test::slurp(entry.path().string());
        return files;
    }

    test::Scratch scratch_;
    std::string log_ = "log";
};

TEST_F(TrainProgram, LearnsFromAFilmSetAndLeavesARun) {
    ASSERT_EQ(wait(start("run")), 0) << slurp("log");
    for (const char* const file :
         {"run/config.toml", "run/metrics.jsonl", "run/checkpoints/best.safetensors",
          "run/checkpoints/step-000000006.safetensors", "run/previews/step-000000006.png"})
        EXPECT_TRUE(exists(file)) << file;
    EXPECT_THAT(slurp("run/metrics.jsonl"), HasSubstr("net.uv_shift"));
    EXPECT_THAT(slurp("run/config.toml"), HasSubstr("width = 2"));
    EXPECT_EQ(wait(start("run")), 0);  // nothing left to do
}

void TrainProgram::stop_and_go_on(const std::vector<std::string>& more,
                                  const std::vector<std::string>& variables) {
    // One run to the end, and one of the same length that is stopped twice on its way.
    std::vector<std::string> steps = {"train.steps=40", "train.validate_every=0", "train.preview_every=0",
                                      "train.checkpoint_every=0"};
    steps.insert(steps.end(), more.begin(), more.end());
    ASSERT_EQ(wait(start("whole", steps, variables)), 0) << slurp("log");
    int stops = 0;
    for (int attempt = 0; attempt < 2; ++attempt) {
        std::filesystem::remove(scratch_ / "stopped/metrics.jsonl");
        // By the first line of metrics the signal is heard.
        const pid_t pid = start_and_see_it_learn("stopped", steps, variables);
        kill(pid, SIGTERM);
        const int code = wait(pid);
        if (code == 0) break;  // it was faster than we
        ASSERT_EQ(code, int(ErrorKind::TryAgain)) << slurp("log");
        EXPECT_THAT(slurp("log"), HasSubstr("the same command goes on"));
        ++stops;
    }
    EXPECT_GE(stops, 1);
    EXPECT_EQ(wait(start("stopped", steps, variables)), 0) << slurp("log");
    const char* const weights = "/checkpoints/step-000000040.safetensors";
    EXPECT_TRUE(slurp(std::string("whole") + weights) == slurp(std::string("stopped") + weights));
}

TEST_F(TrainProgram, SigtermReturns75AndTheSameCommandEndsWithTheSameBits) { stop_and_go_on({}, {}); }

TEST_F(TrainProgram, StepOfMoreBatchesThanThePrefetchDoesNotHang) {
    const std::vector<std::string> words = {"loader.batch=1", "loader.prefetch_batches=3",
                                            "train.accumulate=6", "train.steps=1"};
    EXPECT_EQ(wait_for_at_most(start("run", words), std::chrono::minutes(3)), 0) << slurp("log");
    std::vector<std::string> alone = words;
    alone.emplace_back("--deterministic");
    EXPECT_EQ(wait_for_at_most(start("alone", alone), std::chrono::minutes(3)), 0) << slurp("log");
}

TEST_F(TrainProgram, ASecondProcessInOneFolderIsTurnedAwayAndDisturbsNothing) {
    const std::vector<std::string> words = {"train.steps=12", "train.checkpoint_every=3"};
    ASSERT_EQ(wait(start("alone", words)), 0) << slurp("log");
    const pid_t first = start_and_see_it_learn("run", words);
    kill(first, SIGSTOP);
    ASSERT_TRUE(running(first));
    const auto before = contents("run");
    log_ = "log2";
    for (const char* const seed : {"train.seed=1", "train.seed=2"}) {  // the same command, and another one
        std::vector<std::string> second = words;
        second.emplace_back(seed);
        EXPECT_EQ(wait(start("run", second)), int(ErrorKind::TryAgain));
        EXPECT_THAT(slurp("log2"), testing::AllOf(HasSubstr("another process trains in this folder"),
                                                  HasSubstr(scratch_ / "run")));
    }
    EXPECT_TRUE(contents("run") == before);
    kill(first, SIGCONT);
    EXPECT_EQ(wait(first), 0) << slurp("log");
    for (const char* const file :
         {"/config.toml", "/metrics.jsonl", "/checkpoints/best.safetensors",
          "/checkpoints/step-000000012.safetensors", "/checkpoints/step-000000012.json"})
        EXPECT_TRUE(slurp(std::string("alone") + file) == slurp(std::string("run") + file)) << file;
}

TEST_F(TrainProgram, AKilledProcessKeepsNobodyOutOfItsFolder) {
    const pid_t first = start_and_see_it_learn("run", {"train.checkpoint_every=0", "train.steps=40"});
    kill(first, SIGKILL);
    wait(first);
    EXPECT_EQ(wait(start("run")), 0) << slurp("log");
}

TEST_F(TrainProgram, NoVerbWritesIntoADataset) {
    const auto before = contents("films");
    EXPECT_EQ(wait(start("films")), int(ErrorKind::Usage));
    EXPECT_THAT(slurp("log"), HasSubstr("this is the folder of a dataset"));
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"evaluate", "firenet", "--data", scratch_ / "films"},
          std::vector<std::string>{"predict", "film", "photo.jpg"}}) {
        std::vector<std::string> all = words;
        all.insert(all.end(), {"--checkpoint", scratch_ / "run", "--out", scratch_ / "films"});
        EXPECT_EQ(wait(start_radforge(all, {})), int(ErrorKind::Usage));
        EXPECT_THAT(slurp("log"), HasSubstr("this is the folder of a dataset"));
    }
    EXPECT_TRUE(contents("films") == before);
}

TEST_F(TrainProgram, FilesOfSomebodyElseAreNotOverwritten) {
    for (const char* const name : {"config.toml", "metrics.jsonl"}) {
        const std::string folder = std::string("other-") + name;
        std::filesystem::create_directory(scratch_ / folder);
        test::spill(scratch_ / (folder + "/" + name), "mine = 1\n");
        const auto before = contents(folder);
        EXPECT_EQ(wait(start(folder)), int(ErrorKind::Usage));
        EXPECT_THAT(slurp("log"), HasSubstr(std::string("it has a ") + name));
        EXPECT_TRUE(contents(folder) == before);
    }
}

TEST_F(TrainProgram, ListsTheKeysOfAModel) {
    for (const auto& [model, key] : std::map<std::string, std::string>{{"firenet", "`net.many_maps`"},
                                                                       {"dewarpnet", "`net.dense`"},
                                                                       {"deillumination", "`part.low_hu`"},
                                                                       {"restoration", "`part.low_hu`"}}) {
        EXPECT_EQ(wait(start_radforge({"keys", model}, {})), 0);
        EXPECT_THAT(slurp("log"), testing::AllOf(HasSubstr("| key | default | unit | range | meaning |"),
                                                 HasSubstr("`train.accumulate`"), HasSubstr(key)));
    }
}

TEST_F(TrainProgram, ACacheChangesNoBit) {
    ASSERT_EQ(wait(start("plain")), 0) << slurp("log");
    for (const char* const run : {"first", "second"}) {
        ASSERT_EQ(wait(start(run, {"--cache", scratch_ / "cache"})), 0) << slurp("log");
        for (const char* const file :
             {"/metrics.jsonl", "/config.toml", "/checkpoints/step-000000006.safetensors"})
            EXPECT_TRUE(slurp(std::string("plain") + file) == slurp(std::string(run) + file)) << run << file;
    }
    EXPECT_THAT(slurp("log"), HasSubstr(" 0 added, 0 without room, 0 damaged"));
}

TEST_F(TrainProgram, RanksOfSrunMeetInTheRunsFolder) {
    const pid_t first = start("pair", {}, rank_of_srun(0)), second = start("pair", {}, rank_of_srun(1));
    EXPECT_EQ(wait(first), 0) << slurp("log");
    EXPECT_EQ(wait(second), 0) << slurp("log");
    EXPECT_TRUE(exists("pair/checkpoints/step-000000006.safetensors"));
}

TEST_F(TrainProgram, WrongUseIsAUsageErrorThatSaysWhatToDo) {
    EXPECT_EQ(wait(start("run", {"train.stepz=3"})), int(ErrorKind::Usage));
    EXPECT_THAT(slurp("log"), HasSubstr("stepz"));
    EXPECT_EQ(wait(start("run", {"net.uv=false"})), int(ErrorKind::Usage));
    EXPECT_THAT(slurp("log"), HasSubstr("net.deform"));
    EXPECT_EQ(wait(start("run", {"--deterministic", "train.accumulate=3"}, {"RANK=0", "WORLD_SIZE=2"})),
              int(ErrorKind::Usage));
    EXPECT_THAT(slurp("log"), HasSubstr("--rendezvous"));
    EXPECT_EQ(wait(start("run", {"--deterministic", "loader.remainder=pad"})), int(ErrorKind::Usage));
    EXPECT_THAT(slurp("log"), HasSubstr("loader.remainder"));
    EXPECT_EQ(wait(start("run", {"loader.remainder=short"}, {"RANK=0", "WORLD_SIZE=2"})),
              int(ErrorKind::Usage));
    EXPECT_THAT(slurp("log"), HasSubstr("loader.remainder"));
}

TEST_F(TrainProgram, WeightsOfDatasetsAndTheirFilmsAreInTheConfigAndNotToBeChangedOnTheWay) {
    ASSERT_EQ(wait(start("run", {"--weights", "3"})), 0) << slurp("log");
    const std::string config = slurp("run/config.toml");
    EXPECT_THAT(config, HasSubstr("weights = [3.0]"));
    EXPECT_THAT(config, testing::ContainsRegex("film_px = [1-9]"));
    EXPECT_EQ(wait(start("run", {"--weights", "2"})), int(ErrorKind::Usage));
    EXPECT_THAT(slurp("log"), HasSubstr("another configuration"));
}

#if defined(RADFORGE_EMULATED_CUDA) && !defined(__SANITIZE_ADDRESS__)
class TrainProgramOnCuda : public TrainProgram {
protected:
    const std::vector<std::string> cuda_ = {"--device", "cuda"};
    const std::vector<std::string> emulated_ = {"LD_PRELOAD=" RADFORGE_EMULATED_CUDA};

    std::map<std::string, double> losses_of_first_step(const std::string& run) const {
        const std::string text = slurp(run + "/metrics.jsonl");
        return nlohmann::json::parse(text.substr(0, text.find('\n')))["train"];
    }
};

TEST_F(TrainProgramOnCuda, FirstStepIsTheCpus) {
    ASSERT_EQ(wait(start("cpu")), 0) << slurp("log");
    ASSERT_EQ(wait(start("cuda", cuda_, emulated_)), 0) << slurp("log");
    const auto cpu = losses_of_first_step("cpu"), cuda = losses_of_first_step("cuda");
    ASSERT_EQ(cpu.size(), cuda.size());
    ASSERT_TRUE(cpu.count("net.total"));
    for (const auto& [name, loss] : cpu)
        EXPECT_NEAR(cuda.at(name), loss, (name == "net.gradient" ? 1e-3 : 1e-5) * std::fabs(loss)) << name;
}

TEST_F(TrainProgramOnCuda, StopsAndGoesOn) { stop_and_go_on(cuda_, emulated_); }

TEST_F(TrainProgramOnCuda, TwoRanksLearnTheBitsOfOne) {
    const std::vector<std::string> words = {"--device", "cuda", "--deterministic", "train.accumulate=2"};
    ASSERT_EQ(wait(start("one", words, emulated_)), 0) << slurp("log");
    const auto rank = [&](int r) {
        std::vector<std::string> variables = rank_of_srun(r);
        variables.insert(variables.end(), emulated_.begin(), emulated_.end());
        return start("two", words, variables);
    };
    const pid_t first = rank(0), second = rank(1);
    EXPECT_EQ(wait(first), 0) << slurp("log");
    EXPECT_EQ(wait(second), 0) << slurp("log");
    const std::string weights = "/checkpoints/step-000000006.safetensors";
    ASSERT_TRUE(exists("one" + weights));
    EXPECT_TRUE(slurp("one" + weights) == slurp("two" + weights));
}

TEST_F(TrainProgramOnCuda, LearnsInHalvesAndIsScored) {
    ASSERT_EQ(wait(start("run", {"--device", "cuda", "train.precision=bf16"}, emulated_)), 0) << slurp("log");
    ASSERT_EQ(wait(start_radforge(
                  {"evaluate", "firenet", "--checkpoint", scratch_ / "run", "--data", scratch_ / "films",
                   "--split", "val", "--out", scratch_ / "report", "--device", "cuda"},
                  emulated_)),
              0)
        << slurp("log");
    EXPECT_TRUE(exists("report/report.html"));
}

TEST_F(TrainProgramOnCuda, DewarpNetKeepsToItsDevice) {
    std::string config = kConfig;
    const std::string width = "width = 2";
    config.replace(config.find(width), width.size(), "shape_width = 8\nmapping_width = 8\ndowns = 4");
    test::spill(scratch_ / "dewarpnet.toml", config);
    ASSERT_EQ(wait(start_radforge({"train", "dewarpnet", scratch_ / "dewarpnet.toml", "--data",
                                   scratch_ / "films", "--out", scratch_ / "run", "--device", "cuda"},
                                  emulated_)),
              0)
        << slurp("log");
}
#endif

}  // namespace
}  // namespace radforge
