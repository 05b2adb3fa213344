// SPDX-License-Identifier: Apache-2.0
// UVDoc's own set as its loader and its tools read it (tanguymagne/UVDoc data_UVDoc.py, UVDoc-Dataset
// create_final.py and compute_grid3d.py). The loader lists img/ and takes every file there, so each split is
// a folder of its own.
#include "synth/base/error.h"
#include "synth/export/aligned_maps.h"
#include "synth/export/files.h"
#include "synth/export/layout.h"
#include "synth/shard/codec.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace radforge::exporter {
namespace {

using Json = nlohmann::json;

constexpr int kRows = 89, kColumns = 61, kWidth = 488, kHeight = 712;
// data_UVDoc.py: xmx, xmn, ymx, ymn, zmx, zmn of channels 0, 1, 2
constexpr double kMost[] = {0.11433014, 0.12401487, 0.1952378},
                 kLeast[] = {-0.12551452, -0.12401487, -0.1952378};

std::string name_of(uint64_t index) { return fmt::format("{:05d}", index); }

Vec3d camera_point(const FilmSample& film, Vec3d world_m) {
    return film.camera_from_world * world_m + film.camera_from_world_t;
}

Vec3d vector_at(const Image& map, int r, int c) {
    const auto m = map.view<float>();
    return {m(r, c, 0), m(r, c, 1), m(r, c, 2)};
}

Image grid2d(const FilmSample& film) {
    Image grid = resample(bm_in_pixels(film), kRows, kColumns, Nodes::Corners);
    for (float& value : grid.values<float>()) value -= 0.5f;  // index of the pixel instead of its edge
    return grid;
}

/// The grid as the loader normalises it.
struct Grid3d {
    Image grid;        ///< camera frame minus its mean as (-z, x, -y), scaled metres
    double scale = 1;  ///< a flat upright film would fit the loader's constants, and this one does
};

Grid3d grid3d(const FilmSample& film, const Aligned& aligned) {
    Grid3d made{resample(aligned.wc_grid, kRows, kColumns, Nodes::Corners)};
    const auto out = made.grid.view<float>();
    Vec3d mean;
    for (int r = 0; r < kRows; ++r)
        for (int c = 0; c < kColumns; ++c) mean += camera_point(film, vector_at(made.grid, r, c));
    mean = mean / double(kRows * kColumns);
    made.scale = std::min((kMost[1] - kLeast[1]) / film.width_m, (kMost[2] - kLeast[2]) / film.height_m);
    for (int r = 0; r < kRows; ++r)
        for (int c = 0; c < kColumns; ++c) {
            const Vec3d p = camera_point(film, vector_at(made.grid, r, c)) - mean;
            const Vec3d turned{-p.z, p.x, -p.y};
            for (int k = 0; k < 3; ++k) {
                out(r, c, k) = float(turned[k]);
                if (turned[k] != 0)
                    made.scale = std::min(made.scale, (turned[k] > 0 ? kMost : kLeast)[k] / turned[k]);
            }
        }
    made.scale *= 0.98;
    for (float& value : made.grid.values<float>()) value *= float(made.scale);
    return made;
}

/// u right, v down, NaN outside.
Image uv_map(const FilmSample& film) {
    Image map = film.uv;
    const auto out = map.view<float>();
    const auto mask = film.mask.view<uint8_t>();
    for (int r = 0; r < map.height_px; ++r)
        for (int c = 0; c < map.width_px; ++c)
            if (!mask(r, c)) out(r, c, 0) = out(r, c, 1) = std::numeric_limits<float>::quiet_NaN();
    return map;
}

Image segmentation(const FilmSample& film) {
    Image map(film.mask.height_px, film.mask.width_px, 1, PixelType::F32, ColorSpace::Data);
    const auto mask = film.mask.values<uint8_t>();
    const auto out = map.values<float>();
    for (size_t i = 0; i < out.size(); ++i) out[i] = mask[i] ? 1 : 0;
    return map;
}

/// (-z, -x, -y) of the camera frame, metres; background 0. The sign of x is not that of grid3d (UVDoc, issue
/// 21).
Image wc_map(const FilmSample& film) {
    Image map(film.mask.height_px, film.mask.width_px, 3, PixelType::F32, ColorSpace::Data);
    const auto mask = film.mask.view<uint8_t>();
    const auto out = map.view<float>();
    for (int r = 0; r < map.height_px; ++r)
        for (int c = 0; c < map.width_px; ++c) {
            if (!mask(r, c)) continue;
            const Vec3d p = camera_point(film, vector_at(film.wc_m, r, c));
            out(r, c, 0) = float(-p.z);
            out(r, c, 1) = float(-p.x);
            out(r, c, 2) = float(-p.y);
        }
    return map;
}

/// The photo of a white sheet in the film's place (member "shading"), which create_final.py lays textures on:
/// sRGB, exposed so that a fiftieth of the sheet is brighter than 0.9.
Image white_sheet(const FilmSample& film, const Image& shading) {
    std::vector<float> on_sheet;
    const auto light = shading.view<float>();
    const auto mask = film.mask.view<uint8_t>();
    for (int r = 0; r < shading.height_px; ++r)
        for (int c = 0; c < shading.width_px; ++c)
            if (mask(r, c)) on_sheet.push_back(luminance(light(r, c, 0), light(r, c, 1), light(r, c, 2)));
    const auto bright = on_sheet.begin() + ptrdiff_t(on_sheet.size() - 1 - on_sheet.size() / 50);
    std::nth_element(on_sheet.begin(), bright, on_sheet.end());
    const float gain = *bright > 0 ? 0.9f / *bright : 1;
    Image picture(shading.height_px, shading.width_px, 3, PixelType::U8, ColorSpace::Srgb);
    for (size_t k = 0; k < picture.value_count(); ++k)
        picture.values<uint8_t>()[k] =
            quantize_u8(srgb_from_linear(std::min(1.0f, gain * shading.values<float>()[k])));
    return picture;
}

class Uvdoc final : public Layout {
public:
    explicit Uvdoc(const LayoutOptions& options) : options_(options) {}

