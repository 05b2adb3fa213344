// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/index.h"

#include "synth/base/error.h"
#include "synth/base/hash.h"
#include "synth/base/parallel.h"
#include "synth/shard/card.h"
#include "synth/shard/codec.h"
#include "synth/shard/meta.h"

#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>

namespace radforge::shard {
namespace {

using nlohmann::json;

std::string hex64(uint64_t value) {
    std::string text(16, '0');
    for (size_t i = 16; i-- > 0; value >>= 4) text[i] = "0123456789abcdef"[value & 15];
    return text;
}

json json_of(const FieldStats& stats) {
    json list = json::array();
    for (const ChannelStats& c : stats.channels)
        list.push_back({{"count", c.count},
                        {"invalid", c.invalid},
                        {"lowest", c.lowest},
                        {"highest", c.highest},
                        {"mean", c.mean},
                        {"squares", c.squares}});
    return list;
}

FieldStats stats_of(const json& list) {
    FieldStats stats;
    for (const json& c : list)
        stats.channels.push_back(
            {c.at("count"), c.at("invalid"), c.at("lowest"), c.at("highest"), c.at("mean"), c.at("squares")});
    return stats;
}

/// Measures the samples of a shard, on all threads.
std::vector<std::vector<FieldStats>> measure_shard(const ShardReader& shard, const DatasetPlan& plan) {
    const size_t count = shard.samples().size();
    std::vector<std::vector<FieldStats>> each(count);
    parallel_for(int64_t(count), 1, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
            const Sample sample = shard.read(size_t(i), plan);
            const std::string& key = shard.samples()[size_t(i)].key;
            if (sample.fields.size() != plan.fields.size())
                throw Error(ErrorKind::BadData, "wrong number of members")
                    .where(key)
                    .got(std::to_string(sample.fields.size()))
                    .expected(std::to_string(plan.fields.size()));
            try {
                for (size_t f = 0; f < plan.fields.size(); ++f)
                    each[size_t(i)].push_back(measure(plan.fields[f], sample.fields[f]));
            } catch (Error& error) {
                throw error.where(key);
            }
        }
    });
    return each;
}

json read_json(const std::string& path) {
    json value = json::parse(read_text_file(path), nullptr, false);
    if (!value.is_object())
        throw Error(ErrorKind::BadData, "not a JSON object")
            .where(path)
            .hint("`radforge index` makes it again");
    return value;
}

json read_stats(const Dataset& dataset, const ShardInfo& info) {
    return read_json(dataset.plan().directory + "/" + index_stem(info.file) + ".stats.json");
}

bool index_is_current(const std::string& directory, const ShardInfo& info) {
    const std::string stem = directory + "/" + index_stem(info.file);
    for (const char* const extension : {".idx", ".sum", ".stats.json"})
        if (!file_exists(stem + extension)) return false;
    const json stats = json::parse(read_text_file(stem + ".stats.json"), nullptr, false);
    return stats.is_object() && stats.value("content_sha256", "") == info.record.content_sha256;
}

std::vector<Quarantined> with_reasons(const DatasetPlan& plan, const std::string& file,
                                      const ShardRecord& record) {
    std::vector<Quarantined> list;
    if (record.quarantined.empty()) return list;
    const auto log = read_quarantine_log(plan.directory + "/" + index_stem(file) + ".quarantine.json");
    const std::map<std::string, std::string> reasons = log.value_or(std::map<std::string, std::string>());
    for (const uint64_t index : record.quarantined) {
        const auto reason = reasons.find(sample_name(plan.kind, index));
        list.push_back({index, reason != reasons.end() ? reason->second : "not recorded"});
    }
    return list;
}

/// Samples that each source of the plan has in a complete dataset, those left out not counted.
std::vector<uint64_t> stored_per_source(const Dataset& dataset) {
    const DatasetPlan& plan = dataset.plan();
    std::vector<uint64_t> stored;
    for (size_t i = 0; i < plan.sources.size(); ++i)
        stored.push_back(std::min(plan.samples_per_source, plan.count - i * plan.samples_per_source));
    for (const ShardInfo& info : dataset.shards())
        for (const uint64_t index : info.record.quarantined)
            if (!stored.empty()) --stored[size_t(index / plan.samples_per_source)];
    return stored;
}

