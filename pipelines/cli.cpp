// SPDX-License-Identifier: Apache-2.0
#include "pipelines/cli.h"

#include "synth/base/error.h"

#include <CLI/CLI.hpp>

#include <csignal>
#include <exception>
#include <new>

namespace radforge::cli {

void add_common(CLI::App& verb, Common& common) {
    verb.add_flag("--quiet,-q", common.quiet, "Warnings and errors only");
    verb.add_flag("--json", common.json, "Log and progress as one JSON object a line");
    verb.add_option("--threads,-j", common.threads, "Worker threads, 0 = one a core")
        ->check(CLI::Range(0, 4096))
        ->capture_default_str();
}

int guarded(const Common& common, const std::function<void(Logger&)>& body) {
    Logger logger(common.json ? LogFormat::Json : LogFormat::Text, common.quiet);
    std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow (ulimit -f) is an error of writing like others
    try {
        body(logger);
        return 0;
    } catch (const Error& error) {
        logger.error(error.what());
        return error.exit_code();
    } catch (const std::bad_alloc&) {
        logger.error("out of memory; use fewer --threads or smaller pictures");
        return static_cast<int>(ErrorKind::TryAgain);
    } catch (const std::exception& error) {
        logger.error(error.what());
        return static_cast<int>(ErrorKind::Failed);
    }
}

}  // namespace radforge::cli
