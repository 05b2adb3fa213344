// SPDX-License-Identifier: Apache-2.0
// Pictures to look at: every member as an 8-bit PNG, measurements as colours. Not for training.
#include "render/geometry/backward_map.h"
#include "synth/export/aligned_maps.h"
#include "synth/export/checkerboard.h"
#include "synth/export/layout.h"
#include "synth/shard/codec.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>

namespace radforge::exporter {
namespace {

/// A picture of a map; `colour` gives [0,1] per channel, pixels outside the mask (if any) are black.
Image drawn(const Image& map, const Image* mask, const std::function<Vec3d(const float*)>& colour) {
    Image image(map.height_px, map.width_px, 3, PixelType::U8, ColorSpace::Srgb);
    const auto in = map.view<float>();
    const auto out = image.view<uint8_t>();
    for (int r = 0; r < map.height_px; ++r)
        for (int c = 0; c < map.width_px; ++c) {
            if (mask && !mask->view<uint8_t>()(r, c)) continue;
            if (std::isnan(in(r, c, 0))) continue;
            const Vec3d rgb = colour(in.pixel(r, c));
            for (int k = 0; k < 3; ++k) out(r, c, k) = quantize_u8(float(std::clamp(rgb[k], 0.0, 1.0)));
        }
    return image;
}

/// Grey or colour by the map's own range under the mask, from 0.1 to 1.
Image by_range(const Image& map, const Image& mask) {
    const Bounds bounds = bounds_of(map, mask);
    const int channels = map.channels;
    return drawn(map, &mask, [bounds, channels](const float* value) {
        Vec3d rgb;
        for (int k = 0; k < 3; ++k) {
            const int from = channels == 1 ? 0 : k;
            const double span = bounds.most[from] - bounds.least[from];
            rgb[k] = span > 0 ? 0.1 + 0.9 * (double(value[from]) - bounds.least[from]) / span : 0.5;
        }
        return rgb;
    });
}

class Png final : public Layout {
public:
    void check(const DatasetPlan&) const override {}

    std::string last_file(const SampleId& sample) const override {
        return sample.split + "/" + sample.key + "/photo.png";
    }

    std::vector<OutputFile> files(const FilmSample& film) const override {
        const std::string root = film.split + "/" + film.key + "/";
        const auto picture = [&](const std::string& name, const Image& image) {
            return OutputFile{root + name + ".png", shard::encode_png(image)};
        };
        std::vector<OutputFile> files;
        for (const auto& [name, image] : film.pictures) files.push_back(picture(name, image));
        std::vector<OutputFile> always = {
            picture("albedo", film.albedo),
            picture("mask", film.mask),
            picture("uv", drawn(film.uv, &film.mask,
                                [](const float* v) {
                                    return Vec3d{v[0], v[1], 1};
                                })),
            picture("wc", by_range(film.wc_m, film.mask)),
            picture("depth", by_range(film.depth_m, film.mask)),
            picture("normal", drawn(film.normal, &film.mask,
                                    [](const float* v) {
                                        return Vec3d{0.5 + 0.5 * double(v[0]), 0.5 - 0.5 * double(v[1]),
                                                     0.5 - 0.5 * double(v[2])};
                                    })),
            picture("bm", drawn(film.bm, nullptr,
                                [](const float* v) {
                                    return Vec3d{0.5 + 0.5 * double(v[0]), 0.5 + 0.5 * double(v[1]), 0.3};
                                })),
            picture("dewarped", geometry::dewarp(film.photo, film.bm, geometry::Sampling::Footprint)),
            picture("flat", film.flat),
            picture("checker", film.checker ? *film.checker : checkerboard_albedo(film, 24)),
            {root + "meta.json", film.meta_json + "\n"},
            picture("photo", film.photo),
        };
        files.insert(files.end(), std::make_move_iterator(always.begin()),
                     std::make_move_iterator(always.end()));
        return files;
    }

    std::vector<OutputFile> set_files(const std::vector<SampleId>&, const std::string&) const override {
        return {};
    }
};

}  // namespace

std::unique_ptr<Layout> make_png_layout() { return std::make_unique<Png>(); }

}  // namespace radforge::exporter
