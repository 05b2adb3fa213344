// SPDX-License-Identifier: Apache-2.0
#include "tests/synth/shard/tiny_dataset.h"

#include "synth/base/log.h"
#include "synth/shard/index.h"
#include "synth/shard/meta.h"
#include "synth/shard/quantise.h"
#include "synth/shard/shard_writer.h"

#include <cmath>
#include <filesystem>

namespace radforge::test {
namespace {

shard::NumericField map_field() {
    shard::NumericField field;
    field.name = "map";
    field.shape = {2, 2, 2};
    field.range = {0, 1};
    return field;
}

shard::NumericField depth_field() {
    shard::NumericField field;
    field.name = "depth";
    field.shape = {1, 2, 2};
    field.unit = "m";
    field.range = {0, 10};
    field.always_float = true;
    field.nan_is_invalid = true;
    return field;
}

shard::NumericField hu_field() {
    shard::NumericField field;
    field.name = "hu";
    field.shape = {1, 1, 2};
    field.unit = "HU";
    field.range = {-2048, 4095};
    field.affine = shard::Affine{1, 0};
    return field;
}

}  // namespace

DatasetPlan tiny_plan(const std::string& directory, uint64_t count) {
    DatasetPlan plan;
    plan.directory = directory;
    plan.name = "tiny";
    plan.kind = "toy";
    plan.seed = {7};
    plan.count = count;
    plan.config_toml = "[dataset]\nname = \"tiny\"\nseed = 7\n";
    plan.provenance_json = R"({"revision":"abc"})";
    plan.split_parts = {{"train", 1.0}};
    FieldSpec photo;
    photo.name = "photo";
    photo.extension = "png";
    photo.shape = {2, 3, 3};
    FieldSpec meta;
    meta.name = "meta";
    meta.extension = "json";
    plan.fields = {photo, spec_of(map_field(), shard::Profile::Raw),
                   spec_of(depth_field(), shard::Profile::Raw), spec_of(hu_field(), shard::Profile::Gz),
                   meta};
    return plan;
}

Sample tiny_sample(const DatasetPlan& plan, uint64_t index, const std::string& split) {
    Sample sample;
    sample.key = {plan.seed, index};
    sample.split = split;
    Image photo(2, 3, 3, PixelType::U8, ColorSpace::Srgb);
    for (size_t i = 0; i < photo.bytes.size(); ++i) photo.bytes[i] = std::byte(uint8_t(10 * i + index));
    const float x = float(index % 4) / 4;
    const std::vector<float> map = {0, 0.25f, 0.5f, 1, x, x, x, 0}, depth = {std::nanf(""), 1, 2.5f, x + 1},
                             hu = {-1000, 40 + x * 4};
    sample.fields = {
        {"photo", "png", photo},
        store(map_field(), shard::Profile::Raw, map, {2, 2, 2}),
        store(depth_field(), shard::Profile::Raw, depth, {1, 2, 2}),
        store(hu_field(), shard::Profile::Gz, hu, {1, 1, 2}),
        {"meta", "json",
         shard::make_meta({plan.kind, split, plan.name, sample.key}, R"({"angle_rad":0.5})", "{}")}};
    return sample;
}

void write_tiny_dataset(const DatasetPlan& plan, const std::set<uint64_t>& quarantined) {
    Logger logger(LogFormat::Text, true);
    std::filesystem::create_directories(plan.directory + "/index");
    shard::write_text_file(plan.directory, "config.toml", plan.config_toml);
    shard::write_text_file(plan.directory, "plan.json", shard::plan_json(plan));
    shard::ShardWriter writer(plan, {0, "toy-train-000000.tar", "train", 0, plan.count - 1, plan.count},
                              shard::plan_digest(plan));
    for (uint64_t i = 0; i < plan.count; ++i) {
        if (quarantined.count(i))
            writer.quarantine(i, "broken in /home/someone/ct/a.dcm");
        else
            writer.add(i, shard::encode_sample(tiny_sample(plan, i), plan));
    }
    writer.commit(logger);
    shard::rebuild_index(plan.directory);
}

}  // namespace radforge::test
