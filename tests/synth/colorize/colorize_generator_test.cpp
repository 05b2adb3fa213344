// SPDX-License-Identifier: Apache-2.0
#include "synth/colorize/colorize_generator.h"

#include "synth/base/error.h"
#include "synth/base/log.h"
#include "synth/base/parallel.h"
#include "synth/colorize/body_mask.h"
#include "synth/colorize/contour.h"
#include "synth/colorize/look.h"
#include "synth/shard/codec.h"
#include "tests/synth/shard/scratch.h"
#include "tests/synth/xray/scans.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace radforge::colorize {
namespace {

using volume::Tissue;

ColorizeConfig small_config() {
    ColorizeConfig c;
    c.section.pairs_per_volume = 2;
    c.phantom.volumes = 5;
    c.phantom.size_px = 128;
    return c;
}

std::vector<SampleKey> keys(uint64_t count) {
    std::vector<SampleKey> list;
    for (uint64_t i = 0; i < count; ++i) list.push_back({{1}, i});
    return list;
}

const Image& picture(const Sample& s, size_t f) { return std::get<Image>(s.fields[f].value); }
const NdArray& array(const Sample& s, size_t f) { return std::get<NdArray>(s.fields[f].value); }
nlohmann::json meta(const Sample& s) {
    return nlohmann::json::parse(std::get<std::string>(s.fields.back().value));
}
std::string bytes_of_all(const std::vector<Sample>& samples) {
    std::string all;
    for (const Sample& s : samples)
        for (const Field& f : s.fields) all += shard::encode(f);
    return all;
}

TEST(ColorizeSample, MembersAreThoseOfTheSpecsInEveryProfileAndMode) {
    for (const char* profile : {"raw", "gz", "f32"})
        for (const char* mode : {"max", "two", "full"}) {
            ColorizeConfig config = small_config();
            config.phantom.size_px = 64;
            config.dataset.profile = profile;
            config.contour.mode = mode;
            const ColorizeGenerator generator(config, {});
            const std::vector<FieldSpec> specs = generator.fields();
            const Sample s = generator.generate(keys(1))[0];
            ASSERT_EQ(s.fields.size(), 6u);
            const char* names[] = {"ct", "rgb", "mask", "labels", "contour", "meta"};
            for (size_t f = 0; f < 6; ++f) {
                EXPECT_EQ(s.fields[f].name, names[f]);
                EXPECT_EQ(s.fields[f].name, specs[f].name);
                EXPECT_EQ(s.fields[f].extension, specs[f].extension);
            }
            EXPECT_EQ(array(s, 0).type, PixelType::I16) << "HU in every profile";
            EXPECT_EQ(array(s, 0).shape, specs[0].shape);
            EXPECT_EQ(picture(s, 1).channels, 3);
            EXPECT_EQ(array(s, 4).shape, specs[4].shape);
            EXPECT_EQ(array(s, 4).shape[0], std::string(mode) == "two" ? 2 : 1);
            EXPECT_EQ(array(s, 4).type, specs[4].type);
            EXPECT_EQ(meta(s).at("origin"), "phantom");
            EXPECT_EQ(meta(s).at("contour"), mode);
        }
}

TEST(ColorizeSample, OutsideTheMaskEverythingIsEmpty) {
    const ColorizeGenerator generator(small_config(), {});
    for (const SampleKey& key : keys(6)) {
        const SectionPair pair = generator.realise(generator.draw(key));
        int64_t outside = 0;
        for (size_t i = 0; i < pair.mask.value_count(); ++i) {
            if (pair.mask.values<uint8_t>()[i] != 0) continue;
            ++outside;
            EXPECT_EQ(pair.ct.values<int16_t>()[i], -1000);
            EXPECT_EQ(pair.labels.values<uint8_t>()[i], 0);
            EXPECT_EQ(pair.contour.values<float>()[i], 0);
            for (size_t k = 0; k < 3; ++k) EXPECT_EQ(pair.rgb.values<uint8_t>()[3 * i + k], 0);
        }
        EXPECT_GT(outside, 1000);
        EXPECT_LT(outside, 128 * 128 - 1000);
    }
}

TEST(ColorizeSample, HuAndColourAreThoseOfTheLabels) {
    // Inside a tissue, two pixels from any other label: means over many samples.
    ColorizeConfig config = small_config();
    config.phantom.size_px = 192;
    config.scanner.ring_probability = config.scanner.streak_probability = 0;
    config.photo.ramp_counts = Dist<double>(0.0);
    const ColorizeGenerator generator(config, {});
    struct Sum {
        double n = 0, hu = 0, squares = 0;
        Vec3d rgb;
    };
    std::map<Tissue, Sum> sums;
    for (const SampleKey& key : keys(16)) {
        const SectionPair pair = generator.realise(generator.draw(key));
        const auto labels = pair.labels.view<uint8_t>();
        for (int r = 2; r < 190; ++r)
            for (int c = 2; c < 190; ++c) {
                bool alone = true;
                for (int y = -2; y <= 2; ++y)
                    for (int x = -2; x <= 2; ++x) alone = alone && labels(r + y, c + x) == labels(r, c);
                if (!alone || labels(r, c) == 0) continue;
                Sum& s = sums[Tissue(labels(r, c))];
                const double hu = pair.ct.view<int16_t>()(r, c);
                ++s.n, s.hu += hu, s.squares += hu * hu;
                for (int k = 0; k < 3; ++k) s.rgb[k] += pair.rgb.view<uint8_t>()(r, c, k);
            }
    }
    int checked = 0;
    for (const auto& [tissue, s] : sums) {
        if (s.n < 400) continue;
        const TissueLook& look = tissue_look(tissue);
        const char* name = volume::tissue_facts(tissue).name;
        // Texture of some mm within regions of some cm leaves a fifth of the deviation in the mean.
        EXPECT_NEAR(s.hu / s.n, double(look.hu_mean), 2.5 + 0.25 * double(look.hu_deviation)) << name;
        const double deviation = std::sqrt(s.squares / s.n - s.hu / s.n * (s.hu / s.n));
        EXPECT_GT(deviation, 6) << name << ": noise of 8 to 15 HU";
        EXPECT_LT(deviation, 16 + 1.3 * double(look.hu_deviation)) << name;
        for (int k = 0; k < 3; ++k) EXPECT_NEAR(s.rgb[k] / s.n, double(look.rgb[k]), 34) << name << k;
        ++checked;
    }
    EXPECT_GE(checked, 8);
    EXPECT_TRUE(sums.count(Tissue::Muscle) && sums.count(Tissue::Fat) && sums.count(Tissue::Lung));
}

TEST(ColorizeSample, ContourIsThatOfTheStoredSlice) {
    for (const char* mode : {"max", "two", "full"}) {
        ColorizeConfig config = small_config();
        config.contour.mode = mode;
        const ColorizeGenerator generator(config, {});
        const SectionPair pair = generator.realise(generator.draw({{1}, 3}));
        const auto ct = pair.ct.view<int16_t>();
        const Image fat = sobel_in_range(ct, {-190, -30}), bone = sobel_in_range(ct, {150, 1800}),
                    full = sobel_in_range(ct, {-1000, 3096});
        for (size_t i = 0; i < ct.height_px * size_t(ct.width_px); ++i) {
            if (pair.mask.values<uint8_t>()[i] == 0) continue;
            const float f = fat.values<float>()[i], b = bone.values<float>()[i];
            const Span<const float> c = pair.contour.values<float>();
            if (std::string(mode) == "max") {
                EXPECT_EQ(c[i], std::max(f, b));
            } else if (std::string(mode) == "two") {
                EXPECT_EQ(c[2 * i], f);
                EXPECT_EQ(c[2 * i + 1], b);
            } else {
                EXPECT_EQ(c[i], full.values<float>()[i]);
            }
        }
    }
}

TEST(ColorizeSample, DoesNotDependOnThreadsGroupOrRun) {
    const ColorizeGenerator generator(small_config(), {});
    const std::vector<SampleKey> all = keys(4);
    const std::string together = bytes_of_all(generator.generate(all));
    const ThreadLimit one(1);
    const ColorizeGenerator again(small_config(), {});
    std::string apart;
    for (const SampleKey& key : all) apart += bytes_of_all(again.generate(Span<const SampleKey>(&key, 1)));
    EXPECT_EQ(together, apart);
}

TEST(ColorizeSample, SlicesOfOnePatientShareTexturesAndSplit) {
    const ColorizeGenerator generator(small_config(), {});
    std::map<size_t, std::set<uint32_t>> seeds;
    std::map<size_t, std::set<std::string>> splits;
    for (const SampleKey& key : keys(60)) {
        const ColorizeRecipe recipe = generator.draw(key);
        seeds[recipe.source].insert(recipe.texture_seed);
        splits[recipe.source].insert(generator.split(key));
    }
    EXPECT_EQ(seeds.size(), 5u);
    std::set<uint32_t> different;
    for (const auto& [source, set] : seeds) {
        EXPECT_EQ(set.size(), 1u);
        EXPECT_EQ(splits[source].size(), 1u);
        different.insert(set.begin(), set.end());
    }
    EXPECT_EQ(different.size(), 5u);
}

TEST(ColorizeSample, RecipeStaysInItsRanges) {
    const ColorizeGenerator generator(small_config(), {});
    int rings = 0, streaks = 0;
    for (const SampleKey& key : keys(400)) {
        const ColorizeRecipe r = generator.draw(key);
        EXPECT_GE(r.scan.noise_hu, 8);
        EXPECT_LE(r.scan.noise_hu, 15);
        EXPECT_GE(r.slice, 0);
        EXPECT_LT(r.slice, 180);
        rings += !r.scan.rings.empty(), streaks += !r.scan.streaks.empty();
    }
    // A tenth of 400, within four deviations of 6.
    EXPECT_NEAR(rings, 40, 24);
    EXPECT_NEAR(streaks, 40, 24);
}

TEST(ColorizeSample, RealSlicesKeepTheirHuAndAreMarkedPseudo) {
    Logger logger(LogFormat::Text, true);
    const std::string folder = RADFORGE_SHARED_DIR "/data/ct/head_ge_tilt";
    ColorizeConfig config = small_config();
    const ColorizeGenerator generator(config,
                                      volume::find_sources(Span<const std::string>(&folder, 1), logger));
    const VolumeSources sources(volume::find_sources(Span<const std::string>(&folder, 1), logger),
                                config.phantom, config.dataset, 2);
    EXPECT_EQ(generator.fields()[0].shape, (std::vector<int64_t>{1, -1, -1}));
    const ColorizeRecipe recipe = generator.draw({{1}, 2});
    const SectionPair pair = generator.realise(recipe);
    EXPECT_EQ(pair.origin, "pseudo");
    const auto volume = sources.load(recipe.source);
    int64_t inside = 0;
    for (int r = 0; r < volume->rows; ++r)
        for (int c = 0; c < volume->columns; ++c) {
            if (pair.mask.view<uint8_t>()(r, c) == 0) continue;
            const int16_t hu = volume->at(recipe.slice, r, c);
            EXPECT_EQ(pair.ct.view<int16_t>()(r, c), hu == Volume::kHuPadding ? -1000 : hu);
            ++inside;
        }
    EXPECT_GT(inside, volume->rows * volume->columns / 10);
    const Sample sample = generator.generate(keys(1))[0];
    EXPECT_EQ(meta(sample).at("origin"), "pseudo");
    EXPECT_EQ(meta(sample).at("labels_by"), "classifier");
    EXPECT_FALSE(meta(sample).at("recipe").contains("scan"));
}

TEST(ColorizeSample, ACouchAloneIsNoBody) {
    // A head in the lower slices, on a couch that goes on above it.
    constexpr int kSide = 80, kSlices = 12, kHead = 6;
    Volume v;
    v.slices = kSlices, v.rows = v.columns = kSide;
    v.row_spacing_mm = v.column_spacing_mm = v.slice_thickness_mm = 3;
    v.origin = "phantom";
    for (int s = 0; s < kSlices; ++s) {
        v.slice_origin_mm.push_back({-120, -120, 3.0 * s});
        for (int r = 0; r < kSide; ++r)
            for (int c = 0; c < kSide; ++c) {
                const bool head = s < kHead && std::hypot(r - 34, c - 40) < 26;
                v.hu.push_back(head ? 40 : r >= 62 && r < 70 && c >= 5 && c < 75 ? -150 : -1000);
            }
    }
    v.identify();
    const test::Scratch scratch;
    const ColorizeGenerator generator(small_config(), {test::as_source(v, scratch / "head.vdb")});
    int bodies = 0, empty = 0;
    for (const SampleKey& key : keys(24)) {
        const ColorizeRecipe recipe = generator.draw(key);
        if (recipe.slice >= kHead) {
            EXPECT_THROW(generator.realise(recipe), Error) << recipe.slice;
            ++empty;
            continue;
        }
        EXPECT_EQ(generator.realise(recipe).mask.view<uint8_t>()(66, 20), 0) << recipe.slice;
        ++bodies;
    }
    EXPECT_GT(bodies, 4);
    EXPECT_GT(empty, 4);
}

/// Slices of a trunk of fat, muscle and two lungs, 360 by 240 mm.
std::vector<float> trunk(int nx, int ny, int nz, double dx, double dy) {
    std::vector<float> hu;
    for (int z = 0; z < nz; ++z)
        for (int j = 0; j < ny; ++j)
            for (int i = 0; i < nx; ++i) {
                const double x = (i + 0.5) * dx - 180, y = (j + 0.5) * dy - 120;
                const auto within = [&](double at, double a, double b) {
                    return std::hypot((x - at) / a, y / b) < 1;
                };
                hu.push_back(within(-70, 45, 60) || within(70, 45, 60) ? -850
                             : within(0, 145, 85)                      ? 50
                             : within(0, 160, 100)                     ? -100
                                                                       : -1000);
            }
    return hu;
}

TEST(ColorizeSample, LabelsDependOnTheBodyNotOnTheShapeOfThePixels) {
    const test::Scratch scratch;
    Logger logger(LogFormat::Text, true);
    const auto areas_mm2 = [&](int nx, int ny) {
        const float spacing_mm[3] = {360.f / float(nx), 240.f / float(ny), 3};
        const std::string file = scratch / (std::to_string(nx) + ".nii");
        test::write_float_nifti(file, nx, ny, 4, trunk(nx, ny, 4, 360. / nx, 240. / ny), spacing_mm);
        const ColorizeGenerator generator(small_config(),
                                          volume::find_sources(Span<const std::string>(&file, 1), logger));
        const SectionPair pair = generator.realise(generator.draw({{1}, 0}));
        std::map<Tissue, double> areas;
        for (const uint8_t label : pair.labels.values<uint8_t>())
            areas[Tissue(label)] += pair.pixel_mm * pair.pixel_mm;
        return areas;
    };
    const auto square = areas_mm2(360, 240);
    for (const auto& other : {areas_mm2(120, 240), areas_mm2(360, 80)})
        for (const auto& [tissue, area] : square) {
            if (area < 1000) continue;
            const auto found = other.find(tissue);
            ASSERT_NE(found, other.end()) << volume::tissue_facts(tissue).name;
            EXPECT_NEAR(found->second / area, 1, 0.1) << volume::tissue_facts(tissue).name;
        }
}

TEST(ColorizeConfig, ImpossibleOnesAreErrorsNamingTheKey) {
    ColorizeConfig config = small_config();
    config.dataset.samples_per_shard = 1;
    EXPECT_THROW(ColorizeGenerator(config, {}), Error);
    config = small_config();
    config.contour.fat_high_hu = -200;
    try {
        ColorizeGenerator(config, {});
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("contour"), std::string::npos);
    }
}

}  // namespace
}  // namespace radforge::colorize
