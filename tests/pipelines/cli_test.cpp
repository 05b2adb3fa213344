// SPDX-License-Identifier: Apache-2.0
// The program as a user runs it: exit codes, messages, and what lies on the disk afterwards.
#include "render/picture/image_io.h"
#include "synth/base/hash.h"
#include "synth/base/image.h"
#include "synth/base/rng.h"

#include <OpenImageIO/imageio.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace radforge {
namespace {

namespace fs = std::filesystem;

struct Outcome {
    int code = -1;  ///< exit code, or 128 + signal
    std::string text;
};

std::string read_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

class Cli : public testing::Test {
protected:
    void SetUp() override {
        const auto* info = testing::UnitTest::GetInstance()->current_test_info();
        folder_ = fs::temp_directory_path() /
                  ("radforge-cli-" + std::string(info->name()) + "-" + std::to_string(getpid()));
        fs::remove_all(folder_);
        fs::create_directories(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }

    std::string path(const std::string& name) const { return (folder_ / name).string(); }

    pid_t start(const std::vector<std::string>& words, const std::string& program = RADFORGE_PROGRAM) const {
        const pid_t child = fork();
        if (child == 0) {
            const int log = open(path("log").c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0644);
            dup2(log, 1);
            dup2(log, 2);
            std::vector<char*> argv;
            argv.push_back(const_cast<char*>(program.c_str()));
            for (const std::string& w : words) argv.push_back(const_cast<char*>(w.c_str()));
            argv.push_back(nullptr);
            execv(argv[0], argv.data());
            _exit(127);
        }
        return child;
    }
    Outcome finish(pid_t child) const {
        int status = 0;
        waitpid(child, &status, 0);
        return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_file(path("log"))};
    }
    Outcome radforge(const std::vector<std::string>& words) const { return finish(start(words)); }
    /// Through a shell: `before` in front of the command, redirections behind it.
    Outcome in_shell(const std::string& before, const std::vector<std::string>& words,
                     const std::string& behind = "") const {
        std::string line = before + " " RADFORGE_PROGRAM;
        for (const std::string& word : words) line += " '" + word + "'";
        return finish(start({"-c", line + " " + behind}, "/bin/sh"));
    }

    /// `synth film` of tiny photos into `out`.
    std::vector<std::string> tiny(const std::string& out, int count,
                                  const std::vector<std::string>& more = {}) const {
        std::vector<std::string> words = {"synth",
                                          "film",
                                          RADFORGE_SOURCE_DIR "/scenes/film/smoke.toml",
                                          "camera.width_px=40",
                                          "camera.height_px=32",
                                          "render.spp=1",
                                          "film.texture_height_px=256",
                                          "film.flat_height_px=64",
                                          "film.bm_height_px=24",
                                          "phantom.size_px=64",
                                          "phantom.slices=12",
                                          "phantom.volumes=2",
                                          "light.procedural_height_px=16",
                                          "dataset.samples_per_shard=2",
                                          "film.layouts=[\"STANDARD\\\\2,3\"]",
                                          "physics.long_side_nodes=17",
                                          "physics.refine_cell_mm=20",
                                          "physics.scenario={flat_curl = 1, held_sides = 1}",
                                          "--out",
                                          path(out),
                                          "--count",
                                          std::to_string(count)};
        words.insert(words.end(), more.begin(), more.end());
        return words;
    }

    /// The first slices of a real head: those below `broken` cut short.
    std::string head(const std::string& name, int slices, int broken) const {
        fs::create_directories(folder_ / name);
        for (int k = 1; k <= slices; ++k) {
            const std::string file = (k < 10 ? "0" : "") + std::to_string(k) + ".dcm";
            const fs::path to = folder_ / name / file;
            fs::copy(fs::path(RADFORGE_SHARED_DIR "/data/ct/head_ge_tilt") / file, to);
            fs::permissions(to, fs::perms::owner_all);
            if (k <= broken) fs::resize_file(to, 200000);
        }
        return path(name);
    }

    /// A lat-long map of 8 x 4 pixels with one value that is not a number.
    std::string hdri_with_nan(const std::string& name) const {
        fs::create_directories(folder_ / name);
        std::vector<float> values(8 * 4 * 3, 1.0f);
        values[17] = std::numeric_limits<float>::quiet_NaN();
        const auto file = OIIO::ImageOutput::create("exr");
        EXPECT_TRUE(file &&
                    file->open(path(name) + "/nan.exr", OIIO::ImageSpec(8, 4, 3, OIIO::TypeDesc::FLOAT)));
        EXPECT_TRUE(file->write_image(OIIO::TypeDesc::FLOAT, values.data()) && file->close());
        return path(name);
    }

    /// Names and hashes of everything that belongs to the set (logs of quarantine included).
    std::map<std::string, std::string> content(const std::string& out) const {
        std::map<std::string, std::string> files;
        for (const auto& entry : fs::recursive_directory_iterator(path(out)))
            if (entry.is_regular_file())
                files[fs::relative(entry.path(), path(out)).string()] = sha256_file(entry.path().string());
        return files;
    }

    fs::path folder_;
};

TEST_F(Cli, HelpOfEveryVerbShowsAnExample) {
    for (const char* verb : {"synth", "inspect", "verify", "index", "bench", "keys"}) {
        const Outcome help = radforge({verb, "--help"});
        EXPECT_EQ(help.code, 0);
        EXPECT_NE(help.text.find("Example"), std::string::npos) << verb;
    }
    EXPECT_EQ(radforge({"--help"}).code, 0);
    EXPECT_EQ(radforge({}).code, 64);
}

TEST_F(Cli, AMisspeltVerbIsNamedWithTheNearest) {
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"verfy", path("set")}, {"verfy", "--help"}}) {
        const Outcome outcome = radforge(words);
        EXPECT_EQ(outcome.code, 64);
        EXPECT_NE(outcome.text.find("no such verb; got 'verfy'; did you mean 'verify'?"), std::string::npos)
            << outcome.text;
    }
    const Outcome far = radforge({"frobnicate"});
    EXPECT_EQ(far.code, 64);
    EXPECT_NE(far.text.find("'frobnicate'; the verbs are synth, "), std::string::npos) << far.text;
}

