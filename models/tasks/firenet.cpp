// SPDX-License-Identifier: Apache-2.0
#include "models/tasks/firenet.h"

#include "models/losses/film.h"
#include "render/geometry/backward_map.h"
#include "synth/base/error.h"

#include <cmath>

namespace radforge::models {
namespace {

torch::Tensor mean_absolute(const torch::Tensor& a, const torch::Tensor& b) { return (a - b).abs().mean(); }

/// 1 on the film.
torch::Tensor film_of(const Batch& batch) { return (batch.at("bg") > 0).to(torch::kFloat32); }

/// Mean over the texels that the photo shows, 0 when it shows none.
torch::Tensor seen_l1(const torch::Tensor& predicted, const torch::Tensor& truth) {
    const torch::Tensor seen = torch::isfinite(truth);
    const torch::Tensor error =
        torch::where(seen, predicted - torch::nan_to_num(truth), torch::zeros_like(predicted));
    return error.abs().sum() / seen.sum().clamp_min(1);
}

/// f32 [H,W,C] of one row of [B,C,H,W].
Image image_of(const torch::Tensor& planes) {
    const torch::Tensor hwc =
        planes.detach().to(torch::kCPU).to(torch::kFloat32).permute({1, 2, 0}).contiguous();
    Image image(int(hwc.size(0)), int(hwc.size(1)), int(hwc.size(2)), PixelType::F32, ColorSpace::Data);
    std::copy_n(hwc.data_ptr<float>(), image.value_count(), image.values<float>().data());
    return image;
}

/// Tiles of one size, side by side and below each other.
class Sheet {
public:
    Sheet(int rows, int columns, int side)
        : side_(side), image_(rows * side, columns * side, 3, PixelType::U8, ColorSpace::Srgb) {}
    /// @param low, high  what black and white stand for. One channel is drawn grey, of two the third is 0.
    void put(int row, int column, const Image& tile, float low, float high) {
        const auto in = tile.view<float>();
        auto out = image_.view<uint8_t>();
        for (int y = 0; y < side_; ++y)
            for (int x = 0; x < side_; ++x)
                for (int k = 0; k < 3; ++k) {
                    const int c = tile.channels == 1 ? 0 : k;
                    out(row * side_ + y, column * side_ + x, k) =
                        c < tile.channels ? quantize_u8((in(y, x, c) - low) / (high - low)) : uint8_t(0);
                }
    }
    Image take() { return std::move(image_); }

private:
    int side_;
    Image image_;
};

/// The photo as the uv map says it lies flat; black where the map says nothing.
Image flattened(const torch::Tensor& photo, const torch::Tensor& uv, const torch::Tensor& film) {
    const int side = int(photo.size(1));
    const Image coordinates = image_of((uv * film + 1).div(2).clamp(0, 1));
    Image mask(side, side, 1, PixelType::U8, ColorSpace::Data);
    const torch::Tensor on = (film > 0.5).to(torch::kUInt8).contiguous();
    std::copy_n(on.data_ptr<uint8_t>(), mask.value_count(), mask.values<uint8_t>().data());
    if (on.sum().item<int64_t>() < 3) return Image(side, side, 3, PixelType::F32, ColorSpace::Data);
    return geometry::dewarp(image_of((photo + 1) / 2),
                            geometry::backward_map_from_uv(coordinates, mask, side, side),
                            geometry::Sampling::Bilinear);
}

class FireNetTask final : public Task {
public:
    explicit FireNetTask(const FireNetRunConfig& config) : config_(config) {
        torch::manual_seed(uint64_t(config.train.seed));
        net_ = FireNet(config.net);
    }
    torch::nn::Module& module() override { return *net_; }
    std::vector<ParamGroup> groups() override {
        ParamGroup net{"net", {}};
        for (const auto& p : net_->named_parameters()) net.parameters.emplace_back(p.key(), p.value());
        return {net};
    }

    Losses losses(const std::string&, const Batch& batch) override {
        const FilmMaps maps = net_(batch.at("photo"));
        const torch::Tensor film = film_of(batch);
        Losses losses = {{"wc", mean_absolute(maps.wc, batch.at("wc"))},
                         {"bg", mean_absolute(maps.bg, batch.at("bg"))}};
        if (maps.normal.defined())
            losses.emplace_back("normal", mean_absolute(maps.normal, batch.at("normal")));
        if (maps.depth.defined()) losses.emplace_back("depth", mean_absolute(maps.depth, batch.at("depth")));
        if (maps.uv.defined()) {
            if (config_.loss.uv_loss != "l1") add(losses, "uv", map_loss(maps.uv, batch.at("uv"), film));
            if (config_.loss.uv_loss != "custom")
                losses.emplace_back("uv_l1", film_l1(maps.uv, batch.at("uv"), film));
        }
        if (maps.df.defined()) add(losses, "df", map_loss(maps.df, batch.at("df"), film));
        if (maps.bm.defined()) losses.emplace_back("bm_l1", seen_l1(maps.bm, batch.at("bm")));
        return losses;
    }