/// Every source: who, in which split, how many samples are stored, and the file that they share.
json sources_of(const Dataset& dataset) {
    const DatasetPlan& plan = dataset.plan();
    const std::vector<uint64_t> stored = stored_per_source(dataset);
    const std::vector<std::string> hashes = source_file_hashes(dataset);
    json list = json::array();
    for (size_t i = 0; i < plan.sources.size(); ++i) {
        const PlannedSource& source = plan.sources[i];
        const uint64_t first = i * plan.samples_per_source,
                       end = std::min(first + plan.samples_per_source, plan.count);
        json entry = {{"id", source.id},
                      {"group", source.group},
                      {"split", source.split},
                      {"samples", stored[i]},
                      {"first_key", sample_name(plan.kind, first)},
                      {"last_key", sample_name(plan.kind, end - 1)}};
        const std::string path = plan.directory + "/" + source.file;
        if (!hashes[i].empty() && file_exists(path)) {
            entry["file"] = source.file;
            entry["bytes"] = MappedFile(path).bytes().size();
            entry["sha256"] = hashes[i];
        }
        list.push_back(std::move(entry));
    }
    return list;
}

json quarantine_of(const Dataset& dataset) {
    json list = json::array();
    for (const ShardInfo& info : dataset.shards())
        for (const Quarantined& entry : with_reasons(dataset.plan(), info.file, info.record))
            list.push_back({{"key", sample_name(dataset.plan().kind, entry.index)},
                            {"shard", info.file},
                            {"reason", entry.reason}});
    return list;
}

std::string manifest_text(const Dataset& dataset, const std::vector<json>& shard_stats) {
    const DatasetPlan& plan = dataset.plan();
    json manifest = json::parse(plan_json(plan));
    manifest.erase("overrides");  // other words for the config make no other set
    manifest["plan_digest"] = plan_digest(plan);
    manifest["samples"] = dataset.sample_count();
    manifest["quarantined"] = quarantine_of(dataset);
    manifest["de_identification"] =
        "Made without patient identity: DICOM attributes that identify a person and unique identifiers are "
        "never copied; "
        "sources are named by hash prefixes. `radforge verify --phi` scans the text members.";
    json shards = json::array(), splits = json::object();
    std::string chain;
    for (size_t i = 0; i < dataset.shards().size(); ++i) {
        const ShardInfo& info = dataset.shards()[i];
        const ShardRecord& record = info.record;
        shards.push_back({{"id", record.shard_id},
                          {"file", info.file},
                          {"split", info.name.split},
                          {"samples", record.sample_count},
                          {"quarantined", record.quarantined.size()},
                          {"bytes", record.bytes_before + kRecordBytes},
                          {"sha256", shard_stats[i].at("file_sha256")},
                          {"content_sha256", record.content_sha256},
                          {"first_key", sample_name(plan.kind, record.first_index)},
                          {"last_key", sample_name(plan.kind, record.last_index)}});
        json& split = splits.emplace(info.name.split, json::object()).first.value();
        split["samples"] = split.value("samples", uint64_t(0)) + record.sample_count;
        split["shards"] = split.value("shards", uint64_t(0)) + 1;
        chain += std::to_string(record.shard_id) + " " + record.content_sha256 + "\n";
    }
    if (plan.samples_per_source > 0) {
        manifest["sources"] = sources_of(dataset);
        std::map<std::string, std::set<std::string>> groups;
        for (const PlannedSource& source : plan.sources) {
            groups[source.split].insert(source.group);
            json& split = splits.emplace(source.split, json::object()).first.value();
            split["sources"] = split.value("sources", uint64_t(0)) + 1;
        }
        for (const auto& [split, names] : groups) splits[split]["groups"] = names.size();
    }
    manifest["shards"] = std::move(shards);
    manifest["splits"] = std::move(splits);
    manifest["root_sha256"] = sha256_hex(chain);
    return manifest.dump(2) + "\n";
}

std::string stats_text(const Dataset& dataset, const std::vector<json>& shard_stats) {
    json fields = json::object();
    for (const FieldSpec& spec : dataset.plan().fields) {
        FieldStats total;
        for (const json& stats : shard_stats) total.merge(stats_of(stats.at("fields").at(spec.name)));
        if (total.channels.empty()) continue;
        json channels = json::array();
        for (const ChannelStats& c : total.channels) {
            json entry = {{"count", c.count}, {"invalid", c.invalid}};
            if (c.count > 0)
                entry.update({{"lowest", c.lowest},
                              {"highest", c.highest},
                              {"mean", c.mean},
                              {"deviation", c.deviation()}});
            channels.push_back(std::move(entry));
        }
        fields[spec.name] = {{"unit", spec.unit}, {"channels", std::move(channels)}};
    }
    return json{
               {"format", kFormatVersion}, {"samples", dataset.sample_count()}, {"fields", std::move(fields)}}
               .dump(2) +
           "\n";
}