TEST_F(Cli, KeyTableListsEveryTable) {
    const Outcome keys = radforge({"keys", "film"});
    EXPECT_EQ(keys.code, 0);
    for (const char* table : {"camera", "film.windows", "physics", "light", "optics", "render"})
        EXPECT_NE(keys.text.find(table), std::string::npos) << table;
}

TEST_F(Cli, ThreadsAndShardSplitsDoNotChangeAByte) {
    ASSERT_EQ(radforge(tiny("one", 7, {"--threads", "1"})).code, 0);
    ASSERT_EQ(radforge(tiny("two", 7, {"--threads", "2"})).code, 0);
    int shards = 0;
    for (const auto& entry : fs::directory_iterator(path("one")))
        shards += entry.path().extension() == ".tar";
    ASSERT_GE(shards, 4);
    ASSERT_EQ(radforge(tiny("split", 7, {"--shards", "2-" + std::to_string(shards - 1)})).code, 0);
    EXPECT_FALSE(fs::exists(path("split/manifest.json")));
    ASSERT_EQ(radforge(tiny("split", 7, {"--shards", "0-1"})).code, 0);
    const auto expected = content("one");
    EXPECT_GE(expected.size(), 10u);
    EXPECT_EQ(content("two"), expected);
    EXPECT_EQ(content("split"), expected);
    const Outcome verified = radforge({"verify", path("one"), "--phi"});
    EXPECT_EQ(verified.code, 0) << verified.text;
}

void kill_and_resume(int kills, const std::function<pid_t()>& start,
                     const std::function<Outcome(pid_t)>& finish, const std::function<void()>& check) {
    Rng rng({{uint64_t(kills)}, 4}, Stream::Augment);
    for (int k = 0; k < kills; ++k) {
        const pid_t child = start();
        std::this_thread::sleep_for(std::chrono::microseconds(20000 + rng.below(900000)));
        kill(child, SIGKILL);
        finish(child);
        check();
    }
}

TEST_F(Cli, KilledRunsResumeToTheSameBytes) {
    ASSERT_EQ(radforge(tiny("whole", 8)).code, 0);
    const auto expected = content("whole");
    const auto words = tiny("killed", 8);
    kill_and_resume(
        8, [&] { return start(words); }, [&](pid_t p) { return finish(p); },
        [&] {
            for (const auto& [name, hash] :
                 fs::exists(path("killed")) ? content("killed") : std::map<std::string, std::string>{})
                if (fs::path(name).extension() == ".tar" && name[0] != '.') {
                    EXPECT_EQ(hash, expected.at(name));
                }
        });
    const Outcome last = radforge(words);
    ASSERT_EQ(last.code, 0) << last.text;
    EXPECT_EQ(content("killed"), expected);
}

class SlowCli : public Cli {};
TEST_F(SlowCli, ManyKilledRunsResumeToTheSameBytes) {
    // The coarse sheet has some samples refused: their records must survive the kills too.
    const std::vector<std::string> more = {"dataset.allowed_failures=0.5"};
    ASSERT_EQ(radforge(tiny("whole", 24, more)).code, 0);
    const auto expected = content("whole");
    const auto words = tiny("killed", 24, more);
    for (int round = 0; round < 10; ++round) {
        fs::remove_all(path("killed"));
        kill_and_resume(
            12, [&] { return start(words); }, [&](pid_t p) { return finish(p); }, [] {});
        ASSERT_EQ(radforge(words).code, 0);
        ASSERT_EQ(content("killed"), expected);
    }
}

TEST_F(Cli, TwoProcessesOnOneDatasetBothEndWell) {
    ASSERT_EQ(radforge(tiny("whole", 8)).code, 0);
    const auto words = tiny("shared", 8);
    const pid_t a = start(words), b = start(words);
    const int code_a = finish(a).code, code_b = finish(b).code;
    EXPECT_EQ(code_a, 0);
    EXPECT_EQ(code_b, 0);
    EXPECT_EQ(content("shared"), content("whole"));
}

