// SPDX-License-Identifier: Apache-2.0
#include "synth/colorize/measured_generator.h"

#include "synth/base/error.h"
#include "synth/base/log.h"
#include "synth/base/parallel.h"
#include "synth/colorize/visible_human.h"
#include "synth/driver.h"
#include "synth/shard/codec.h"
#include "synth/shard/verify.h"
#include "tests/synth/colorize/visible_human_files.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>

namespace radforge::colorize {
namespace {

namespace fs = std::filesystem;
using testing::Bytes;
using testing::Scene;

constexpr double kDeg = 3.141592653589793 / 180;
const SectionLayout kSmall{120, 160, true, 1.1};
const Similarity kTruth{1.03, 4 * kDeg, {5, -3}};

/// A miniature of the collection: sections with CT slices of the same numbers, some of them defective.
class VisibleHuman : public ::testing::Test {
protected:
    void SetUp() override {
        fs::create_directories(folder_ + "/fullcolor");
        fs::create_directories(folder_ + "/frozenCT");
        options_.layout = kSmall;
    }
    void TearDown() override { fs::remove_all(folder_); }

    std::string anatomy() const { return folder_ + "/fullcolor"; }
    std::string ct() const { return folder_ + "/frozenCT"; }
    std::string section_path(int number, const std::string& end = ".raw") const {
        return anatomy() + "/a_vm" + std::to_string(number) + end;
    }
    std::string ct_path(int number, const std::string& end = ".fro") const {
        return ct() + "/c_vm" + std::to_string(number) + end;
    }
    Bytes section(int number) const {
        return testing::section_bytes(testing::scene_photo({double(number - 1250)}, kSmall.height_px,
                                                           kSmall.width_px, kSmall.pixel_mm, kTruth),
                                      true);
    }
    Bytes slice(int number, const testing::GenesisOptions& options = {}) const {
        return testing::genesis_bytes(testing::scene_ct({double(number - 1250)}, 112, 1.25, 990), options);
    }
    void pair(int number) const {
        testing::write(section_path(number), section(number));
        testing::write(ct_path(number), slice(number));
    }
    Survey surveyed() { return survey(list_pairs(anatomy(), ct()), options_, logger_); }
    std::string why(const Survey& s, const std::string& file) const {
        for (const auto& [path, reason] : s.left_out)
            if (path == file) return reason;
        return "";
    }

