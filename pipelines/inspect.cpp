// SPDX-License-Identifier: Apache-2.0
#include "pipelines/cli.h"
#include "render/picture/image_io.h"
#include "synth/base/error.h"
#include "synth/registry.h"
#include "synth/shard/dataset.h"
#include "synth/shard/index.h"
#include "synth/shard/verify.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace radforge::cli {
namespace {

struct DatasetArguments {
    Common common;
    std::string dataset, key, out;
    size_t samples = 8;
    int tile_px = 168;
    bool phi = false, partial = false;
};

void print_statistics(const std::string& dataset) {
    std::ifstream file(dataset + "/stats.json");
    if (!file) {
        fmt::print("no stats.json yet: the set is not complete, or run `radforge index {}`\n", dataset);
        return;
    }
    fmt::print("{}\n", nlohmann::json::parse(file).dump(2));
}

/// Beside the dataset, never in it, however its folder is spelt.
std::string contact_path(const std::string& dataset) {
    std::filesystem::path folder = std::filesystem::absolute(dataset).lexically_normal();
    if (!folder.has_filename()) folder = folder.parent_path();  // "set/", "."
    return folder.string() + "-contact.png";
}

/// Replaces pictures only. @throws Error when the file is something else
void require_picture_or_nothing(const std::string& path) {
    if (!std::filesystem::is_regular_file(path)) return;
    std::string start(8, ' ');
    std::ifstream(path, std::ios::binary).read(start.data(), std::streamsize(start.size()));
    if (start != "\x89PNG\r\n\x1a\n")
        throw Error(ErrorKind::Usage, "this file is no PNG, and would be replaced")
            .where(path)
            .hint("choose another name with --out");
}

void inspect(const DatasetArguments& args, Logger& logger) {
    const shard::Dataset dataset(args.dataset);
    const std::string path = !args.out.empty()  ? args.out
                             : args.key.empty() ? contact_path(args.dataset)
                                                : args.key + ".png";
    shard::require_no_dataset(std::filesystem::absolute(path).parent_path().string());
    require_picture_or_nothing(path);
    std::vector<Sample> samples;
    if (args.key.empty()) {
        samples = dataset.spread_samples(args.samples);
        if (samples.empty())
            throw Error(ErrorKind::BadData, "the dataset holds no sample yet").where(args.dataset);
    } else {
        const std::optional<uint64_t> index = shard::parse_sample_name(dataset.plan().kind, args.key);
        std::optional<Sample> found;
        if (index) found = dataset.find(*index);
        if (!found) throw Error(ErrorKind::BadData, "no such sample").where(args.dataset).got(args.key);
        samples.push_back(std::move(*found));
    }
    picture::write_png(
        path, contact_sheet(samples, dataset.plan(), args.key.empty() ? args.tile_px : 2 * args.tile_px));
    if (args.key.empty()) {
        fmt::print("{}: {} samples in {} shards, {} planned\n", args.dataset, dataset.sample_count(),
                   dataset.shards().size(), dataset.planned_count());
        print_statistics(args.dataset);
    } else {
        fmt::print("{}\n",
                   nlohmann::json::parse(std::get<std::string>(samples[0].fields.back().value)).dump(2));
    }
    logger.info("wrote " + path);
}

/// What to do, in this order; synth derives the index anew, too.
std::string remedy_of(const shard::VerifyReport& report, const std::string& dataset) {
    const auto asked = [&](shard::Remedy remedy) {
        return std::any_of(report.problems.begin(), report.problems.end(),
                           [&](const shard::Finding& f) { return f.remedy == remedy; });
    };
    std::string text;
    const auto add = [&](const std::string& step) { text += (text.empty() ? "" : ", then ") + step; };
    if (asked(shard::Remedy::Removal)) add("remove the files named above that do not belong there");
    if (asked(shard::Remedy::Synth))
        add("delete damaged shards and run the command that made the set again: it makes what is missing");
    else if (asked(shard::Remedy::Index))
        add("run `radforge index " + dataset + "`");
    if (!report.identity.empty()) add("see where the identity came from, and do not pass the set on");
    return text;
}

void verify(const DatasetArguments& args, Logger& logger) {
    shard::VerifyOptions options;
    options.phi = args.phi;
    options.complete = !args.partial;
    options.by_program = true;
    const shard::VerifyReport report = shard::verify(args.dataset, options, logger);
    for (const shard::Finding& f : report.problems) logger.error(f.where + ": " + f.what);
    for (const shard::Finding& f : report.identity) logger.error("identity: " + f.where + ": " + f.what);
    fmt::print(
        "{} shards, {} samples, {} quarantined, {} bytes: {}\n", report.shards, report.samples,
        report.quarantined, report.bytes,
        report.ok() ? "clean" : fmt::format("{} problems", report.problems.size() + report.identity.size()));
    if (!report.ok())
        throw Error(ErrorKind::BadData, "the dataset is not what its plan says")
            .where(args.dataset)
            .hint(remedy_of(report, args.dataset));
}

void index(const DatasetArguments& args, Logger& logger) {
    shard::IndexOptions options;
    options.from_shards = true;
    const DatasetPlan plan = shard::read_plan(args.dataset);
    options.contact_sheet = [&](const std::vector<Sample>& samples) { return contact_sheet(samples, plan); };
    shard::rebuild_index(args.dataset, options);
    logger.info("derived index, manifest, statistics, card and preview of " + args.dataset);
}

std::shared_ptr<DatasetArguments> verb_on_dataset(CLI::App& app, const char* name, const char* what,
                                                  int& exit_code,
                                                  void (*body)(const DatasetArguments&, Logger&),
                                                  CLI::App*& verb) {
    auto args = std::make_shared<DatasetArguments>();
    verb = app.add_subcommand(name, what);
    verb->add_option("dataset", args->dataset, "Folder of the dataset")->required();
    add_common(*verb, args->common);
    verb->callback([args, body, &exit_code] {
        exit_code = guarded(args->common, [&](Logger& logger) { body(*args, logger); });
    });
    return args;
}

}  // namespace