TEST_F(Cli, SignalsStopWithExitCode75AndLeaveNoTemporary) {
    for (const int signal : {SIGTERM, SIGINT}) {
        const std::string out = "stopped" + std::to_string(signal);
        const pid_t child = start(tiny(out, 400));
        for (int i = 0; i < 6000 && !fs::exists(path(out) + "/plan.json"); ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        kill(child, signal);
        EXPECT_EQ(finish(child).code, 75);
        for (const auto& [name, hash] : content(out)) {
            EXPECT_EQ(name.find("tmp"), std::string::npos) << name;
        }
    }
}

TEST_F(Cli, StoppedWhileItReadsItsInputsItAsksToBeTriedAgain) {
    ASSERT_EQ(mkfifo(path("slow.toml").c_str(), 0600), 0);
    const pid_t child = start({"synth", "blur", path("slow.toml"), "--out", path("set"), "--count", "1"});
    int writer = -1;  // there is one as soon as the program reads
    for (int i = 0; i < 3000 && writer < 0; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        writer = open(path("slow.toml").c_str(), O_WRONLY | O_NONBLOCK);
    }
    ASSERT_GE(writer, 0);
    kill(child, SIGTERM);
    const Outcome outcome = finish(child);
    close(writer);
    EXPECT_EQ(outcome.code, 75);
    EXPECT_NE(outcome.text.find("stopped by SIGTERM"), std::string::npos) << outcome.text;
    EXPECT_FALSE(fs::exists(path("set")));
}

TEST_F(Cli, TrainingIsLeftToTheProgramBesideOrThatOfTheModelsPreset) {
    const fs::path own = folder_ / "build/user/bin/radforge", beside = own.parent_path() / "radforge-train",
                   preset = folder_ / "build/models/bin/radforge-train";
    fs::create_directories(own.parent_path());
    fs::create_directories(preset.parent_path());
    fs::copy_file(RADFORGE_PROGRAM, own);
    const auto train = [&] { return finish(start({"train", "firenet", "--threads", "3"}, own.string())); };
    const Outcome none = train();
    EXPECT_EQ(none.code, 1);
    EXPECT_NE(none.text.find("cmake --preset models"), std::string::npos) << none.text;
    for (const fs::path& program : {preset, beside}) {
        std::ofstream(program) << "#!/bin/sh\necho \"$0 got $*\"\nexit 75\n";
        fs::permissions(program, fs::perms::owner_all);
        const Outcome passed = train();
        EXPECT_EQ(passed.code, 75);
        EXPECT_EQ(passed.text, program.string() + " got train firenet --threads 3\n");
    }
}

TEST_F(Cli, ReplayMakesTheStoredSampleAgainBitForBit) {
    ASSERT_EQ(radforge(tiny("set", 3)).code, 0);
    const Outcome again =
        radforge({"synth", "--replay", path("set"), "film-000000002", "--out", path("again")});
    EXPECT_EQ(again.code, 0) << again.text;
    EXPECT_NE(again.text.find("identical"), std::string::npos) << again.text;
    const Outcome finer = radforge(
        {"synth", "--replay", path("set"), "film-000000002", "render.spp=9", "--out", path("finer")});
    EXPECT_EQ(finer.code, 0) << finer.text;
    EXPECT_NE(read_file(folder_ / "finer/film-000000002.photo.png"),
              read_file(folder_ / "again/film-000000002.photo.png"));
    EXPECT_EQ(read_file(folder_ / "finer/film-000000002.uv.npy"),
              read_file(folder_ / "again/film-000000002.uv.npy"));
}

TEST_F(Cli, ReplayFromOtherInputsIsRefusedNamingThem) {
    ASSERT_EQ(radforge(tiny("set", 2)).code, 0);
    const std::string hdri = RADFORGE_SHARED_DIR "/data/hdri/lab.hdr";
    const std::vector<std::string> replay = {"synth",          "--replay", path("set"),
                                             "film-000000001", "--out",    path("again")};
    std::vector<std::string> other = replay;
    other.insert(other.end(), {"--hdri", hdri});
    const Outcome outcome = radforge(other);
    EXPECT_EQ(outcome.code, 64) << outcome.text;
    EXPECT_NE(outcome.text.find("inputs.environments"), std::string::npos) << outcome.text;
    EXPECT_FALSE(fs::exists(path("again")));
    EXPECT_EQ(radforge(replay).code, 0);
}

TEST_F(Cli, ReplayTakesNothingThatIsOfWholeDatasets) {
    for (const std::vector<std::string>& other :
         {std::vector<std::string>{"--count", "5"}, {"--shards", "0"}, {"--dry-run"}}) {
        std::vector<std::string> words = {"synth", "--replay", path("set"), "film-000000001"};
        words.insert(words.end(), other.begin(), other.end());
        const Outcome outcome = radforge(words);
        EXPECT_EQ(outcome.code, 64) << outcome.text;
        EXPECT_NE(outcome.text.find(other[0]), std::string::npos) << outcome.text;
    }
}

TEST_F(Cli, ReplayWritesIntoNoDataset) {
    ASSERT_EQ(radforge(tiny("set", 2)).code, 0);
    const auto before = content("set");
    const Outcome outcome =
        radforge({"synth", "--replay", path("set"), "film-000000001", "--out", path("set") + "/"});
    EXPECT_EQ(outcome.code, 64) << outcome.text;
    EXPECT_NE(outcome.text.find("folder of a dataset"), std::string::npos) << outcome.text;
    EXPECT_EQ(content("set"), before);
}

TEST_F(Cli, DryRunTellsTimeAndDiskAndWritesNothing) {
    const Outcome dry = radforge(tiny("none", 1000, {"--dry-run"}));
    EXPECT_EQ(dry.code, 0) << dry.text;
    EXPECT_NE(dry.text.find("1000 samples would take about"), std::string::npos) << dry.text;
    EXPECT_NE(dry.text.find(" shards\n"), std::string::npos) << dry.text;
    EXPECT_FALSE(fs::exists(path("none")));
}

TEST_F(Cli, SplitsWithoutSamplesAreToldBeforeTheWork) {
    const std::vector<std::string> few = {"phantom.volumes=1", "dataset.train_part=0.4",
                                          "dataset.val_part=0.3", "dataset.seed=1"};
    for (const std::string how : {"--dry-run", "--quiet"}) {
        std::vector<std::string> more = few;
        more.push_back(how);
        const Outcome outcome = radforge(tiny("set", 2, more));
        EXPECT_EQ(outcome.code, 0) << outcome.text;
        EXPECT_NE(outcome.text.find("no sample falls into: "), std::string::npos) << outcome.text;
    }
}

TEST_F(Cli, FlippedBitIsFoundByVerify) {
    ASSERT_EQ(radforge(tiny("set", 2)).code, 0);
    for (const auto& entry : fs::directory_iterator(path("set"))) {
        if (entry.path().extension() != ".tar") continue;
        fs::permissions(entry.path(), fs::perms::owner_all);
        std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
        file.seekg(3000);
        const int byte = file.get();
        file.seekp(3000);
        file.put(char(byte ^ 16));
        break;
    }
    EXPECT_EQ(radforge({"verify", path("set")}).code, 65);
}

TEST_F(Cli, VerifyHintsAtWhatHelps) {
    ASSERT_EQ(radforge(tiny("set", 2)).code, 0);
    const auto hint = [&] {
        const Outcome outcome = radforge({"verify", path("set")});
        EXPECT_EQ(outcome.code, 65) << outcome.text;
        return outcome.text.substr(outcome.text.rfind("error: "));
    };
    fs::remove(path("set/preview.png"));
    const std::string derived = hint();
    EXPECT_NE(derived.find("run `radforge index " + path("set") + "`"), std::string::npos) << derived;
    EXPECT_EQ(derived.find("damaged shards"), std::string::npos) << derived;
    ASSERT_EQ(radforge({"index", path("set")}).code, 0);
    EXPECT_EQ(radforge({"verify", path("set")}).code, 0);
    std::ofstream(path("set/notes.txt")) << "mine";
    const std::string stray = hint();
    EXPECT_NE(stray.find("remove the files named above"), std::string::npos) << stray;
    EXPECT_EQ(stray.find("damaged shards"), std::string::npos) << stray;
    fs::remove(path("set/notes.txt"));
    fs::remove(path("set/overrides.txt"));
    EXPECT_NE(hint().find("delete damaged shards and run the command that made the set again"),
              std::string::npos);
    ASSERT_EQ(radforge(tiny("set", 2)).code, 0);
    EXPECT_EQ(radforge({"verify", path("set")}).code, 0);
}

TEST_F(Cli, PicturesGoNeitherIntoADatasetNorAmongThoseOfAnother) {
    for (const char* const seed : {"1", "2"})
        ASSERT_EQ(radforge({"synth", "blur", RADFORGE_SOURCE_DIR "/scenes/blur/smoke.toml", "--out",
                            path(seed), "--count", "2", "phantom.size_px=64", "phantom.slices=6",
                            "crop.size_px=48", std::string("dataset.seed=") + seed})
                      .code,
                  0);
    const auto exported = [&](const char* set, const char* out) {
        return radforge({"export", "png", path(set), "--out", path(out)}).code;
    };
    const auto before = content("1");
    EXPECT_EQ(exported("1", "1"), 64);
    EXPECT_EQ(content("1"), before);
    EXPECT_EQ(exported("1", "pictures"), 0);
    EXPECT_EQ(exported("1", "pictures"), 0);
    EXPECT_EQ(exported("2", "pictures"), 64);
}

TEST_F(Cli, InspectWritesIntoNoDataset) {
    ASSERT_EQ(radforge(tiny("set", 2)).code, 0);
    const auto before = content("set");
    for (const char* const name : {"set/preview.png", "set/one.png", "set/../set/one.png"}) {
        const Outcome outcome = radforge({"inspect", path("set"), "--out", path(name)});
        EXPECT_EQ(outcome.code, 64) << outcome.text;
        EXPECT_NE(outcome.text.find("folder of a dataset"), std::string::npos) << outcome.text;
    }
    EXPECT_EQ(content("set"), before);
}

TEST_F(Cli, InspectWritesAContactSheetAndOneSample) {
    ASSERT_EQ(radforge(tiny("set", 2)).code, 0);
    EXPECT_EQ(radforge({"inspect", path("set"), "--out", path("sheet.png")}).code, 0);
    EXPECT_GT(picture::read_image(path("sheet.png")).width_px, 400);
    const Outcome one =
        radforge({"inspect", path("set"), "--key", "film-000000001", "--out", path("one.png")});
    EXPECT_EQ(one.code, 0);
    EXPECT_NE(one.text.find("world_to_camera"), std::string::npos);
    EXPECT_EQ(radforge({"inspect", path("set"), "--key", "film-000000077"}).code, 65);
}

TEST_F(Cli, InspectReplacesPicturesOnly) {
    ASSERT_EQ(radforge(tiny("set", 2)).code, 0);
    const auto before = content("set");
    for (const auto& [name, hash] : before) {
        if (fs::path(name).extension() == ".png") continue;
        EXPECT_EQ(radforge({"inspect", path("set"), "--out", path("set/" + name)}).code, 64) << name;
    }
    EXPECT_EQ(content("set"), before);
    std::ofstream(path("notes.txt")) << "mine";
    EXPECT_EQ(radforge({"inspect", path("set"), "--out", path("notes.txt")}).code, 64);
    EXPECT_EQ(read_file(path("notes.txt")), "mine");
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(
            radforge({"inspect", path("set"), "--key", "film-000000001", "--out", path("one.png")}).code, 0);
}

TEST_F(Cli, DatasetOfAnotherConfigIsRefusedNamingTheKey) {
    ASSERT_EQ(radforge(tiny("set", 2)).code, 0);
    const auto before = content("set");
    const Outcome other = radforge(tiny("set", 2, {"camera.coverage=0.5"}));
    EXPECT_EQ(other.code, 65);
    EXPECT_NE(other.text.find("camera.coverage"), std::string::npos) << other.text;
    EXPECT_EQ(content("set"), before);
}

TEST_F(Cli, DatasetCanGrow) {
    ASSERT_EQ(radforge(tiny("set", 3)).code, 0);
    ASSERT_EQ(radforge(tiny("set", 6)).code, 0);
    ASSERT_EQ(radforge(tiny("fresh", 6)).code, 0);
    EXPECT_EQ(content("set"), content("fresh"));
}

TEST_F(Cli, FoldersWithoutADatasetAreToldAsSuch) {
    fs::create_directories(path("empty"));
    for (const std::string folder : {"empty", "none"})
        for (const std::vector<std::string>& words :
             {std::vector<std::string>{"index", path(folder)},
              {"verify", path(folder)},
              {"inspect", path(folder)},
              {"export", "png", path(folder), "--out", path("x")},
              {"synth", "--replay", path(folder), "film-000000000", "--out", path("x")}}) {
            const Outcome outcome = radforge(words);
            EXPECT_EQ(outcome.code, 65) << outcome.text;
            EXPECT_NE(outcome.text.find("no dataset here, expected a folder with plan.json"),
                      std::string::npos)
                << words[0] << ": " << outcome.text;
        }
    EXPECT_FALSE(fs::exists(path("x")));
}

struct BadInput {
    std::string name;
    std::vector<std::string> words;
    int code;
    std::vector<std::string> message;
};

TEST_F(Cli, BadUseIsToldWithTheKeyAndTheRemedy) {
    fs::create_directories(path("empty"));
    fs::create_directories(path("one_pixel"));
    fs::create_directories(path("noise"));
    std::ofstream(path("noise/a.dcm"), std::ios::binary) << std::string(5000, '\x5a');
    std::ofstream(path("noise/notes.txt")) << "no picture";
    fs::create_directories(path("sound"));
    fs::copy(RADFORGE_SHARED_DIR "/data/hdri/lab.hdr", path("sound/a.hdr"));
    fs::create_directories(path("cut"));
    fs::copy(path("sound/a.hdr"), path("cut/cut.hdr"));
    fs::permissions(path("cut/cut.hdr"), fs::perms::owner_all);
    fs::resize_file(path("cut/cut.hdr"), 9000);
    std::ofstream(path("one_pixel/a.hdr"), std::ios::binary)
        << "#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 1\n"
        << std::string("\x80\x80\x80\x81", 4);
    const std::vector<BadInput> cases = {
        {"typo", {"camera.widht_px=64"}, 64, {"camera.widht_px", "width_px"}},
        {"negative size", {"camera.width_px=-4"}, 64, {"camera.width_px"}},
        {"wrong type", {"camera.width_px=big"}, 64, {"camera.width_px"}},
        {"impossible layout", {"film.layouts=[\"STANDARD\\\\90,90\"]"}, 64, {"film.layouts"}},
        {"missing CT", {"--ct", path("nowhere")}, 65, {"nowhere"}},
        {"empty CT", {"--ct", path("empty")}, 65, {"empty"}},
        {"unreadable CT", {"--ct", path("noise")}, 65, {"noise", "not DICOM"}},
        {"truncated CT", {"--ct", head("truncated", 4, 4)}, 65, {".dcm"}},
        {"NaN HDRI", {"--hdri", hdri_with_nan("nan")}, 65, {"nan.exr", "nan"}},
        {"truncated HDRI", {"--hdri", path("cut")}, 65, {"cut.hdr"}},
        {"unreadable background", {"--backgrounds", path("noise/notes.txt")}, 65, {"notes.txt"}},
        {"missing HDRI", {"--hdri", path("nowhere")}, 65, {"nowhere"}},
        {"tiny HDRI", {"--hdri", path("one_pixel")}, 65, {"a.hdr"}},
        {"empty HDRI", {"--hdri", path("empty")}, 65, {"empty"}},
        {"bad shards", {"--shards", "5-x"}, 64, {"--shards"}},
        {"a negative last shard", {"--shards", "0--1"}, 64, {"--shards", "0--1"}},
        {"no such shards", {"--shards", "7-9"}, 64, {"shards"}},
        {"splits", {"dataset.train_part=0.9", "dataset.val_part=0.3"}, 64, {"dataset.train_part"}},
    };
    for (const BadInput& bad : cases) {
        const Outcome outcome = radforge(tiny("bad", 2, bad.words));
        EXPECT_EQ(outcome.code, bad.code) << bad.name << ": " << outcome.text;
        for (const std::string& part : bad.message)
            EXPECT_NE(outcome.text.find(part), std::string::npos) << bad.name << ": " << outcome.text;
        if (fs::exists(path("bad")))
            for (const auto& [name, hash] : content("bad")) {
                EXPECT_NE(fs::path(name).extension(), ".tar") << bad.name;
            }
        fs::remove_all(path("bad"));
    }
    const Outcome lost = radforge({"synth", "film", path("none.toml"), "--out", path("x"), "--count", "1"});
    EXPECT_EQ(lost.code, 64);
    EXPECT_NE(lost.text.find("none.toml"), std::string::npos);
}

TEST_F(Cli, ReadOnlyAndImpossibleOutputFoldersAreToldAtOnce) {
    std::ofstream(path("file")) << "in the way";
    EXPECT_EQ(radforge(tiny("file", 2)).code, 65);
    if (mkdir(path("locked").c_str(), 0755) != 0 ||
        mount("tmpfs", path("locked").c_str(), "tmpfs", MS_RDONLY, "size=1m") != 0)
        GTEST_SKIP() << "mounting needs root; the driver's own tests cover this";
    const Outcome outcome = radforge(tiny("locked/set", 2));
    umount(path("locked").c_str());
    EXPECT_EQ(outcome.code, 65) << outcome.text;
}

TEST_F(Cli, FullDiskEndsWith75AndOnlyWholeShards) {
    fs::create_directories(path("small"));
    if (mount("tmpfs", path("small").c_str(), "tmpfs", 0, "size=260k") != 0)
        GTEST_SKIP() << "mounting needs root; the driver's own tests cover this";
    const Outcome outcome = radforge(tiny("small/set", 30));
    EXPECT_EQ(outcome.code, 75) << outcome.text;
    bool only_whole = true;
    if (fs::exists(path("small/set")))
        for (const auto& entry : fs::directory_iterator(path("small/set")))
            only_whole = only_whole && entry.path().filename().string().find("tmp") == std::string::npos;
    umount(path("small").c_str());
    EXPECT_TRUE(only_whole);
}

TEST_F(Cli, FilesThatMayNotGrowEndWith75AsAFullDiskDoes) {
    const Outcome outcome = in_shell("ulimit -f 100; exec", tiny("set", 30));
    EXPECT_EQ(outcome.code, 75) << outcome.text;
    EXPECT_NE(outcome.text.find("File too large"), std::string::npos) << outcome.text;
}

TEST_F(Cli, TooLittleMemoryIsAMatterOfTryingAgain) {
    for (const std::string kilobytes : {"260000", "320000", "380000"}) {
        const Outcome outcome = in_shell("ulimit -v " + kilobytes + "; exec", tiny("set" + kilobytes, 1));
        EXPECT_NE(outcome.code, 1) << outcome.text;
        EXPECT_EQ(outcome.text.find("cannot make the ray tracer"), std::string::npos) << outcome.text;
    }
}

TEST_F(Cli, ALogThatCannotBeWrittenStopsNoWorkAndReachesNoFile) {
    ASSERT_EQ(radforge(tiny("whole", 4)).code, 0);
    const auto expected = content("whole");
    int number = 0;
    for (const std::string log : {"2>/dev/full", "2>&-", ">&- 2>&- <&-"}) {
        const std::string out = "set" + std::to_string(number++);
        EXPECT_EQ(in_shell("exec", tiny(out, 4), log).code, 0) << log;
        EXPECT_EQ(content(out), expected) << log;
    }
    // A reader that has died: `true` is gone before the first line.
    in_shell("{ sleep 0.3;", tiny("piped", 4), "; echo $? >" + path("code") + "; } 2>&1 | true");
    EXPECT_EQ(read_file(path("code")), "0\n");
    EXPECT_EQ(content("piped"), expected);
}

TEST_F(Cli, ResultsThatCannotBeWrittenAreAnError) {
    ASSERT_EQ(radforge(tiny("set", 2)).code, 0);
    const std::vector<std::vector<std::string>> cases = {
        {"verify", path("set"), "-q"}, {"inspect", path("set"), "-q"}, {"keys", "film"}, {"--help"},
        {"verify", "--help"},          tiny("none", 8, {"--dry-run"})};
    for (const std::vector<std::string>& words : cases) {
        const Outcome full = in_shell("exec", words, ">/dev/full");
        EXPECT_EQ(full.code, 1) << words[0];
        EXPECT_NE(full.text.find("cannot write the results to standard output: No space left on device"),
                  std::string::npos)
            << words[0] << ": " << full.text;
        EXPECT_EQ(in_shell("exec", words, ">&-").code, 1) << words[0];
    }
    in_shell("{ sleep 0.3;", {"keys", "film"}, "; echo $? >" + path("code") + "; } | true");
    EXPECT_EQ(read_file(path("code")), "1\n");
    EXPECT_EQ(read_file(path("log")), "") << "as for `| head`";
}

TEST_F(Cli, APictureThatCannotBeWrittenIsToldWithTheReason) {
    ASSERT_EQ(radforge(tiny("set", 2)).code, 0);
    const Outcome outcome = radforge({"inspect", path("set"), "--out", path("none/x.png")});
    EXPECT_EQ(outcome.code, 65) << outcome.text;
    EXPECT_NE(outcome.text.find("No such file or directory"), std::string::npos) << outcome.text;
}

TEST_F(Cli, OneBrokenSliceIsReportedAndTheSeriesSurvives) {
    const Outcome outcome = radforge(tiny("set", 2, {"--ct", head("ct", 12, 1)}));
    EXPECT_EQ(outcome.code, 0) << outcome.text;
    EXPECT_NE(outcome.text.find("1 of 12 slices left out"), std::string::npos) << outcome.text;
    EXPECT_NE(outcome.text.find("01.dcm"), std::string::npos) << outcome.text;
    const Outcome one =
        radforge({"inspect", path("set"), "--key", "film-000000001", "--out", path("one.png")});
    EXPECT_NE(one.text.find("\"slices_left_out\": 1"), std::string::npos) << one.text;
    const Outcome verified = radforge({"verify", path("set"), "--phi"});
    EXPECT_EQ(verified.code, 0) << verified.text;
}

// The series under a telling folder name, with telling values in every attribute that may identify a person.
TEST_F(Cli, NoPatientAttributeReachesAnyFile) {
    const std::string ct = head("Zentinel_folder", 12, 0);
    const std::string values =
        " -i '(0010,0010)=Zentinel^Name' -i '(0010,0020)=Zentinel-id' -i '(0010,0030)=19610203'"
        " -i '(0010,0040)=F' -i '(0010,1010)=059Y' -i '(0010,1040)=Zentinel street'"
        " -i '(0010,4000)=Zentinel comment' -i '(0008,0050)=Zentinel-acc' -i '(0008,0080)=Zentinel hospital'"
        " -i '(0008,0090)=Zentinel^Doctor' -i '(0008,1010)=Zentinel-node' -i '(0008,1030)=Zentinel study'"
        " -i '(0008,103e)=Zentinel series' -i '(0018,1030)=Zentinel protocol' -i '(0008,0020)=19991231'"
        " -i '(0020,000d)=1.2.777.1' -i '(0020,000e)=1.2.777.2' -i '(0020,0052)=1.2.777.3' ";
    ASSERT_EQ(std::system(("dcmodify -nb" + values + ct + "/*.dcm").c_str()), 0);
    const Outcome outcome = radforge(tiny("set", 2, {"--ct", ct}));
    ASSERT_EQ(outcome.code, 0) << outcome.text;
    ASSERT_NE(read_file(ct + "/01.dcm").find("Zentinel^Name"), std::string::npos);
    int files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(path("set"))) {
        if (!entry.is_regular_file()) continue;
        ++files;
        const std::string bytes = read_file(entry.path());
        for (const char* secret : {"entinel", "ENTINEL", "19610203", "059Y", "19991231", "1.2.777"})
            EXPECT_EQ(bytes.find(secret), std::string::npos) << secret << " in " << entry.path();
    }
    EXPECT_GT(files, 8);
    EXPECT_EQ(radforge({"verify", path("set"), "--phi"}).code, 0);
}