    void check(const DatasetPlan& plan) const override {
        if (options_.any_size) return;
        for (const FieldSpec& spec : plan.fields)
            if (spec.name == "photo" && (spec.shape.at(0) != kHeight || spec.shape.at(1) != kWidth))
                throw Error(ErrorKind::Usage, "pictures of UVDoc are 488 wide and 712 high")
                    .where(plan.directory)
                    .got(fmt::format("photos of {} x {}", spec.shape[1], spec.shape[0]))
                    .hint(
                        "make the set with camera.width_px=488 camera.height_px=712, or add --any-size: the "
                        "loader crops and resizes whatever it finds");
    }

    std::string last_file(const SampleId& sample) const override {
        return sample.split + "/img/" + name_of(sample.index) + ".png";
    }

    std::vector<OutputFile> files(const FilmSample& film) const override {
        expect_margin(film);
        const Aligned aligned = align(film);
        const Grid3d grid = grid3d(film, aligned);
        const std::string root = film.split + "/", name = name_of(film.index);
        const Json sample = {{"geom_name", name},
                             {"texture_name", name + ".png"},
                             {"background_name", ""},
                             {"sample_id", name},
                             {"radforge_key", film.key}};
        const Json geometry = {{"geom_name", name},
                               {"film_size_m", {film.width_m, film.height_m}},
                               {"grid3d_scale", grid.scale}};
        std::vector<OutputFile> files = {
            {root + "grid2d/" + name + ".mat", encode_mat("grid2d", grid2d(film))},
            {root + "grid3d/" + name + ".mat", encode_mat("grid3d", grid.grid)},
            {root + "uvmap/" + name + ".mat", encode_mat("uv", uv_map(film))},
            {root + "seg/" + name + ".mat", encode_mat("seg", segmentation(film))},
            {root + "wc/" + name + ".exr", encode_exr_rgb(wc_map(film))},
            {root + "textures/" + name + ".png", shard::encode_png(film.flat)},
            {root + "warped_textures/" + name + ".png", shard::encode_png(film.albedo)},
            {root + "metadata_geom/" + name + ".json", geometry.dump(2) + "\n"},
            {root + "metadata_sample/" + name + ".json", sample.dump(2) + "\n"},
        };
        const auto shading = film.layers.find("shading");
        if (shading != film.layers.end())
            files.push_back(
                {root + "img_geom/" + name + ".png", shard::encode_png(white_sheet(film, shading->second))});
        files.push_back({root + "img/" + name + ".png", shard::encode_png(film.photo)});
        return files;
    }

    /// split.json of each split: its textures; photos have their surroundings in them, so no backgrounds.
    std::vector<OutputFile> set_files(const std::vector<SampleId>& samples,
                                      const std::string&) const override {
        std::map<std::string, Json> textures;
        for (const SampleId& sample : samples)
            textures[sample.split].push_back(name_of(sample.index) + ".png");
        std::vector<OutputFile> files;
        for (const auto& [split, names] : textures) {
            const Json json = {{"textures", names}, {"backgrounds", Json::array()}};
            files.push_back({split + "/split.json", json.dump(2) + "\n"});
        }
        return files;
    }

private:
    LayoutOptions options_;
};

}  // namespace

std::unique_ptr<Layout> make_uvdoc_layout(const LayoutOptions& options) {
    return std::make_unique<Uvdoc>(options);
}

}  // namespace radforge::exporter
