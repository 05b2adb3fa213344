// SPDX-License-Identifier: Apache-2.0
// CTFilm20K as transcendentsky/Film-Recovery renders and reads it
// (dataloader/blender_render/labels_blender.py, dataloader/load_data_2.py): flat folders with one name a
// sample. 3dmap is scaled by the longest side of the film's box for all three axes, each from its own least
// value.
#include "synth/export/aligned_maps.h"
#include "synth/export/files.h"
#include "synth/export/layout.h"
#include "synth/shard/codec.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace radforge::exporter {
namespace {

using Json = nlohmann::json;

constexpr double kLowest = 0.1;  // film spans [0.1, 1], so that 0 stays the background's

Image film_points(const FilmSample& film, const FilmFrame& frame) {
    Image map(film.mask.height_px, film.mask.width_px, 3, PixelType::F32, ColorSpace::Data);
    const auto mask = film.mask.view<uint8_t>();
    const auto wc = film.wc_m.view<float>();
    const auto out = map.view<float>();
    for (int r = 0; r < map.height_px; ++r)
        for (int c = 0; c < map.width_px; ++c) {
            if (!mask(r, c)) continue;
            const Vec3d p = frame.point({wc(r, c, 0), wc(r, c, 1), wc(r, c, 2)});
            for (int k = 0; k < 3; ++k) out(r, c, k) = float(p[k]);
        }
    return map;
}

Image film_normals(const FilmSample& film, const FilmFrame& frame) {
    Image map(film.mask.height_px, film.mask.width_px, 3, PixelType::F32, ColorSpace::Data);
    const auto mask = film.mask.view<uint8_t>();
    const auto normal = film.normal.view<float>();
    const auto out = map.view<float>();
    for (int r = 0; r < map.height_px; ++r) {
        const Mat3d world_from_camera = world_from_row(film, r);
        for (int c = 0; c < map.width_px; ++c) {
            if (!mask(r, c)) continue;
            const Vec3d n =
                frame.direction(world_from_camera * Vec3d{normal(r, c, 0), normal(r, c, 1), normal(r, c, 2)});
            for (int k = 0; k < 3; ++k) out(r, c, k) = float(std::clamp(0.5 + 0.5 * n[k], 0.0, 1.0));
        }
    }
    return map;
}

/// lowest + (1 - lowest) * (value - least[k]) / length under the mask; a single channel is written three
/// times.
Image to_unit_range(const Image& map, const Image& mask, Vec3d least, double length) {
    Image result(map.height_px, map.width_px, 3, PixelType::F32, ColorSpace::Data);
    const auto set = mask.view<uint8_t>();
    const auto in = map.view<float>();
    const auto out = result.view<float>();
    for (int r = 0; r < map.height_px; ++r)
        for (int c = 0; c < map.width_px; ++c)
            for (int k = 0; k < 3; ++k) {
                const int from = map.channels == 1 ? 0 : k;
                const double part = length > 0 ? (double(in(r, c, from)) - least[from]) / length : 0;
                if (set(r, c)) out(r, c, k) = float(kLowest + (1 - kLowest) * part);
            }
    return result;
}

class Ctfilm20k final : public Layout {
public:
    void check(const DatasetPlan&) const override {}

    std::string last_file(const SampleId& sample) const override {
        return sample.split + "/img/" + sample.key + ".png";
    }

    std::vector<OutputFile> files(const FilmSample& film) const override {
        const FilmFrame frame = film_frame(film, wc_on_film(film));
        const Image points = film_points(film, frame);
        const Bounds box = bounds_of(points, film.mask), depth = bounds_of(film.depth_m, film.mask);
        const Vec3d extent = box.most - box.least;
        const double longest = std::max({extent.x, extent.y, extent.z});
        const Json points_range = {{"max_x", box.most.x},  {"min_x", box.least.x}, {"max_y", box.most.y},
                                   {"min_y", box.least.y}, {"max_z", box.most.z},  {"min_z", box.least.z}};
        const Json depth_range = {{"max_z", depth.most.x}, {"min_z", depth.least.x}};
        const std::string root = film.split + "/", exr = "/" + film.key + ".exr",
                          png = "/" + film.key + ".png", json = "/" + film.key + ".json";
        return {
            {root + "uv" + exr, encode_exr_rgb(uv_up(film))},
            {root + "3dmap" + exr, encode_exr_rgb(to_unit_range(points, film.mask, box.least, longest))},
            {root + "depth" + exr, encode_exr_rgb(to_unit_range(film.depth_m, film.mask, depth.least,
                                                                depth.most.x - depth.least.x))},
            {root + "shader_normal" + exr, encode_exr_rgb(film_normals(film, frame))},
            {root + "albedo" + png, shard::encode_png(film.albedo)},
            {root + "3dmap_max_min" + json, points_range.dump(2) + "\n"},
            {root + "depth_max_min" + json, depth_range.dump(2) + "\n"},
            {root + "img" + png, shard::encode_png(film.photo)},
        };
    }

    std::vector<OutputFile> set_files(const std::vector<SampleId>&, const std::string&) const override {
        return {};
    }
};

}  // namespace

std::unique_ptr<Layout> make_ctfilm20k_layout() { return std::make_unique<Ctfilm20k>(); }

}  // namespace radforge::exporter
