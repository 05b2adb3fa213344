// SPDX-License-Identifier: Apache-2.0
/// `radforge train ...` runs the program radforge-train that lies beside this one: this half never loads
/// LibTorch.
#include "pipelines/cli.h"
#include "synth/base/error.h"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace radforge::cli {
namespace {

/// Becomes the other program; returns only by an error.
[[noreturn]] void become(const std::string& verb, const std::vector<std::string>& words) {
    const auto program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "radforge-train";
    std::vector<std::string> all = {program.string(), verb};
    all.insert(all.end(), words.begin(), words.end());
    std::vector<char*> argv;
    for (std::string& word : all) argv.push_back(word.data());
    argv.push_back(nullptr);
    execv(argv[0], argv.data());
    throw Error(ErrorKind::Failed, std::string("cannot run it: ") + std::strerror(errno))
        .where(program.string())
        .hint("it is part of the training half: cmake --preset models && cmake --build --preset models");
}

}  // namespace

void add_train(CLI::App& app, int& exit_code) {
    CLI::App* verb = app.add_subcommand("train", "Train a model (runs radforge-train)");
    verb->prefix_command();
    verb->set_help_flag();
    verb->callback([verb, &exit_code] {
        exit_code = guarded({}, [&](Logger&) { become("train", verb->remaining()); });
    });
}

}  // namespace radforge::cli
