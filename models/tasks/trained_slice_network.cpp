// SPDX-License-Identifier: Apache-2.0
#include "models/tasks/trained_slice_network.h"

#include "models/tasks/recovery.h"
#include "models/tasks/sheet.h"
#include "models/train/device.h"
#include "synth/shard/file.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <memory>

namespace radforge::models {
namespace {

/// [1,3,H,W] of f32 [H,W,3].
torch::Tensor tensor_of(const Image& film) {
    torch::Tensor out = torch::empty({1, film.height_px, film.width_px, film.channels});
    const auto values = film.values<float>();
    std::copy(values.begin(), values.end(), out.data_ptr<float>());
    return out.permute({0, 3, 1, 2}).contiguous();
}

}  // namespace

eval::SliceNetwork trained_slice_network(const std::string& path, const std::string& device, Logger& logger) {
    const auto net = std::make_shared<Recoverer>(path, "restoration", device_of(device), logger);
    const RecoveryRunConfig& config = net->config();
    const std::shared_ptr<Recoverer> before = light_network(config.input, device_of(device), logger);
    eval::SliceNetwork out;
    out.part = config.part;
    out.card.task = "restoration";
    out.card.variant = "restoration";
    out.card.place = path;
    out.card.seed = config.train.seed;
    out.card.net = "width " + std::to_string(config.net.width) + ", " + std::to_string(config.net.stacks) +
                   " in the stack";
    // Recoverer has read both files already.
    const std::string sidecar = std::filesystem::path(net->file()).replace_extension(".json").string();
    const auto json = nlohmann::json::parse(shard::read_text_file(sidecar));
    out.card.step = json.at("step");
    out.card.sha256 = json.at("sha256");
    out.card.data_sha256 = json.at("data_sha256");
    out.card.revision = json.at("revision");
    out.restore = [net, before](const Image& film) {
        torch::Tensor input = tensor_of(film);
        if (before) input = (*before)(input);
        return image_of((*net)(input)[0]);
    };
    return out;
}

}  // namespace radforge::models
