// SPDX-License-Identifier: Apache-2.0
/// `radforge evaluate MODEL`: trained networks against photos whose truth is known.
#include "models/eval/film_report.h"
#include "models/eval/report_text.h"
#include "models/tasks/trained_film_network.h"
#include "models/tasks/trained_slice_network.h"
#include "models/train/blas_probe.h"
#include "pipelines/cli.h"
#include "pipelines/train_verbs.h"
#include "synth/base/error.h"
#include "synth/config/provenance.h"
#include "synth/shard/dataset.h"
#include "synth/stop_signal.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>

namespace radforge::cli {
namespace {

struct EvaluateArguments {
    Common common;
    std::string model, out, split = "test", device = "cpu";
    std::vector<std::string> checkpoints, beside, data;
    int64_t count = 0;
    int pictures = 6, texels = 256, resamples = 2000;
    int64_t seed = 1;
};

/// Writes a report, and what of it is text to standard output.
void publish(eval::Report report, const EvaluateArguments& args, Logger& logger) {
    eval::write_report(report, args.out);
    report.pictures.clear();
    if (!args.common.quiet) {
        std::fputs((args.common.json ? eval::json_of(report) : eval::markdown_of(report)).c_str(), stdout);
        std::fflush(stdout);
    }
    logger.info("report: " + args.out + "/report.html, report.md; scores.csv, scores.json");
}

/// What both kinds of report are told.
template <class Setup>
void describe(Setup& setup, const eval::FilmPhotos& photos, const EvaluateArguments& args,
              const std::vector<eval::NetworkCard>& cards, Logger& logger) {
    setup.data_name = photos.name();
    setup.data_split = photos.split();
    setup.data_sha256 = photos.data_sha256();
    setup.revision = config::provenance("", "none").revision;
    setup.trained_on_split = std::any_of(cards.begin(), cards.end(), [&](const eval::NetworkCard& card) {
        return photos.among(card.data_sha256);
    });
    if (setup.trained_on_split) logger.warn("a network learned from these very photos");
    setup.chosen_on_split = photos.split() == "val";
    if (setup.chosen_on_split)
        logger.warn("the split 'val' is that by which runs choose their best checkpoint");
    setup.seed = Seed{uint64_t(args.seed)};
    setup.resamples = args.resamples;
}

void evaluate_films(const EvaluateArguments& args, Logger& logger) {
    eval::FilmPhotos photos(args.data, args.split);
    photos.keep_first(size_t(args.count));
    eval::Networks networks;
    for (const std::string& path : args.checkpoints)
        networks.push_back(models::trained_film_network(path, {args.model}, args.device, logger));
    for (const std::string& path : args.beside)
        networks.push_back(models::trained_film_network(path, {"firenet", "dewarpnet"}, args.device, logger));
    std::vector<eval::NetworkCard> cards;
    for (const auto& network : networks) cards.push_back(network->card());

    const StopSignal stop;
    eval::EvaluationOptions options;
    options.texels = args.texels;
    options.should_stop = [&stop] { return stop.received() != 0; };
    const eval::FilmEvaluation evaluation = eval::evaluate_films(photos, networks, options, logger);

    eval::FilmReportSetup setup;
    setup.title = "Evaluation: " + args.model;
    describe(setup, photos, args, cards, logger);
    publish(eval::film_report(evaluation, eval::film_pictures(photos, networks, evaluation, args.pictures),
                              setup),
            args, logger);
}

void evaluate_slices(const EvaluateArguments& args, Logger& logger) {
    if (args.checkpoints.size() != 1 || !args.beside.empty())
        throw Error(ErrorKind::Usage, "restoration is evaluated one network at a time")
            .hint("give one --checkpoint and no --beside");
    eval::FilmPhotos photos(args.data, args.split, photo::PartTransform::inputs(photo::Truth::Hu));
    photos.keep_first(size_t(args.count));
    const eval::SliceNetwork network =
        models::trained_slice_network(args.checkpoints.front(), args.device, logger);
    const StopSignal stop;
    eval::SliceOptions options;
    options.seed = Seed{uint64_t(args.seed)};
    options.pictures = args.pictures;
    options.should_stop = [&stop] { return stop.received() != 0; };
    eval::SliceEvaluation evaluation = eval::evaluate_slices(photos, network, options, logger);
    eval::SliceReportSetup setup;
    describe(setup, photos, args, {network.card}, logger);
    publish(eval::slice_report(std::move(evaluation), network, setup), args, logger);
}

void evaluate(const EvaluateArguments& args, Logger& logger) {
    const bool films = args.model == "firenet" || args.model == "dewarpnet";
    if (!films && args.model != "restoration")
        throw Error(ErrorKind::Usage, "no such model to evaluate")
            .got(args.model.empty() ? "none" : args.model)
            .expected("firenet, dewarpnet or restoration");
    if (args.checkpoints.empty())
        throw Error(ErrorKind::Usage, "evaluate what?").hint("give --checkpoint RUN");
    if (args.out.empty()) throw Error(ErrorKind::Usage, "where to?").hint("give --out FOLDER");
    shard::require_no_dataset(args.out);
    models::set_up_cpu(args.common.threads, logger);
    films ? evaluate_films(args, logger) : evaluate_slices(args, logger);
}

}  // namespace

void add_evaluation(CLI::App& app, int& exit_code) {
    auto args = std::make_shared<EvaluateArguments>();
    CLI::App* verb = app.add_subcommand("evaluate", "Score trained networks on photos whose truth is known");
    verb->add_option("model", args->model, "firenet or dewarpnet");
    verb->add_option(
        "--checkpoint", args->checkpoints,
        "Run folder (its best checkpoint, else the newest) or a checkpoint's .json; again for more: "
        "variants of the network, other training data, or other seeds. NAME= before it names its rows, else "
        "the folder does");
    verb->add_option("--beside", args->beside, "The same, of any film network, to compare with");
    verb->add_option("--data", args->data, "Film dataset; give it again for more");
    verb->add_option("--split", args->split, "Which part of the data")->capture_default_str();
    verb->add_option("--out,-o", args->out, "Folder of the report");
    verb->add_option("--count", args->count, "Only so many photos, the first; 0: all")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    verb->add_option("--pictures", args->pictures, "Photos shown in the report")
        ->check(CLI::Range(0, 1000))
        ->capture_default_str();
    verb->add_option("--texels", args->texels, "Side of the flat film that is scored, at least 161")
        ->check(CLI::Range(161, 4096))
        ->capture_default_str();
    verb->add_option("--resamples", args->resamples, "Of the bootstrap")
        ->check(CLI::Range(100, 1000000))
        ->capture_default_str();
    verb->add_option("--seed", args->seed, "Of the bootstrap")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    verb->add_option("--device", args->device, "cpu or cuda")->capture_default_str();
    add_common(*verb, args->common);
    verb->footer(
        "Example:\n  radforge evaluate firenet --checkpoint runs/full --checkpoint runs/uv --beside "
        "runs/dewarpnet --data out/film --out report");
    verb->callback([args, &exit_code] {
        exit_code = guarded(args->common, [&](Logger& logger) { evaluate(*args, logger); });
    });
}

}  // namespace radforge::cli
