// SPDX-License-Identifier: Apache-2.0
#include "synth/blur/blur_generator.h"

#include "synth/base/error.h"
#include "synth/base/log.h"
#include "synth/config/reader.h"
#include "synth/shard/codec.h"
#include "tests/synth/shard/scratch.h"
#include "tests/synth/xray/scans.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <complex>
#include <map>
#include <set>
#include <string>

namespace radforge::blur {
namespace {

BlurConfig small_config() {
    BlurConfig c;
    c.blur.pairs_per_volume = 4;
    c.crop.size_px = 96;
    c.phantom.volumes = 3;
    c.phantom.size_px = 128;
    c.phantom.slices = 12;
    return c;
}

std::vector<SampleKey> keys(uint64_t count) {
    std::vector<SampleKey> list;
    for (uint64_t i = 0; i < count; ++i) list.push_back({{1}, i});
    return list;
}

std::vector<BlurRecipe> recipes(const BlurGenerator& generator, uint64_t count) {
    std::vector<BlurRecipe> list;
    for (const SampleKey& key : keys(count)) list.push_back(generator.draw(key));
    return list;
}

const NdArray& array(const Sample& sample, size_t field) {
    return std::get<NdArray>(sample.fields[field].value);
}
nlohmann::json meta(const Sample& sample) {
    return nlohmann::json::parse(std::get<std::string>(sample.fields.back().value));
}

int mirror(int i, int n) { return i < 0 ? -i : i >= n ? 2 * n - 2 - i : i; }

TEST(BlurSample, BlurredIsTheConvolutionOfTheStoredSharpSliceWithTheStoredKernel) {
    BlurConfig config = small_config();
    config.crop.size_px = 0;
    const BlurGenerator generator(config, {});
    int checked = 0;
    for (const Sample& sample : generator.generate(keys(6))) {
        const auto* sharp = reinterpret_cast<const int16_t*>(array(sample, 0).bytes.data());
        const auto* blurred = reinterpret_cast<const int16_t*>(array(sample, 1).bytes.data());
        const auto* psf = reinterpret_cast<const float*>(array(sample, 2).bytes.data());
        ASSERT_EQ(array(sample, 0).shape, (std::vector<int64_t>{1, 128, 128}));
        ASSERT_EQ(array(sample, 2).shape, (std::vector<int64_t>{1, 65, 65}));
        double total = 0;
        for (int i = 0; i < 65 * 65; ++i) total += double(psf[i]);
        EXPECT_EQ(total, 1);
        for (int r = 0; r < 128; r += 5)
            for (int c = 0; c < 128; c += 3) {
                double sum = 0;
                for (int i = 0; i < 65; ++i)
                    for (int j = 0; j < 65; ++j)
                        sum += double(psf[i * 65 + j]) *
                               sharp[mirror(r - i + 32, 128) * 128 + mirror(c - j + 32, 128)];
                EXPECT_EQ(std::floor(sum + 0.5), blurred[r * 128 + c]);
                ++checked;
            }
    }
    EXPECT_GT(checked, 5000);
}

/// DeblurGAN's lines: stretch, convolve as scipy's fftconvolve(..., "same") with the padded kernel, stretch.
TEST(BlurSample, CompatModeIsThePublishedFormula) {
    BlurConfig config = small_config();
    config.blur.mode = "compat";
    config.blur.center = "box";
    config.dataset.profile = "f32";
    config.phantom.size_px = 96;
    const BlurGenerator generator(config, {});
    const std::vector<BlurRecipe> list = recipes(generator, 4);
    const std::vector<BlurPair> pairs = generator.realise(list);
    const VolumeSources sources({}, config.phantom, config.dataset, 4);
    for (size_t n = 0; n < list.size(); ++n) {
        const auto volume = sources.load(list[n].source);
        const int size = 96, pad = (size - 64) / 2;
        double lo = 1e9, hi = -1e9;
        const auto hu = [&](int r, int c) {
            const int16_t v = volume->at(list[n].slice, r, c);
            return v == Volume::kHuPadding ? -1000.0 : v;
        };
        for (int r = 0; r < size; ++r)
            for (int c = 0; c < size; ++c) lo = std::min(lo, hu(r, c)), hi = std::max(hi, hu(r, c));
        // The padded kernel's full convolution, of which "same" keeps the rows from (size - 1) / 2 on.
        std::vector<double> padded(size_t(size * size)), out(size_t(size * size));
        for (int i = 0; i < 64; ++i)
            for (int j = 0; j < 64; ++j)
                padded[size_t((i + pad) * size + j + pad)] = double(pairs[n].psf.at(0, i, j));
        for (int r = 0; r < size; ++r)
            for (int c = 0; c < size; ++c) {
                double sum = 0;
                for (int i = pad; i < pad + 64; ++i)
                    for (int j = pad; j < pad + 64; ++j) {
                        const int y = r + (size - 1) / 2 - i, x = c + (size - 1) / 2 - j;
                        if (y < 0 || x < 0 || y >= size || x >= size) continue;
                        const double k = padded[size_t(i * size + j)];
                        if (k > 0) sum += k * (hu(y, x) - lo) / (hi - lo);
                    }
                out[size_t(r * size + c)] = sum;
            }
        const auto [least, most] = std::minmax_element(out.begin(), out.end());
        EXPECT_EQ(pairs[n].psf.largest(), 1);
        for (int r = 0; r < size; ++r)
            for (int c = 0; c < size; ++c) {
                EXPECT_NEAR(pairs[n].sharp.view<float>()(r, c), (hu(r, c) - lo) / (hi - lo), 1e-6);
                EXPECT_NEAR(pairs[n].blurred.view<float>()(r, c),
                            (out[size_t(r * size + c)] - *least) / (*most - *least), 1e-5);
            }
    }
}

TEST(BlurSample, CropIsTheSamePartOfTheWholeSlice) {
    BlurConfig config = small_config();
    const BlurGenerator cropping(config, {});
    const std::vector<BlurRecipe> list = recipes(cropping, 5);
    std::vector<BlurRecipe> whole = list;
    for (BlurRecipe& r : whole) r.crop = {0, 0, 128, 128};
    const auto part = cropping.realise(list), full = cropping.realise(whole);
    for (size_t n = 0; n < list.size(); ++n)
        for (int r = 0; r < 96; ++r)
            for (int c = 0; c < 96; ++c) {
                EXPECT_EQ(part[n].sharp.view<int16_t>()(r, c),
                          full[n].sharp.view<int16_t>()(r + list[n].crop.top_px, c + list[n].crop.left_px));
                EXPECT_EQ(part[n].blurred.view<int16_t>()(r, c),
                          full[n].blurred.view<int16_t>()(r + list[n].crop.top_px, c + list[n].crop.left_px));
            }
}

TEST(BlurSample, DoesNotDependOnItsGroup) {
    for (const char* motion : {"plane", "volume"}) {
        BlurConfig config = small_config();
        config.blur.motion = motion;
        const BlurGenerator generator(config, {});
        const std::vector<SampleKey> all = keys(8);
        const std::vector<Sample> together = generator.generate(all);
        for (size_t i = 0; i < all.size(); i += 3) {
            const Sample alone = generator.generate(Span<const SampleKey>(&all[i], 1))[0];
            for (size_t f = 0; f < alone.fields.size(); ++f)
                EXPECT_EQ(shard::encode(alone.fields[f]), shard::encode(together[i].fields[f]));
        }
    }
}

TEST(BlurSample, GroupSharesItsVolumeAndSplit) {
    const BlurGenerator generator(small_config(), {});
    EXPECT_EQ(generator.group_size(), 4);
    std::set<std::string> volumes;
    for (uint64_t first = 0; first < 24; first += 4)
        for (uint64_t i = first; i < first + 4; ++i) {
            EXPECT_EQ(generator.split({{1}, i}), generator.split({{1}, first}));
            EXPECT_EQ(generator.draw({{1}, i}).source, generator.draw({{1}, first}).source);
        }
}

TEST(BlurSample, MembersAgreeWithTheirSpecsInEveryModeAndProfile) {
    for (const char* mode : {"linear", "compat"})
        for (const char* profile : {"raw", "gz", "f32"})
            for (const char* motion : {"plane", "volume"}) {
                BlurConfig config = small_config();
                config.blur.mode = mode;
                config.blur.motion = motion;
                config.dataset.profile = profile;
                if (std::string(mode) == "compat") {
                    config.blur.center = "box";
                    if (std::string(motion) == "volume") {
                        EXPECT_THROW(BlurGenerator(config, {}), Error);
                        continue;
                    }
                }
                const BlurGenerator generator(config, {});
                const std::vector<FieldSpec> specs = generator.fields();
                const Sample sample = generator.generate(keys(1))[0];
                ASSERT_EQ(sample.fields.size(), specs.size());
                for (size_t f = 0; f < specs.size(); ++f) {
                    EXPECT_EQ(sample.fields[f].name, specs[f].name);
                    EXPECT_EQ(sample.fields[f].extension, specs[f].extension);
                    if (specs[f].extension == "json") continue;
                    EXPECT_EQ(array(sample, f).type, specs[f].type);
                    for (size_t k = 0; k < 3; ++k)
                        if (specs[f].shape[k] >= 0) {
                            EXPECT_EQ(array(sample, f).shape[k], specs[f].shape[k]);
                        }
                }
                const nlohmann::json json = meta(sample);
                EXPECT_EQ(json.at("kind"), "blur");
                EXPECT_EQ(json.contains("window"), std::string(mode) == "linear");
                EXPECT_EQ(json.at("recipe").contains("through_plane"), std::string(motion) == "volume");
            }
}

TEST(BlurSample, ThroughPlaneMotionMixesNeighbouringSlices) {
    BlurConfig config = small_config();
    config.blur.motion = "volume";
    config.blur.exposure = Dist<double>(1.0);
    config.crop.size_px = 0;
    const BlurGenerator generator(config, {});
    const VolumeSources sources({}, config.phantom, config.dataset, 4);
    const std::vector<BlurRecipe> list = recipes(generator, 8);
    const std::vector<BlurPair> pairs = generator.realise(list);
    int deep = 0;
    for (size_t n = 0; n < list.size(); ++n) {
        const optics::Psf& psf = pairs[n].psf;
        EXPECT_EQ(psf.depth % 2, 1);
        EXPECT_NEAR(psf.sum(), 1, 1e-6);
        deep += psf.depth > 1;
        const auto volume = sources.load(list[n].source);
        const auto hu = [&](int s, int r, int c) {
            const int16_t v = volume->at(s, r, c);
            return v == Volume::kHuPadding ? -1000.0 : v;
        };
        for (const int r : {3, 64, 100})
            for (const int c : {0, 50, 127}) {
                double sum = 0;
                for (int d = 0; d < psf.depth; ++d)
                    for (int i = 0; i < 65; ++i)
                        for (int j = 0; j < 65; ++j)
                            if (psf.at(d, i, j) > 0)
                                sum += double(psf.at(d, i, j)) *
                                       hu(mirror(list[n].slice - d + psf.depth / 2, volume->slices),
                                          mirror(r - i + 32, 128), mirror(c - j + 32, 128));
                EXPECT_EQ(std::floor(sum + 0.5), pairs[n].blurred.view<int16_t>()(r, c));
            }
    }
    EXPECT_GT(deep, 4);
}

TEST(BlurSample, RealSlicesAreFreeOfPadding) {
    Logger logger(LogFormat::Text, true);
    const std::string folder = RADFORGE_SHARED_DIR "/data/ct/head_ge_tilt";
    BlurConfig config = small_config();
    config.crop.size_px = 0;
    const BlurGenerator generator(config, volume::find_sources(Span<const std::string>(&folder, 1), logger));
    const std::vector<BlurRecipe> list = recipes(generator, 4);
    int64_t padding_px = 0;
    for (const BlurPair& pair : generator.realise(list)) {
        padding_px += pair.padding_px;
        int64_t air = 0;
        for (const int16_t v : pair.sharp.values<int16_t>()) {
            EXPECT_NE(v, Volume::kHuPadding);
            air += v == kAir_hu;
        }
        EXPECT_GE(air, pair.padding_px);
        const Span<const int16_t> blurred = pair.blurred.values<int16_t>();
        EXPECT_GT(*std::min_element(blurred.begin(), blurred.end()), -1100);
    }
    EXPECT_GT(padding_px, 0) << "this scanner fills the corners of its slices";
}

TEST(BlurSample, WindowIsOneOfTheBodyPart) {
    BlurConfig config = small_config();
    config.windows.head.of = {{"brain", 1}};
    config.windows.chest.of = {{"lung", 1}};
    config.windows.abdomen.of = {{"liver", 1}};
    const BlurGenerator generator(config, {});
    const VolumeSources sources({}, config.phantom, config.dataset, 4);
    for (const BlurRecipe& r : recipes(generator, 40)) {
        const BodyPart part = sources.load(r.source)->body_part;
        EXPECT_EQ(r.window, part == BodyPart::Head ? "brain" : part == BodyPart::Chest ? "lung" : "liver");
    }
}

TEST(BlurConfig, PaperRecipeHas300TestPairsOf14329) {
    const auto document = config::Document::from_file(RADFORGE_SOURCE_DIR "/scenes/blur/paper.toml", {});
    const auto config = config::load<BlurConfig>(document);
    EXPECT_EQ(config.blur.mode, "compat");
    EXPECT_EQ(config.blur.center, "box");
    EXPECT_EQ(config.crop.size_px, 256);
    const VolumeSources sources({}, config.phantom, config.dataset, config.blur.pairs_per_volume);
    std::map<std::string, int> pairs;
    for (uint64_t i = 0; i < 14329; ++i) ++pairs[sources.split({{uint64_t(config.dataset.seed)}, i})];
    EXPECT_EQ(pairs, (std::map<std::string, int>{{"train", 14029}, {"test", 300}}));
}

TEST(BlurCt, ScansFullOfGapsAreRefusedWhereTheMotionIsThroughTheSlices) {
    const test::Scratch scratch;
    const auto head = test::head_without({12, 13, 14, 15, 16, 17, 18, 19, 20, 21}, scratch / "head");
    BlurConfig config = small_config();
    EXPECT_EQ(BlurGenerator(config, head).notes().size(), 1u);
    config.blur.motion = "volume";
    EXPECT_THROW(BlurGenerator(config, head), Error);
}

TEST(BlurConfig, CropLargerThanThePhantomsIsRefusedBeforeAnySample) {
    BlurConfig config = small_config();
    config.crop.size_px = config.phantom.size_px;
    BlurGenerator(config, {}).draw({{1}, 0});
    ++config.crop.size_px;
    try {
        const BlurGenerator generator(config, {});
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::Usage);
        EXPECT_NE(std::string(error.what()).find("phantom.size_px"), std::string::npos) << error.what();
    }
}

TEST(BlurConfig, CropLargerThanTheSliceIsAnErrorNamingTheKey) {
    const test::Scratch scratch;
    const float spacing_mm[3] = {1, 1, 5};
    test::write_float_nifti(scratch / "small.nii", 100, 100, 2, std::vector<float>(20000, 40), spacing_mm);
    Logger logger(LogFormat::Text, true);
    const std::string file = scratch / "small.nii";
    BlurConfig config = small_config();
    config.crop.size_px = 101;
    const BlurGenerator generator(config, volume::find_sources(Span<const std::string>(&file, 1), logger));
    try {
        generator.draw({{1}, 0});
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("crop.size_px"), std::string::npos);
    }
}

