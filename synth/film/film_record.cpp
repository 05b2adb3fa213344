// SPDX-License-Identifier: Apache-2.0
#include "synth/film/film_record.h"

#include "render/picture/resize.h"
#include "synth/base/error.h"
#include "synth/film/film_fields.h"
#include "synth/film/film_optional.h"
#include "synth/shard/codec.h"
#include "synth/shard/meta.h"
#include "synth/shard/names.h"
#include "synth/shard/quantise.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace radforge::film {
namespace {

using Json = nlohmann::json;  // keys sorted
using shard::NumericField;

/// Room for panels and printed lines together in meta.json, whose limit is 64 kB.
constexpr size_t kMostContentBytes = 54000;
/// Panels whose place in the photo is told too: with all 255 that a film may have there is no room.
constexpr size_t kMostQuads = 60;

/// Any visit() of plain numbers, with or without units and help.
class JsonWriter {
public:
    template <class T, class... Rest>
    void operator()(const char* name, T& value, Rest&&...) {
        if constexpr (config::IsTable<T>::value) {
            JsonWriter nested;
            value.visit(nested);
            json[name] = std::move(nested.json);
        } else {
            json[name] = value;
        }
    }
    Json json = Json::object();
};

template <class S>
Json record(const S& values) {
    S copy = values;
    JsonWriter writer;
    copy.visit(writer);
    return writer.json;
}

NumericField uv_field(const FilmConfig& c) {
    return {"uv", {2, c.camera.height_px, c.camera.width_px}, "1", {0, 1}, false, false, {}};
}
NumericField wc_field(const FilmConfig& c) {
    return {"wc", {3, c.camera.height_px, c.camera.width_px}, "m", {-100, 100}, true, false, {}};
}
NumericField depth_field(const FilmConfig& c) {
    return {"depth", {1, c.camera.height_px, c.camera.width_px}, "m", {0, kFarthest_m}, true, false, {}};
}
// A unit vector rounded to float may exceed 1 by an ulp.
NumericField normal_field(const FilmConfig& c) {
    return {"normal", {3, c.camera.height_px, c.camera.width_px}, "1", {-1.00001, 1.00001}, false, false, {}};
}
NumericField bm_field(const FilmConfig& c) {
    return {"bm", {2, c.film.bm_height_px, -1}, "1", {-1, 1}, true, true, {}};
}

Json camera_json(const optics::Camera& camera) {
    const Mat3d r = camera.pose.rotation.transposed();
    const Vec3d t = -(r * camera.pose.translation_m);
    Json world_to_camera = Json::array();
    for (int i = 0; i < 3; ++i) world_to_camera.push_back({r.rows[i].x, r.rows[i].y, r.rows[i].z, t[i]});
    return {
        {"K", {{camera.fx_px, 0.0, camera.cx_px}, {0.0, camera.fy_px, camera.cy_px}, {0.0, 0.0, 1.0}}},
        {"world_to_camera", world_to_camera},
        {"k1", camera.k1},
        {"k2", camera.k2},
        {"k3", camera.k3},
        {"p1", camera.p1},
        {"p2", camera.p2},
        {"width_px", camera.width_px},
        {"height_px", camera.height_px},
        {"aperture_radius_m", camera.aperture_radius_m},
        {"aperture_blades", camera.aperture_blades},
        {"turn_rad_per_s",
         {camera.motion.turn_rad_per_s.x, camera.motion.turn_rad_per_s.y, camera.motion.turn_rad_per_s.z}},
        {"exposure_s", camera.motion.exposure_s},
        {"readout_s", camera.motion.readout_s},
        {"focus_distance_m", camera.focus_distance_m}};
}

double mean_of(const Image& image) {
    double sum = 0;
    for (const float value : image.values<float>()) sum += double(value);
    return sum / double(image.value_count());
}

/// How far the layers, each gathered by itself, are from the picture in the worst pixel: the difference over
/// the pixel's value plus the picture's mean.
double layers_closure(const path::RenderOutput& light) {
    const auto all = light.radiance.values<float>(), t = light.transmitted.values<float>(),
               r = light.reflected.values<float>(), d = light.diffuse.values<float>(),
               rest = light.rest.values<float>();
    const double mean = mean_of(light.radiance);
    double worst = 0;
    for (size_t k = 0; k < all.size(); ++k) {
        const double sum = double(t[k]) + double(r[k]) + double(d[k]) + double(rest[k]);
        worst = std::max(worst, std::abs(sum - double(all[k])) / (double(all[k]) + mean + 1e-30));
    }
    return worst;
}

/// Root mean square of the standard errors, each over the pixel's value plus the picture's mean.
double relative_noise(const path::RenderOutput& light) {
    const auto all = light.radiance.values<float>(), variance = light.variance.values<float>();
    const double mean = mean_of(light.radiance);
    double sum = 0;
    for (size_t k = 0; k < all.size(); ++k)
        sum += double(variance[k]) / std::pow(double(all[k]) + mean + 1e-30, 2);
    return std::sqrt(sum / double(all.size()));
}

std::string meta(const FilmConfig& config, const FilmRecipe& recipe, const FilmShot& shot,
                 const std::string& split) {
    Json json;
    json["viewing"] = shot.viewing;
    json["spp"] = config.render.spp;
    json["denoise"] = config.render.denoise;
    json["camera"] = camera_json(shot.camera);

    // Two decimals of a pixel: meta.json has room for 64 kB.
    const auto rounded = [](double x) { return std::round(100 * x) / 100; };
    Json panels = Json::array();
    for (size_t k = 0; k < shot.sheet->panels_info.size(); ++k) {
        const Panel& p = shot.sheet->panels_info[k];
        const SeenBox& seen = shot.panels_seen.at(k);
        Json corners = Json::array();
        for (const Vec2d px : seen.corners_px) corners.push_back({rounded(px.x), rounded(px.y)});
        Json panel = {{"left_px", p.left_px},
                      {"top_px", p.top_px},
                      {"width_px", p.width_px},
                      {"height_px", p.height_px},
                      {"scout", p.scout},
                      {"slice", p.slice},
                      {"window_center_hu", p.window_center_hu},
                      {"window_width_hu", p.window_width_hu},
                      {"magnification", p.magnification}};
        if (k < kMostQuads) {
            panel["photo_quad_px"] = corners;
            panel["photo_quad_visible"] = seen.visible;
            panel["visible_share"] = seen.visible_share;
        }
        panels.push_back(std::move(panel));
    }
    // Left, top, right, bottom in flat texels; what meta.json has no room for is counted.
    Json text = Json::array();
    size_t content_bytes = panels.dump().size(), text_left_out = 0;
    for (const TextLine& t : shot.sheet->text) {
        Json line = {t.text, rounded(t.left), rounded(t.top), rounded(t.right), rounded(t.bottom)};
        content_bytes += line.dump().size() + 1;
        if (content_bytes > kMostContentBytes)
            ++text_left_out;
        else
            text.push_back(std::move(line));
    }
    json["film"] = {{"size_m", {shot.sheet->width_m, shot.sheet->height_m}},
                    {"panels", panels},
                    {"text", text},
                    {"text_left_out", text_left_out}};

    json["self_check"] = {{"ssim", shot.check.windows > 0 ? Json(shot.check.ssim) : Json()},
                          {"mean_error", shot.check.windows > 0 ? Json(shot.check.mean_error) : Json()},
                          {"windows", shot.check.windows},
                          {"texel_step", shot.check.texel_step}};

    const path::RenderOutput& light = shot.rendered;
    if (light.transmitted.channels > 0) json["layers"] = {{"closure", layers_closure(light)}};
    if (light.variance.channels > 0) json["noise"] = {{"relative_rms", relative_noise(light)}};

    const physics::ShapeReport& shape = shot.settled.report;
    json["scenario"] = {{"name", shot.settled.recipe.name},
                        {"strain_p99", shape.strain_p99},
                        {"strain_max", shape.strain_max},
                        {"angle_defect_rms_deg", shape.angle_defect_rms_deg},
                        {"largest_curvature_per_m", shape.largest_curvature_per_m},
                        {"crossings", shape.crossings},
                        {"penetration_m", shape.penetration_m},
                        {"rms_speed_m_per_s", shape.rms_speed_m_per_s},
                        {"redrawn", shape.redraws}};
    Json scenario_numbers = Json::object();
    for (const auto& [name, value] : shot.settled.recipe.parameters) scenario_numbers[name] = value;
    Json below = Json::array();
    for (const StackedFilm& film : shot.below) below.push_back(record(film));
    const PhotoPlace& place = recipe.place;
    const auto name = [](const SampleKey& key) { return shard::sample_name("film", key.index); };
    json["group"] = {{"photos", config.group.photos()},
                     {"photo", place.photo},
                     {"view", place.view},
                     {"light", place.light},
                     {"frame", place.frame},
                     {"time_s", place.time_s},
                     {"first", name(place.film)},
                     {"flow_to", name(place.next)}};
    const path::FilmMaterial& o = recipe.optics;
    const Json recipe_json = {{"scenario", scenario_numbers},
                              {"sheet", record(recipe.sheet)},
                              {"films_below", below},
                              {"framing", record(shot.framing)},
                              {"framings_redrawn", shot.framings_redrawn},
                              {"stage", record(recipe.stage)},
                              {"sensor", record(recipe.sensor)},
                              {"camera_jpeg_quality", recipe.camera_jpeg_quality},
                              {"camera_jpeg_chroma", recipe.camera_jpeg_chroma},
                              {"exposure_gain", shot.sensor.gain},
                              {"transport_seed", recipe.transport_seed},
                              {"optics",
                               {{"refractive_index", o.refractive_index},
                                {"callier_q", o.callier_q},
                                {"forward_alpha", o.forward_alpha},
                                {"diffuse_fraction", o.diffuse_fraction},
                                {"haze", o.haze},
                                {"roughness_image_side", o.roughness_front},
                                {"roughness_back_side", o.roughness_back},
                                {"ripple_slope", o.orange_peel.slope_rms},
                                {"ripple_wavelength_m", o.orange_peel.wavelength_m},
                                {"ripple_seed", o.orange_peel.seed},
                                {"fingerprints", o.fingerprints.count},
                                {"fingerprint_roughness", o.fingerprints.roughness},
                                {"fingerprint_seed", o.fingerprints.seed}}}};
    const Json source = {{"volume", shot.source_id},
                         {"slices_left_out", shot.slices_left_out},
                         {"environment", shot.environment_id},
                         {"tabletop", shot.tabletop_id}};
    return shard::make_meta({"film", split, config.dataset.name, recipe.key}, recipe_json.dump(),
                            source.dump(), json.dump());
}

}  // namespace

