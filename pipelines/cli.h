// SPDX-License-Identifier: Apache-2.0
/// What every verb of the command line shares: options, exit codes, signals.
#pragma once
#include "synth/base/log.h"

#include <array>
#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Validator;
}  // namespace CLI

namespace radforge::cli {

struct Common {
    bool quiet = false, json = false;
    int threads = 0;
};

/// What radforge-train trains.
constexpr std::array<const char*, 4> kModels{"firenet", "dewarpnet", "deillumination", "restoration"};

/// Adds --quiet, --json and --threads.
void add_common(CLI::App& verb, Common& common);

/// For options that are real numbers from `low` to `high`. CLI::Range lets "nan" pass.
CLI::Validator real_between(double low, double high);

/// What main() returns: sets up the process, parses the words and runs the verb that they name.
/// @param exit_code  that the verb's callback leaves
int run_program(CLI::App& app, int argc, char** argv, const int& exit_code);

/// Runs a verb: prints an Error and returns its exit code, 1 for anything else that is thrown or when
/// standard output did not take all that was written there, 0 otherwise.
int guarded(const Common& common, const std::function<void(Logger&)>& body);

/// Sets up the parser of one verb; the callback runs the verb and leaves its exit code in `exit_code`.
using AddVerb = void (*)(CLI::App& app, int& exit_code);
void add_synth(CLI::App& app, int& exit_code);
void add_import(CLI::App& app, int& exit_code);
void add_export(CLI::App& app, int& exit_code);
void add_inspect(CLI::App& app, int& exit_code);
void add_verify(CLI::App& app, int& exit_code);
void add_index(CLI::App& app, int& exit_code);
void add_bench(CLI::App& app, int& exit_code);
void add_keys(CLI::App& app, int& exit_code);
/// Becomes radforge-train, which has LibTorch; returns only by an error.
[[noreturn]] void become_training_half(const std::string& verb, const std::vector<std::string>& words);
void add_train(CLI::App& app, int& exit_code);

}  // namespace radforge::cli
