// SPDX-License-Identifier: Apache-2.0
/// `radforge evaluate` as a user runs it: a network trained for two steps on a tiny set, and its report.
#include "tests/models/data/sharded_set.h"
#include "tests/models/eval/film_set.h"
#include "tests/synth/shard/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace radforge {
namespace {

using test::CommandResult;
using testing::HasSubstr;

class Evaluate : public testing::Test {
protected:
    static void SetUpTestSuite() {
        scratch_ = std::make_unique<test::Scratch>();
        test::FilmSetOptions options;
        options.splits = {"train", "val", "test"};
        options.samples = 2;
        options.side_px = 48;
        test::write_film_set(*scratch_ / "set", options);
        for (const char* const net :
             {"full net.width=2", "uv net.width=2 net.many_maps=false net.deform=false"}) {
            const std::string words = net, name = words.substr(0, words.find(' '));
            const CommandResult run = program(
                "train firenet " RADFORGE_SOURCE_DIR "/scenes/train/firenet-smoke.toml" +
                words.substr(name.size()) +
                " augment.size_px=32 augment.pad_px=6 augment.recrop_px=2 loader.batch=2 train.steps=2 "
                "train.preview_every=0 --data " +
                (*scratch_ / "set") + " --out " + (*scratch_ / name));
            ASSERT_EQ(run.exit_code, 0) << run.output;
        }
    }
    static void TearDownTestSuite() { scratch_.reset(); }

    static CommandResult program(const std::string& words) {
        return test::shell(std::string(RADFORGE_TRAIN_PROGRAM) + " " + words + " --threads 1");
    }
    static CommandResult evaluate(const std::string& words) { return program("evaluate " + words); }
    static std::string path(const std::string& name) { return *scratch_ / name; }
    static std::string on_set(const std::string& run, const std::string& out) {
        return "--checkpoint " + path(run) + " --data " + path("set") + " --out " + path(out) +
               " --texels 161";
    }

    static std::unique_ptr<test::Scratch> scratch_;
};
std::unique_ptr<test::Scratch> Evaluate::scratch_;

TEST_F(Evaluate, WritesAReportOfEveryNetworkAndItsPictures) {
    const CommandResult run = evaluate("firenet " + on_set("uv", "report") + " --checkpoint " + path("full") +
                                       " --pictures 1 --resamples 200");
    ASSERT_EQ(run.exit_code, 0) << run.output;
    EXPECT_THAT(run.output, HasSubstr("Table 2: what each part adds"));
    const auto json = nlohmann::json::parse(test::slurp(path("report/scores.json")));
    const auto& first = json.at("tables").at(0).at("rows");
    ASSERT_EQ(first.size(), 5u);  // identity, UV, FIReNet, FIReNet de-shifted, oracle
    EXPECT_EQ(first.at(1).at("label"), "UV");
    EXPECT_EQ(first.at(2).at("paper").at("PSNR"), "25.30");
    for (const auto& row : first) {
        const auto& psnr = row.at("scores").at("PSNR");
        EXPECT_EQ(psnr.at("n"), 2);
        EXPECT_LE(psnr.at("low"), psnr.at("mean"));
        EXPECT_LE(psnr.at("mean"), psnr.at("high"));
    }
    // What two steps teach is below what the truth allows.
    EXPECT_LT(first.at(2).at("scores").at("PSNR").at("mean"), first.at(4).at("scores").at("PSNR").at("mean"));
    EXPECT_THAT(json.at("facts").at("data tag"),
                HasSubstr("2 of procedural phantoms (2 volumes), 0 of real CT"));
    EXPECT_THAT(json.at("facts").at("UV"), HasSubstr("firenet, step 2, seed"));
    const std::string csv = test::slurp(path("report/scores.csv"));
    EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + 2 * (2 + 2 * 2));
    const std::string html = test::slurp(path("report/report.html"));
    EXPECT_THAT(html, HasSubstr("data:image/png;base64,"));
    EXPECT_THAT(test::slurp(path("report/report.md")), HasSubstr("](pictures/00-00.png)"));
    EXPECT_TRUE(std::filesystem::exists(path("report/pictures/00-00.png")));
}

TEST_F(Evaluate, RunsOnOtherDataHaveRowsOfTheirOwnByFolderOrGivenName) {
    std::filesystem::copy(path("uv"), path("other"), std::filesystem::copy_options::recursive);
    for (const auto& entry : std::filesystem::directory_iterator(path("other/checkpoints"))) {
        if (entry.path().extension() != ".json") continue;
        auto sidecar = nlohmann::json::parse(test::slurp(entry.path()));
        sidecar["data_sha256"] = std::string(64, '0');
        test::spill(entry.path(), sidecar.dump());
    }
    const CommandResult run = evaluate(
        "firenet " + on_set("uv", "rows") + " --checkpoint " + path("uv/checkpoints/step-000000002.json") +
        " --checkpoint 'more light=" + path("other/") + "' --pictures 0 --resamples 100");
    ASSERT_EQ(run.exit_code, 0) << run.output;
    const auto scores = nlohmann::json::parse(test::slurp(path("rows/scores.json")));
    std::vector<std::string> labels;
    for (const auto& row : scores.at("tables").at(0).at("rows")) labels.push_back(row.at("label"));
    EXPECT_THAT(labels, testing::AllOf(testing::Contains("UV, more light"),
                                       testing::Contains(HasSubstr("UV, mean of uv ("))));
    EXPECT_THAT(test::slurp(path("rows/report.md")), HasSubstr("UV, more light ≥ UV, mean of uv ("));
}

