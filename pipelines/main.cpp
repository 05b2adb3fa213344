// SPDX-License-Identifier: Apache-2.0
#include "pipelines/cli.h"

#include <CLI/CLI.hpp>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace {

/// Keeps freed memory for the next sample: asking the system for the same pages again took a twentieth of the
/// time of a film.
void keep_freed_memory() {
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the largest that the library takes
    mallopt(M_TRIM_THRESHOLD, 512 << 20);
#endif
}

}  // namespace

int main(int argc, char** argv) {
    keep_freed_memory();
    CLI::App app{"radforge: synthetic training data from CT volumes"};
    app.require_subcommand(1);
    app.set_version_flag("--version", RADFORGE_VERSION);
    app.footer(
        "Examples:\n"
        "  radforge synth film scenes/film/smoke.toml --out out/try --count 8\n"
        "  radforge synth film scenes/film/default.toml --ct CT_FOLDER --hdri HDRI_FOLDER --out out/film "
        "--count 1000\n"
        "  radforge inspect out/try\n"
        "  radforge verify out/try\n"
        "Exit codes: 0 done, 1 failed, 64 wrong use or config, 65 bad data, 75 try again (full disk, stopped "
        "by a signal).");
    int exit_code = 0;
    for (const auto add : {radforge::cli::add_synth, radforge::cli::add_import, radforge::cli::add_export,
                           radforge::cli::add_inspect, radforge::cli::add_verify, radforge::cli::add_index,
                           radforge::cli::add_bench, radforge::cli::add_keys, radforge::cli::add_train})
        add(app, exit_code);
    return radforge::cli::run_program(app, argc, argv, exit_code);
}
