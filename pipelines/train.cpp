// SPDX-License-Identifier: Apache-2.0
/// `radforge train ...` and its kin run the program radforge-train that lies beside this one: this half never
/// loads LibTorch.
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

void pass_on(CLI::App& app, int& exit_code, const std::string& name, const std::string& about) {
    CLI::App* verb = app.add_subcommand(name, about + " (runs radforge-train)");
    verb->prefix_command();
    verb->set_help_flag();
    verb->callback([verb, name, &exit_code] {
        exit_code = guarded({}, [&](Logger&) { become(name, verb->remaining()); });
    });
}

}  // namespace

void add_train(CLI::App& app, int& exit_code) {
    pass_on(app, exit_code, "train", "Train a model");
    pass_on(app, exit_code, "evaluate", "Score trained networks on photos whose truth is known");
    pass_on(app, exit_code, "predict", "Turn photos of films into flat films and CT slices");
}

}  // namespace radforge::cli