    std::vector<Metric> evaluate(const Batch& batch) override {
        const torch::NoGradGuard no_grad;
        const FilmMaps maps = net_(batch.at("photo"));
        const torch::Tensor film = film_of(batch);
        const double side = double(film.size(3));
        std::vector<Metric> metrics;
        const auto add = [&](const char* name, const char* unit, const torch::Tensor& value) {
            metrics.push_back({name, unit, value.item<double>(), batch.size()});
        };
        if (maps.uv.defined()) {
            const torch::Tensor d = maps.uv - batch.at("uv");
            add("uv_l1", "", film_l1(maps.uv, batch.at("uv"), film));
            const torch::Tensor length = d.pow(2).sum(1, true).sqrt() * (side / 2);
            add("uv_error", "px",
                (length * film).sum({1, 2, 3}).div(film.sum({1, 2, 3}).clamp_min(1)).mean());
        } else {
            add("bm_l1", "", seen_l1(maps.bm, batch.at("bm")));
        }
        const torch::Tensor found = (maps.bg > 0).to(torch::kFloat32);
        add("bg_iou", "",
            ((found * film).sum({1, 2, 3}) / torch::max(found, film).sum({1, 2, 3}).clamp_min(1)).mean());
        add("wc_l1", "", film_l1(maps.wc, batch.at("wc"), film));
        return metrics;
    }

    /// First row: photo, the maps, the flattened photo, as found; second row: the same as it is.
    Image preview(const Batch& batch, int64_t row) override {
        const torch::NoGradGuard no_grad;
        const torch::Tensor photo = batch.at("photo").slice(0, row, row + 1);
        const FilmMaps maps = net_(photo);
        Sheet sheet(2, 8, int(photo.size(3)));
        const torch::Tensor found = (maps.bg[0] > 0).to(torch::kFloat32), film = film_of(batch)[row];
        for (int line = 0; line < 2; ++line) {
            const bool truth = line == 1;
            const torch::Tensor& mask = truth ? film : found;
            const auto map = [&](const char* name, const torch::Tensor& own) {
                return truth ? batch.at(name)[row] : own[0] * mask;
            };
            sheet.put(line, 0, image_of(photo[0]), -1, 1);
            sheet.put(line, 1, image_of(truth ? batch.at("bg")[row] : maps.bg[0]), -1, 1);
            sheet.put(line, 2, image_of(map("wc", maps.wc)), -1, 1);
            if (maps.normal.defined()) sheet.put(line, 3, image_of(map("normal", maps.normal)), -1, 1);
            if (maps.depth.defined()) sheet.put(line, 4, image_of(map("depth", maps.depth)), -1, 1);
            if (!maps.uv.defined()) continue;
            const torch::Tensor uv = map("uv", maps.uv);
            sheet.put(line, 5, image_of((uv + 1) * mask), 0, 2);
            if (maps.df.defined()) sheet.put(line, 6, image_of(map("df", maps.df)), -0.5, 0.5);
            sheet.put(line, 7, flattened(photo[0], uv, mask), 0, 1);
        }
        return sheet.take();
    }

private:
    static void add(Losses& losses, const std::string& name, const MapLoss& loss) {
        losses.emplace_back(name + "_shift", loss.shift);
        losses.emplace_back(name + "_disturb", loss.disturb);
        losses.emplace_back(name + "_diff", loss.diff);
    }

    FireNetRunConfig config_;
    FireNet net_{nullptr};
};

}  // namespace

loader::FilmRanges RangesConfig::film() const {
    loader::FilmRanges ranges;
    if (low.size() != ranges.low.size() || high.size() != ranges.high.size())
        throw Error(ErrorKind::Usage, "ranges.low and ranges.high need four numbers each, or none");
    for (size_t k = 0; k < ranges.low.size(); ++k) {
        if (!(low[k] < high[k])) throw Error(ErrorKind::Usage, "ranges.low must lie below ranges.high");
        ranges.low[k] = low[k];
        ranges.high[k] = high[k];
    }
    return ranges;
}

std::unique_ptr<Task> make_firenet(const FireNetRunConfig& config) {
    return std::make_unique<FireNetTask>(config);
}

}  // namespace radforge::models
