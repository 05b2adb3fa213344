// SPDX-License-Identifier: Apache-2.0
#include "synth/export/export.h"

#include "synth/base/error.h"
#include "synth/base/parallel.h"
#include "synth/base/progress.h"
#include "synth/shard/dataset.h"
#include "synth/shard/file.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>

namespace radforge::exporter {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr int kFormatVersion = 1;
const char* const kRecordName = "export.json";
const char* const kLeftOutName = "left_out.txt";

void write_file(const std::string& root, const OutputFile& file) {
    const fs::path path = fs::path(root) / file.path;
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) shard::throw_system_error("making the folder of", path.string(), error.value());
    shard::AtomicFile out(path.parent_path().string(), path.filename().string());
    out.write(file.bytes);
    out.publish(shard::AtomicFile::IfPresent::Replace);
}

/// What decides the content of an output folder.
std::string record_text(const ExportOptions& options, const DatasetPlan& plan) {
    const Json record = {{"format", kFormatVersion},
                         {"layout", options.layout},
                         {"dataset", plan.name},
                         {"plan", shard::plan_digest(plan)},
                         {"doc3d_legacy", options.detail.doc3d_legacy},
                         {"any_size", options.detail.any_size}};
    return record.dump(2) + "\n";
}

/// Clears up after runs of this machine that were killed.
void remove_remains(const std::string& out) {
    shard::remove_dead_temporaries(out);
    std::vector<std::string> folders;
    for (const auto& entry : fs::recursive_directory_iterator(out))
        if (entry.is_directory()) folders.push_back(entry.path().string());
    for (const std::string& folder : folders) shard::remove_dead_temporaries(folder);
}

struct Place {
    SampleId id;
    size_t position = 0;  ///< in its shard
};
/// Stored samples, by the file of their shard.
using Places = std::map<std::string, std::vector<Place>>;

Places places_of(const shard::Dataset& dataset) {
    Places places;
    for (const shard::ShardInfo& info : dataset.shards()) {
        const shard::ShardReader reader(dataset.plan().directory + "/" + info.file);
        for (size_t i = 0; i < reader.samples().size(); ++i) {
            const std::string& key = reader.samples()[i].key;
            const auto index = shard::parse_sample_name(dataset.plan().kind, key);
            if (!index) throw Error(ErrorKind::BadData, "not the key of a sample").where(info.file).got(key);
            places[info.file].push_back({{key, info.name.split, *index}, i});
        }
    }
    return places;
}

std::vector<SampleId> by_index(const Places& places) {
    std::vector<SampleId> ids;
    for (const auto& [file, entries] : places)
        for (const Place& place : entries) ids.push_back(place.id);
    std::sort(ids.begin(), ids.end(), [](const SampleId& a, const SampleId& b) { return a.index < b.index; });
    return ids;
}

std::set<uint64_t> chosen(const ExportOptions& options, const std::vector<SampleId>& all) {
    std::set<uint64_t> indices;
    if (options.keys.empty()) {
        for (const SampleId& id : all)
            if (options.count == 0 || indices.size() < options.count) indices.insert(id.index);
        return indices;
    }
    for (const std::string& key : options.keys) {
        const auto found =
            std::find_if(all.begin(), all.end(), [&](const SampleId& id) { return id.key == key; });
        if (found == all.end())
            throw Error(ErrorKind::Usage, "no such sample")
                .where(options.dataset)
                .got("'" + key + "'")
                .expected(all.empty() ? "a stored key" : "for example " + all.front().key);
        indices.insert(found->index);
    }
    return indices;
}

}  // namespace

void claim_folder(const ExportOptions& options, const DatasetPlan& plan) {
    std::error_code error;
    fs::create_directories(options.out, error);
    if (error) shard::throw_system_error("making", options.out, error.value());
    const std::string mine = record_text(options, plan), path = options.out + "/" + kRecordName;
    if (!shard::file_exists(path)) {
        shard::require_no_dataset(options.out);
        write_file(options.out, {kRecordName, mine});
        return;
    }
    if (shard::read_text_file(path) != mine)
        throw Error(ErrorKind::Usage, "the folder holds an export of another dataset, layout or option")
            .where(path)
            .hint("choose another folder with --out");
}

ExportReport export_dataset(const ExportOptions& options, Logger& logger) {
    const std::unique_ptr<Layout> layout = make_layout(options.layout, options.detail);
    const shard::Dataset dataset(options.dataset);
    const DatasetPlan& plan = dataset.plan();
    if (plan.kind != "film")
        throw Error(ErrorKind::Usage, "only film datasets have these layouts")
            .where(options.dataset)
            .got("kind '" + plan.kind + "'")
            .hint("other kinds export as png");
    layout->check(plan);
    const Places places = places_of(dataset);
    const std::vector<SampleId> all = by_index(places);
    const std::set<uint64_t> wanted = chosen(options, all);
    if (wanted.empty())
        throw Error(ErrorKind::BadData, "the dataset holds no sample yet").where(options.dataset);
    claim_folder(options, plan);
    remove_remains(options.out);

    ExportReport report;
    std::mutex mutex;
    Progress progress(logger, "export", "samples", int64_t(wanted.size()));
    for (const auto& [file, entries] : places) {
        std::vector<Place> todo;
        for (const Place& place : entries) {
            if (wanted.count(place.id.index) == 0) continue;
            if (shard::file_exists(options.out + "/" + layout->last_file(place.id))) {
                ++report.present;
                progress.advance();
            } else {
                todo.push_back(place);
            }
        }
        if (todo.empty()) continue;
        const shard::ShardReader reader(plan.directory + "/" + file);
        parallel_for(int64_t(todo.size()), 1, [&](int64_t begin, int64_t end) {
            for (int64_t i = begin; i < end; ++i) {
                const Place& place = todo[size_t(i)];
                std::vector<OutputFile> files;
                std::string reason;
                try {
                    files = layout->files(film_sample(reader.read(place.position, plan), plan));
                } catch (Error& error) {
                    if (error.kind() != ErrorKind::BadData) throw;
                    reason = error.where(place.id.key).what();
                }
                for (const OutputFile& output : files) write_file(options.out, output);
                const std::lock_guard<std::mutex> lock(mutex);
                if (reason.empty())
                    ++report.written;
                else
                    report.left_out.emplace_back(place.id.key, reason);
                progress.advance();
            }
        });
    }
    progress.finish();
    std::sort(report.left_out.begin(), report.left_out.end());

    std::vector<SampleId> complete;
    for (const SampleId& id : all)
        if (shard::file_exists(options.out + "/" + layout->last_file(id))) complete.push_back(id);
    for (const OutputFile& output : layout->set_files(complete, options.out)) write_file(options.out, output);
    std::string reasons;
    for (const auto& [key, reason] : report.left_out) reasons += reason + "\n";
    write_file(options.out, {kLeftOutName, reasons});
    return report;
}

}  // namespace radforge::exporter
