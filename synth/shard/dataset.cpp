// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/dataset.h"

#include "synth/base/error.h"
#include "synth/shard/codec.h"

#include <algorithm>
#include <filesystem>

namespace radforge::shard {

ShardReader::ShardReader(const std::string& path)
    : path_(path), file_(path), record_(decode_record(file_.bytes(), path)) {
    const auto name = parse_shard_name(std::filesystem::path(path).filename().string());
    if (!name)
        throw Error(ErrorKind::BadData, "not the name of a shard")
            .where(path)
            .expected("<kind>-<split>-NNNNNN.tar");
    name_ = *name;
    TarReader tar(file_.bytes().first(record_.bytes_before), path);
    while (auto member = tar.next()) {
        const auto parts = parse_member_name(member->name);
        if (!parts)
            throw Error(ErrorKind::BadData, "member that belongs to no sample").where(path).got(member->name);
        if (samples_.empty() || samples_.back().key != parts->key)
            samples_.push_back({parts->key, members_.size(), 0});
        ++samples_.back().count;
        members_.push_back(std::move(*member));
    }
    if (tar.end_offset() + encode_end_of_archive(record_.quarantined).size() != record_.bytes_before)
        throw Error(ErrorKind::BadData, "bytes between the end of the tar and the shard record").where(path);
    if (samples_.size() != record_.sample_count)
        throw Error(ErrorKind::BadData, "wrong number of samples")
            .where(path)
            .got(std::to_string(samples_.size()))
            .expected(std::to_string(record_.sample_count));
}

void ShardReader::check_hash() const { check_content_hash(record_, file_.bytes(), path_); }

Sample ShardReader::read(size_t position, const DatasetPlan& plan) const {
    const SampleSlice& slice = samples_.at(position);
    const auto index = parse_sample_name(plan.kind, slice.key);
    if (!index) throw Error(ErrorKind::BadData, "not the key of a sample").where(path_).got(slice.key);
    Sample sample;
    sample.key = {plan.seed, *index};
    sample.split = name_.split;
    for (size_t i = slice.first; i < slice.first + slice.count; ++i) {
        const auto parts = parse_member_name(members_[i].name);
        try {
            sample.fields.push_back(decode(parts->field, parts->extension, members_[i].content));
        } catch (Error& error) {
            throw error.where(path_ + ": " + slice.key);
        }
    }
    return sample;
}

Dataset::Dataset(const std::string& directory) {
    plan_ = read_plan(directory);
    const std::string digest = plan_digest(plan_);
    for (const std::string& file : list_directory(directory)) {
        const auto name = parse_shard_name(file);
        if (!name) continue;
        const std::string path = directory + "/" + file;
        const MappedFile mapped(path);
        ShardInfo info{file, *name, decode_record(mapped.bytes(), path)};
        if (info.record.plan_digest != digest || name->kind != plan_.kind)
            throw Error(ErrorKind::BadData, "this shard belongs to another plan than plan.json").where(path);
        shards_.push_back(std::move(info));
    }
    std::sort(shards_.begin(), shards_.end(),
              [](const ShardInfo& a, const ShardInfo& b) { return a.record.shard_id < b.record.shard_id; });
}

uint64_t Dataset::sample_count() const {
    uint64_t count = 0;
    for (const ShardInfo& info : shards_) count += info.record.sample_count;
    return count;
}

uint64_t Dataset::planned_count() const {
    uint64_t count = 0;
    for (const ShardInfo& info : shards_) count += info.record.planned_count;
    return count;
}

std::optional<Sample> Dataset::find(uint64_t index) const {
    const std::string key = sample_name(plan_.kind, index);
    for (const ShardInfo& info : shards_) {
        if (index < info.record.first_index || index > info.record.last_index) continue;
        const ShardReader reader(plan_.directory + "/" + info.file);
        for (size_t i = 0; i < reader.samples().size(); ++i)
            if (reader.samples()[i].key == key) return reader.read(i, plan_);
    }
    return std::nullopt;
}

std::vector<Sample> Dataset::spread_samples(size_t count) const {
    const uint64_t total = sample_count();
    const uint64_t wanted = std::min(uint64_t(count), total);
    std::vector<Sample> samples;
    uint64_t before = 0;  // in earlier shards
    for (const ShardInfo& info : shards_) {
        const uint64_t behind = before + info.record.sample_count;
        std::optional<ShardReader> reader;
        // From the middle of each of `wanted` equal parts.
        const auto place = [&] { return (2 * samples.size() + 1) * total / (2 * wanted); };
        while (samples.size() < wanted && place() < behind) {
            if (!reader) reader.emplace(plan_.directory + "/" + info.file);
            samples.push_back(reader->read(size_t(place() - before), plan_));
        }
        before = behind;
    }
    std::sort(samples.begin(), samples.end(),
              [](const Sample& a, const Sample& b) { return a.key.index < b.key.index; });
    return samples;
}

void require_no_dataset(const std::string& directory) {
    if (file_exists(directory + "/plan.json"))
        throw Error(ErrorKind::Usage, "this is the folder of a dataset")
            .where(directory)
            .hint("choose another folder with --out");
}

}  // namespace radforge::shard
