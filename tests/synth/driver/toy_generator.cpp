// SPDX-License-Identifier: Apache-2.0
#include "tests/synth/driver/toy_generator.h"

#include "synth/base/error.h"
#include "synth/shard/meta.h"

#include <chrono>
#include <thread>

namespace radforge::test {

std::vector<FieldSpec> ToyGenerator::fields() const {
    FieldSpec noise, meta;
    noise.name = "noise";
    noise.extension = "png";
    noise.shape = {settings_.side_px, settings_.side_px, 3};
    meta.name = "meta";
    meta.extension = "json";
    return {noise, meta};
}

std::string ToyGenerator::split(const SampleKey& key) const {
    const auto group = uint64_t(settings_.group_size);
    Rng rng({key.root, key.index / group * group}, Stream::Split);
    return rng.uniform() < 0.2 ? "val" : "train";
}

std::vector<Sample> ToyGenerator::generate(Span<const SampleKey> keys) const {
    std::vector<Sample> samples;
    for (const SampleKey& key : keys) samples.push_back(make(key));
    return samples;
}

Sample ToyGenerator::make(const SampleKey& key) const {
    if (settings_.on_sample) settings_.on_sample(key.index);
    if (settings_.delay_s > 0) std::this_thread::sleep_for(std::chrono::duration<double>(settings_.delay_s));
    if (settings_.broken.count(key.index))
        throw Error(ErrorKind::BadData, "cut slice")
            .where("/home/someone/ct/slice" + std::to_string(key.index) + ".dcm");
    Rng rng(key, Stream::Sensor);
    Image noise(settings_.side_px, settings_.side_px, 3, PixelType::U8, ColorSpace::Srgb);
    for (std::byte& b : noise.bytes) b = std::byte(uint8_t(rng.next_u32() + settings_.twist));
    Sample sample;
    sample.key = key;
    sample.split = split(key);
    sample.fields = {{"noise", "png", std::move(noise)},
                     {"meta", "json", shard::make_meta({"toy", sample.split, "toys", key}, "{}", "{}")}};
    return sample;
}

DatasetPlan toy_plan(const std::string& directory, uint64_t count) {
    DatasetPlan plan;
    plan.directory = directory;
    plan.name = "toys";
    plan.seed = {11};
    plan.count = count;
    plan.samples_per_shard = 8;
    plan.config_toml = "[camera]\nspp = 64\n[dataset]\nname = \"toys\"\n";
    plan.overrides = "camera.spp=64\n";
    return plan;
}

}  // namespace radforge::test
