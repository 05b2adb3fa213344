// SPDX-License-Identifier: Apache-2.0
/// `radforge train ...` and its kin run the program radforge-train: this half never loads LibTorch.
#include "pipelines/cli.h"
#include "synth/base/error.h"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace radforge::cli {
namespace {

/// Where the training half may be: installed beside this program, or built by its own preset in the same
/// tree.
std::vector<std::filesystem::path> places() {
    const auto here = std::filesystem::read_symlink("/proc/self/exe").parent_path();
    return {here / "radforge-train", here.parent_path().parent_path() / "models/bin/radforge-train"};
}

void pass_on(CLI::App& app, int& exit_code, const std::string& name, const std::string& about) {
    CLI::App* verb = app.add_subcommand(name, about + " (runs radforge-train)");
    verb->prefix_command();
    verb->set_help_flag();
    verb->callback([verb, name, &exit_code] {
        exit_code = guarded({}, [&](Logger&) { become_training_half(name, verb->remaining()); });
    });
}

}  // namespace

void become_training_half(const std::string& verb, const std::vector<std::string>& words) {
    std::vector<std::string> all = {"", verb};
    all.insert(all.end(), words.begin(), words.end());
    std::vector<char*> argv;
    for (std::string& word : all) argv.push_back(word.data());
    argv.push_back(nullptr);
    for (const std::filesystem::path& program : places()) {
        all[0] = program.string();
        argv[0] = all[0].data();
        execv(argv[0], argv.data());
        if (errno != ENOENT)
            throw Error(ErrorKind::Failed, std::string("cannot run it: ") + std::strerror(errno))
                .where(program.string());
    }
    throw Error(ErrorKind::Failed, "the training half is not built")
        .where(places()[0].string() + " or " + places()[1].string())
        .hint("cmake --preset models && cmake --build --preset models");
}

void add_train(CLI::App& app, int& exit_code) {
    pass_on(app, exit_code, "train", "Train a model");
    pass_on(app, exit_code, "evaluate", "Score trained networks on photos whose truth is known");
    pass_on(app, exit_code, "predict", "Turn photos of films into flat films and CT slices");
}

}  // namespace radforge::cli
