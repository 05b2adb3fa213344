// SPDX-License-Identifier: Apache-2.0
#include "models/tasks/trained_film_network.h"

#include "models/eval/film_report.h"
#include "models/tasks/dewarpnet.h"
#include "models/tasks/film_predictor.h"
#include "models/tasks/firenet.h"
#include "models/tasks/sheet.h"
#include "models/train/device.h"
#include "synth/base/error.h"
#include "synth/config/document.h"
#include "synth/config/reader.h"
#include "synth/config/writer.h"
#include "synth/shard/file.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace radforge::models {
namespace {

std::string variant_of(const FireNetConfig& net) {
    std::string name;
    if (!net.uv)
        name = eval::kDirectMap;
    else if (net.many_maps && net.deform)
        name = eval::kFireNet;
    else if (net.many_maps)
        name = eval::kUvMaps;
    else
        name = net.deform ? "UV + Deform" : eval::kUv;
    return net.photo_in_transform ? name + " + photo" : name;
}

class TrainedFilmNetwork final : public eval::FilmNetwork {
public:
    TrainedFilmNetwork(const std::string& path, const std::string& name,
                       const std::vector<std::string>& tasks, const torch::Device& device, Logger& logger)
        : predictor_(path, device, logger), device_(device) {
        if (std::find(tasks.begin(), tasks.end(), predictor_.task()) == tasks.end())
            throw Error(ErrorKind::BadData, "checkpoint of another model")
                .where(predictor_.file())
                .got(predictor_.task())
                .expected(tasks.front())
                .hint("set it beside the others with --beside");
        card_.task = predictor_.task();
        card_.name = name;
        card_.place = path;
        card_.step = predictor_.step();
        card_.side_px = predictor_.side_px();
        card_.pad_px = predictor_.augment().pad_px;
        card_.ranges = predictor_.ranges();
        const auto document = config::Document::from_text(predictor_.config_toml(), predictor_.file());
        if (card_.task == "firenet") {
            auto config = config::load<FireNetRunConfig>(document);
            card_.variant = variant_of(config.net);
            card_.net = "width " + std::to_string(config.net.width);
            take_seed(config);
        } else {
            auto config = config::load<DewarpNetRunConfig>(document);
            card_.variant = eval::kDewarpNet;
            if (config.net.dense != "fixed") card_.variant += ", dense blocks as " + config.net.dense;
            card_.net = "widths " + std::to_string(config.net.shape_width) + " and " +
                        std::to_string(config.net.mapping_width);
            take_seed(config);
        }
        const std::string sidecar =
            std::filesystem::path(predictor_.file()).replace_extension(".json").string();
        const auto json = nlohmann::json::parse(shard::read_text_file(sidecar));  // FilmPredictor has read it
        card_.sha256 = json.at("sha256");
        card_.data_sha256 = json.at("data_sha256");
        card_.revision = json.at("revision");
    }
    const eval::NetworkCard& card() const override { return card_; }

    eval::FilmEstimate estimate(const Image& photo) override {
        const torch::NoGradGuard no_grad;
        const loader::Crop whole{0, 0, double(photo.width_px), double(photo.height_px)};
        const FilmMaps maps = predictor_(network_input(photo, whole, card_.side_px).to(device_));
        const auto image = [](const torch::Tensor& map) {
            return map.defined() ? image_of(map[0]) : Image();
        };
        return {{image(maps.uv), image(maps.bg), image(maps.df), image(maps.depth)},
                image(maps.bm),
                image(maps.wc),
                image(maps.normal)};
    }

private:
    template <class Config>
    void take_seed(Config& config) {
        card_.seed = std::exchange(config.train.seed, 0);
        card_.config = config::dump(config);
    }

    FilmPredictor predictor_;
    torch::Device device_;
    eval::NetworkCard card_;
};

}  // namespace

std::unique_ptr<eval::FilmNetwork> trained_film_network(const std::string& words,
                                                        const std::vector<std::string>& tasks,
                                                        const std::string& device, Logger& logger) {
    namespace fs = std::filesystem;
    const size_t equals = words.find('=');
    const bool named = equals != std::string::npos && equals > 0 && !fs::exists(words);
    const std::string path = named ? words.substr(equals + 1) : words;
    // A folder's last name, also of "runs/a/"; of a checkpoint within a run, the run's.
    fs::path run = fs::absolute(path).lexically_normal();
    if (!run.has_filename()) run = run.parent_path();
    if (!fs::is_directory(run) && run.parent_path().filename() == "checkpoints")
        run = run.parent_path().parent_path();
    return std::make_unique<TrainedFilmNetwork>(
        path, named ? words.substr(0, equals) : run.filename().string(), tasks, device_of(device), logger);
}

}  // namespace radforge::models
