// SPDX-License-Identifier: Apache-2.0
#include "models/tasks/film_predictor.h"

#include "models/tasks/dewarpnet.h"
#include "models/tasks/firenet.h"
#include "models/tasks/sheet.h"
#include "models/tasks/trained.h"
#include "synth/base/error.h"
#include "synth/config/document.h"
#include "synth/config/reader.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace radforge::models {
namespace {

template <class Config>
Config config_of(const Trained& trained) {
    return config::load<Config>(config::Document::from_text(trained.checkpoint.config_toml, trained.file));
}

std::function<FilmMaps(const torch::Tensor&)> run_firenet(const Trained& trained,
                                                          const FireNetRunConfig& config,
                                                          torch::Device device) {
    FireNet net(config.net);
    put_weights(trained, *net, device);
    return [net](const torch::Tensor& photo) mutable {
        const torch::NoGradGuard no_grad;
        return net(photo);
    };
}

std::function<FilmMaps(const torch::Tensor&)> run_dewarpnet(const Trained& trained,
                                                            const DewarpNetRunConfig& config,
                                                            torch::Device device) {
    DewarpNet net(config.net);
    put_weights(trained, *net, device);
    return [net](const torch::Tensor& photo) mutable {
        const torch::NoGradGuard no_grad;
        FilmMaps maps;
        maps.wc = net->find_shape((photo + 1) / 2);
        maps.bg = (maps.wc.sum(1, true) > 0.05).to(torch::kFloat32) * 2 - 1;
        maps.bm = net->find_map(maps.wc);
        return maps;
    };
}

}  // namespace

FilmPredictor::FilmPredictor(const std::string& path, torch::Device device, Logger& logger)
    : device_(device) {
    const Trained trained = open_trained(path, {"firenet", "dewarpnet"});
    file_ = trained.file;
    task_ = trained.checkpoint.task;
    config_toml_ = trained.checkpoint.config_toml;
    step_ = trained.checkpoint.at.step;
    const auto keep = [&](const auto& config) {
        augment_ = config.augment;
        ranges_ = config.ranges.film();
    };
    if (task_ == "firenet") {
        const auto config = config_of<FireNetRunConfig>(trained);
        keep(config);
        run_ = run_firenet(trained, config, device);
    } else {
        const auto config = config_of<DewarpNetRunConfig>(trained);
        keep(config);
        run_ = run_dewarpnet(trained, config, device);
    }
    logger.info(file_ + ": " + task_ + ", step " + std::to_string(step_));
}

FoundFilm FilmPredictor::find(const Image& photo) const {
    const loader::Crop whole{0, 0, double(photo.width_px), double(photo.height_px)};
    const auto look = [&](const loader::Crop& crop) {
        return run_(network_input(photo, crop, side_px()).to(device_));
    };
    FoundFilm found;
    found.crop = crop_around(infer::film_mask(image_of(look(whole).bg[0])), photo, augment_);
    found.maps = look(found.crop);
    return found;
}

loader::Crop crop_around(const Image& mask, const Image& photo, const loader::AugmentConfig& augment) {
    const auto set = mask.view<uint8_t>();
    int left = mask.width_px, top = mask.height_px, right = 0, bottom = 0;
    for (int r = 0; r < mask.height_px; ++r)
        for (int c = 0; c < mask.width_px; ++c) {
            if (!set(r, c)) continue;
            left = std::min(left, c);
            top = std::min(top, r);
            right = std::max(right, c + 1);
            bottom = std::max(bottom, r + 1);
        }
    if (right == 0) throw Error(ErrorKind::BadData, "the network sees no film in the photo");
    // Where nobody measured the films of training, they and their padding together made size_px.
    const double film_px = augment.film_px > 0 ? augment.film_px : augment.size_px - 2.0 * augment.pad_px;
    const double part = augment.pad_px / std::max(1.0, film_px);
    const double pad_x = part * (right - left), pad_y = part * (bottom - top);
    const double scale_x = double(photo.width_px) / mask.width_px,
                 scale_y = double(photo.height_px) / mask.height_px;
    return {std::floor(std::max(0.0, (left - pad_x) * scale_x)),
            std::floor(std::max(0.0, (top - pad_y) * scale_y)),
            std::ceil(std::min<double>(photo.width_px, (right + pad_x) * scale_x)),
            std::ceil(std::min<double>(photo.height_px, (bottom + pad_y) * scale_y))};
}

