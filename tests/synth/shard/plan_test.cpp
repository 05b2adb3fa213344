// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/plan.h"

#include "synth/base/error.h"
#include "tests/synth/shard/scratch.h"
#include "tests/synth/shard/tiny_dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace radforge::shard {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

void write_plan(const DatasetPlan& plan) {
    test::spill(plan.directory + "/plan.json", plan_json(plan));
    test::spill(plan.directory + "/config.toml", plan.config_toml);
}

TEST(Plan, ComesBackFromDiskWithTheSameTextAndDigest) {
    const test::Scratch scratch;
    DatasetPlan plan = test::tiny_plan(scratch.path());
    plan.inputs = {{"head", "CC BY 4.0", "https://example.org", std::string(64, 'a')}};
    plan.about = "A test.";
    write_plan(plan);
    const DatasetPlan back = read_plan(scratch.path());
    EXPECT_EQ(plan_json(back), plan_json(plan));
    EXPECT_EQ(plan_digest(back), plan_digest(plan));
    EXPECT_THAT(plan_differences(plan, back), ElementsAre());
}

TEST(Plan, DigestIgnoresCountAndProvenanceAndNothingElse) {
    const DatasetPlan plan = test::tiny_plan("d");
    DatasetPlan other = plan;
    other.count = 99;
    other.provenance_json = R"({"revision":"def"})";
    other.about = "other words";
    EXPECT_EQ(plan_digest(other), plan_digest(plan));
    const auto differs = [&](auto change) {
        DatasetPlan changed = plan;
        change(changed);
        return plan_digest(changed) != plan_digest(plan);
    };
    EXPECT_TRUE(differs([](DatasetPlan& p) { p.seed.value++; }));
    EXPECT_TRUE(differs([](DatasetPlan& p) { p.samples_per_shard++; }));
    EXPECT_TRUE(differs([](DatasetPlan& p) { p.group_size++; }));
    EXPECT_TRUE(differs([](DatasetPlan& p) { p.profile = "gz"; }));
    EXPECT_TRUE(differs([](DatasetPlan& p) { p.name = "n"; }));
    EXPECT_TRUE(differs([](DatasetPlan& p) { p.config_toml += "x = 1\n"; }));
    EXPECT_TRUE(differs([](DatasetPlan& p) { p.fields[1].scale *= 2; }));
    EXPECT_TRUE(differs([](DatasetPlan& p) { p.split_parts["val"] = 0.1; }));
}

TEST(Plan, DifferencesNameTheKeysOfTheConfig) {
    DatasetPlan there = test::tiny_plan("d"), here = there;
    there.config_toml = "[camera]\nspp = 64\nwidth_px = 640\n[dataset]\nname = \"tiny\"\n";
    here.config_toml = "[camera]\nspp = 128\nwidth_px = 640\n[dataset]\nname = \"tiny\"\nseed = 3\n";
    EXPECT_THAT(plan_differences(there, here),
                ElementsAre("camera.spp (there 64, here 128)", "dataset.seed (there nothing, here 3)"));
    here = there;
    here.provenance_json = R"({"revision":"xyz"})";
    EXPECT_THAT(plan_differences(there, here),
                ElementsAre(R"(provenance.revision (there "abc", here "xyz"))"));
}

TEST(Plan, DamageAndNewerFormatsAreRefusedByName) {
    const test::Scratch scratch;
    const DatasetPlan plan = test::tiny_plan(scratch.path());
    const auto message = [&] {
        try {
            read_plan(scratch.path());
        } catch (const Error& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    write_plan(plan);
    std::string newer = plan_json(plan);
    newer.replace(newer.find("\"format\": 1"), 11, "\"format\": 9");
    test::spill(scratch / "plan.json", newer);
    EXPECT_THAT(message(),
                testing::AllOf(HasSubstr("plan.json"), HasSubstr("format version 9, expected at most 1")));
    test::spill(scratch / "plan.json", "{\"format\": 1}");
    EXPECT_THAT(message(), HasSubstr("damaged plan"));
    write_plan(plan);
    test::spill(scratch / "config.toml", plan.config_toml + "#");
    EXPECT_THAT(message(), HasSubstr("config.toml is not the one"));
}

TEST(Plan, ImpossiblePlansAreRefused) {
    const auto rejects = [](auto change) {
        DatasetPlan plan = test::tiny_plan("d");
        plan.validate();
        change(plan);
        EXPECT_THROW(plan.validate(), Error);
    };
    rejects([](DatasetPlan& p) { p.count = 0; });
    rejects([](DatasetPlan& p) { p.count = 1000000001; });
    rejects([](DatasetPlan& p) { p.directory = ""; });
    rejects([](DatasetPlan& p) { p.kind = "Film x"; });
    rejects([](DatasetPlan& p) { p.samples_per_shard = 0; });
    rejects([](DatasetPlan& p) { p.group_size = 257; });
    rejects([](DatasetPlan& p) { p.seed.value = uint64_t(1) << 63; });
    rejects([](DatasetPlan& p) { p.fields.pop_back(); });
    rejects([](DatasetPlan& p) { p.fields[0].name = "a.b"; });
    rejects([](DatasetPlan& p) { p.fields[1].name = "photo"; });
    rejects([](DatasetPlan& p) { p.samples_per_source = 2; });
    rejects([](DatasetPlan& p) { p.sources.resize(1); });
    rejects([](DatasetPlan& p) {
        p.count = 5;
        p.samples_per_source = 2;
        p.sources.resize(2);
    });
}

}  // namespace
}  // namespace radforge::shard