TEST_F(Cli, SliceOfAnotherSizeIsReportedAndTheSeriesSurvives) {
    const std::string ct = head("ct", 12, 0);
    // Rows (0028,0010), explicit little endian: 512 becomes 256.
    std::string slice = read_file(ct + "/05.dcm");
    const size_t rows = slice.find(std::string("\x28\x00\x10\x00US\x02\x00", 8));
    ASSERT_NE(rows, std::string::npos);
    slice[rows + 9] = 1;
    std::ofstream(ct + "/05.dcm", std::ios::binary) << slice;
    const Outcome outcome = radforge(tiny("set", 2, {"--ct", ct}));
    EXPECT_EQ(outcome.code, 0) << outcome.text;
    EXPECT_NE(outcome.text.find("05.dcm"), std::string::npos) << outcome.text;
}

TEST_F(Cli, OneBrokenSeriesIsQuarantinedCountedAndReported) {
    // A second series: the same slices under other series and instance UIDs of equal length, all cut short.
    head("ct/sound", 12, 0);
    head("ct/broken", 12, 0);
    for (const auto& entry : fs::directory_iterator(path("ct/broken"))) {
        std::string slice = read_file(entry.path());
        for (const std::string& tag :
             {std::string("\x20\x00\x0e\x00UI", 6), std::string("\x08\x00\x18\x00UI", 6)}) {
            const size_t uid = slice.find(tag);
            ASSERT_NE(uid, std::string::npos);
            slice[uid + 10] = slice[uid + 10] == '3' ? '2' : '3';  // the second number: 1.x
        }
        std::ofstream(entry.path(), std::ios::binary) << slice.substr(0, 200000);
    }
    const Outcome outcome = radforge(tiny("set", 8, {"--ct", path("ct"), "dataset.allowed_failures=0.9"}));
    EXPECT_EQ(outcome.code, 0) << outcome.text;
    EXPECT_NE(outcome.text.find("is left out"), std::string::npos) << outcome.text;
    EXPECT_NE(outcome.text.find("of 8 samples could not be made"), std::string::npos) << outcome.text;
    EXPECT_EQ(radforge(tiny("strict", 8, {"--ct", path("ct"), "dataset.allowed_failures=0.01"})).code, 1);
    EXPECT_EQ(radforge({"verify", path("set")}).code, 0);
}