TEST_F(Evaluate, GivesTheSameFiguresAgain) {
    for (const char* const out : {"one", "two"})
        ASSERT_EQ(
            evaluate("firenet " + on_set("uv", out) + " --pictures 0 --resamples 100 --quiet").exit_code, 0);
    EXPECT_EQ(test::slurp(path("one/scores.json")), test::slurp(path("two/scores.json")));
}

TEST_F(Evaluate, SaysSoWhenTheNetworkLearnedFromThePhotos) {
    const CommandResult run =
        evaluate("firenet " + on_set("uv", "own") + " --split train --pictures 0 --resamples 100 --count 1");
    ASSERT_EQ(run.exit_code, 0) << run.output;
    EXPECT_THAT(run.output, HasSubstr("learned from these very photos"));
}

TEST_F(Evaluate, SaysSoWhenBestCheckpointsAreChosenByThePhotos) {
    const CommandResult run =
        evaluate("firenet " + on_set("uv", "chosen") + " --split val --pictures 0 --resamples 100 --count 1");
    ASSERT_EQ(run.exit_code, 0) << run.output;
    EXPECT_THAT(run.output, HasSubstr("choose their best checkpoint"));
    EXPECT_THAT(run.output, testing::Not(HasSubstr("learned from these very photos")));
}

TEST_F(Evaluate, ACheckpointOfAnotherModelIsRefused) {
    const CommandResult run = evaluate("dewarpnet " + on_set("uv", "bad"));
    EXPECT_EQ(run.exit_code, 65);
    EXPECT_THAT(run.output,
                testing::AllOf(HasSubstr("checkpoint of another model; got firenet, expected dewarpnet"),
                               HasSubstr("--beside")));
}

TEST_F(Evaluate, ACheckpointOfAnotherWidthIsRefusedByItsTensor) {
    std::filesystem::copy(path("uv"), path("wide"), std::filesystem::copy_options::recursive);
    for (const auto& entry : std::filesystem::directory_iterator(path("wide/checkpoints"))) {
        if (entry.path().extension() != ".json") continue;
        std::string text = test::slurp(entry.path());
        const size_t at = text.find("width = 2");
        ASSERT_NE(at, std::string::npos);
        test::spill(entry.path(), text.replace(at, 9, "width = 3"));
    }
    const CommandResult run = evaluate("firenet " + on_set("wide", "bad"));
    EXPECT_EQ(run.exit_code, 65);
    EXPECT_THAT(run.output, testing::AllOf(HasSubstr("of another shape"), HasSubstr("another width?")));
}

TEST_F(Evaluate, DataOfAnotherKindOrWithoutAFieldIsRefused) {
    test::write_sharded_set(path("toy"), {2});
    CommandResult run = evaluate("firenet --checkpoint " + path("uv") + " --data " + path("toy") + " --out " +
                                 path("bad") + " --split train");
    EXPECT_EQ(run.exit_code, 65);
    EXPECT_THAT(run.output, HasSubstr("got kind toy"));
    test::FilmSetOptions options;
    options.samples = 1;
    options.without = {"bm"};
    test::write_film_set(path("mapless"), options);
    run = evaluate("firenet --checkpoint " + path("uv") + " --data " + path("mapless") + " --out " +
                   path("bad"));
    EXPECT_NE(run.exit_code, 0);
    EXPECT_THAT(run.output, HasSubstr("bm"));
}

TEST_F(Evaluate, WhatIsNotThereIsNamed) {
    EXPECT_EQ(evaluate("firenet " + on_set("uv", "bad") + " --split other").exit_code, 64);
    CommandResult run = evaluate("firenet " + on_set("nowhere", "bad"));
    EXPECT_EQ(run.exit_code, 64);
    EXPECT_THAT(run.output, HasSubstr("no checkpoint there"));
    run = evaluate("unet " + on_set("uv", "bad"));
    EXPECT_EQ(run.exit_code, 64);
    EXPECT_THAT(run.output, HasSubstr("expected firenet, dewarpnet or restoration"));
    EXPECT_EQ(evaluate("firenet --data " + path("set") + " --out " + path("bad")).exit_code, 64);
    EXPECT_EQ(evaluate("firenet --checkpoint " + path("uv") + " --data " + path("set")).exit_code, 64);
    EXPECT_EQ(evaluate("firenet --checkpoint " + path("uv") + " --out " + path("bad")).exit_code, 64);
    EXPECT_FALSE(std::filesystem::exists(path("bad")));
}

}  // namespace
}  // namespace radforge
