// SPDX-License-Identifier: Apache-2.0
/// radforge-train: the training half. `radforge train ...` runs it.
#include "models/photo/film_part.h"
#include "models/tasks/dewarpnet.h"
#include "models/tasks/firenet.h"
#include "models/tasks/recovery.h"
#include "models/train/blas_probe.h"
#include "models/train/device.h"
#include "models/train/hooks.h"
#include "models/train/ranks.h"
#include "pipelines/cli.h"
#include "pipelines/train_verbs.h"
#include "synth/base/error.h"
#include "synth/config/document.h"
#include "synth/config/manual.h"
#include "synth/config/provenance.h"
#include "synth/config/reader.h"
#include "synth/config/writer.h"
#include "synth/shard/dataset.h"
#include "synth/shard/file.h"
#include "synth/shard/plan.h"
#include "synth/stop_signal.h"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace radforge::cli {
namespace {

struct TrainArguments {
    Common common;
    std::vector<std::string> words, data;
    std::string weights, out, device = "cpu", rendezvous, interface, cache;
    int loader_threads = 1;
    double cache_gb = 20;
    bool deterministic = false, cache_all = false;
};

using Sources = std::vector<std::shared_ptr<const loader::Source>>;

/// Said before anything else of them is read: statistics of another kind lack what films have.
void require_films(const std::vector<std::string>& data) {
    for (const std::string& directory : data) {
        if (!shard::file_exists(directory + "/plan.json"))
            throw Error(ErrorKind::BadData, "no dataset here")
                .where(directory)
                .expected("a folder with plan.json");
        const std::string kind = shard::read_plan(directory).kind;
        if (kind != "film")
            throw Error(ErrorKind::BadData, "this model learns from film datasets")
                .where(directory)
                .got("kind " + kind);
    }
}

/// The split of every dataset that has it.
Sources open(const TrainArguments& args, const loader::LoaderConfig& config,
             const std::vector<std::string>& fields, const std::string& split,
             const std::shared_ptr<loader::DecodedCache>& cache) {
    loader::SourceOptions options;
    options.cache = cache;
    options.split = split;
    options.fields = fields;
    options.check_sums = config.check_sums;
    options.reading = config.reading == "copy" ? loader::Reading::Copy : loader::Reading::Map;
    Sources sources;
    for (const std::string& directory : args.data) {
        const std::vector<std::string> splits = loader::Source::splits(directory);
        if (split != "train" && std::find(splits.begin(), splits.end(), split) == splits.end()) continue;
        sources.push_back(
            std::make_shared<const loader::Source>(directory, options, config.on_fault != "error"));
    }
    return sources;
}

void check_remainder(const std::string& remainder, bool deterministic, int ranks) {
    const Error refused =
        Error(ErrorKind::Usage, "loader.remainder does not go with this run").got(remainder);
    if (deterministic && remainder != "drop")
        throw Error(refused).expected(
            "drop: train.deterministic makes epochs that any number of ranks can share");
    if (ranks > 1 && remainder == "short")
        throw Error(refused).expected("drop or pad: of several ranks one might get no sample");
}

/// Outside of the config: it changes no batch.
std::shared_ptr<loader::DecodedCache> open_cache(const TrainArguments& args, Logger& logger) {
    if (args.cache.empty()) return nullptr;
    const loader::CacheOptions options{args.cache, uint64_t(args.cache_gb * 1e9), args.cache_all};
    return std::make_shared<loader::DecodedCache>(options, logger);
}

void tell(const loader::CacheReport& cache, Logger& logger) {
    logger.info("cache: " + std::to_string(cache.found) + " samples from it, " + std::to_string(cache.made) +
                " added, " + std::to_string(cache.refused) + " without room, " +
                std::to_string(cache.damaged) + " damaged and made again, " +
                std::to_string(cache.bytes / 1000000) + " MB in all");
}

/// Ranges over all datasets, unless the config says them.
void fill_ranges(models::RangesConfig& ranges, const std::vector<std::string>& data) {
    if (!ranges.low.empty() || !ranges.high.empty()) return;
    for (const std::string& directory : data) {
        const loader::FilmRanges own = loader::FilmRanges::of_dataset(directory);
        if (ranges.low.empty()) {
            ranges.low.assign(own.low.begin(), own.low.end());
            ranges.high.assign(own.high.begin(), own.high.end());
        }
        for (size_t k = 0; k < own.low.size(); ++k) {
            ranges.low[k] = std::min(ranges.low[k], own.low[k]);
            ranges.high[k] = std::max(ranges.high[k], own.high[k]);
        }
    }
}

/// What a model learns from: fields of film samples, and what is made of them.
struct Feed {
    std::vector<std::string> fields;
    std::shared_ptr<const loader::Transform> training, validation;
    bool metas = false;  ///< validation reads meta.json, too
};

/// Whole films; the config has augment and ranges.
template <class Config>
Feed feed_films(Config& config, const TrainArguments& args) {
    fill_ranges(config.ranges, args.data);
    if (config.augment.film_px == 0)
        config.augment.film_px = loader::mean_film_px(args.data, config.loader.on_fault != "error");
    const auto transform = [&](loader::FilmTransform::Mode mode) {
        return std::make_shared<const loader::FilmTransform>(config.augment, config.ranges.film(), mode);
    };
    return {loader::FilmTransform::inputs(), transform(loader::FilmTransform::Mode::Train),
            transform(loader::FilmTransform::Mode::Validate)};
}

/// Parts of flattened films.
template <photo::Truth truth>
Feed feed_parts(models::RecoveryRunConfig& config, const TrainArguments&) {
    models::note_light_network(config.input);
    const auto transform = std::make_shared<const photo::PartTransform>(config.part, truth);
    return {photo::PartTransform::inputs(truth), transform, transform, truth == photo::Truth::Hu};
}

/// @tparam Config  of a run on film datasets: train, loader and what its feed reads
template <class Config>
models::Outcome train_on_film(const TrainArguments& args, Feed (*feed_of)(Config&, const TrainArguments&),
                              std::unique_ptr<models::Task> (*make_task)(const Config&), Logger& logger) {
    std::vector<std::string> overrides(args.words.begin() + 2, args.words.end());
    if (args.deterministic) overrides.push_back("train.deterministic=true");
    if (!args.weights.empty()) overrides.push_back("loader.weights=[" + args.weights + "]");
    auto config = config::load<Config>(config::Document::from_file(args.words[1], overrides));
    require_films(args.data);
    const Feed feed = feed_of(config, args);
    models::RankOptions ranks = models::ranks_of_environment(args.out);
    check_remainder(config.loader.remainder, config.train.deterministic, ranks.size);
    const torch::Device device = models::device_of(args.device, ranks.local);
    models::set_up_cpu(args.common.threads, logger);

    const std::shared_ptr<loader::DecodedCache> cache = open_cache(args, logger);
    const Sources training = open(args, config.loader, feed.fields, "train", cache),
                  validation = open(args, config.loader, feed.fields, "val", cache);
    if (validation.empty())
        logger.warn("no dataset has a split 'val': nothing is validated, the last weights count as they are");

    if (!args.rendezvous.empty()) ranks.store_file = args.rendezvous;
    if (!args.interface.empty()) ranks.interface = args.interface;
    ranks.device = device;
    const StopSignal stop;
    models::TrainSetup setup;
    if (ranks.size > 1) {
        std::filesystem::create_directories(args.out);
        setup.ranks = std::make_shared<models::Ranks>(ranks);
    }
    setup.directory = args.out;
    setup.task_name = args.words[0];
    setup.config_toml = config::dump(config);
    setup.revision = config::provenance(setup.config_toml, "none").revision;
    setup.device = device;
    for (const auto& source : training)
        setup.data_sha256 += (setup.data_sha256.empty() ? "" : " ") + source->data_sha256();
    setup.should_stop = [&stop] { return stop.received() != 0; };
    setup.training = [&](const loader::LoaderState& start) {
        loader::LoaderOptions options;
        options.config = config.loader;
        options.seed = uint64_t(config.train.seed);
        options.threads = args.loader_threads;
        options.rank = ranks.rank;
        options.ranks = ranks.size;
        if (config.train.deterministic)
            options.round_samples = uint64_t(config.loader.batch) * uint64_t(config.train.accumulate);
        options.start = start;
        options.quarantine_file = args.out + "/quarantine.jsonl";
        options.transform = feed.training;
        return std::make_unique<loader::Loader>(training, options, logger);
    };
    if (!validation.empty())
        setup.validation = [&] {
            loader::LoaderOptions options;
            options.config = config.loader;
            options.config.window_shards = 0;
            options.config.remainder = "short";
            options.config.epoch_samples = 0;
            options.config.weights.clear();
            options.epochs = 1;
            options.threads = args.loader_threads;
            options.metas = feed.metas;
            options.transform = feed.validation;
            return std::make_unique<loader::Loader>(validation, options, logger);
        };
    const std::unique_ptr<models::Task> task = make_task(config);
    models::Trainer trainer(*task, config.train, setup, logger);
    for (auto& hook : models::standard_hooks()) trainer.add(std::move(hook));
    const models::Outcome outcome = trainer.fit();
    if (cache) tell(cache->report(), logger);
    return outcome;
}

[[noreturn]] void throw_no_such_model(const std::string& model) {
    throw Error(ErrorKind::Usage, "no such model")
        .got(model)
        .expected("firenet, dewarpnet, deillumination or restoration");
}

models::Outcome train(const TrainArguments& args, Logger& logger) {
    if (args.words.size() < 2)
        throw Error(ErrorKind::Usage, "name a model and a config")
            .expected("radforge train MODEL CONFIG --data DATASET --out RUN");
    if (args.data.empty()) throw Error(ErrorKind::Usage, "learn from what?").hint("give --data DATASET");
    if (args.out.empty()) throw Error(ErrorKind::Usage, "where to?").hint("give --out FOLDER");
    shard::require_no_dataset(args.out);
    const std::string& model = args.words[0];
    if (model == "firenet") return train_on_film(args, feed_films, models::make_firenet, logger);
    if (model == "dewarpnet") return train_on_film(args, feed_films, models::make_dewarpnet, logger);
    if (model == "deillumination")
        return train_on_film(args, feed_parts<photo::Truth::Flat>, models::make_deillumination, logger);
    if (model == "restoration")
        return train_on_film(args, feed_parts<photo::Truth::Hu>, models::make_restoration, logger);
    throw_no_such_model(model);
}

std::string manual_of(const std::string& model) {
    if (model == "firenet") return config::manual<models::FireNetRunConfig>();
    if (model == "dewarpnet") return config::manual<models::DewarpNetRunConfig>();
    if (model == "deillumination" || model == "restoration")
        return config::manual<models::RecoveryRunConfig>();
    throw_no_such_model(model);
}

void add_model_keys(CLI::App& app, int& exit_code) {
    auto model = std::make_shared<std::string>();
    CLI::App* verb = app.add_subcommand("keys", "List the config keys of a model as a Markdown table");
    verb->add_option("model", *model, "firenet, dewarpnet, deillumination or restoration")->required();
    verb->footer("Example:\n  radforge keys firenet");
    verb->callback([model, &exit_code] {
        exit_code = guarded({}, [&](Logger&) { std::printf("%s\n", manual_of(*model).c_str()); });
    });
}

void add_training(CLI::App& app, int& exit_code) {
    auto args = std::make_shared<TrainArguments>();
    CLI::App* verb =
        app.add_subcommand("train", "Train a model; a run that was stopped goes on where it was");
    verb->add_option("words", args->words,
                     "MODEL CONFIG [table.key=value ...]; models: firenet, dewarpnet, deillumination, "
                     "restoration");
    verb->add_option("--data", args->data, "Dataset; give it again for more, they are mixed")
        ->allow_extra_args(false);
    verb->add_option(
        "--weights", args->weights,
        "How often each dataset is drawn from, as 3,1 (loader.weights); none: every sample once an "
        "epoch");
    verb->add_option("--out,-o", args->out, "Folder of the run");
    verb->add_option("--device", args->device, "cpu or cuda")->capture_default_str();
    verb->add_option("--loader-threads", args->loader_threads, "Threads that read and augment")
        ->check(CLI::Range(1, 1024))
        ->capture_default_str();
    verb->add_option("--cache", args->cache,
                     "Folder for decoded samples, read instead of decoding again; several runs may share it");
    verb->add_option("--cache-gb", args->cache_gb, "Most that the cache may take")
        ->check(real_between(0.001, 1e6))
        ->capture_default_str();
    verb->add_flag("--cache-all", args->cache_all,
                   "Cache what is stored uncompressed, too: for datasets on a slow file system");
    verb->add_flag("--deterministic", args->deterministic,
                   "The same bits on any number of ranks (train.deterministic)");
    verb->add_option("--rendezvous", args->rendezvous,
                     "File, new for every start, where the ranks meet; by default torchrun's address, or a "
                     "file of srun's job in --out");
    verb->add_option("--interface", args->interface,
                     "Network between the ranks, a name or this machine's address; by default lo, or what "
                     "leads to the launcher when there are several machines");
    add_common(*verb, args->common);
    verb->footer(
        "Example:\n  radforge train firenet scenes/train/firenet-smoke.toml --data out/film --out "
        "runs/smoke\n"
        "Stopped by Ctrl-C or SIGTERM, it writes a checkpoint and returns 75; the same command goes on from "
        "there.");
    verb->callback([args, &exit_code] {
        models::Outcome outcome = models::Outcome::Finished;
        exit_code = guarded(args->common, [&](Logger& logger) {
            outcome = train(*args, logger);
            if (outcome == models::Outcome::Interrupted)
                logger.info("stopped by a signal; the same command goes on");
        });
        if (exit_code == 0 && outcome == models::Outcome::Interrupted) exit_code = int(ErrorKind::TryAgain);
    });
}

}  // namespace
}  // namespace radforge::cli

int main(int argc, char** argv) {
    // OpenMP reads this before main(): its threads would wait for each other, and for the loader's, in busy
    // loops.
    if (!std::getenv("OMP_WAIT_POLICY")) {
        setenv("OMP_WAIT_POLICY", "passive", 1);
        execv("/proc/self/exe", argv);
    }
    CLI::App app{"radforge-train: train models on radforge datasets"};
    app.require_subcommand(1);
    app.set_version_flag("--version", RADFORGE_VERSION);
    int exit_code = 0;
    radforge::cli::add_training(app, exit_code);
    radforge::cli::add_evaluation(app, exit_code);
    radforge::cli::add_prediction(app, exit_code);
    radforge::cli::add_model_keys(app, exit_code);
    return radforge::cli::run_program(app, argc, argv, exit_code);
}
