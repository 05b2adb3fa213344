// SPDX-License-Identifier: Apache-2.0
// Inv3D as FelixHertlein/inv3d-model reads it (datasets/inv3d.py, loaders.py, inv3d_util/mapping.py): one
// folder a sample, all folders of a split in one, wc_min_max.json in the parent of the splits.
#include "synth/base/error.h"
#include "synth/export/aligned_maps.h"
#include "synth/export/checkerboard.h"
#include "synth/export/files.h"
#include "synth/export/layout.h"
#include "synth/shard/codec.h"
#include "synth/shard/file.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace radforge::exporter {
namespace {

using Json = nlohmann::json;

constexpr int kSquares = 48;

Json triple(Vec3d v) { return {v.x, v.y, v.z}; }

/// (row, column) of the photo as index over size; nodes on the film's corners.
Image backward_map(const FilmSample& film) {
    const int h = film.photo.height_px, w = film.photo.width_px;
    const Image px = resample(bm_in_pixels(film), h, w, Nodes::Corners);
    Image bm(h, w, 2, PixelType::F32, ColorSpace::Data);
    const auto in = px.view<float>();
    const auto out = bm.view<float>();
    for (int r = 0; r < h; ++r)
        for (int c = 0; c < w; ++c) {
            out(r, c, 0) = float((double(in(r, c, 1)) - 0.5) / h);
            out(r, c, 1) = float((double(in(r, c, 0)) - 0.5) / w);
        }
    return bm;
}

/// The part of a panel that lies on the film.
struct Box {
    int top, bottom, left, right;
};
Box clipped(const FlatBox& p, const Image& flat) {
    return {std::clamp(p.top_px, 0, flat.height_px), std::clamp(p.top_px + p.height_px, 0, flat.height_px),
            std::clamp(p.left_px, 0, flat.width_px), std::clamp(p.left_px + p.width_px, 0, flat.width_px)};
}

/// The printed form without its content: each box in the mean colour of its own rim.
Image empty_form(const FilmSample& film) {
    Image form = film.flat;
    const auto flat = film.flat.view<uint8_t>();
    const auto out = form.view<uint8_t>();
    for (const FlatBox& panel : film.panels) {
        const Box box = clipped(panel, form);
        for (int k = 0; k < 3; ++k) {
            int64_t sum = 0, count = 0;
            for (int r = box.top; r < box.bottom; ++r)
                for (int c = box.left; c < box.right; ++c)
                    if (r == box.top || r + 1 == box.bottom || c == box.left || c + 1 == box.right)
                        sum += flat(r, c, k), ++count;
            if (count == 0) continue;
            for (int r = box.top; r < box.bottom; ++r)
                for (int c = box.left; c < box.right; ++c) out(r, c, k) = uint8_t((sum + count / 2) / count);
        }
    }
    return form;
}

/// What is printed inside the boxes, white elsewhere.
Image inside(const std::vector<FlatBox>& boxes, const Image& printed) {
    Image image(printed.height_px, printed.width_px, 3, PixelType::U8, ColorSpace::Srgb);
    std::fill(image.bytes.begin(), image.bytes.end(), std::byte{255});
    const auto flat = printed.view<uint8_t>();
    const auto out = image.view<uint8_t>();
    for (const FlatBox& wanted : boxes) {
        const Box box = clipped(wanted, image);
        for (int r = box.top; r < box.bottom; ++r)
            for (int c = box.left; c < box.right; ++c)
                for (int k = 0; k < 3; ++k) out(r, c, k) = flat(r, c, k);
    }
    return image;
}

class Inv3d final : public Layout {
public:
    explicit Inv3d(const LayoutOptions& options) : options_(options) {}

    void check(const DatasetPlan& plan) const override {
        if (options_.any_size) return;
        for (const FieldSpec& spec : plan.fields)
            if (spec.name == "photo" && spec.shape.at(0) != spec.shape.at(1))
                throw Error(ErrorKind::Usage, "loaders of Inv3D want square photos")
                    .where(plan.directory)
                    .got(fmt::format("photos of {} x {}", spec.shape[1], spec.shape[0]))
                    .hint("make the set with camera.width_px equal to camera.height_px, or add --any-size");
    }

    std::string last_file(const SampleId& sample) const override {
        return sample.split + "/" + sample.key + "/warped_document.png";
    }

    std::vector<OutputFile> files(const FilmSample& film) const override {
        expect_margin(film);
        const Aligned aligned = align(film);
        const Doc3dFrame frame(film, aligned);
        const Image wc = reversed_channels(doc3d_wc(film, frame));
        const Bounds bounds = bounds_of(wc, film.mask);
        const std::string root = film.split + "/" + film.key + "/";
        const auto array = [&](const std::string& name, const Image& values) {
            return OutputFile{root + name + ".npz", encode_npz(name, values)};
        };
        const auto picture = [&](const std::string& name, const Image& image) {
            return OutputFile{root + name + ".png", shard::encode_png(image)};
        };
        const Json extent = {{"max", triple(bounds.most)}, {"min", triple(bounds.least)}};
        return {
            array("warped_UV", reversed_channels(uv_up(film))),
            array("warped_WC", wc),
            array("warped_normal", reversed_channels(doc3d_normal(film, frame))),
            array("warped_depth", doc3d_depth(film, frame)),
            array("warped_BM", backward_map(film)),
            picture("flat_document", film.flat),
            picture("flat_template", empty_form(film)),
            picture("flat_information_delta", inside(film.panels, film.flat)),
            picture("flat_text_mask", inside(film.text, film.flat)),
            picture("warped_albedo", film.albedo),
            picture("warped_recon", film.checker ? *film.checker : checkerboard_albedo(film, kSquares)),
            {root + "wc_extent.json", extent.dump(2) + "\n"},
            picture("warped_document", film.photo),
        };
    }

    std::vector<OutputFile> set_files(const std::vector<SampleId>& samples,
                                      const std::string& root) const override {
        if (samples.empty()) return {};
        Json least, most;
        for (const SampleId& id : samples) {
            const std::string path = root + "/" + id.split + "/" + id.key + "/wc_extent.json";
            const Json extent = Json::parse(shard::read_text_file(path));
            if (least.is_null()) least = extent.at("min"), most = extent.at("max");
            for (size_t k = 0; k < 3; ++k) {
                least[k] = std::min(least[k].get<double>(), extent.at("min")[k].get<double>());
                most[k] = std::max(most[k].get<double>(), extent.at("max")[k].get<double>());
            }
        }
        const Json extent = {{"max", most}, {"min", least}};
        return {{"wc_min_max.json", extent.dump(2) + "\n"}};
    }

private:
    LayoutOptions options_;
};

}  // namespace

std::unique_ptr<Layout> make_inv3d_layout(const LayoutOptions& options) {
    return std::make_unique<Inv3d>(options);
}

}  // namespace radforge::exporter
