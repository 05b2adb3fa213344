// SPDX-License-Identifier: Apache-2.0
#include "pipelines/cli.h"
#include "synth/base/error.h"
#include "synth/base/parallel.h"
#include "synth/colorize/measured_generator.h"
#include "synth/config/document.h"
#include "synth/driver.h"
#include "synth/preview.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <fstream>
#include <iterator>

namespace radforge::cli {
namespace {

struct ImportArguments {
    Common common;
    std::string anatomy, ct, out, size, transform;
    std::vector<std::string> overrides;
    double anatomy_pixel_mm = 0, ct_pixel_mm = 0;
    bool interleaved = false;
};

/// "2048x1216".
colorize::SectionLayout parse_size(const ImportArguments& args) {
    int width = 0, height = 0;
    char rest = 0;
    if (std::sscanf(args.size.c_str(), "%dx%d%c", &width, &height, &rest) != 2 || width < 16 || height < 16 ||
        width > 20000 || height > 20000)
        throw Error(ErrorKind::Usage, "not a size of sections")
            .where("--anatomy-size")
            .got("'" + args.size + "'")
            .expected("WIDTHxHEIGHT, for example 2048x1216");
    if (args.anatomy_pixel_mm <= 0)
        throw Error(ErrorKind::Usage, "how large is a pixel of the sections?")
            .hint("give --anatomy-pixel-mm");
    return {height, width, !args.interleaved, args.anatomy_pixel_mm};
}

colorize::VisibleHumanOptions options_of(const ImportArguments& args) {
    colorize::VisibleHumanOptions options;
    if (!args.size.empty())
        options.layout = parse_size(args);
    else if (args.interleaved || args.anatomy_pixel_mm > 0)
        throw Error(ErrorKind::Usage, "--interleaved and --anatomy-pixel-mm need --anatomy-size");
    options.ct_pixel_mm = args.ct_pixel_mm;
    if (args.transform.empty()) return options;
    std::ifstream file(args.transform);
    if (!file) throw Error(ErrorKind::BadData, "cannot read").where(args.transform);
    options.transforms = colorize::parse_transforms(
        std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()), args.transform);
    return options;
}

void import_visible_human(const ImportArguments& args, Logger& logger) {
    const ThreadLimit limit(args.common.threads);
    const auto document = config::Document::from_text("", "import", args.overrides);
    GeneratorSetup setup = colorize::set_up_import(document, args.anatomy, args.ct, options_of(args), logger);
    setup.plan.directory = args.out;
    for (const std::string& line : args.overrides) setup.plan.overrides += line + "\n";
    RunOptions options;
    options.threads = args.common.threads;
    options.allowed_failures = setup.dataset.allowed_failures;
    options.contact_sheet = [fields = setup.plan.fields](const std::vector<Sample>& samples) {
        return contact_sheet(samples, fields);
    };
    const RunReport report = run(*setup.generator, setup.plan, options, logger);
    logger.info(fmt::format("{} pairs imported, {} quarantined: {} (look at {}/preview.png)",
                            report.samples_made, report.quarantined.size(), args.out, args.out));
}

}  // namespace

void add_import(CLI::App& app, int& exit_code) {
    auto args = std::make_shared<ImportArguments>();
    CLI::App* verb = app.add_subcommand("import", "Make a dataset of measured data");
    verb->require_subcommand(1);
    CLI::App* human = verb->add_subcommand(
        "visible-human", "Pairs of the Visible Human's frozen sections and CT slices, as colorize data");
    human->add_option("--anatomy", args->anatomy, "Folder of a_vmNNNN.raw or avfNNNNa.raw, also .Z")
        ->required();
    human->add_option("--ct", args->ct, "Folder of c_vmNNNN.fro, c_vmNNNN.fre or c_vfNNNN.fre, also .Z")
        ->required();
    human->add_option("--out,-o", args->out, "Folder of the dataset")->required();
    human->add_option("--anatomy-size", args->size,
                      "WIDTHxHEIGHT of sections of another size than the originals'");
    human->add_option("--anatomy-pixel-mm", args->anatomy_pixel_mm, "Size of their pixels")
        ->check(real_between(1e-3, 1e3));
    human->add_flag("--interleaved", args->interleaved, "Their colours lie RGB RGB ..., not plane by plane");
    human->add_option("--ct-pixel-mm", args->ct_pixel_mm, "Size of the pixels of CT files that do not tell")
        ->check(real_between(1e-3, 1e3));
    human->add_option("--transform", args->transform,
                      "File of lines FIRST LAST SCALE ANGLE_DEG X_MM Y_MM, CT to photograph; none: register");
    human->add_option("overrides", args->overrides, "table.key=value of dataset and contour");
    add_common(*human, args->common);
    human->footer(
        "Example:\n"
        "  radforge import visible-human --anatomy fullcolor --ct frozenCT --out out/vhm "
        "dataset.train_part=0.95");
    human->callback([args, &exit_code] {
        exit_code = guarded(args->common, [&](Logger& logger) { import_visible_human(*args, logger); });
    });
}

}  // namespace radforge::cli
