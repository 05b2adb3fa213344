// SPDX-License-Identifier: Apache-2.0
#include "synth/export/export.h"

#include "pipelines/cli.h"
#include "synth/base/parallel.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace radforge::cli {
namespace {

void export_layout(const exporter::ExportOptions& options, const Common& common, Logger& logger) {
    const ThreadLimit limit(common.threads);
    const exporter::ExportReport report = exporter::export_dataset(options, logger);
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
    CLI::App* verb = app.add_subcommand("export", "Write a film dataset in the layout of a public loader");
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
