// SPDX-License-Identifier: Apache-2.0
#include "models/train/checkpoint.h"

#include "synth/base/error.h"
#include "synth/base/hash.h"
#include "synth/shard/file.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>

namespace radforge::models {
namespace {

using nlohmann::json;

void write_file(const std::string& directory, const std::string& name, const std::string& bytes) {
    shard::AtomicFile file(directory, name);
    file.write(bytes);
    file.publish(shard::AtomicFile::IfPresent::Replace);
}

/// Names of numbered checkpoints, oldest first.
std::vector<std::string> numbered(const std::string& directory) {
    std::vector<std::string> names;
    if (!std::filesystem::is_directory(directory)) return names;
    for (const std::string& file : shard::list_directory(directory))
        if (file.rfind("step-", 0) == 0 && std::filesystem::path(file).extension() == ".json")
            names.push_back(std::filesystem::path(file).stem().string());
    return names;
}

}  // namespace

std::string checkpoint_name(int64_t step) {
    char name[32];
    std::snprintf(name, sizeof name, "step-%09lld", static_cast<long long>(step));
    return name;
}

void save_checkpoint(const std::string& directory, const std::string& name, const Checkpoint& checkpoint) {
    std::filesystem::create_directories(directory);
    const std::string bytes =
        encode_tensors({checkpoint.tensors, {{"task", checkpoint.task}, {"format", "pt"}}});
    write_file(directory, name + ".safetensors", bytes);
    const Progression& at = checkpoint.at;
    const json sidecar = {{"version", kCheckpointVersion},
                          {"sha256", sha256_hex(bytes)},
                          {"task", checkpoint.task},
                          {"config", checkpoint.config_toml},
                          {"data_sha256", checkpoint.data_sha256},
                          {"revision", checkpoint.revision},
                          {"threads", checkpoint.threads},
                          {"step", at.step},
                          {"epoch", at.data.epoch},
                          {"position", at.data.position},
                          {"best", at.best},
                          {"best_step", at.best_step},
                          {"stale_validations", at.stale_validations},
                          {"plateau_factor", at.plateau_factor},
                          {"plateau_stale", at.plateau_stale},
                          {"validated", at.validated}};
    write_file(directory, name + ".json", sidecar.dump(2) + "\n");
}

Checkpoint load_checkpoint(const std::string& directory, const std::string& name) {
    const std::string stem = directory + "/" + name;
    const json sidecar = json::parse(shard::read_text_file(stem + ".json"), nullptr, false);
    Checkpoint checkpoint;
    try {
        if (sidecar.at("version") > kCheckpointVersion)
            throw Error(ErrorKind::BadData, "checkpoint of a newer version")
                .where(stem + ".json")
                .hint("update radforge");
        checkpoint.task = sidecar.at("task");
        checkpoint.config_toml = sidecar.at("config");
        checkpoint.data_sha256 = sidecar.at("data_sha256");
        checkpoint.revision = sidecar.at("revision");
        checkpoint.threads = sidecar.at("threads");
        checkpoint.at = {sidecar.at("step"),
                         {sidecar.at("epoch"), sidecar.at("position")},
                         sidecar.at("best"),
                         sidecar.at("best_step"),
                         sidecar.at("stale_validations"),
                         sidecar.at("plateau_factor"),
                         sidecar.at("plateau_stale"),
                         sidecar.value("validated", sidecar.at("step").get<int64_t>())};
        const std::string bytes = shard::read_text_file(stem + ".safetensors");
        if (sha256_hex(bytes) != sidecar.at("sha256").get<std::string>())
            throw Error(ErrorKind::BadData, "the checkpoint is cut or changed").where(stem + ".safetensors");
        checkpoint.tensors = decode_tensors(bytes, stem + ".safetensors").tensors;
    } catch (const json::exception& error) {
        throw Error(ErrorKind::BadData, std::string("damaged checkpoint: ") + error.what())
            .where(stem + ".json");
    }
    return checkpoint;
}

std::optional<Checkpoint> newest_checkpoint(const std::string& directory, Logger& logger) {
    std::vector<std::string> names = numbered(directory);
    for (; !names.empty(); names.pop_back()) {
        try {
            return load_checkpoint(directory, names.back());
        } catch (const Error& error) {
            logger.warn(std::string("passed over a checkpoint: ") + error.what());
        }
    }
    return std::nullopt;
}

void prune_checkpoints(const std::string& directory, int64_t step, int keep) {
    std::vector<std::string> names = numbered(directory);
    while (!names.empty() && names.back() > checkpoint_name(step)) names.pop_back();
    while (int(names.size()) > keep) {
        std::filesystem::remove(directory + "/" + names.front() + ".json");
        std::filesystem::remove(directory + "/" + names.front() + ".safetensors");
        names.erase(names.begin());
    }
}

}  // namespace radforge::models
