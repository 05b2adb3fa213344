// SPDX-License-Identifier: Apache-2.0
#include "pipelines/cli.h"
#include "pipelines/throughput.h"
#include "synth/base/error.h"
#include "synth/base/parallel.h"
#include "synth/base/progress.h"
#include "synth/config/document.h"
#include "synth/driver.h"
#include "synth/registry.h"
#include "synth/shard/codec.h"
#include "synth/shard/dataset.h"
#include "synth/shard/index.h"
#include "synth/shard_list.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>

namespace radforge::cli {
namespace {

struct SynthArguments {
    Common common;
    std::vector<std::string> words, replay;
    InputPaths inputs;
    std::string out, shards, device;
    int64_t count = 0;
    bool dry_run = false;
};

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    return text;
}

std::string size_text(double bytes) {
    const char* units[] = {"B", "kB", "MB", "GB", "TB"};
    int unit = 0;
    while (bytes >= 1000 && unit < 4) bytes /= 1000, ++unit;
    return fmt::format("{:.3g} {}", bytes, units[unit]);
}

/// "3" or "2-7".
Range<uint64_t> parse_range(const std::string& text) {
    const auto bad = [&] {
        return Error(ErrorKind::Usage, "not a range of shards")
            .where("--shards")
            .got("'" + text + "'")
            .expected("A-B or A");
    };
    const size_t dash = std::min(text.find('-'), text.size());
    const auto number = [&](const std::string& digits) {
        uint64_t value = 0;
        const char* const end = digits.data() + digits.size();
        const auto read = std::from_chars(digits.data(), end, value);
        if (read.ec != std::errc() || read.ptr != end) throw bad();
        return value;
    };
    const uint64_t first = number(text.substr(0, dash));
    const Range<uint64_t> range{first, dash < text.size() ? number(text.substr(dash + 1)) : first};
    if (range.hi < range.lo) throw bad();
    return range;
}

constexpr double kTrial_s = 3;

/// Makes some samples and tells what the whole set would take.
void estimate(const GeneratorSetup& setup, const SynthArguments& args) {
    // Refuses, as the real command does, what the inputs are too few for.
    const DatasetPlan plan = completed_plan(*setup.generator, setup.plan);
    setup.generator->check_inputs([] { return false; });
    // The first sample loads the inputs; what those behind it take is what all of them will.
    const auto count = uint64_t(args.count);
    const Throughput first = measure_throughput(setup, 0, 1, 1);
    const Throughput trial =
        count > 1 ? measure_throughput(setup, 1, count, args.common.threads, kTrial_s) : first;
    const int64_t made = first.samples + trial.samples;
    if (made == 0)
        throw Error(ErrorKind::Failed, "none of the trial samples could be made").got(first.failures.front());
    const double each_s = trial.wall_s / double(std::max<int64_t>(1, trial.samples)),
                 each_bytes = double(first.tar_bytes + trial.tar_bytes) / double(made);
    for (const std::string& failure : trial.failures) fmt::print("{}\n", failure);
    fmt::print(
        "trial: {} samples in {:.1f} s on {} threads, {} each; the first, with its inputs, took {:.1f} s\n",
        trial.samples, trial.wall_s, trial.threads, size_text(each_bytes), first.wall_s);
    const std::vector<shard::ShardTask> shards = list_shards(*setup.generator, plan);
    fmt::print("{} samples would take about {} and {}, in {} shards\n", args.count,
               format_duration(first.wall_s + each_s * double(count - 1)),
               size_text(each_bytes * double(count)), shards.size());
    if (const std::string warning = warn_of_empty_splits(plan, shards); !warning.empty())
        fmt::print("{}\n", warning);
    if (!args.out.empty()) {
        std::filesystem::path parent = std::filesystem::absolute(args.out);
        while (!std::filesystem::exists(parent)) parent = parent.parent_path();
        fmt::print("free at {}: {}\n", args.out, size_text(double(std::filesystem::space(parent).available)));
    }
}

/// --ct takes any number of folders and with them the overrides that follow: gives those back.
void take_overrides_from_ct(SynthArguments& args) {
    const auto is_override = [](const std::string& word) {
        const size_t equals = word.find('=');
        return equals != std::string::npos && word.find('/') > equals && word.find('.') < equals &&
               !std::filesystem::exists(word);
    };
    auto& ct = args.inputs.ct;
    const auto first =
        std::stable_partition(ct.begin(), ct.end(), [&](const auto& w) { return !is_override(w); });
    args.words.insert(args.words.end(), first, ct.end());
    ct.erase(first, ct.end());
}

/// run(), then, also behind an error, what the generator noted of its inputs.
RunReport run_telling(const Generator& generator, const DatasetPlan& plan, const RunOptions& options,
                      Logger& logger) {
    struct Notes {
        const Generator& generator;
        Logger& logger;
        ~Notes() {
            for (const std::string& note : generator.notes()) logger.warn(note);
        }
    } const notes{generator, logger};
    return run(generator, plan, options, logger);
}

/// --device is a key of the config.
std::vector<std::string> overrides_of(const SynthArguments& args, std::vector<std::string> words,
                                      const std::string& kind) {
    if (args.device.empty()) return words;
    if (kind != "xray")
        throw Error(ErrorKind::Usage, "this kind of data is made on the CPU alone")
            .where("--device")
            .got(kind);
    words.push_back("projector.device=\"" + args.device + "\"");
    return words;
}

/// @throws Error when a replay was given other inputs than the dataset was made from
void require_inputs_of(const DatasetPlan& stored, const DatasetPlan& here,
                       const std::vector<std::string>& overrides) {
    const auto names_inputs = [](const std::string& text) { return text.rfind("inputs.", 0) == 0; };
    std::vector<std::string> differences = shard::config_differences(stored.config_toml, here.config_toml);
    differences.erase(std::stable_partition(differences.begin(), differences.end(), names_inputs),
                      differences.end());
    if (differences.empty() || std::any_of(overrides.begin(), overrides.end(), names_inputs)) return;
    throw Error(ErrorKind::Usage, "the dataset was made from other inputs")
        .where(stored.directory)
        .got("a difference in " + shard::listed(differences))
        .hint("give --ct, --hdri and --backgrounds as when it was made");
}

void replay(const SynthArguments& args, Logger& logger) {
    const std::string &dataset = args.replay[0], &name = args.replay[1];
    const std::string folder = args.out.empty() ? name : args.out;
    shard::require_no_dataset(folder);
    const DatasetPlan stored = shard::read_plan(dataset);
    const std::optional<uint64_t> index = shard::parse_sample_name(stored.kind, name);
    if (!index)
        throw Error(ErrorKind::Usage, "not a sample key of this dataset")
            .where("--replay")
            .got("'" + name + "'")
            .expected("for example " + shard::sample_name(stored.kind, 0));
    const std::vector<std::string> overrides = overrides_of(args, args.words, stored.kind);
    const auto document =
        config::Document::from_text(stored.config_toml, dataset + "/config.toml", overrides);
    const GeneratorSetup setup = set_up_generator(stored.kind, document, args.inputs, logger);
    require_inputs_of(stored, setup.plan, overrides);
    const SampleKey key{setup.plan.seed, *index};
    const std::vector<Sample> samples = setup.generator->generate(Span<const SampleKey>(&key, 1));

    std::filesystem::create_directories(folder);
    const std::optional<Sample> before = shard::Dataset(dataset).find(*index);
    int compared = 0, equal = 0;
    for (size_t i = 0; i < samples[0].fields.size(); ++i) {
        const Field& field = samples[0].fields[i];
        const std::string bytes = shard::encode(field),
                          path = folder + "/" + name + "." + field.name + "." + field.extension;
        std::ofstream file(path, std::ios::binary);
        if (!file.write(bytes.data(), std::streamsize(bytes.size())) || !file.flush())
            throw Error(ErrorKind::TryAgain, "cannot write").where(path);
        if (!before || i >= before->fields.size()) continue;
        ++compared;
        equal += shard::encode(before->fields[i]) == bytes;
    }
    logger.info(fmt::format("wrote {} members to {}", samples[0].fields.size(), folder));
    if (!before)
        logger.info("the dataset does not hold this sample; nothing to compare with");
    else if (equal == compared)
        logger.info("identical to the dataset's sample, bit for bit");
    else if (!overrides.empty())
        logger.info(fmt::format("{} of {} members equal the dataset's; the overrides changed the others",
                                equal, compared));
    else
        throw Error(ErrorKind::Failed,
                    fmt::format("{} of {} members differ from the dataset's", compared - equal, compared))
            .hint(
                "another build or maths class; compare manifest.json's provenance with `radforge --version`");
}

/// For the time before run(), which is that of reading the inputs: nothing has been written yet.
extern "C" void stop_at_once(int) {
    constexpr char kText[] = "error: stopped by SIGTERM; run the same command again\n";
    [[maybe_unused]] const ssize_t told = write(STDERR_FILENO, kText, sizeof kText - 1);
    _exit(static_cast<int>(ErrorKind::TryAgain));
}

void synthesise(const SynthArguments& args, Logger& logger) {
    std::signal(SIGTERM, stop_at_once);
    const ThreadLimit limit(args.common.threads);
    if (!args.replay.empty()) return replay(args, logger);
    if (args.words.size() < 2)
        throw Error(ErrorKind::Usage, "name a kind of data and a config")
            .hint("for example: radforge synth film scenes/film/smoke.toml --out out/try --count 8");
    if (args.count < 1) throw Error(ErrorKind::Usage, "how many samples?").hint("give --count N");
    if (args.out.empty() && !args.dry_run)
        throw Error(ErrorKind::Usage, "where to?").hint("give --out FOLDER");
    const std::vector<std::string> overrides =
        overrides_of(args, {args.words.begin() + 2, args.words.end()}, args.words[0]);
    const auto document = config::Document::from_file(args.words[1], overrides);
    GeneratorSetup setup = set_up_generator(args.words[0], document, args.inputs, logger);
    setup.plan.directory = args.out;
    setup.plan.count = uint64_t(args.count);
    setup.plan.overrides = joined(overrides);
    if (args.dry_run) return estimate(setup, args);

    RunOptions options;
    options.threads = args.common.threads;
    options.allowed_failures = setup.dataset.allowed_failures;
    if (!args.shards.empty()) options.shards = parse_range(args.shards);
    options.contact_sheet = [&plan = setup.plan](const std::vector<Sample>& samples) {
        return contact_sheet(samples, plan);
    };
    const RunReport report = run_telling(*setup.generator, setup.plan, options, logger);
    logger.info(fmt::format("{} samples made, {} quarantined, {} shards made, {} already there",
                            report.samples_made, report.quarantined.size(), report.shards_made,
                            report.shards_present));
    if (report.complete)
        logger.info("dataset complete: " + args.out + " (look at " + args.out + "/preview.png)");
    else
        logger.info("other shards are still missing; the run that makes the last one completes the set");
}

}  // namespace