/// Layout of the `wids` library of indexed web datasets; urls are relative to the file itself.
std::string wids_text(const Dataset& dataset) {
    json list = json::array();
    for (const ShardInfo& info : dataset.shards())
        list.push_back({{"url", "../" + info.file},
                        {"nsamples", info.record.sample_count},
                        {"filesize", info.record.bytes_before + kRecordBytes},
                        {"dataset", dataset.plan().name}});
    return json{{"__kind__", "wids-shard-index-v1"},
                {"wids_version", 1},
                {"name", dataset.plan().name},
                {"shardlist", list}}
               .dump(2) +
           "\n";
}

/// @throws Error when a file that samples refer to is missing or damaged
void require_source_files(const Dataset& dataset) {
    const std::vector<std::string> hashes = source_file_hashes(dataset);
    for (size_t i = 0; i < hashes.size(); ++i) {
        if (hashes[i].empty()) continue;
        const std::string path = dataset.plan().directory + "/" + dataset.plan().sources[i].file;
        const std::string problem = source_file_problem(path, hashes[i]);
        if (!problem.empty())
            throw Error(ErrorKind::BadData, "a file that samples refer to is " + problem)
                .where(path)
                .hint(
                    "run the command that makes the dataset again, with the build that made it: it makes "
                    "this file anew");
    }
}

}  // namespace

std::vector<std::string> source_file_hashes(const Dataset& dataset) {
    const DatasetPlan& plan = dataset.plan();
    std::vector<std::string> hashes(plan.sources.size());
    if (std::all_of(plan.sources.begin(), plan.sources.end(),
                    [](const PlannedSource& source) { return source.file.empty(); }))
        return hashes;
    for (const ShardInfo& info : dataset.shards()) {
        if (info.record.sample_count == 0) continue;
        // Most shards of a source come after the one that told its hash.
        const auto of = [&](uint64_t index) {
            return hashes.begin() + int64_t(index / plan.samples_per_source);
        };
        if (std::none_of(of(info.record.first_index), of(info.record.last_index) + 1,
                         [](const std::string& hash) { return hash.empty(); }))
            continue;
        const ShardReader shard(plan.directory + "/" + info.file);
        for (const SampleSlice& slice : shard.samples()) {
            const auto index = parse_sample_name(plan.kind, slice.key);
            const size_t source = index ? size_t(*index / plan.samples_per_source) : hashes.size();
            if (source >= hashes.size() || !hashes[source].empty()) continue;
            const Span<const std::byte> meta = shard.members()[slice.first + slice.count - 1].content;
            hashes[source] =
                volume_file_sha256_of(std::string(reinterpret_cast<const char*>(meta.data()), meta.size()));
        }
    }
    return hashes;
}

std::string source_file_problem(const std::string& path, const std::string& sha256) {
    if (!file_exists(path)) return "missing";
    const std::string is = sha256_file(path);
    if (is == sha256) return "";
    return "damaged: its SHA-256 is " + is + ", its samples say " + sha256;
}

std::string index_stem(const std::string& shard_file) {
    return "index/" + shard_file.substr(0, shard_file.size() - 4);
}

void ShardIndexer::add(const std::string& key, Span<const IndexedMember> members,
                       const std::vector<FieldStats>& stats) {
    std::string line;
    for (const IndexedMember& member : members) {
        const std::string size = std::to_string(member.size), offset = std::to_string(member.offset);
        if (!line.empty()) line += ' ';
        line += member.name.substr(key.size() + 1) + " " + offset + " " + size + " " + member.name;
        sum_ += hex64(member.xxh3) + " " + size + " " + offset + " " + member.name + "\n";
    }
    lines_ += line + "\n";
    ++samples_;
    moments_.resize(stats.size());
    for (size_t f = 0; f < stats.size(); ++f) moments_[f].merge(stats[f]);
}

ShardIndex ShardIndexer::finish(const DatasetPlan& plan, const std::string& content_sha256,
                                const std::string& file_sha256) const {
    json fields = json::object();
    for (size_t f = 0; f < plan.fields.size(); ++f)
        fields[plan.fields[f].name] = json_of(f < moments_.size() ? moments_[f] : FieldStats{});
    ShardIndex index;
    index.idx = "v1.2 " + std::to_string(samples_) + "\n" + lines_;
    index.sum = sum_;
    index.stats = json{{"format", kFormatVersion},
                       {"content_sha256", content_sha256},
                       {"file_sha256", file_sha256},
                       {"fields", std::move(fields)}}
                      .dump() +
                  "\n";
    return index;
}

