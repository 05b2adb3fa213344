// SPDX-License-Identifier: Apache-2.0
#include "pipelines/bench_xray.h"
#include "pipelines/cli.h"
#include "pipelines/throughput.h"
#include "synth/base/cpu_clock.h"
#include "synth/base/error.h"
#include "synth/base/parallel.h"
#include "synth/enhance/enhance_generator.h"
#include "synth/film/film_generator.h"
#include "synth/registry.h"
#include "synth/shard/codec.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sys/resource.h>

#include <map>
#include <set>

namespace radforge::cli {
namespace {

struct BenchArguments {
    Common common;
    std::vector<std::string> words;
    InputPaths inputs;
    int count = 12;
    std::string out;
};

/// CPU seconds by stage, in the order in which the stages first ended.
class StageTable {
public:
    void add(const std::string& stage, double seconds) {
        if (total_.emplace(stage, 0).second) order_.push_back(stage);
        total_[stage] += seconds;
    }
    template <class Stages>
    void add_all(const Stages& stages) {
        for (const auto& [stage, seconds] : stages) add(stage, seconds);
    }
    double of(const std::string& stage) { return total_[stage]; }
    void print(int samples) {
        double sum = 0;
        for (const std::string& stage : order_) sum += total_[stage];
        fmt::print("{:<16} {:>12} {:>7}\n", "stage", "CPU-s/sample", "share");
        for (const std::string& stage : order_)
            fmt::print("{:<16} {:>12.4f} {:>6.1f}%\n", stage, total_[stage] / samples,
                       100 * total_[stage] / sum);
        fmt::print("{:<16} {:>12.4f}\n\n", "all", sum / samples);
    }

private:
    std::vector<std::string> order_;
    std::map<std::string, double> total_;
};

constexpr const char* kInputs = "inputs, once";

/// Film stages on one thread, in whole groups; physics by scenario. Volumes and environments are read once
/// and kept: their row falls with the number of samples, unlike the others.
void bench_film(const film::FilmGenerator& film, const GeneratorSetup& setup, int count, Logger& logger) {
    const ThreadLimit one(1);
    StageTable table;
    film::FilmGroup group;
    const int together = setup.plan.group_size;
    count = (count + together - 1) / together * together;
    std::map<std::string, std::pair<int, double>> scenarios;
    uint64_t paths = 0, rays = 0;
    int made = 0, redrawn = 0, failed = 0;
    for (int i = 0; i < count; ++i) {
        const SampleKey key{setup.plan.seed, uint64_t(i)};
        try {
            const double begin = process_cpu_s();
            film.read_inputs(key);
            const double before = process_cpu_s();
            table.add(kInputs, before - begin);
            const film::FilmRecipe recipe = film.draw(key);
            table.add("draw", process_cpu_s() - before);
            StageSeconds stages;
            const film::FilmShot shot = film.realise(recipe, &stages, &group);
            table.add_all(stages);
            for (const auto& [stage, seconds] : stages) {
                if (stage != "physics") continue;
                auto& [shapes, sum] = scenarios[shot.settled.recipe.name];
                ++shapes, sum += seconds;
            }
            const double start = process_cpu_s();
            for (const Field& field : film.encode(recipe, shot).fields) shard::encode(field);
            table.add("encoding", process_cpu_s() - start);
            paths += shot.rendered.stats.paths;
            rays += shot.rendered.stats.rays;
            redrawn += shot.settled.report.redraws;
            ++made;
        } catch (const Error& error) {
            ++failed;
            logger.warn(fmt::format("sample {}: {}", i, error.what()));
        }
    }
    if (made == 0) throw Error(ErrorKind::Failed, "no sample could be made");
    table.print(made);
    fmt::print("{:<28} {:>7} {:>14}\n", "scenario", "photos", "physics CPU-s");
    for (const auto& [name, entry] : scenarios)
        fmt::print("{:<28} {:>7} {:>14.3f}\n", name, entry.first, entry.second / entry.first);
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    fmt::print(
        "\n{} samples, {} failed, {} shapes redrawn; {:.3g} paths per CPU-second, {:.3g} rays per "
        "CPU-second; peak memory {:.0f} MB\n\n",
        made, failed, redrawn, double(paths) / table.of("path tracing"),
        double(rays) / table.of("path tracing"), double(usage.ru_maxrss) / 1024);
}

/// Enhancement stages on one thread. A volume is made once for its group: what it costs is spread over the
/// group's samples, however many of them are measured.
void bench_enhance(const enhance::EnhanceGenerator& enhance, const GeneratorSetup& setup, int count,
                   Logger& logger) {
    const ThreadLimit one(1);
    StageTable table;
    std::set<size_t> volumes;
    double volume_s = 0;
    int made = 0;
    for (int i = 0; i < count; ++i) {
        try {
            const double before = process_cpu_s();
            const enhance::EnhanceRecipe recipe = enhance.draw({setup.plan.seed, uint64_t(i)});
            if (volumes.insert(recipe.source).second) volume_s += process_cpu_s() - before;
            StageSeconds stages;
            const enhance::EnhancePair pair = enhance.realise(recipe, &stages);
            for (const auto& [stage, seconds] : stages)
                if (stage != "volume") table.add(stage, seconds);
            const double start = process_cpu_s();
            for (const Field& field : enhance.encode(recipe, pair).fields) shard::encode(field);
            table.add("encoding", process_cpu_s() - start);
            ++made;
        } catch (const Error& error) {
            logger.warn(fmt::format("sample {}: {}", i, error.what()));
        }
    }
    if (made == 0) throw Error(ErrorKind::Failed, "no sample could be made");
    table.add("volume", volume_s / double(volumes.size()) / enhance.group_size() * made);
    table.print(made);
}

/// Samples a second of any kind, generated and encoded in memory, in whole groups.
void bench_throughput(const GeneratorSetup& setup, int count, int threads, Logger& logger) {
    const int group = setup.plan.group_size, whole = (count + group - 1) / group * group;
    const Throughput done = measure_throughput(setup, 0, uint64_t(whole), threads);
    for (const std::string& failure : done.failures) logger.warn(failure);
    if (done.samples == 0) throw Error(ErrorKind::Failed, "no sample could be made");
    const auto samples = double(done.samples);
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    fmt::print("{:<10} {:>8} {:>8} {:>11} {:>13} {:>10} {:>15}\n", "kind", "samples", "threads", "samples/s",
               "CPU-s/sample", "MB/sample", "peak memory MB");
    fmt::print("{:<10} {:>8} {:>8} {:>11.3g} {:>13.4g} {:>10.3f} {:>15.0f}\n", setup.plan.kind, done.samples,
               done.threads, samples / done.wall_s, done.cpu_s / samples,
               double(done.tar_bytes) / samples / 1e6, double(usage.ru_maxrss) / 1024);
}

void bench(const BenchArguments& args, Logger& logger) {
    if (args.words.size() < 2)
        throw Error(ErrorKind::Usage, "name a kind and a config")
            .hint("for example: radforge bench film scenes/film/default.toml");
    const std::vector<std::string> overrides(args.words.begin() + 2, args.words.end());
    const auto set_up = [&] {
        return set_up_generator(args.words[0], config::Document::from_file(args.words[1], overrides),
                                args.inputs, logger);
    };
    const GeneratorSetup setup = set_up();
    if (const auto* film = dynamic_cast<const film::FilmGenerator*>(setup.generator.get()))
        bench_film(*film, setup, args.count, logger);
    if (const auto* enhance = dynamic_cast<const enhance::EnhanceGenerator*>(setup.generator.get()))
        bench_enhance(*enhance, setup, args.count, logger);
    if (const auto* xray = dynamic_cast<const xray::XrayGenerator*>(setup.generator.get()))
        bench_xray(*xray, setup, {args.count, args.common.threads, args.out});
    // Afresh: what the stages left in its caches would come free.
    bench_throughput(set_up(), args.count, args.common.threads, logger);
}

}  // namespace

void add_bench(CLI::App& app, int& exit_code) {
    auto args = std::make_shared<BenchArguments>();
    CLI::App* verb = app.add_subcommand(
        "bench", "Measure samples a second and CPU seconds per sample; films and radiographs also by stage");
    verb->add_option("words", args->words, "KIND CONFIG [table.key=value ...]");
    verb->add_option("--ct,--volumes", args->inputs.ct, "As for synth");
    verb->add_option("--hdri", args->inputs.hdri, "As for synth");
    verb->add_option("--backgrounds", args->inputs.backgrounds, "As for synth");
    verb->add_option("--count,-n", args->count,
                     "Samples to make, rounded up to whole groups that share a volume")
        ->check(CLI::Range(1, 100000))
        ->capture_default_str();
    verb->add_option("--out,-o", args->out, "Folder whose disk x-rays are written to; removed again");
    add_common(*verb, args->common);
    verb->footer(
        "Examples:\n  radforge bench film scenes/film/default.toml --ct ct --hdri hdri --count 24\n"
        "  radforge bench enhance scenes/enhance/default.toml --threads 2 --count 64\n"
        "  radforge bench xray scenes/xray/default.toml --threads 2 --count 192 --out /data");
    verb->callback([args, &exit_code] {
        exit_code = guarded(args->common, [&](Logger& logger) { bench(*args, logger); });
    });
}

}  // namespace radforge::cli
