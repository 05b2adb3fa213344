// SPDX-License-Identifier: Apache-2.0
#include "synth/enhance/enhance_generator.h"

#include "render/picture/resize.h"
#include "synth/base/error.h"
#include "synth/base/log.h"
#include "synth/base/parallel.h"
#include "synth/enhance/correction_maps.h"
#include "synth/enhance/enhance_record.h"
#include "synth/enhance/smooth.h"
#include "synth/shard/codec.h"
#include "tests/synth/shard/scratch.h"
#include "tests/synth/xray/scans.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>

namespace radforge::enhance {
namespace {

EnhanceConfig small_config() {
    EnhanceConfig c;
    c.view.size_px = 128;
    c.view.views_per_volume = 3;
    c.phantom.volumes = 4;
    c.phantom.size_px = 64;
    return c;
}

std::vector<SampleKey> keys(uint64_t count) {
    std::vector<SampleKey> list;
    for (uint64_t i = 0; i < count; ++i) list.push_back({{1}, i});
    return list;
}
const NdArray& array(const Sample& sample, size_t field) {
    return std::get<NdArray>(sample.fields[field].value);
}
nlohmann::json meta(const Sample& sample) {
    return nlohmann::json::parse(std::get<std::string>(sample.fields.back().value));
}

double psnr(const Image& a, const Image& b) {
    double squares = 0;
    for (size_t i = 0; i < a.value_count(); ++i) {
        const double d = double(a.values<uint16_t>()[i]) - b.values<uint16_t>()[i];
        squares += d * d;
    }
    return 10 * std::log10(kFullScale * kFullScale * double(a.value_count()) / squares);
}

TEST(EnhanceCt, ScansFullOfGapsAreRefused) {
    const test::Scratch scratch;
    const EnhanceGenerator whole(small_config(), test::head_without({}, scratch / "whole"));
    EXPECT_THROW(EnhanceGenerator(small_config(), test::head_without({12, 13, 14, 15, 16, 17, 18, 19, 20, 21},
                                                                     scratch / "holed")),
                 Error);
}

/// Decodes the members as a reader would and evaluates the formulas of sample-format.md and remap.h anew.
TEST(EnhanceSample, TargetIsTheRemapOfTheStoredRawByTheStoredMaps) {
    const EnhanceGenerator generator(small_config(), {});
    int64_t checked = 0;
    for (const Sample& sample : generator.generate(keys(6))) {
        const auto* raw = reinterpret_cast<const int16_t*>(array(sample, 0).bytes.data());
        const auto* target = reinterpret_cast<const int16_t*>(array(sample, 1).bytes.data());
        const auto* params = reinterpret_cast<const float*>(array(sample, 2).bytes.data());
        ASSERT_EQ(array(sample, 0).shape, (std::vector<int64_t>{1, 128, 128}));
        ASSERT_EQ(array(sample, 2).shape, (std::vector<int64_t>{4, 32, 32}));
        const auto upsampled = [&](int channel, int r, int c) {
            const auto at = [&](int y, int x) {
                return double(params[channel * 32 * 32 + std::clamp(y, 0, 31) * 32 + std::clamp(x, 0, 31)]);
            };
            const double y = (r + 0.5) / 4 - 0.5, x = (c + 0.5) / 4 - 0.5, y0 = std::floor(y),
                         x0 = std::floor(x);
            const int i = int(y0), j = int(x0);
            const double v = y - y0, u = x - x0;
            return (1 - v) * ((1 - u) * at(i, j) + u * at(i, j + 1)) +
                   v * ((1 - u) * at(i + 1, j) + u * at(i + 1, j + 1));
        };
        double loss = 0;
        for (int r = 0; r < 128; r += 3)
            for (int c = 0; c < 128; c += 2) {
                const double x = (raw[r * 128 + c] + 32768) / 65535.0;
                const double z = upsampled(0, r, c) * x + upsampled(1, r, c);
                const double y = z < 0 ? 0.01 * z : z > 1 ? 1 + 0.01 * (z - 1) : z;
                const double wc = upsampled(2, r, c), ww = upsampled(3, r, c);
                const auto g = [&](double t) { return 1 / (1 + std::exp(-4 * (t - wc) / ww)); };
                const double out = std::clamp((g(y) - g(0)) / (g(1) - g(0)), 0.0, 1.0);
                const double stored_target = (target[r * 128 + c] + 32768) / 65535.0;
                EXPECT_NEAR(out, stored_target, 1 / 65535.0);
                loss += (out - stored_target) * (out - stored_target);
                ++checked;
            }
        EXPECT_LT(loss / (43 * 64), 1e-10) << "the floor of the loss is rounding: 1/65535^2/12 = 2e-11";
    }
    EXPECT_GT(checked, 15000);
}

TEST(EnhanceSample, MapsStayInTheModelsRangesAndTheWindowIsConstant) {
    const EnhanceGenerator generator(small_config(), {});
    for (const Sample& sample : generator.generate(keys(6))) {
        const auto* p = reinterpret_cast<const float*>(array(sample, 2).bytes.data());
        constexpr Range<double> kRanges[4] = {kSlope, kBias, kCentre, kWidth};
        for (size_t k = 0; k < 4; ++k)
            for (size_t i = 0; i < 1024; ++i) {
                EXPECT_GE(p[k * 1024 + i], float(kRanges[k].lo));
                EXPECT_LE(p[k * 1024 + i], float(kRanges[k].hi));
                EXPECT_TRUE(k < 2 || p[k * 1024 + i] == p[k * 1024]);
            }
    }
}

/// models.md 4.4 at its own size: true maps reduced by 8 and upsampled, against the picture reduced by 8.
TEST(EnhanceSample, MapsSurviveAReductionByEightAndPicturesDoNot) {
    EnhanceConfig config = small_config();
    config.view.size_px = 1024;
    config.phantom.size_px = 128;
    const EnhanceGenerator generator(config, {});
    double worst_maps = 1e9, picture_sum = 0;
    const int count = 4;
    for (int i = 0; i < count; ++i) {
        const EnhancePair pair = generator.realise(generator.draw({{1}, uint64_t(3 * i)}));
        const Image small =
            picture::resize(full_maps(pair.maps, 1024, 1024), 128, 128, picture::Filter::Area);
        worst_maps = std::min(worst_maps, psnr(remap(pair.raw, small), pair.target));
        const Image reduced = picture::resize(pair.target, 128, 128, picture::Filter::Area);
        Image grey(128, 128, 1, PixelType::F32, ColorSpace::Data);
        for (size_t k = 0; k < grey.value_count(); ++k)
            grey.values<float>()[k] = float(reduced.values<uint16_t>()[k] / kFullScale);
        grey = enlarge_cubic(grey, 1024, 1024);
        Image back(1024, 1024, 1, PixelType::U16, ColorSpace::Data);
        for (size_t k = 0; k < back.value_count(); ++k)
            back.values<uint16_t>()[k] = stored(double(grey.values<float>()[k]));
        picture_sum += psnr(back, pair.target);
    }
    RecordProperty("worst_maps_db", std::to_string(worst_maps));
    RecordProperty("mean_picture_db", std::to_string(picture_sum / count));
    EXPECT_GT(worst_maps, 60);
    EXPECT_LT(picture_sum / count, 45);
    EXPECT_GT(worst_maps, picture_sum / count + 20);
}

TEST(EnhanceSample, DependsOnItsKeyAlone) {
    const std::vector<SampleKey> all = keys(6);
    const std::vector<Sample> together = EnhanceGenerator(small_config(), {}).generate(all);
    const ThreadLimit one(1);
    const EnhanceGenerator fresh(small_config(), {});
    for (size_t i = 0; i < all.size(); i += 2) {
        const Sample alone = fresh.generate(Span<const SampleKey>(&all[i], 1))[0];
        ASSERT_EQ(alone.fields.size(), together[i].fields.size());
        for (size_t f = 0; f < alone.fields.size(); ++f)
            EXPECT_EQ(shard::encode(alone.fields[f]), shard::encode(together[i].fields[f])) << f;
    }
    EXPECT_NE(array(together[0], 0).bytes, array(together[1], 0).bytes);
}

TEST(EnhanceSample, GroupSharesItsVolumeAndSplit) {
    const EnhanceGenerator generator(small_config(), {});
    EXPECT_EQ(generator.group_size(), 3);
    for (uint64_t first = 0; first < 12; first += 3)
        for (uint64_t i = first; i < first + 3; ++i) {
            EXPECT_EQ(generator.split({{1}, i}), generator.split({{1}, first}));
            EXPECT_EQ(generator.draw({{1}, i}).source, generator.draw({{1}, first}).source);
        }
}

TEST(EnhanceSample, MembersAgreeWithTheirSpecsInEveryProfileAndWithDrawnSizes) {
    for (const char* profile : {"raw", "gz", "f32"}) {
        EnhanceConfig config = small_config();
        config.dataset.profile = profile;
        if (std::string(profile) == "gz") config.view.size_px = Dist<int>::choice({100, 150});
        const EnhanceGenerator generator(config, {});
        const std::vector<FieldSpec> specs = generator.fields();
        const Sample sample = generator.generate(keys(1))[0];
        ASSERT_EQ(sample.fields.size(), specs.size());
        for (size_t f = 0; f < specs.size(); ++f) {
            EXPECT_EQ(sample.fields[f].name, specs[f].name);
            EXPECT_EQ(sample.fields[f].extension, specs[f].extension);
            if (specs[f].extension == "json") continue;
            EXPECT_EQ(array(sample, f).type, specs[f].type);
            for (size_t k = 0; k < 3; ++k) {
                const int64_t side = array(sample, f).shape[k];
                EXPECT_TRUE(specs[f].shape[k] >= 0 ? side == specs[f].shape[k]
                                                   : side % (f == 2 ? 2 : 8) == 0);
            }
        }
        const nlohmann::json json = meta(sample);
        EXPECT_EQ(json.at("kind"), "enhance");
        EXPECT_TRUE(json.at("recipe").at("degradation").contains("gamma"));
    }
}

TEST(EnhanceRecord, SizesAreMultiplesOfEightAndThoseOfThePaperStay) {
    EXPECT_EQ(rounded_size_px(1000), 1000);
    EXPECT_EQ(rounded_size_px(4096), 4096);
    EXPECT_EQ(rounded_size_px(1003), 1000);
    EXPECT_EQ(rounded_size_px(1004), 1008);
    EXPECT_EQ(rounded_size_px(1), 64);
}

TEST(EnhanceSample, PresetsFollowTheBodyPart) {
    EnhanceConfig config = small_config();
    config.phantom.head_part = 1, config.phantom.limb_part = 0;
    config.presets.head.of = {{"head_lateral", 1}};
    const EnhanceGenerator heads(config, {});
    EXPECT_EQ(heads.draw({{1}, 0}).shot.preset, "head_lateral");
    config.phantom.head_part = 0, config.phantom.limb_part = 1;
    config.presets.extremity.of = {{"limb_ap", 1}};
    const EnhanceGenerator limbs(config, {});
    EXPECT_EQ(limbs.draw({{1}, 0}).shot.preset, "limb_ap");
}

TEST(EnhanceConfig, ContradictionsAreErrors) {
    EnhanceConfig config = small_config();
    config.phantom.head_part = 0.7, config.phantom.limb_part = 0.7;
    EXPECT_THROW(EnhanceGenerator(config, {}), Error);
    config = small_config();
    config.dataset.samples_per_shard = 2;
    EXPECT_THROW(EnhanceGenerator(config, {}), Error);
}

/// A NIfTI-1 file of one float value (offsets of nifti1.h).
std::string constant_nifti(const std::string& name, float value) {
    std::string bytes(352, '\0');
    const auto put = [&](size_t at, const auto& v) { std::memcpy(bytes.data() + at, &v, sizeof v); };
    put(0, int32_t(348));
    const int16_t dim[8] = {3, 24, 24, 40, 1, 1, 1, 1}, type = 16, bits = 32;
    put(40, dim), put(70, type), put(72, bits);
    const float pixdim[4] = {1, 4, 4, 4}, offset = 352;
    put(76, pixdim), put(108, offset);
    bytes[123] = 2;        // mm
    put(254, int16_t(1));  // sform
    const float rows[3][4] = {{4, 0, 0, 0}, {0, 4, 0, 0}, {0, 0, 4, 0}};
    put(280, rows);
    std::memcpy(bytes.data() + 344, "n+1", 4);
    for (int i = 0; i < 24 * 24 * 40; ++i) bytes.append(reinterpret_cast<const char*>(&value), 4);
    const std::string path = testing::TempDir() + name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
}

TEST(EnhanceSample, EmptyAndNotANumberScansAreErrorsThatQuarantine) {
    Logger logger(LogFormat::Text, true);
    for (const float value : {-1000.0f, std::numeric_limits<float>::quiet_NaN()}) {
        const std::string path = constant_nifti("enhance_bad.nii", value);
        try {
            const EnhanceGenerator generator(small_config(),
                                             volume::find_sources(Span<const std::string>(&path, 1), logger));
            generator.generate(keys(1));
            FAIL() << "no error";
        } catch (const Error& error) {
            EXPECT_NE(std::string(error.what()).find("no body"), std::string::npos) << error.what();
        }
        std::filesystem::remove(path);
    }
}

}  // namespace
}  // namespace radforge::enhance