ShardIndex derive_shard_index(const ShardReader& shard, const DatasetPlan& plan) {
    const std::vector<std::vector<FieldStats>> stats = measure_shard(shard, plan);
    ShardIndexer indexer;
    for (size_t s = 0; s < stats.size(); ++s) {
        const SampleSlice& slice = shard.samples()[s];
        std::vector<IndexedMember> members;
        for (size_t i = slice.first; i < slice.first + slice.count; ++i) {
            const TarMember& member = shard.members()[i];
            members.push_back({member.name, member.offset, member.content.size(), xxh3_64(member.content)});
        }
        indexer.add(slice.key, members, stats[s]);
    }
    return indexer.finish(plan, shard.record().content_sha256, sha256_hex(shard.bytes()));
}

void write_shard_index(const std::string& directory, const std::string& file, const DatasetPlan& plan) {
    write_shard_index(directory, file, derive_shard_index(ShardReader(directory + "/" + file), plan));
}

void write_shard_index(const std::string& directory, const std::string& file, const ShardIndex& index) {
    const std::string stem = index_stem(file).substr(6);
    write_text_file(directory + "/index", stem + ".idx", index.idx);
    write_text_file(directory + "/index", stem + ".sum", index.sum);
    write_text_file(directory + "/index", stem + ".stats.json", index.stats);
}

void write_quarantine_log(const std::string& directory, const std::string& file,
                          const std::vector<std::pair<std::string, std::string>>& reasons) {
    json log = json::object();
    for (const auto& [key, reason] : reasons) log[key] = reason;
    write_text_file(directory + "/index", index_stem(file).substr(6) + ".quarantine.json",
                    log.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
}

std::optional<std::map<std::string, std::string>> read_quarantine_log(const std::string& path) {
    std::map<std::string, std::string> reasons;
    if (!file_exists(path)) return reasons;
    const json log = json::parse(read_text_file(path), nullptr, false);
    if (!log.is_object()) return std::nullopt;
    for (const auto& [key, reason] : log.items()) {
        if (!reason.is_string()) return std::nullopt;
        reasons[key] = reason;
    }
    return reasons;
}

std::vector<Quarantined> read_quarantined(const DatasetPlan& plan, const std::string& file) {
    const std::string path = plan.directory + "/" + file;
    return with_reasons(plan, file, decode_record(MappedFile(path).bytes(), path));
}

std::vector<std::pair<std::string, std::string>> derive_set_files(const Dataset& dataset) {
    std::vector<json> shard_stats;
    for (const ShardInfo& info : dataset.shards()) shard_stats.push_back(read_stats(dataset, info));
    try {
        return {{"index/shards.json", wids_text(dataset)},
                {"stats.json", stats_text(dataset, shard_stats)},
                {"README.md", card_text(dataset)},
                {"manifest.json", manifest_text(dataset, shard_stats)}};
    } catch (const json::exception& error) {
        throw Error(ErrorKind::BadData, std::string("damaged index: ") + error.what())
            .where(dataset.plan().directory)
            .hint("`radforge index` makes it again");
    }
}

void rebuild_index(const std::string& directory, const IndexOptions& options) {
    const Dataset dataset(directory);
    if (dataset.planned_count() != dataset.plan().count)
        throw Error(ErrorKind::Failed, "the dataset is not complete")
            .where(directory)
            .got(std::to_string(dataset.planned_count()) + " samples in " +
                 std::to_string(dataset.shards().size()) + " shards")
            .expected(std::to_string(dataset.plan().count))
            .hint("run the command that makes it again: it makes the missing shards only");
    if (!options.sources_checked) require_source_files(dataset);
    if (mkdir((directory + "/index").c_str(), 0777) != 0 && errno != EEXIST)
        throw_system_error("making the folder", directory + "/index", errno);
    if (file_exists(directory + "/overrides.txt"))
        write_text_file(directory, "overrides.txt", dataset.plan().overrides);
    for (const ShardInfo& info : dataset.shards())
        if (options.from_shards || !index_is_current(directory, info))
            write_shard_index(directory, info.file, dataset.plan());
    if (options.contact_sheet) {
        const std::vector<Sample> samples = dataset.spread_samples(options.preview_samples);
        if (!samples.empty())
            write_text_file(directory, "preview.png", encode_png(options.contact_sheet(samples)));
    }
    for (const auto& [name, content] : derive_set_files(dataset)) {
        const size_t slash = name.find('/');
        if (slash == std::string::npos)
            write_text_file(directory, name, content);
        else
            write_text_file(directory + "/" + name.substr(0, slash), name.substr(slash + 1), content);
    }
}

}  // namespace radforge::shard