torch::Tensor network_input(const Image& photo, const loader::Crop& crop, int side_px) {
    if ((photo.channels != 1 && photo.channels != 3) ||
        (photo.type != PixelType::U8 && photo.type != PixelType::F32))
        throw Error(ErrorKind::BadData, "a photo for a network has one channel or three, of 8 bits or float")
            .got(std::to_string(photo.channels) + " channels");
    const int h = photo.height_px, w = photo.width_px;
    const size_t plane = size_t(h) * size_t(w);
    std::vector<float> planes(plane * 3);
    for (size_t i = 0; i < plane; ++i)
        for (size_t k = 0; k < 3; ++k) {
            const size_t at = i * size_t(photo.channels) + (photo.channels == 1 ? 0 : k);
            planes[k * plane + i] = photo.type == PixelType::U8
                                        ? float(photo.values<uint8_t>()[at]) / 255.0f
                                        : std::clamp(photo.values<float>()[at], 0.0f, 1.0f);
        }
    torch::Tensor input = torch::empty({1, 3, side_px, side_px});
    loader::resample_area({planes.data(), planes.size()}, {3, h, w}, crop, side_px, side_px,
                          input.data_ptr<float>());
    return input * 2 - 1;
}

std::optional<double> following(const std::function<torch::Tensor(const torch::Tensor&)>& find,
                                const torch::Tensor& photo, const torch::Tensor& bg, int64_t by_px) {
    const int64_t side = photo.size(2), by = by_px;
    // Overlap of the film moved by (down, right) with the film in another frame, where both can be.
    const auto overlap = [side](const torch::Tensor& film, const torch::Tensor& moved, int64_t down,
                                int64_t right) {
        const auto part = [side](const torch::Tensor& map, int64_t y, int64_t x) {
            return map.slice(2, std::max<int64_t>(0, y), side + std::min<int64_t>(0, y))
                .slice(3, std::max<int64_t>(0, x), side + std::min<int64_t>(0, x));
        };
        const torch::Tensor a = part(film, -down, -right), b = part(moved, down, right);
        return double((a & b).sum().item<int64_t>()) /
               double(std::max<int64_t>(1, (a | b).sum().item<int64_t>()));
    };
    const std::array<std::array<int64_t, 2>, 4> ways = {{{by, by}, {by, -by}, {-by, by}, {-by, -by}}};
    std::vector<torch::Tensor> frames;
    // What leaves the frame comes in again at the other side: as much background as before.
    for (const auto& [down, right] : ways) frames.push_back(torch::roll(photo, {down, right}, {2, 3}));
    const torch::Tensor film = bg > 0, again = find(torch::cat(frames)) > 0;
    double moves = 0, stays = 0;
    for (int64_t i = 0; i < 4; ++i) {
        const auto& [down, right] = ways[size_t(i)];
        moves += overlap(film, again.slice(0, i, i + 1), down, right) / 4;
        stays += overlap(film, film, down, right) / 4;
    }
    if (stays > 0.99) return std::nullopt;
    return (moves - stays) / (1 - stays);
}

infer::PhotoMaps photo_maps(const FilmMaps& maps, int64_t row) {
    if (!maps.uv.defined()) throw Error(ErrorKind::Usage, "this network gives no texture coordinates");
    infer::PhotoMaps out;
    out.uv = image_of(maps.uv[row]);
    out.bg = image_of(maps.bg[row]);
    if (maps.df.defined()) out.df = image_of(maps.df[row]);
    if (maps.depth.defined()) out.depth = image_of(maps.depth[row]);
    return out;
}

infer::DewarpResult flatten(const FilmMaps& maps, int64_t row, const Image& photo,
                            const infer::DewarpOptions& options) {
    return maps.uv.defined() ? infer::dewarp(photo_maps(maps, row), photo, options)
                             : infer::dewarp_by_map(image_of(maps.bm[row]), photo, options);
}

Image cut_out(const Image& photo, const loader::Crop& crop) {
    const int left = int(crop.left_px), top = int(crop.top_px);
    Image part(int(crop.bottom_px) - top, int(crop.right_px) - left, photo.channels, photo.type, photo.space);
    const size_t pixel = bytes_per_value(photo.type) * size_t(photo.channels);
    for (int r = 0; r < part.height_px; ++r)
        std::memcpy(part.bytes.data() + size_t(r) * size_t(part.width_px) * pixel,
                    photo.bytes.data() + (size_t(r + top) * size_t(photo.width_px) + size_t(left)) * pixel,
                    size_t(part.width_px) * pixel);
    return part;
}

void to_whole_photo(Image& bm, const loader::Crop& crop, int height_px, int width_px) {
    const auto values = bm.values<float>();
    for (size_t i = 0; i < values.size(); i += 2) {
        const double x = crop.left_px + (double(values[i]) + 1) / 2 * crop.width_px(),
                     y = crop.top_px + (double(values[i + 1]) + 1) / 2 * crop.height_px();
        values[i] = float(2 * x / width_px - 1);
        values[i + 1] = float(2 * y / height_px - 1);
    }
}

}  // namespace radforge::models
