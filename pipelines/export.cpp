// SPDX-License-Identifier: Apache-2.0
#include "synth/export/export.h"

#include "pipelines/cli.h"
#include "synth/base/error.h"
#include "synth/base/parallel.h"
#include "synth/base/progress.h"
#include "synth/registry.h"
#include "synth/shard/codec.h"
#include "synth/shard/dataset.h"
#include "synth/shard/file.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

namespace radforge::cli {
namespace {

constexpr int kTilePx = 336;

/// `png` of the other kinds: OUT/<split>/<key>.png with all members of a sample side by side. Present files
/// stay.
exporter::ExportReport export_sheets(const exporter::ExportOptions& options, Logger& logger) {
    const shard::Dataset dataset(options.dataset);
    std::set<std::string> left(options.keys.begin(), options.keys.end());
    const bool all = left.empty();
    exporter::claim_folder(options, dataset.plan());
    exporter::ExportReport report;
    const uint64_t stored = dataset.sample_count();
    Progress progress(logger, "export", "samples",
                      int64_t(!all                 ? left.size()
                              : options.count == 0 ? stored
                                                   : std::min(options.count, stored)));
    for (const shard::ShardInfo& info : dataset.shards()) {
        const shard::ShardReader reader(options.dataset + "/" + info.file);
        for (size_t i = 0; i < reader.samples().size(); ++i) {
            const std::string& key = reader.samples()[i].key;
            if (all ? options.count != 0 && report.written + report.present == options.count
                    : left.erase(key) == 0)
                continue;
            const std::string folder = options.out + "/" + info.name.split;
            progress.advance();
            if (shard::file_exists(folder + "/" + key + ".png")) {
                ++report.present;
                continue;
            }
            const std::string bytes =
                shard::encode_png(contact_sheet({reader.read(i, dataset.plan())}, dataset.plan(), kTilePx));
            std::error_code error;
            std::filesystem::create_directories(folder, error);
            if (error) shard::throw_system_error("making", folder, error.value());
            shard::AtomicFile file(folder, key + ".png");
            file.write(bytes);
            file.publish(shard::AtomicFile::IfPresent::Replace);
            ++report.written;
        }
    }
    progress.finish();
    if (!left.empty())
        throw Error(ErrorKind::Usage, "no such sample").where(options.dataset).got("'" + *left.begin() + "'");
    return report;
}

void export_layout(const exporter::ExportOptions& options, const Common& common, Logger& logger) {
    const ThreadLimit limit(common.threads);
    const bool sheets = options.layout == "png" && shard::read_plan(options.dataset).kind != "film";
    const exporter::ExportReport report =
        sheets ? export_sheets(options, logger) : exporter::export_dataset(options, logger);
    for (const auto& [key, reason] : report.left_out) logger.warn("left out: " + reason);
    fmt::print("{}: {} samples written, {} already there, {} left out\n", options.out, report.written,
               report.present, report.left_out.size());
}

}  // namespace

void add_export(CLI::App& app, int& exit_code) {
    struct Arguments {
        Common common;
        exporter::ExportOptions options;
    };
    auto args = std::make_shared<Arguments>();
    CLI::App* verb = app.add_subcommand(
        "export", "Write a film dataset in the layout of a public loader, or any dataset as pictures");
    exporter::ExportOptions& options = args->options;
    verb->add_option("layout", options.layout, "doc3d, uvdoc, inv3d, ctfilm20k, exr or png")
        ->required()
        ->check(CLI::IsMember(exporter::layout_names()));
    verb->add_option("dataset", options.dataset, "Folder of the dataset")->required();
    verb->add_option("--out,-o", options.out,
                     "Folder to write to; a second run goes on where the first stopped")
        ->required();
    auto* keys = verb->add_option("--keys,-k", options.keys, "Only these samples, e.g. film-000000003");
    verb->add_option("--count,-n", options.count, "Only the first so many samples; 0 = all")
        ->capture_default_str()
        ->excludes(keys);
    verb->add_flag("--doc3d-legacy", options.detail.doc3d_legacy,
                   "Backward maps with Doc3D's own half-pixel offset and grid");
    verb->add_flag("--any-size", options.detail.any_size,
                   "Photos of a size that the layout's loaders do not have in their code");
    add_common(*verb, args->common);
    verb->footer(
        "Examples:\n"
        "  radforge export doc3d out/film --out out/doc3d\n"
        "  radforge export uvdoc out/film --out out/uvdoc --any-size\n"
        "  radforge export png out/film --out look --keys film-000000003\n"
        "Loaders find: doc3d in OUT/swat3d, uvdoc and ctfilm20k in OUT/train and OUT/val, inv3d in OUT/train "
        "with\n"
        "OUT/wc_min_max.json. Samples that a loader could not read are left out, each with its reason.");
    verb->callback([args, &exit_code] {
        exit_code = guarded(args->common,
                            [&](Logger& logger) { export_layout(args->options, args->common, logger); });
    });
}

}  // namespace radforge::cli
