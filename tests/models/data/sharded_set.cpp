// SPDX-License-Identifier: Apache-2.0
#include "tests/models/data/sharded_set.h"

#include "synth/base/log.h"
#include "synth/shard/index.h"
#include "synth/shard/meta.h"
#include "synth/shard/names.h"
#include "synth/shard/quantise.h"
#include "synth/shard/shard_writer.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>

namespace radforge::test {
namespace {

constexpr int kHeight = 6, kWidth = 8;

const shard::NumericField kMap{"map", {2, kHeight, kWidth}, "1", {0, 2}, false, false, {}};
const shard::NumericField kDepth{"depth", {1, kHeight, kWidth}, "m", {0, 10}, true, true, {}};
const shard::NumericField kBm{"bm", {2, 4, -1}, "1", {-1, 1}, true, true, {}};
const shard::NumericField kHu{"hu", {1, 2, 2}, "HU", {-2048, 4095}, false, true, shard::Affine{1, 0}};

DatasetPlan plan_of(const std::string& directory, uint64_t seed) {
    DatasetPlan plan;
    plan.directory = directory;
    plan.name = "sharded";
    plan.kind = "toy";
    plan.seed = {seed};
    plan.config_toml = "[dataset]\nname = \"sharded\"\nseed = " + std::to_string(seed) + "\n";
    plan.provenance_json = R"({"revision":"abc"})";
    plan.split_parts = {{"train", 1.0}};
    FieldSpec photo, meta;
    photo.name = "photo";
    photo.extension = "png";
    photo.shape = {kHeight, kWidth, 3};
    meta.name = "meta";
    meta.extension = "json";
    const auto raw = shard::Profile::Raw;
    plan.fields = {
        photo, spec_of(kMap, raw), spec_of(kDepth, raw), spec_of(kBm, raw), spec_of(kHu, shard::Profile::Gz),
        meta};
    return plan;
}

Sample sample_of(const DatasetPlan& plan, uint64_t index) {
    Image photo(kHeight, kWidth, 3, PixelType::U8, ColorSpace::Srgb);
    for (size_t i = 0; i < photo.bytes.size(); ++i) photo.bytes[i] = std::byte(uint8_t(i + index));
    std::vector<float> map, depth(size_t(kHeight) * kWidth, std::nanf(""));
    for (int c = 0; c < 2; ++c)
        for (int y = 0; y < kHeight; ++y)
            for (int x = 0; x < kWidth; ++x) map.push_back(float(index) / 1000 + float(c + y + x) / 100);
    depth[5] = float(index) / 1000;
    const auto width = int64_t(3 + index % 3);
    const std::vector<float> bm(size_t(8 * width), 0.25f), hu = {std::nanf(""), -1000, 40, float(index)};
    const auto raw = shard::Profile::Raw;
    Sample sample;
    sample.key = {plan.seed, index};
    sample.split = "train";
    sample.fields = {
        {"photo", "png", photo},
        store(kMap, raw, map, {2, kHeight, kWidth}),
        store(kDepth, raw, depth, {1, kHeight, kWidth}),
        store(kBm, raw, bm, {2, 4, width}),
        store(kHu, shard::Profile::Gz, hu, {1, 2, 2}),
        {"meta", "json", shard::make_meta({plan.kind, "train", plan.name, sample.key}, "{}", "{}")}};
    return sample;
}

}  // namespace

DatasetPlan write_sharded_set(const std::string& directory, const std::vector<uint32_t>& counts,
                              uint64_t seed) {
    Logger logger(LogFormat::Text, true);
    DatasetPlan plan = plan_of(directory, seed);
    plan.count = std::accumulate(counts.begin(), counts.end(), uint64_t(0));
    plan.samples_per_shard = int(*std::max_element(counts.begin(), counts.end()));
    std::filesystem::create_directories(directory + "/index");
    shard::write_text_file(directory, "config.toml", plan.config_toml);
    shard::write_text_file(directory, "plan.json", shard::plan_json(plan));
    uint64_t first = 0;
    for (size_t s = 0; s < counts.size(); ++s) {
        shard::ShardWriter writer(plan,
                                  {s, shard::shard_file_name(plan.kind, "train", uint32_t(s)), "train", first,
                                   first + counts[s] - 1, counts[s]},
                                  shard::plan_digest(plan));
        for (uint64_t i = first; i < first + counts[s]; ++i)
            writer.add(i, shard::encode_sample(sample_of(plan, i), plan));
        writer.commit(logger);
        first += counts[s];
    }
    shard::rebuild_index(directory);
    return plan;
}

}  // namespace radforge::test