// Volumes by reference lie beside the shards: two processes may want to write the same one.
TEST_F(Cli, TwoProcessesOnOneXrayDatasetShareItsVolumes) {
    const auto words = [&](const std::string& out) {
        return std::vector<std::string>{"synth",
                                        "xray",
                                        RADFORGE_SOURCE_DIR "/scenes/xray/smoke.toml",
                                        "volume.mode=reference",
                                        "view.count=1",
                                        "dataset.samples_per_shard=2",
                                        "volume.size_vox=24",
                                        "image.size_px=32",
                                        "--out",
                                        path(out),
                                        "--count",
                                        "6"};
    };
    ASSERT_EQ(radforge(words("whole")).code, 0);
    const pid_t a = start(words("shared")), b = start(words("shared"));
    const Outcome first = finish(a), second = finish(b);
    EXPECT_EQ(first.code, 0) << first.text;
    EXPECT_EQ(second.code, 0) << second.text;
    EXPECT_EQ(content("shared"), content("whole"));
    EXPECT_EQ(radforge({"verify", path("shared")}).code, 0);
    const Outcome again =
        radforge({"synth", "--replay", path("shared"), "xray-000000005", "--out", path("again")});
    EXPECT_EQ(again.code, 0) << again.text;
    EXPECT_NE(again.text.find("identical"), std::string::npos) << again.text;
    const Outcome one =
        radforge({"inspect", path("shared"), "--key", "xray-000000003", "--out", path("one.png")});
    EXPECT_EQ(one.code, 0) << one.text;
    EXPECT_NE(one.text.find("cube_from_view"), std::string::npos);
    EXPECT_GT(picture::read_image(path("one.png")).width_px,
              6 * 336);  // image, surface, section, stereo, three sides
}

