// SPDX-License-Identifier: Apache-2.0
// X-ray datasets made on CUDA: on the GPU where one is, and everywhere by the emulator of
// tests/render/xray/emulator.
#include "synth/driver.h"
#include "synth/registry.h"
#include "synth/shard/codec.h"
#include "synth/shard/verify.h"
#include "synth/xray/xray_generator.h"
#include "tests/synth/shard/scratch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace radforge::xray {
namespace {

using test::fingerprint;
using test::Scratch;

class XrayOnCuda : public testing::TestWithParam<const char*> {
protected:
    void SetUp() override {
        if (!cuda_available()) GTEST_SKIP() << "no CUDA device on this machine";
    }
    GeneratorSetup set_up(const char* device) {
        const std::vector<std::string> overrides = {"volume.size_vox=24",
                                                    "image.size_px=40",
                                                    "view.count=6",
                                                    "view.views_per_launch=3",
                                                    "detector.enabled=true",
                                                    "view.geometry=" + std::string(GetParam()),
                                                    "projector.device=" + std::string(device)};
        const auto document = config::Document::from_file(
            std::string(RADFORGE_SOURCE_DIR) + "/scenes/xray/smoke.toml", overrides);
        GeneratorSetup setup = set_up_generator("xray", document, {}, quiet_);
        setup.plan.count = 24;
        return setup;
    }
    std::vector<Sample> samples(const char* device) {
        std::vector<SampleKey> keys;
        for (uint64_t i = 0; i < 24; ++i) keys.push_back({{1}, i});
        return set_up(device).generator->generate(keys);
    }

    Logger quiet_{LogFormat::Text, true};
};

/// Pixels of the images that differ, in all.
struct Difference {
    size_t pixels = 0, differ = 0;
    double largest = 0;

    template <class T>
    void add(const NdArray& a, const NdArray& b) {
        ASSERT_EQ(a.type, pixel_type_of<T>());
        ASSERT_EQ(b.type, a.type);
        ASSERT_EQ(a.bytes.size(), b.bytes.size());
        for (size_t k = 0; k < a.bytes.size(); k += sizeof(T)) {
            T x, y;
            std::memcpy(&x, &a.bytes[k], sizeof x), std::memcpy(&y, &b.bytes[k], sizeof y);
            const double by = std::abs(double(x) - double(y));
            pixels += 1, differ += by > 1e-5 * std::abs(double(x));
            largest = std::max(largest, by);
        }
    }
};

TEST_P(XrayOnCuda, MakesTheCpusSamples) {
    const std::vector<Sample> cpu = samples("cpu"), cuda = samples("cuda");
    ASSERT_EQ(cpu.size(), cuda.size());
    Difference opacity, counts;
    for (size_t i = 0; i < cpu.size(); ++i) {
        ASSERT_EQ(cpu[i].fields.size(), cuda[i].fields.size());
        for (size_t f = 0; f < cpu[i].fields.size(); ++f) {
            const Field &a = cpu[i].fields[f], &b = cuda[i].fields[f];
            ASSERT_EQ(a.name, b.name);
            if (a.name == "xray")
                opacity.add<int16_t>(std::get<NdArray>(a.value), std::get<NdArray>(b.value));
            else if (a.name == "detector")
                counts.add<float>(std::get<NdArray>(a.value), std::get<NdArray>(b.value));
            else
                EXPECT_EQ(shard::encode(a), shard::encode(b)) << a.name << " of sample " << i;
        }
    }
    ASSERT_EQ(opacity.pixels, 24u * 40 * 40);
    EXPECT_LT(opacity.differ, opacity.pixels / 20);
    EXPECT_LE(opacity.largest, 1);
    ASSERT_EQ(counts.pixels, opacity.pixels);
    EXPECT_LT(counts.differ, counts.pixels / 20);  // a photon more or less where a mean was rounded
}

TEST_P(XrayOnCuda, WritesTheSameShardsWithOneThreadAndTwo) {
    const Scratch scratch;
    for (const int threads : {1, 2}) {
        GeneratorSetup setup = set_up("cuda");
        EXPECT_EQ(setup.generator->group_size(), 6);
        setup.plan.directory = scratch / std::to_string(threads);
        RunOptions options;
        options.threads = threads;
        EXPECT_EQ(run(*setup.generator, setup.plan, options, quiet_).samples_made, 24u);
        EXPECT_TRUE(shard::verify(setup.plan.directory, {}, quiet_).problems.empty());
    }
    EXPECT_EQ(fingerprint(scratch / "1"), fingerprint(scratch / "2"));
}

INSTANTIATE_TEST_SUITE_P(RADFORGE_CUDA, XrayOnCuda, testing::Values("ortho", "cone"));

}  // namespace
}  // namespace radforge::xray
