// SPDX-License-Identifier: Apache-2.0
#include "synth/xray/xray_pictures.h"

#include "render/geometry/isosurface.h"
#include "synth/base/error.h"
#include "synth/shard/codec.h"
#include "synth/shard/file.h"
#include "synth/xray/view_frame.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace radforge::xray {
namespace {

using Json = nlohmann::json;

constexpr int kMostRenderPx = 512;  // more shows nothing new of volumes of some hundred voxels
constexpr Vec3d kUp{0, -1, 0};      // in the frame of a view
constexpr double kRadians = 3.14159265358979323846 / 180;
// Quantiles between which a physical image is shown, and the part of the brightest that is taken for the
// body.
constexpr double kDarkest = 0.02, kBrightest = 0.995;
constexpr float kOpenField = 0.1f;

const Field* field_named(const Sample& sample, const char* name) {
    for (const Field& field : sample.fields)
        if (field.name == name) return &field;
    return nullptr;
}

const FieldSpec& spec_named(const DatasetPlan& plan, const char* name) {
    for (const FieldSpec& spec : plan.fields)
        if (spec.name == name) return spec;
    throw Error(ErrorKind::BadData, "the dataset has no such field").got(name);
}

template <class T>
std::vector<float> decoded(const NdArray& array, double scale, double offset) {
    const T* const stored = reinterpret_cast<const T*>(array.bytes.data());
    std::vector<float> values(array.bytes.size() / sizeof(T));
    for (size_t i = 0; i < values.size(); ++i) values[i] = float(double(stored[i]) * scale + offset);
    return values;
}

std::vector<float> values_of(const NdArray& array, double scale, double offset) {
    switch (array.type) {
        case PixelType::U8:
            return decoded<uint8_t>(array, scale, offset);
        case PixelType::I16:
            return decoded<int16_t>(array, scale, offset);
        case PixelType::F32:
            return decoded<float>(array, scale, offset);
        default:
            throw Error(ErrorKind::BadData, "no density of this number type");
    }
}

Image grey(const std::vector<float>& values, int64_t height, int64_t width, float low, float high) {
    Image out(int(height), int(width), 3, PixelType::U8, ColorSpace::Srgb);
    const Span<uint8_t> to = out.values<uint8_t>();
    for (size_t i = 0; i < values.size(); ++i) {
        const uint8_t shade = quantize_u8(std::clamp((values[i] - low) / (high - low), 0.f, 1.f));
        std::fill_n(&to[3 * i], 3, shade);
    }
    return out;
}

Image xray_picture(const Sample& sample, const DatasetPlan& plan) {
    const FieldSpec& spec = spec_named(plan, "xray");
    const auto& array = std::get<NdArray>(field_named(sample, "xray")->value);
    return grey(values_of(array, spec.scale, spec.offset), array.shape[1], array.shape[2], 0, 1);
}

Image detector_picture(const Sample& sample, const DatasetPlan& plan, const Field& field) {
    const FieldSpec& spec = spec_named(plan, "detector");
    const auto& array = std::get<NdArray>(field.value);
    const std::vector<float> values = values_of(array, spec.scale, spec.offset);
    const auto quantile = [](std::vector<float> of, double part) {
        const auto at = of.begin() + ptrdiff_t(part * double(of.size() - 1));
        std::nth_element(of.begin(), at, of.end());
        return *at;
    };
    // What is as bright as the open field tells nothing of the patient.
    float high = quantile(values, kBrightest);
    std::vector<float> body;
    for (const float value : values)
        if (value > kOpenField * high) body.push_back(value);
    float low = body.empty() ? 0 : quantile(body, kDarkest);
    high = std::max(high, low + 1e-6f);
    // Bone is white: logarithms grow with it, signals and film densities fall.
    const Json meta = Json::parse(std::get<std::string>(sample.fields.back().value));
    const std::string mode = meta.at("readout").at("mode");
    if (mode == "signal" || mode == "film") std::swap(low, high);
    return grey(values, array.shape[1], array.shape[2], low, high);
}

Image in_bytes(const Image& picture) {
    Image out(picture.height_px, picture.width_px, 3, PixelType::U8, ColorSpace::Srgb);
    const auto from = picture.view<float>();
    const auto to = out.view<uint8_t>();
    for (int r = 0; r < picture.height_px; ++r)
        for (int c = 0; c < picture.width_px; ++c)
            for (int k = 0; k < 3; ++k) to(r, c, k) = quantize_u8(from(r, c, picture.channels == 3 ? k : 0));
    return out;
}

/// Direction of sight of an observer who stands `turn_deg` to the right of the source and `rise_deg` above.
Vec3d sight(double turn_deg, double rise_deg) {
    const double turn = turn_deg * kRadians, rise = rise_deg * kRadians;
    return {-std::sin(turn) * std::cos(rise), std::sin(rise), std::cos(turn) * std::cos(rise)};
}

}  // namespace

