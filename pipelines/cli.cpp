// SPDX-License-Identifier: Apache-2.0
#include "pipelines/cli.h"

#include "synth/base/error.h"
#include "synth/config/text.h"

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>
#include <new>
#include <system_error>

namespace radforge::cli {
namespace {

/// What the world does to a process becomes an error of the call that meets it.
void set_up_process() {
    std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow (ulimit -f) is an error of writing like others
    std::signal(SIGPIPE, SIG_IGN);  // so is a reader that has gone
    // A file of the dataset must not get the number of a closed standard stream: the log would end up in it.
    // Open for reading only, so that writing still fails.
    for (const int descriptor : {0, 1, 2})
        if (fcntl(descriptor, F_GETFD) == -1) open("/dev/null", O_RDONLY);
}

/// @throws std::system_error when standard output did not take all
void finish_results() {
    std::cout.flush();
    if (std::fflush(stdout) != 0 || std::ferror(stdout))
        throw std::system_error(errno, std::generic_category());
}

/// Left to itself, CLI11 says that a verb is missing, or shows the help that was asked for behind it.
/// @throws Error naming the verb that was probably meant
void require_known_verb(const CLI::App& app, const std::string& word) {
    std::vector<std::string> verbs;
    for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; }))
        verbs.push_back(verb->get_name());
    if (word.empty() || word[0] == '-' || std::count(verbs.begin(), verbs.end(), word)) return;
    const std::string near = config::nearest(word, verbs);
    throw Error(ErrorKind::Usage, "no such verb")
        .got("'" + word + "'")
        .hint(near.empty() ? "the verbs are " + config::join(verbs) : "did you mean '" + near + "'?");
}

}  // namespace

void add_common(CLI::App& verb, Common& common) {
    verb.add_flag("--quiet,-q", common.quiet, "Warnings and errors only");
    verb.add_flag("--json", common.json, "Log and progress as one JSON object a line");
    verb.add_option("--threads,-j", common.threads, "Worker threads, 0 = one a core")
        ->check(CLI::Range(0, 4096))
        ->capture_default_str();
}

CLI::Validator real_between(double low, double high) {
    const std::string range = "[" + CLI::detail::to_string(low) + " - " + CLI::detail::to_string(high) + "]";
    return {[low, high, range](std::string& word) {
                double value = 0;
                const bool within = CLI::detail::lexical_cast(word, value) && value >= low && value <= high;
                return within ? std::string() : "Value " + word + " not in range " + range;
            },
            "FLOAT in " + range};
}

int guarded(const Common& common, const std::function<void(Logger&)>& body) {
    Logger logger(common.json ? LogFormat::Json : LogFormat::Text, common.quiet);
    try {
        body(logger);
        finish_results();
        return 0;
    } catch (const Error& error) {
        logger.error(error.what());
        return error.exit_code();
    } catch (const std::bad_alloc&) {
        logger.error("out of memory; use fewer --threads or smaller pictures");
        return static_cast<int>(ErrorKind::TryAgain);
    } catch (const std::system_error& error) {
        if (error.code() == std::errc::resource_unavailable_try_again) {
            logger.error("cannot start another thread; use fewer --threads or allow more memory");
            return static_cast<int>(ErrorKind::TryAgain);
        }
        if (!std::ferror(stdout))
            logger.error(error.what());
        else if (error.code() != std::errc::broken_pipe)  // `| head` has seen enough
            logger.error("cannot write the results to standard output: " + error.code().message());
        return static_cast<int>(ErrorKind::Failed);
    } catch (const std::exception& error) {
        logger.error(error.what());
        return static_cast<int>(ErrorKind::Failed);
    }
}

int run_program(CLI::App& app, int argc, char** argv, const int& exit_code) {
    set_up_process();
    if (argc > 1)
        if (const int code = guarded({}, [&](Logger&) { require_known_verb(app, argv[1]); })) return code;
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (app.exit(error) != 0) return static_cast<int>(ErrorKind::Usage);
        return guarded({}, [](Logger&) {});  // the help may not have been written
    }
    return exit_code;
}

}  // namespace radforge::cli
