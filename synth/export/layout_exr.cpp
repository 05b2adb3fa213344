// SPDX-License-Identifier: Apache-2.0
// One OpenEXR file a sample. Layers are named as in the OpenEXR "Scene-linear image organization" and by
// Cycles: R G B without a layer, albedo.R, depth.Z, P.X, N.X, UV.U. What lies on the film is a part of its
// own size.
#include "synth/base/error.h"
#include "synth/export/files.h"
#include "synth/export/film_sample.h"
#include "synth/export/layout.h"

#include <algorithm>
#include <string>

namespace radforge::exporter {
namespace {

/// Joins rasters of one size into one part.
class Stack {
public:
    explicit Stack(std::string name) { part_.name = std::move(name); }

    void add(const std::string& layer, const std::string& letters, const Image& image) {
        for (int k = 0; k < image.channels; ++k) {
            const std::string letter =
                k < int(letters.size()) ? std::string(1, letters[size_t(k)]) : std::to_string(k);
            part_.channels.push_back(layer.empty() ? letter : layer + "." + letter);
        }
        rasters_.push_back(image);
    }

    ExrPart done() {
        int channels = 0;
        for (const Image& raster : rasters_) channels += raster.channels;
        const int h = rasters_.front().height_px, w = rasters_.front().width_px;
        part_.values = Image(h, w, channels, PixelType::F32, ColorSpace::Data);
        const auto out = part_.values.view<float>();
        int first = 0;
        for (const Image& raster : rasters_) {
            const auto in = raster.view<float>();
            for (int r = 0; r < h; ++r)
                for (int c = 0; c < w; ++c)
                    for (int k = 0; k < raster.channels; ++k) out(r, c, first + k) = in(r, c, k);
            first += raster.channels;
        }
        return std::move(part_);
    }

private:
    ExrPart part_;
    std::vector<Image> rasters_;
};

std::string letters_of(const std::string& name, int channels) {
    if (name == "shading_normal") return "XYZ";
    return channels == 1 ? "Y" : channels == 2 ? "XY" : channels == 3 ? "RGB" : "";
}

/// sRGB to scene-linear, one channel to [0, 1].
Image linear(const Image& picture) {
    Image result(picture.height_px, picture.width_px, picture.channels, PixelType::F32, ColorSpace::Linear);
    const auto in = picture.values<uint8_t>();
    const auto out = result.values<float>();
    for (size_t i = 0; i < out.size(); ++i) {
        const float value = float(in[i]) / 255;
        out[i] = picture.channels == 1 ? value : linear_from_srgb(value);
    }
    return result;
}

class Exr final : public Layout {
public:
    void check(const DatasetPlan&) const override {}

    std::string last_file(const SampleId& sample) const override {
        return sample.split + "/" + sample.key + ".exr";
    }

    std::vector<OutputFile> files(const FilmSample& film) const override {
        Stack photo("photo");
        photo.add("", "RGB", linear(film.photo));
        photo.add("", "A", linear(film.mask));
        photo.add("albedo", "RGB", linear(film.albedo));
        photo.add("depth", "Z", film.depth_m);
        photo.add("P", "XYZ", film.wc_m);
        photo.add("N", "XYZ", film.normal);
        photo.add("UV", "UV", film.uv);
        if (film.checker) photo.add("checker", "RGB", linear(*film.checker));
        for (const auto& [name, image] : film.pictures)
            photo.add(name, image.channels == 3 ? "RGB" : "Y", linear(image));
        for (const auto& [name, image] : film.layers)
            photo.add(name, letters_of(name, image.channels), image);
        Stack backward("bm"), flat("flat");
        backward.add("", "XY", film.bm);
        flat.add("", "RGB", linear(film.flat));
        return {
            {film.split + "/" + film.key + ".json", film.meta_json + "\n"},
            {film.split + "/" + film.key + ".exr", encode_exr({photo.done(), backward.done(), flat.done()})}};
    }

    std::vector<OutputFile> set_files(const std::vector<SampleId>&, const std::string&) const override {
        return {};
    }
};

}  // namespace

std::unique_ptr<Layout> make_exr_layout() { return std::make_unique<Exr>(); }

}  // namespace radforge::exporter
