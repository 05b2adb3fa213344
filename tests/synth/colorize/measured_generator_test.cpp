// SPDX-License-Identifier: Apache-2.0
#include "synth/colorize/measured_generator.h"

#include "synth/base/error.h"
#include "synth/base/parallel.h"
#include "synth/driver.h"
#include "synth/shard/codec.h"
#include "synth/shard/verify.h"
#include "tests/synth/colorize/visible_human_fixture.h"

#include <nlohmann/json.hpp>

#include <map>
#include <set>

namespace radforge::colorize {
namespace {

using testing::kTruth;
using testing::VisibleHuman;

TEST_F(VisibleHuman, RegistrationPutsThePhotographOverTheSlice) {
    for (int n = 1255; n <= 1262; ++n) pair(n);
    const Survey s = surveyed();
    ASSERT_EQ(s.transforms.size(), 1u);
    EXPECT_EQ(s.transforms[0].first, 1255);
    EXPECT_EQ(s.transforms[0].last, 1262);
    for (const Vec2d p : {Vec2d{0, 0}, Vec2d{40, 10}, Vec2d{-30, -25}}) {
        EXPECT_NEAR(s.transforms[0].transform(p).x, kTruth(p).x, 0.8);
        EXPECT_NEAR(s.transforms[0].transform(p).y, kTruth(p).y, 0.8);
    }
    const MeasuredGenerator generator({}, options_, s);
    const SectionPair pair = generator.realise({{1}, 2});
    EXPECT_EQ(pair.origin, "measured");
    // Wherever the slice is clearly bone or muscle, the photograph is of its colour.
    int bone = 0, pale = 0, muscle = 0, red = 0;
    for (size_t i = 0; i < pair.mask.value_count(); ++i) {
        const int16_t hu = pair.ct.values<int16_t>()[i];
        const uint8_t* rgb = &pair.rgb.values<uint8_t>()[3 * i];
        if (pair.mask.values<uint8_t>()[i] == 0) continue;
        if (hu > 650) ++bone, pale += rgb[1] > 180;
        if (hu > 30 && hu < 70) ++muscle, red += rgb[1] < 80;
    }
    EXPECT_GT(bone, 150);
    EXPECT_GT(pale, 0.95 * bone);
    EXPECT_GT(muscle, 2000);
    EXPECT_GT(red, 0.93 * muscle);
}

TEST_F(VisibleHuman, PhotographsOfAnySizeLieOverTheSlice) {
    // Shrunk by 3 for the registration; two pixels and one are left over, as of 2048 x 1216.
    const auto found = [&](int height_px, int width_px) {
        options_.layout = SectionLayout{height_px, width_px, true, 0.33};
        for (int n = 1255; n <= 1259; ++n) {
            const Image photo = testing::scene_photo({double(n - 1250)}, height_px, width_px, 0.33, kTruth);
            testing::write(section_path(n), testing::section_bytes(photo, true));
            testing::write(ct_path(n), slice(n));
        }
        return surveyed().transforms.at(0).transform({0, 0});
    };
    const Vec2d whole = found(402, 540), cut = found(400, 542);
    EXPECT_NEAR(cut.x, whole.x, 0.05);
    EXPECT_NEAR(cut.y, whole.y, 0.05);
}

TEST_F(VisibleHuman, SamplesAreCompleteSplitByBlocksAndReplay) {
    for (int n = 1256; n <= 1275; ++n) pair(n);
    ImportConfig config;
    config.dataset.train_part = 0.5;
    const Survey s = surveyed();
    const MeasuredGenerator generator(config, options_, s);
    ASSERT_EQ(generator.count(), 20u);
    std::map<int, std::set<std::string>> splits;
    for (uint64_t i = 0; i < 20; ++i)
        for (const uint64_t seed : {1, 9})
            splits[s.pairs[i].files.number / 10].insert(generator.split({{seed}, i}));
    EXPECT_EQ(splits.size(), 3u);
    for (const auto& [block, names] : splits) EXPECT_EQ(names.size(), 1u) << block;

    const std::vector<SampleKey> keys = {{{1}, 3}, {{1}, 4}};
    const std::vector<Sample> samples = generator.generate(keys);
    const std::vector<FieldSpec> specs = generator.fields();
    ASSERT_EQ(samples[0].fields.size(), specs.size());
    const auto meta = nlohmann::json::parse(std::get<std::string>(samples[1].fields.back().value));
    EXPECT_EQ(meta.at("origin"), "measured");
    EXPECT_EQ(meta.at("recipe").at("number"), 1260);
    EXPECT_EQ(meta.at("labels_by"), "classifier");
    const ThreadLimit one(1);
    const Sample again =
        MeasuredGenerator(config, options_, surveyed()).generate(Span<const SampleKey>(&keys[1], 1))[0];
    for (size_t f = 0; f < specs.size(); ++f)
        EXPECT_EQ(shard::encode(samples[1].fields[f]), shard::encode(again.fields[f])) << specs[f].name;
    EXPECT_THROW(generator.realise({{1}, 20}), Error);
}

TEST_F(VisibleHuman, SetUpRecordsWhatWasFoundInTheConfig) {
    for (int n = 1255; n <= 1258; ++n) pair(n);
    const auto document = config::Document::from_text("", "import", {});
    GeneratorSetup setup = set_up_import(document, anatomy(), ct(), options_, logger_);
    EXPECT_EQ(setup.plan.count, 4u);
    EXPECT_EQ(setup.plan.kind, "colorize");
    EXPECT_NE(setup.plan.config_toml.find("ct_offset_hu = -9"), std::string::npos) << setup.plan.config_toml;
    EXPECT_NE(setup.plan.config_toml.find("\"1255 1258 1.0"), std::string::npos) << setup.plan.config_toml;
    setup.plan.directory = folder_ + "/out";
    setup.plan.validate();
}

TEST_F(VisibleHuman, ImportedSetIsCompleteAndVerifiedClean) {
    for (int n = 1255; n <= 1266; ++n) pair(n);
    testing::write(section_path(1258), {});
    const auto document = config::Document::from_text("", "import", {});
    GeneratorSetup setup = set_up_import(document, anatomy(), ct(), options_, logger_);
    setup.plan.directory = folder_ + "/out";
    const RunReport report = run(*setup.generator, setup.plan, {}, logger_);
    EXPECT_TRUE(report.complete);
    EXPECT_EQ(report.samples_made, 11u);
    EXPECT_TRUE(report.quarantined.empty());
    shard::VerifyOptions verify;
    verify.phi = true;
    const shard::VerifyReport verified = shard::verify(folder_ + "/out", verify, logger_);
    EXPECT_TRUE(verified.ok()) << (verified.problems.empty() ? "" : verified.problems[0].what);
    EXPECT_EQ(verified.samples, 11u);
    // Given again, it finds everything done; given other files, it refuses.
    EXPECT_EQ(run(*setup.generator, setup.plan, {}, logger_).shards_made, 0u);
    testing::write(ct_path(1260), slice(1270));
    GeneratorSetup other = set_up_import(document, anatomy(), ct(), options_, logger_);
    other.plan.directory = folder_ + "/out";
    EXPECT_THROW(run(*other.generator, other.plan, {}, logger_), Error);
}

}  // namespace
}  // namespace radforge::colorize