TEST(BlurConfig, MotionThroughTheSlicesOfAOneSliceVolumeIsAnErrorNamingIt) {
    const test::Scratch scratch;
    const float spacing_mm[3] = {1, 1, 5};
    test::write_float_nifti(scratch / "one.nii", 100, 100, 1, std::vector<float>(10000, 40), spacing_mm);
    Logger logger(LogFormat::Text, true);
    const std::string file = scratch / "one.nii";
    BlurConfig config = small_config();
    config.blur.motion = "volume";
    const BlurGenerator generator(config, volume::find_sources(Span<const std::string>(&file, 1), logger));
    try {
        generator.generate(keys(1));
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::BadData);
        EXPECT_NE(std::string(error.what()).find("blur.motion"), std::string::npos) << error.what();
    }
}

TEST(BlurConfig, GroupsLargerThanAShardAreAnError) {
    BlurConfig config = small_config();
    config.dataset.samples_per_shard = 3;
    EXPECT_THROW(BlurGenerator(config, {}), Error);
}

TEST(BlurStretched, ConstantSliceIsAnError) {
    const std::vector<int16_t> slice(100, 40);
    optics::Psf psf{1, 64, std::vector<float>(64 * 64)};
    psf.at(0, 31, 31) = psf.at(0, 31, 32) = 0.5f;
    EXPECT_THROW(blur_stretched({slice.data(), 10, 10, 1, 10}, psf, 31), Error);
}

}  // namespace
}  // namespace radforge::blur