std::vector<FieldSpec> film_fields(const FilmConfig& c) {
    const shard::Profile profile = shard::parse_profile(c.dataset.profile);
    const int h = c.camera.height_px, w = c.camera.width_px, flat = c.film.sheet.flat_height_px;
    FieldSpec hu;
    hu.name = "hu";
    hu.extension = profile == shard::Profile::Gz ? "npy.gz" : "npy";
    hu.type = PixelType::I16;
    hu.shape = {1, flat, -1};
    hu.unit = "HU";
    hu.invalid = "-32768";
    FieldSpec depth = spec_of(depth_field(c), profile);
    depth.invalid = "0";  // beside the film, which is never so near
    FieldSpec meta;
    meta.name = "meta";
    meta.extension = "json";
    std::vector<FieldSpec> specs = {picture_spec("photo", c.camera.encoding, h, w, 3),
                                    picture_spec("albedo", "png", h, w, 3),
                                    picture_spec("mask", "png", h, w, 1),
                                    spec_of(uv_field(c), profile),
                                    spec_of(wc_field(c), profile),
                                    depth,
                                    spec_of(normal_field(c), profile),
                                    spec_of(bm_field(c), profile),
                                    picture_spec("flat", "png", flat, -1, 3),
                                    hu};
    const std::vector<FieldSpec> optional = optional_fields(c);
    specs.insert(specs.end(), optional.begin(), optional.end());
    specs.push_back(meta);
    return specs;
}

