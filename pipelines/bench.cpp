// SPDX-License-Identifier: Apache-2.0
#include "pipelines/cli.h"
#include "synth/base/error.h"
#include "synth/base/parallel.h"
#include "synth/film/film_generator.h"
#include "synth/registry.h"
#include "synth/shard/codec.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sys/resource.h>

#include <map>

namespace radforge::cli {
namespace {

struct BenchArguments {
    Common common;
    std::vector<std::string> words;
    InputPaths inputs;
    int count = 12;
};

double cpu_now() {
    timespec t{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return double(t.tv_sec) + 1e-9 * double(t.tv_nsec);
}

/// CPU seconds per stage and sample on one thread; inputs and scenario by scenario.
void bench_film(const BenchArguments& args, Logger& logger) {
    const ThreadLimit one(1);
    if (args.words.size() < 2)
        throw Error(ErrorKind::Usage, "name a config")
            .hint("for example: radforge bench film scenes/film/default.toml");
    const std::vector<std::string> overrides(args.words.begin() + 2, args.words.end());
    const GeneratorSetup setup = set_up_generator(
        args.words[0], config::Document::from_file(args.words[1], overrides), args.inputs, logger);
    const auto& film = dynamic_cast<const film::FilmGenerator&>(*setup.generator);
    std::vector<std::string> order;
    std::map<std::string, double> total;
    std::map<std::string, std::pair<int, double>> scenarios;
    uint64_t paths = 0, rays = 0;
    int made = 0, redrawn = 0, failed = 0;
    const auto add = [&](const std::string& stage, double seconds) {
        if (total.emplace(stage, 0).second) order.push_back(stage);
        total[stage] += seconds;
    };
    for (int i = 0; i < args.count; ++i) {
        const double before = cpu_now();
        try {
            const film::FilmRecipe recipe = film.draw({setup.plan.seed, uint64_t(i)});
            add("draw", cpu_now() - before);
            film::StageSeconds stages;
            const film::FilmShot shot = film.realise(recipe, &stages);
            for (const auto& [stage, seconds] : stages) {
                add(stage, seconds);
                if (stage != "physics") continue;
                auto& [count, sum] = scenarios[shot.settled.recipe.name];
                ++count, sum += seconds;
            }
            const double start = cpu_now();
            for (const Field& field : film.encode(recipe, shot).fields) shard::encode(field);
            add("encoding", cpu_now() - start);
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
    double sum = 0;
    fmt::print("{:<16} {:>12} {:>7}\n", "stage", "CPU-s/sample", "share");
    for (const std::string& stage : order) sum += total[stage];
    for (const std::string& stage : order)
        fmt::print("{:<16} {:>12.4f} {:>6.1f}%\n", stage, total[stage] / made, 100 * total[stage] / sum);
    fmt::print("{:<16} {:>12.4f}\n\n", "all", sum / made);
    fmt::print("{:<28} {:>7} {:>14}\n", "scenario", "shapes", "physics CPU-s");
    for (const auto& [name, entry] : scenarios)
        fmt::print("{:<28} {:>7} {:>14.3f}\n", name, entry.first, entry.second / entry.first);
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    fmt::print(
        "\n{} samples, {} failed, {} shapes redrawn; {:.3g} paths per CPU-second, {:.3g} rays per "
        "CPU-second; peak memory {:.0f} MB\n",
        made, failed, redrawn, double(paths) / total["path tracing"], double(rays) / total["path tracing"],
        double(usage.ru_maxrss) / 1024);
}

}  // namespace

void add_bench(CLI::App& app, int& exit_code) {
    auto args = std::make_shared<BenchArguments>();
    CLI::App* verb = app.add_subcommand("bench", "Measure CPU seconds per stage and sample on one thread");
    verb->add_option("words", args->words, "film CONFIG [table.key=value ...]");
    verb->add_option("--ct", args->inputs.ct, "As for synth");
    verb->add_option("--hdri", args->inputs.hdri, "As for synth");
    verb->add_option("--backgrounds", args->inputs.backgrounds, "As for synth");
    verb->add_option("--count,-n", args->count, "Samples to make")
        ->check(CLI::Range(1, 100000))
        ->capture_default_str();
    add_common(*verb, args->common);
    verb->footer("Example:\n  radforge bench film scenes/film/default.toml --ct ct --hdri hdri --count 24");
    verb->callback([args, &exit_code] {
        exit_code = guarded(args->common, [&](Logger& logger) { bench_film(*args, logger); });
    });
}

}  // namespace radforge::cli
