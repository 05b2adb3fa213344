// SPDX-License-Identifier: Apache-2.0
#include "synth/export/film_sample.h"

#include "synth/base/error.h"
#include "synth/shard/names.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstring>
#include <limits>
#include <set>

namespace radforge::exporter {
namespace {

using Json = nlohmann::json;

Error bad(const std::string& what) { return Error(ErrorKind::BadData, what); }

/// IEEE 754 binary16.
float value_of_half(uint16_t bits) {
    const int exponent = bits >> 10 & 31, fraction = bits & 1023;
    float magnitude = 0;
    if (exponent == 31)
        magnitude =
            fraction != 0 ? std::numeric_limits<float>::quiet_NaN() : std::numeric_limits<float>::infinity();
    else if (exponent == 0)
        magnitude = std::ldexp(float(fraction), -24);
    else
        magnitude = std::ldexp(float(1024 + fraction), exponent - 25);
    return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

template <class T>
T load(const std::vector<std::byte>& bytes, size_t i) {
    T value;
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    return value;
}

float value_at(const NdArray& array, size_t i, const FieldSpec& spec) {
    switch (array.type) {
        case PixelType::F32:
            return load<float>(array.bytes, i);
        case PixelType::F16:
            return value_of_half(load<uint16_t>(array.bytes, i));
        case PixelType::I16: {
            const int16_t stored = load<int16_t>(array.bytes, i);
            if (spec.invalid == std::to_string(stored)) return std::numeric_limits<float>::quiet_NaN();
            return float(stored * spec.scale + spec.offset);
        }
        case PixelType::U16:
            return float(load<uint16_t>(array.bytes, i) * spec.scale + spec.offset);
        case PixelType::U8:
            return float(load<uint8_t>(array.bytes, i) * spec.scale + spec.offset);
    }
    throw bad("array of an unknown type");
}

const FieldSpec& spec_of(const DatasetPlan& plan, const std::string& name) {
    for (const FieldSpec& spec : plan.fields)
        if (spec.name == name) return spec;
    throw bad("the plan has no such member").got(name);
}

const Field* find(const Sample& sample, const std::string& name) {
    for (const Field& field : sample.fields)
        if (field.name == name) return &field;
    return nullptr;
}

template <class T>
const T& get(const Sample& sample, const std::string& name) {
    const Field* field = find(sample, name);
    if (!field) throw bad("the sample has no member '" + name + "'");
    if (const T* value = std::get_if<T>(&field->value)) return *value;
    throw bad("the member '" + name + "' is of another sort").got(field->extension);
}

Image map_of(const Sample& sample, const DatasetPlan& plan, const std::string& name, int channels) {
    Image image = image_of(get<NdArray>(sample, name), spec_of(plan, name));
    if (image.channels != channels)
        throw bad("the member '" + name + "' has another number of channels")
            .got(std::to_string(image.channels))
            .expected(std::to_string(channels));
    return image;
}

void expect_size(const Image& image, const Image& photo, const std::string& name) {
    if (image.height_px != photo.height_px || image.width_px != photo.width_px)
        throw bad("the member '" + name + "' is not of the photo's size")
            .got(std::to_string(image.width_px) + " x " + std::to_string(image.height_px));
}

/// Optional members on the photo's raster; those on the film's raster stay where they are.
void take_layers(FilmSample& film, const Sample& sample, const DatasetPlan& plan) {
    const std::set<std::string> elsewhere = {"photo", "albedo", "mask",   "uv",     "wc",
                                             "depth", "normal", "bm",     "flat",   "hu",
                                             "state", "grid2d", "grid3d", "checker"};
    const auto on_photo = [&](int height, int width) {
        return height == film.photo.height_px && width == film.photo.width_px;
    };
    for (const Field& field : sample.fields) {
        if (elsewhere.count(field.name) != 0) continue;
        if (const Image* picture = std::get_if<Image>(&field.value)) {
            if (on_photo(picture->height_px, picture->width_px)) film.pictures.emplace(field.name, *picture);
        } else if (const NdArray* array = std::get_if<NdArray>(&field.value)) {
            if (array->shape.size() == 3 && on_photo(int(array->shape[1]), int(array->shape[2])))
                film.layers.emplace(field.name, image_of(*array, spec_of(plan, field.name)));
        }
    }
}

void take_meta(FilmSample& film, const std::string& text) {
    const Json meta = Json::parse(text);
    film.meta_json = text;
    const Json& size = meta.at("film").at("size_m");
    film.width_m = size.at(0).get<double>();
    film.height_m = size.at(1).get<double>();
    if (!(film.width_m > 0 && film.height_m > 0)) throw bad("meta.json: film.size_m is not positive");
    const Json& camera = meta.at("camera");
    film.fx_px = camera.at("K").at(0).at(0).get<double>();
    if (camera.contains("turn_rad_per_s")) {
        for (int k = 0; k < 3; ++k)
            film.turn_rad_per_s[k] = camera.at("turn_rad_per_s").at(size_t(k)).get<double>();
        film.readout_s = camera.at("readout_s").get<double>();
    }
    const Json& rows = camera.at("world_to_camera");
    for (size_t i = 0; i < 3; ++i) {
        for (size_t j = 0; j < 3; ++j)
            film.camera_from_world.rows[i][int(j)] = rows.at(i).at(j).get<double>();
        film.camera_from_world_t[int(i)] = rows.at(i).at(3).get<double>();
    }
    const auto whole = [](const Json& number) { return int(std::lround(number.get<double>())); };
    if (meta.at("film").contains("panels"))
        for (const Json& p : meta.at("film").at("panels"))
            film.panels.push_back({whole(p.at("left_px")), whole(p.at("top_px")), whole(p.at("width_px")),
                                   whole(p.at("height_px"))});
    if (meta.at("film").contains("text"))  // text, left, top, right, bottom
        for (const Json& t : meta.at("film").at("text")) {
            const int left = int(std::floor(t.at(1).get<double>())),
                      top = int(std::floor(t.at(2).get<double>()));
            film.text.push_back({left, top, int(std::ceil(t.at(3).get<double>())) - left,
                                 int(std::ceil(t.at(4).get<double>())) - top});
        }
}

}  // namespace

Mat3d world_from_row(const FilmSample& film, int row) {
    const Mat3d world_from_middle = film.camera_from_world.transposed();
    const double rad_per_s = length(film.turn_rad_per_s);
    if (rad_per_s == 0) return world_from_middle;
    const double time_s = ((row + 0.5) / film.photo.height_px - 0.5) * film.readout_s;
    return world_from_middle * rotation_about(film.turn_rad_per_s / rad_per_s, rad_per_s * time_s);
}

Image image_of(const NdArray& array, const FieldSpec& spec) {
    if (array.shape.size() != 3)
        throw bad("array is not [C,H,W]").got(std::to_string(array.shape.size()) + " axes");
    const int channels = int(array.shape[0]), height = int(array.shape[1]), width = int(array.shape[2]);
    Image image(height, width, channels, PixelType::F32, ColorSpace::Data);
    const auto out = image.view<float>();
    size_t i = 0;
    for (int k = 0; k < channels; ++k)
        for (int r = 0; r < height; ++r)
            for (int c = 0; c < width; ++c) out(r, c, k) = value_at(array, i++, spec);
    return image;
}

FilmSample film_sample(const Sample& sample, const DatasetPlan& plan) {
    try {
        FilmSample film;
        film.key = shard::sample_name(plan.kind, sample.key.index);
        film.split = sample.split;
        film.index = sample.key.index;
        film.photo = get<Image>(sample, "photo");
        film.albedo = get<Image>(sample, "albedo");
        film.mask = get<Image>(sample, "mask");
        film.flat = get<Image>(sample, "flat");
        film.uv = map_of(sample, plan, "uv", 2);
        film.wc_m = map_of(sample, plan, "wc", 3);
        film.depth_m = map_of(sample, plan, "depth", 1);
        film.normal = map_of(sample, plan, "normal", 3);
        film.bm = map_of(sample, plan, "bm", 2);
        expect_size(film.albedo, film.photo, "albedo");
        expect_size(film.mask, film.photo, "mask");
        expect_size(film.uv, film.photo, "uv");
        expect_size(film.wc_m, film.photo, "wc");
        expect_size(film.depth_m, film.photo, "depth");
        expect_size(film.normal, film.photo, "normal");
        if (find(sample, "checker")) film.checker = get<Image>(sample, "checker");
        if (find(sample, "grid2d")) film.grid2d = map_of(sample, plan, "grid2d", 2);
        if (find(sample, "grid3d")) film.grid3d_m = map_of(sample, plan, "grid3d", 3);
        take_layers(film, sample, plan);
        take_meta(film, get<std::string>(sample, "meta"));
        return film;
    } catch (const Json::exception& error) {
        throw bad("meta.json lacks what the export needs").got(error.what());
    }
}

}  // namespace radforge::exporter