void add_inspect(CLI::App& app, int& exit_code) {
    CLI::App* verb = nullptr;
    const auto args =
        verb_on_dataset(app, "inspect", "Look at a dataset: contact sheet, one sample's maps, statistics",
                        exit_code, inspect, verb);
    verb->add_option("--key,-k", args->key,
                     "One sample, e.g. film-000000003: its maps side by side and its meta.json");
    verb->add_option("--out,-o", args->out, "PNG to write; default DATASET-contact.png, or KEY.png");
    verb->add_option("--samples", args->samples, "Rows of the contact sheet, from all over the set")
        ->check(CLI::Range(1, 500))
        ->capture_default_str();
    verb->add_option("--tile-px", args->tile_px, "Height of a tile")
        ->check(CLI::Range(32, 4096))
        ->capture_default_str();
    verb->footer(
        "Examples:\n  radforge inspect out/film\n  radforge inspect out/film --key film-000000003 --out "
        "three.png");
}

void add_verify(CLI::App& app, int& exit_code) {
    CLI::App* verb = nullptr;
    const auto args = verb_on_dataset(app, "verify", "Check every byte, key, range and hash of a dataset",
                                      exit_code, verify, verb);
    verb->add_flag("--phi", args->phi,
                   "Also look for patient identity in texts and in the metadata of pictures");
    verb->add_flag("--partial", args->partial, "Missing shards are no problem");
    verb->footer("Example:\n  radforge verify out/film --phi");
}

void add_index(CLI::App& app, int& exit_code) {
    CLI::App* verb = nullptr;
    verb_on_dataset(app, "index", "Derive index, manifest, statistics, card and preview from the shards",
                    exit_code, index, verb);
    verb->footer("Example:\n  radforge index out/film");
}

}  // namespace radforge::cli