    std::string folder_ = ::testing::TempDir() + "/visible-human-" + std::to_string(getpid());
    VisibleHumanOptions options_;
    Logger logger_{LogFormat::Text, true};
};

TEST_F(VisibleHuman, DefectiveFilesAreLeftOutAndCounted) {
    for (int n = 1255; n <= 1268; ++n) pair(n);
    testing::write(section_path(1256), Bytes(kSmall.bytes()));  // kerf, all zero
    testing::write(section_path(1257), {});                     // kerf, empty
    Bytes cut = section(1258);
    cut.resize(cut.size() / 2);
    testing::write(section_path(1258), cut);
    testing::write(ct_path(1260), slice(1259));  // as in the original: the same slice twice
    Bytes short_ct = slice(1261);
    short_ct.resize(short_ct.size() - 100);
    testing::write(ct_path(1261), short_ct);
    fs::remove(ct_path(1262));
    fs::remove(section_path(1263));
    fs::remove(section_path(1264)), fs::remove(ct_path(1264));
    testing::write(section_path(1264, ".raw.Z"), testing::compressed(section(1264)));
    testing::write(ct_path(1264, ".fro.Z"), testing::compressed(slice(1264)));
    testing::GenesisOptions little;
    little.little_endian = true;
    little.version = 2;
    testing::write(ct_path(1265), slice(1265, little));

    const Survey s = surveyed();
    std::set<int> numbers;
    for (const UsablePair& p : s.pairs) numbers.insert(p.files.number);
    EXPECT_EQ(numbers, (std::set<int>{1255, 1259, 1264, 1265, 1266, 1267, 1268}));
    EXPECT_EQ(s.left_out.size(), 7u);
    EXPECT_NE(why(s, section_path(1256)).find("gap of the saw"), std::string::npos);
    EXPECT_NE(why(s, section_path(1257)).find("gap of the saw"), std::string::npos);
    EXPECT_NE(why(s, section_path(1258)).find("another size"), std::string::npos);
    EXPECT_NE(why(s, ct_path(1260)).find("repeats"), std::string::npos);
    EXPECT_NE(why(s, ct_path(1261)).find("truncated"), std::string::npos);
    EXPECT_NE(why(s, section_path(1262)).find("no CT slice"), std::string::npos);
    EXPECT_NE(why(s, ct_path(1263)).find("no section"), std::string::npos);
    EXPECT_EQ(s.body, "male");
}

TEST_F(VisibleHuman, OffsetIsCalibratedOnAirInsideTheCircle) {
    for (int n = 1255; n <= 1258; ++n) pair(n);
    const Survey s = surveyed();
    // Stored = HU + 990; air is 70 % of the circle with noise of +-6, and the corners hold -2000.
    EXPECT_NEAR(s.calibration.offset_hu, -990, 5);
    EXPECT_NEAR(s.calibration.tissue_peak_hu, 50, 8) << "muscle";
}

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

TEST_F(VisibleHuman, BlocksOfOtherPixelSizesHaveTransformsOfTheirOwn) {
    for (int n = 1255; n <= 1257; ++n) pair(n);
    testing::GenesisOptions wide;
    wide.pixel_mm = 1.4f;
    for (int n = 1258; n <= 1260; ++n) {
        testing::write(section_path(n), section(n));
        testing::write(ct_path(n),
                       testing::genesis_bytes(testing::scene_ct({double(n - 1250)}, 112, 1.4, 990), wide));
    }
    const Survey s = surveyed();
    ASSERT_EQ(s.transforms.size(), 2u);
    EXPECT_EQ(s.transforms[0].last, 1257);
    EXPECT_EQ(s.transforms[1].first, 1258);
    for (const TransformRow& row : s.transforms) EXPECT_NEAR(row.transform.scale, kTruth.scale, 0.01);
}

TEST_F(VisibleHuman, TransformsOfTheUserAreTakenAsTheyAre) {
    for (int n = 1255; n <= 1256; ++n) pair(n);
    options_.transforms = {{1255, 1256, {1.5, 0.1, {7, 8}}}};
    const Survey s = surveyed();
    EXPECT_EQ(s.pairs[1].transform.scale, 1.5);
    options_.transforms[0].last = 1255;
    EXPECT_THROW(surveyed(), Error) << "1256 has none";
}

TEST_F(VisibleHuman, SamplesAreCompleteSplitByBlocksAndReplay) {
    for (int n = 1256; n <= 1275; ++n) pair(n);
    ImportConfig config;
    config.dataset.train_part = 0.5;
    const Survey s = surveyed();
    const MeasuredGenerator generator(config, options_, s);
    ASSERT_EQ(generator.count(), 20u);
    std::map<int, std::set<std::string>> splits;
    for (uint64_t i = 0; i < 20; ++i) splits[s.pairs[i].files.number / 10].insert(generator.split({{1}, i}));
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

TEST_F(VisibleHuman, WrongFoldersAreErrorsThatSayWhy) {
    const auto message = [&] {
        try {
            list_pairs(anatomy(), ct());
        } catch (const Error& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    EXPECT_NE(message().find("names"), std::string::npos);
    pair(1255);
    EXPECT_EQ(message(), "");
    testing::write(ct() + "/c_vm1256.fre", slice(1256));
    EXPECT_NE(message().find("fresh and frozen"), std::string::npos);
    fs::remove(ct() + "/c_vm1256.fre");
    testing::write(anatomy() + "/avf1255a.raw", section(1255));
    EXPECT_NE(message().find("female"), std::string::npos);
    EXPECT_THROW(list_pairs(folder_ + "/none", ct()), Error);
}

TEST_F(VisibleHuman, FemaleSectionsBetweenTheSlicesAreLeftOut) {
    for (const char* part : {"a", "b", "c"})
        testing::write(anatomy() + "/avf1300" + part + ".raw", section(1300));
    testing::write(ct() + "/c_vf1300.fre", slice(1300));
    const Listing listing = list_pairs(anatomy(), ct());
    EXPECT_EQ(listing.body, "female");
    ASSERT_EQ(listing.pairs.size(), 1u);
    EXPECT_EQ(listing.pairs[0].section, anatomy() + "/avf1300a.raw");
    EXPECT_EQ(listing.left_out.size(), 2u);
}

TEST(Calibration, SliceWithoutBodyOrAirIsAnError) {
    StoredHistogram histogram;
    Image flat(16, 16, 1, PixelType::I16, ColorSpace::Data);
    add_to_histogram(flat, histogram);
    EXPECT_THROW(calibrate(histogram), Error);
}

}  // namespace
}  // namespace radforge::colorize
