// SPDX-License-Identifier: Apache-2.0
#include "pipelines/cli.h"
#include "synth/registry.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace radforge::cli {

void add_keys(CLI::App& app, int& exit_code) {
    auto kind = std::make_shared<std::string>("film");
    CLI::App* verb = app.add_subcommand(
        "keys", "List the config keys of a kind of data, or of a model, as a Markdown table");
    verb->add_option("kind", *kind,
                     "film, ...; firenet, dewarpnet, deillumination or restoration (run radforge-train)")
        ->capture_default_str();
    verb->footer("Example:\n  radforge keys film");
    verb->callback([kind, &exit_code] {
        exit_code = guarded({}, [&](Logger&) {
            if (std::find(kModels.begin(), kModels.end(), *kind) != kModels.end())
                become_training_half("keys", {*kind});
            fmt::print("{}\n", generator_manual(*kind));
        });
    });
}

}  // namespace radforge::cli
