// SPDX-License-Identifier: Apache-2.0
#include "models/tasks/firenet.h"

#include "models/losses/backward_map.h"
#include "models/losses/film.h"
#include "models/tasks/film_predictor.h"
#include "models/tasks/sheet.h"
#include "render/geometry/backward_map.h"
#include "synth/base/error.h"

#include <cmath>

namespace radforge::models {
namespace {

torch::Tensor mean_absolute(const torch::Tensor& a, const torch::Tensor& b) { return (a - b).abs().mean(); }

/// 1 on the film.
torch::Tensor film_of(const Batch& batch) { return (batch.at("bg") > 0).to(torch::kFloat32); }

infer::DewarpOptions options_of(int64_t working_px, int64_t side_px) {
    infer::DewarpOptions options;
    options.working_px = options.texels = int(working_px);
    options.height_px = options.width_px = int(side_px);
    return options;
}

/// The photo as the maps say it lies flat; black where they show no film.
/// @param photo  [3,S,S] in [-1,1]
Image flattened(const torch::Tensor& photo, const FilmMaps& maps) {
    const int64_t side = photo.size(1);
    try {
        return flatten(maps, 0, image_of((photo + 1) / 2), options_of(side, side)).film;
    } catch (const Error&) {
        return Image(int(side), int(side), 3, PixelType::F32, ColorSpace::Data);
    }
}

/// Backward maps [B,2,h,h] as the texture coordinates say; the identity where they show no film.
torch::Tensor backward_maps(const FilmMaps& maps, int64_t side) {
    std::vector<torch::Tensor> rows;
    for (int64_t row = 0; row < maps.uv.size(0); ++row) {
        const infer::DewarpOptions options = options_of(maps.uv.size(2), side);
        const Image none(1, 1, 1, PixelType::F32, ColorSpace::Data);
        Image bm;
        try {
            bm = flatten(maps, row, none, options).bm;
        } catch (const Error&) {
            bm = infer::keep_photo(none, options).bm;
        }
        rows.push_back(
            torch::from_blob(bm.values<float>().data(), {side, side, 2}).permute({2, 0, 1}).clone());
    }
    return torch::stack(rows);
}

/// The truth as a network would say it.
FilmMaps true_maps(const Batch& batch, int64_t row) {
    const auto of = [&](const char* name) { return batch.at(name).slice(0, row, row + 1); };
    FilmMaps maps;
    maps.wc = of("wc");
    maps.normal = of("normal");
    maps.depth = of("depth");
    maps.bg = of("bg");
    maps.uv = of("uv");
    maps.df = of("df");
    return maps;
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
        Losses losses;
        const auto add_shape = [&](const char* name, const torch::Tensor& map) {
            losses.emplace_back(name, config_.loss.shape_weight * mean_absolute(map, batch.at(name)));
        };
        add_shape("wc", maps.wc);
        add_shape("bg", maps.bg);
        if (maps.normal.defined()) add_shape("normal", maps.normal);
        if (maps.depth.defined()) add_shape("depth", maps.depth);
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
            const torch::Tensor& truth = batch.at("bm");
            add("bm_error", "px",
                end_point_error(backward_maps(maps, truth.size(2)).to(truth.device()), truth, side));
        } else {
            add("bm_l1", "", seen_l1(maps.bm, batch.at("bm")));
            add("bm_error", "px", end_point_error(maps.bm, batch.at("bm"), side));
        }
        const torch::Tensor found = (maps.bg > 0).to(torch::kFloat32);
        add("bg_iou", "",
            ((found * film).sum({1, 2, 3}) / torch::max(found, film).sum({1, 2, 3}).clamp_min(1)).mean());
        add("wc_l1", "", film_l1(maps.wc, batch.at("wc"), film));
        if (maps.normal.defined()) add("normal_l1", "", film_l1(maps.normal, batch.at("normal"), film));
        if (maps.depth.defined()) add("depth_l1", "", film_l1(maps.depth, batch.at("depth"), film));
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
            if (maps.bm.defined()) {
                const torch::Tensor map_found = truth ? batch.at("bm")[row] : maps.bm[0];
                sheet.put(line, 5, image_of(torch::nan_to_num(map_found, -1)), -1, 1);
                sheet.put(line, 7,
                          geometry::dewarp(image_of((photo[0] + 1) / 2), image_of(map_found),
                                           geometry::Sampling::Bilinear),
                          0, 1);
            }
            if (!maps.uv.defined()) continue;
            const torch::Tensor uv = map("uv", maps.uv);
            sheet.put(line, 5, image_of((uv + 1) * mask), 0, 2);
            if (maps.df.defined()) sheet.put(line, 6, image_of(map("df", maps.df)), -0.5, 0.5);
            sheet.put(line, 7, flattened(photo[0], truth ? true_maps(batch, row) : maps), 0, 1);
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
    if (axes == "camera") ranges.axes = loader::FilmRanges::Axes::Camera;
    return ranges;
}

std::unique_ptr<Task> make_firenet(const FireNetRunConfig& config) {
    return std::make_unique<FireNetTask>(config);
}

}  // namespace radforge::models