TEST_F(Cli, XrayInputsAreRefusedWithTheRemedy) {
    const auto xray = [&](const std::vector<std::string>& more) {
        std::vector<std::string> words = {
            "synth",   "xray", RADFORGE_SOURCE_DIR "/scenes/xray/smoke.toml", "--out", path("none"),
            "--count", "8"};
        words.insert(words.end(), more.begin(), more.end());
        return radforge(words);
    };
    const auto expect = [&](const Outcome& outcome, int code, const std::vector<std::string>& words) {
        EXPECT_EQ(outcome.code, code) << outcome.text;
        for (const std::string& word : words)
            EXPECT_NE(outcome.text.find(word), std::string::npos) << word << " in " << outcome.text;
        EXPECT_FALSE(fs::exists(path("none")));
    };
    expect(xray({"--device", "tpu"}), 64, {"projector.device", "cpu"});
    expect(xray({"volume.memory_gb=0.01", "--volumes", RADFORGE_SHARED_DIR "/data/ct/head_ge_tilt"}), 65,
           {"larger than the memory", "volume.memory_gb"});
    const std::string series = head("unknown", 4, 0);
    const std::string known = "1.2.840.10008.1.2.1", unknown = "1.2.840.10008.1.2.9";
    for (const auto& entry : fs::directory_iterator(series)) {
        std::string bytes = read_file(entry.path());
        bytes.replace(bytes.find(known), known.size(), unknown);
        std::ofstream(entry.path(), std::ios::binary) << bytes;
    }
    expect(xray({"--volumes", series}), 65, {"transfer syntax"});
    const Outcome film = radforge(tiny("none", 2, {"--device", "cuda"}));
    expect(film, 64, {"--device", "CPU"});
}