std::vector<Field> film_members(const FilmConfig& config, const FilmRecipe& recipe, const FilmShot& shot,
                                const std::string& split) {
    const std::vector<FieldSpec> specs = film_fields(config);
    NdArray hu;
    hu.type = PixelType::I16;
    hu.shape = {1, shot.sheet->hu.height_px, shot.sheet->hu.width_px};
    hu.bytes = shot.sheet->hu.bytes;
    std::vector<Field> fields;
    if (config.camera.encoding == "jpg")
        fields.push_back({"photo", "jpg", shard::encode_jpg(shot.photo, config.camera.jpeg_quality)});
    else
        fields.push_back({"photo", "png", shot.photo});
    fields.push_back({"albedo", "png", picture::srgb_u8_from_linear(shot.maps.albedo)});
    fields.push_back({"mask", "png", shot.maps.mask});
    fields.push_back(stored(uv_field(config), config, shot.maps.uv));
    fields.push_back(stored(wc_field(config), config, shot.maps.wc_m));
    fields.push_back(stored(depth_field(config), config, shot.maps.depth_m));
    fields.push_back(stored(normal_field(config), config, shot.maps.normal));
    fields.push_back(stored(bm_field(config), config, shot.bm));
    fields.push_back({"flat", "png", shot.sheet->flat});
    fields.push_back({"hu", specs[9].extension, std::move(hu)});
    for (Field& field : optional_values(config, recipe, shot)) fields.push_back(std::move(field));
    fields.push_back({"meta", "json", meta(config, recipe, shot, split)});
    return fields;
}

}  // namespace radforge::film