ViewedVolume viewed_volume(const Sample& sample, const DatasetPlan& plan) {
    if (const Field* const field = field_named(sample, "volume")) {
        const FieldSpec& spec = spec_named(plan, "volume");
        const auto& array = std::get<NdArray>(field->value);
        return {int(array.shape[0]), values_of(array, spec.scale, spec.offset)};
    }
    const Json meta = Json::parse(std::get<std::string>(sample.fields.back().value));
    const std::string path = plan.directory + "/" + meta.at("volume_file").at("file").get<std::string>();
    const NdArray stored = shard::decode_npy(shard::MappedFile(path).bytes());
    Cube cube;
    cube.n = int(stored.shape.at(0));
    cube.largest = stored.type == PixelType::U8 ? 255 : 32767;
    for (const float value : values_of(stored, 1, 0)) cube.levels.push_back(int16_t(value));
    const auto m = meta.at("cube_from_view").get<std::vector<double>>();
    const NdArray turned = ViewFrame(cube).resample(
        {{{m.at(0), m.at(1), m.at(2)}, {m.at(4), m.at(5), m.at(6)}, {m.at(8), m.at(9), m.at(10)}}});
    return {cube.n, values_of(turned, 1. / cube.largest, 0)};
}

std::vector<Tile> tiles(const Sample& sample, const DatasetPlan& plan, int tile_px) {
    std::vector<Tile> out = {{"x-ray", xray_picture(sample, plan)}};
    if (const Field* const field = field_named(sample, "detector"))
        out.push_back({"detector", detector_picture(sample, plan, *field)});
    const ViewedVolume volume = viewed_volume(sample, plan);
    const geometry::FieldView field{volume.densities.data(), volume.n, volume.n, volume.n};
    geometry::IsosurfaceOptions options;
    options.size_px = std::min(tile_px * 3 / 2, kMostRenderPx);  // made smaller again: smooth outlines
    out.push_back({"iso-surface", in_bytes(geometry::render_isosurface(field, options))});

    options.colour = {1, .95, .85};
    geometry::IsosurfaceOptions cut = options;
    cut.cut = geometry::CutPlane{};
    cut.section_colour = {.9, .35, .25};
    cut.view_from_volume = geometry::look_along(sight(25, 15), kUp);
    out.push_back({"cut open", in_bytes(geometry::render_isosurface(field, cut))});
    out.push_back({"red-cyan stereo", in_bytes(geometry::render_anaglyph(field, options))});
    const auto from = [&](const char* name, Vec3d direction, Vec3d up) {
        options.view_from_volume = geometry::look_along(direction, up);
        out.push_back({name, in_bytes(geometry::render_isosurface(field, options))});
    };
    from("60 deg right", sight(60, 10), kUp);
    from("120 deg right", sight(120, 10), kUp);
    from("from above", {0, 1, 0}, {0, 0, 1});
    return out;
}

}  // namespace radforge::xray