TEST_F(Cli, ADryRunRefusesWhatTheRealCommandRefuses) {
    for (const bool dry : {true, false}) {
        std::vector<std::string> words = {"synth",
                                          "xray",
                                          RADFORGE_SOURCE_DIR "/scenes/xray/smoke.toml",
                                          "volume.size_vox=24",
                                          "image.size_px=32",
                                          "--out",
                                          path("none"),
                                          "--count",
                                          "1000"};
        if (dry) words.push_back("--dry-run");
        const Outcome outcome = radforge(words);
        EXPECT_EQ(outcome.code, 64) << outcome.text;
        EXPECT_NE(outcome.text.find("at most"), std::string::npos) << outcome.text;
    }
}

TEST_F(Cli, TheContactSheetLiesBesideTheSetHoweverItsFolderIsSpelt) {
    ASSERT_EQ(radforge(tiny("set", 2)).code, 0);
    for (const std::string& spelt : {path("set/"), path("set/."), path("set/index/.."), path("set")}) {
        fs::remove(path("set-contact.png"));
        EXPECT_EQ(radforge({"inspect", spelt}).code, 0);
        EXPECT_TRUE(fs::exists(path("set-contact.png"))) << spelt;
        const Outcome outcome = radforge({"verify", path("set")});
        EXPECT_EQ(outcome.code, 0) << spelt << ": " << outcome.text;
    }
}

