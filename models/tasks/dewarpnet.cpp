// SPDX-License-Identifier: Apache-2.0
#include "models/tasks/dewarpnet.h"

#include "models/losses/backward_map.h"
#include "models/tasks/sheet.h"
#include "render/geometry/backward_map.h"

namespace radforge::models {
namespace {

torch::Tensor film_of(const Batch& batch) { return (batch.at("bg") > 0).to(torch::kFloat32); }

torch::Tensor photo_of(const Batch& batch) { return (batch.at("photo") + 1) / 2; }

/// In [0,1] and 0 off the film, as the public code has them.
torch::Tensor wc_of(const Batch& batch) { return (batch.at("wc") + 1) / 2 * film_of(batch); }

/// Linear between texel centres. A texel whose neighbours are not all seen is not seen.
torch::Tensor at_side(const torch::Tensor& map, int64_t side) {
    return map.size(2) == side && map.size(3) == side ? map
                                                      : at::upsample_bilinear2d(map, {side, side}, false);
}

class DewarpNetTask final : public Task {
public:
    explicit DewarpNetTask(const DewarpNetRunConfig& config) : config_(config) {
        torch::manual_seed(uint64_t(config.train.seed));
        net_ = DewarpNet(config.net);
    }
    torch::nn::Module& module() override { return *net_; }
    std::vector<ParamGroup> groups() override {
        ParamGroup shape{"shape", {}, config_.loss.shape_rate}, mapping{"mapping", {}};
        for (const auto& p : net_->named_parameters())
            (p.key().rfind("shape.", 0) == 0 ? shape : mapping).parameters.emplace_back(p.key(), p.value());
        return {shape, mapping};
    }

    void begin_step(int64_t step) override { step_ = step; }

    Losses losses(const std::string& group, const Batch& batch) override {
        const torch::Tensor wc = wc_of(batch);
        if (group == "shape") return {{"wc", (net_->find_shape(photo_of(batch)) - wc).abs().mean()}};
        torch::Tensor seen = wc;
        if (config_.loss.mapping_sees == "found") {
            const torch::NoGradGuard no_grad;
            seen = net_->find_shape(photo_of(batch));
        }
        const torch::Tensor map = net_->find_map(seen);
        const torch::Tensor truth = at_side(batch.at("bm"), MappingNetImpl::kSide);
        Losses losses = {{"bm", config_.loss.map_weight * seen_l1(map, truth)}};
        if (step_ >= config_.loss.reconstruction_from)
            losses.emplace_back("sheet", config_.loss.reconstruction_weight *
                                             unwarped_mse(chequered_photo(batch.at("uv"), film_of(batch),
                                                                          config_.loss.squares),
                                                          map, truth));
        return losses;
    }

    std::vector<Metric> evaluate(const Batch& batch) override {
        const torch::NoGradGuard no_grad;
        const torch::Tensor wc = net_->find_shape(photo_of(batch));
        const torch::Tensor& truth = batch.at("bm");
        const double side = double(batch.at("photo").size(3));
        const torch::Tensor map = at_side(net_->find_map(wc), truth.size(2)),
                            from_truth = at_side(net_->find_map(wc_of(batch)), truth.size(2));
        return {{"bm_l1", "", seen_l1(map, truth).item<double>(), batch.size()},
                {"bm_error", "px", end_point_error(map, truth, side).item<double>(), batch.size()},
                {"bm_error_of_true_wc", "px", end_point_error(from_truth, truth, side).item<double>(),
                 batch.size()},
                {"wc_l1", "", (wc - wc_of(batch)).abs().mean().item<double>(), batch.size()}};
    }

    /// First row: photo, 3D coordinates, backward map, the flattened photo, as found; second row: the same as
    /// it is.
    Image preview(const Batch& batch, int64_t row) override {
        const torch::NoGradGuard no_grad;
        const Image photo = image_of(photo_of(batch)[row]);
        const int side = photo.width_px;
        const torch::Tensor wc = net_->find_shape(photo_of(batch).slice(0, row, row + 1));
        const torch::Tensor found = at_side(net_->find_map(wc), side)[0];
        Sheet sheet(2, 4, side);
        for (int line = 0; line < 2; ++line) {
            const torch::Tensor map = line == 1 ? at_side(batch.at("bm"), side)[row] : found;
            sheet.put(line, 0, photo, 0, 1);
            sheet.put(line, 1, image_of(line == 1 ? wc_of(batch)[row] : wc[0]), 0, 1);
            sheet.put(line, 2, image_of(torch::nan_to_num(map, -1)), -1, 1);
            sheet.put(line, 3, geometry::dewarp(photo, image_of(map), geometry::Sampling::Bilinear), 0, 1);
        }
        return sheet.take();
    }

private:
    DewarpNetRunConfig config_;
    DewarpNet net_{nullptr};
    int64_t step_ = 0;
};

}  // namespace

DewarpNetImpl::DewarpNetImpl(const DewarpNetConfig& config) {
    shape_ = register_module("shape", ShapeNet(config));
    mapping_ = register_module("mapping", MappingNet(config));
}

std::unique_ptr<Task> make_dewarpnet(const DewarpNetRunConfig& config) {
    return std::make_unique<DewarpNetTask>(config);
}

}  // namespace radforge::models