void add_synth(CLI::App& app, int& exit_code) {
    auto args = std::make_shared<SynthArguments>();
    CLI::App* verb = app.add_subcommand("synth", "Make a dataset, or one sample of it again");
    verb->add_option("words", args->words, "KIND CONFIG [table.key=value ...]");
    verb->add_option("--ct,--volumes", args->inputs.ct,
                     "Folders with DICOM series, .nii, .nii.gz or .vdb files; none: phantoms");
    verb->add_option("--hdri", args->inputs.hdri,
                     "Folder of lat-long .hdr or .exr environments; none: procedural rooms");
    verb->add_option("--backgrounds", args->inputs.backgrounds,
                     "Folder of table-top pictures; none: procedural");
    verb->add_option("--out,-o", args->out,
                     "Folder of the dataset; an unfinished one of the same config is continued");
    CLI::Option* const count = verb->add_option("--count,-n", args->count, "Number of samples");
    verb->add_option("--device", args->device, "Where x-rays are projected: cpu or cuda");
    CLI::Option* const shards =
        verb->add_option("--shards", args->shards, "Make these shards only, e.g. 0-15 (for farms)");
    CLI::Option* const dry_run =
        verb->add_flag("--dry-run", args->dry_run,
                       "Make samples in memory for some seconds and tell time and disk of the whole set");
    verb->add_option("--replay", args->replay, "DATASET KEY: make this sample again, into --out or ./KEY")
        ->expected(2)
        ->allow_extra_args(false)
        ->excludes(count, shards, dry_run);
    add_common(*verb, args->common);
    verb->footer(
        "Examples:\n"
        "  radforge synth film scenes/film/smoke.toml --out out/try --count 8\n"
        "  radforge synth film scenes/film/default.toml --ct ct/head --ct ct/neck --hdri hdri --out out/film "
        "--count 1000 camera.width_px=640\n"
        "  radforge synth film scenes/film/default.toml --count 100000 --dry-run\n"
        "  radforge synth xray scenes/xray/default.toml --volumes ct/head --out out/xray --count 5328\n"
        "  radforge synth --replay out/try film-000000003 render.spp=1024 --out out/again\n"
        "Keys: radforge keys film");
    verb->callback([args, &exit_code] {
        take_overrides_from_ct(*args);
        exit_code = guarded(args->common, [&](Logger& logger) { synthesise(*args, logger); });
    });
}

}  // namespace radforge::cli