TEST_F(Cli, PythonReadsTheShardsWithTarfileAndNumpy) {
    for (const std::string profile : {"raw", "gz", "f32"}) {
        ASSERT_EQ(radforge(tiny(profile, 3, {"dataset.profile=" + profile})).code, 0);
        const std::string command = "/usr/bin/python3 " RADFORGE_SOURCE_DIR "/tools/read_shards.py " +
                                    path(profile) + " > " + path("read.txt") + " 2>&1";
        EXPECT_EQ(std::system(command.c_str()), 0) << read_file(path("read.txt"));
        const std::string text = read_file(path("read.txt"));
        EXPECT_NE(text.find("film-000000002"), std::string::npos) << text;
        EXPECT_NE(text.find("uv (2, 32, 40) float32"), std::string::npos) << text;
    }
}

// stats.json holds what the C++ decoder saw.
TEST_F(Cli, PythonDecodesEveryKindAsTheStatisticsDo) {
    const std::string check = path("check.py");
    std::ofstream(check) << R"(import json, sys
import numpy as np
sys.path.insert(0, sys.argv[1])
from read_shards import samples
stats = json.load(open(sys.argv[2] + "/stats.json"))["fields"]
specs = {f["name"]: f for f in json.load(open(sys.argv[2] + "/manifest.json"))["fields"]}
seen = {}
for _, sample in samples(sys.argv[2]):
    for name, value in sample.items():
        if isinstance(value, np.ndarray):
            if specs[name]["invalid"] not in ("", "NaN"):
                value = value[value != float(specs[name]["invalid"])]
            low, high = seen.get(name, (np.inf, -np.inf))
            seen[name] = min(low, np.nanmin(value)), max(high, np.nanmax(value))
assert seen
for name, (low, high) in seen.items():
    channels = stats[name]["channels"]
    wanted = min(c["lowest"] for c in channels), max(c["highest"] for c in channels)
    assert np.allclose((low, high), wanted, rtol=1e-6, atol=1e-9), (name, low, high, wanted)
    print(name, "agrees")
)";
    struct Kind {
        std::string name;
        std::vector<std::string> overrides;
        std::string field, text;
    };
    const std::vector<Kind> kinds = {
        {"film", {}, "uv", "uv (2, 32, 40) float32 from"},
        {"xray",
         {"volume.size_vox=24", "image.size_px=32"},
         "volume",
         "volume (24, 24, 24) float32 from 0.0 to"},
        {"blur", {"crop.size_px=64"}, "sharp", "sharp (1, 64, 64) int16 from -"},
        {"enhance", {"view.size_px=64"}, "raw", "raw (1, 64, 64) float32 from"},
        {"colorize", {"phantom.size_px=64"}, "ct", "ct (1, 64, 64) int16 from -"}};
    for (const Kind& kind : kinds) {
        std::vector<std::string> words = tiny(kind.name, 2);
        if (kind.name != "film") {
            words = {"synth", kind.name, RADFORGE_SOURCE_DIR "/scenes/" + kind.name + "/smoke.toml"};
            words.insert(words.end(), kind.overrides.begin(), kind.overrides.end());
            words.insert(words.end(), {"--out", path(kind.name), "--count", "2"});
        }
        const Outcome made = radforge(words);
        ASSERT_EQ(made.code, 0) << made.text;
        const std::string tools = RADFORGE_SOURCE_DIR "/tools";
        const Outcome checked = finish(start({check, tools, path(kind.name)}, "/usr/bin/python3"));
        EXPECT_EQ(checked.code, 0) << kind.name << ": " << checked.text;
        EXPECT_NE(checked.text.find(kind.field + " agrees"), std::string::npos) << checked.text;
        const Outcome shown = finish(start({tools + "/read_shards.py", path(kind.name)}, "/usr/bin/python3"));
        EXPECT_EQ(shown.code, 0) << kind.name << ": " << shown.text;
        EXPECT_NE(shown.text.find(kind.text), std::string::npos) << shown.text;
    }
}

}  // namespace
}  // namespace radforge
