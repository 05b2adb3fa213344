// SPDX-License-Identifier: Apache-2.0
#include "models/tasks/trained.h"

#include "synth/base/error.h"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace radforge::models {
namespace {

namespace fs = std::filesystem;

/// Folder and name.
std::pair<std::string, std::string> find_checkpoint(const std::string& path) {
    if (fs::is_directory(path)) {
        const fs::path directory = fs::path(path) / "checkpoints";
        if (fs::exists(directory / "best.json")) return {directory.string(), "best"};
        std::string newest;
        if (fs::is_directory(directory))
            for (const auto& entry : fs::directory_iterator(directory)) {
                const std::string stem = entry.path().stem().string();
                if (entry.path().extension() == ".json" && stem.rfind("step-", 0) == 0)
                    newest = std::max(newest, stem);
            }
        if (!newest.empty()) return {directory.string(), newest};
    } else if (fs::exists(path)) {
        return {fs::path(path).parent_path().string(), fs::path(path).stem().string()};
    }
    throw Error(ErrorKind::Usage, "no checkpoint there")
        .where(path)
        .expected("the folder of a run, or a checkpoint's .json");
}

}  // namespace

Trained open_trained(const std::string& path, const std::vector<std::string>& tasks) {
    const auto [directory, name] = find_checkpoint(path);
    Trained trained;
    trained.file = (fs::path(directory) / (name + ".safetensors")).string();
    trained.checkpoint = load_checkpoint(directory.empty() ? "." : directory, name);
    if (std::find(tasks.begin(), tasks.end(), trained.checkpoint.task) != tasks.end()) return trained;
    std::string wanted;
    for (const std::string& task : tasks) wanted += (wanted.empty() ? "" : " or ") + task;
    throw Error(ErrorKind::BadData, "checkpoint of another model")
        .where(trained.file)
        .got(trained.checkpoint.task)
        .expected(wanted);
}

void put_weights(const Trained& trained, torch::nn::Module& module, torch::Device device) {
    const NamedTensors& all = trained.checkpoint.tensors;
    const bool averaged = std::any_of(all.begin(), all.end(),
                                      [](const auto& entry) { return entry.first.rfind("ema.", 0) == 0; });
    const torch::NoGradGuard no_grad;
    assign_tensors(all, averaged ? "ema." : "model.", tensors_of(module));
    module.to(device);
    module.eval();
}

}  // namespace radforge::models
