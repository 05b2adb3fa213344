// SPDX-License-Identifier: Apache-2.0
#include "synth/xray/xray_record.h"

#include "synth/shard/codec.h"
#include "synth/shard/meta.h"
#include "synth/shard/quantise.h"

#include <nlohmann/json.hpp>

namespace radforge::xray {
namespace {

using Json = nlohmann::json;  // keys sorted
using shard::NumericField;
using shard::Profile;

constexpr double kLargestSignal = 1e15;

Profile profile_of(const XrayConfig& config) { return shard::parse_profile(config.dataset.profile); }

NumericField xray_field(const XrayConfig& config) {
    const int64_t side = config.image.size_px;
    return {"xray", {1, side, side}, "1", {0, 1}, false, false, {}};
}

/// Counts and logarithms span decades: float32 in every profile but for the window.
NumericField detector_field(const XrayConfig& config) {
    const int64_t side = config.image.size_px;
    const std::string& mode = config.detector.readout.mode;
    NumericField field{"detector", {1, side, side}, "1", {0, 1}, true, false, {}};
    if (mode == "window") field.always_float = false;
    if (mode == "signal") {
        field.unit = config.detector.panel.counting_part > 0 ? "keV or photons" : "keV";
        field.range = {-kLargestSignal, kLargestSignal};
    }
    if (mode == "log") field.range = {-50, 50};
    if (mode == "film") field.unit = "optical density", field.range = {0, 10};
    return field;
}

bool stored(const XrayConfig& config) { return config.volume.mode == "stored"; }

FieldSpec volume_spec(const XrayConfig& config) {
    const int64_t side = config.volume.size_vox;
    FieldSpec spec;
    spec.name = "volume";
    spec.extension = profile_of(config) == Profile::Gz ? "npy.gz" : "npy";
    spec.type = config.volume.type == "u8" ? PixelType::U8 : PixelType::I16;
    spec.shape = {side, side, side};
    spec.scale = config.volume.type == "u8" ? 1. / 255 : 1. / 32767;
    spec.unit = "1";
    spec.range = "[0, 1]";
    return spec;
}

Json json_of(Vec3d v) { return {v.x, v.y, v.z}; }

Json view_json(const ViewRecipe& v) {
    Json json = {{"source_direction", json_of(v.source_direction)},
                 {"roll_deg", v.roll_deg},
                 {"field", v.field},
                 {"mirrored", v.mirrored}};
    if (!v.radiograph.empty()) {
        json["radiograph"] = v.radiograph;
        json["turn_deg"] = v.turn_deg;
        json["tilt_deg"] = v.tilt_deg;
        json.erase("source_direction");
    }
    if (v.source_detector_mm > 0) {
        json["source_center_mm"] = v.source_center_mm;
        json["source_detector_mm"] = v.source_detector_mm;
    }
    return json;
}

Json tube_json(const DetectorRecipe& d) {
    Json json = {{"anode_angle_deg", d.tube.anode_angle_deg}, {"photons_per_pixel", d.photons_per_pixel}};
    if (d.monochromatic) {
        json["energy_kev"] = d.energy_kev;
    } else {
        json["kvp"] = d.tube.kvp;
        json["aluminium_mm"] = d.tube.aluminium_mm;
        json["copper_mm"] = d.tube.copper_mm;
    }
    return json;
}

/// Stages that are absent have no entry.
Json detector_json(const XrayConfig& config, const DetectorRecipe& d) {
    Json json = {{"tube", tube_json(d)}};
    if (d.heel)
        json["heel"] = {{"depth_um", d.heel_depth_um}, {"anode_right", d.anode.x}, {"anode_down", d.anode.y}};
    if (d.collimator_width)
        json["collimator"] = {
            {"width", *d.collimator_width}, {"height", *d.collimator_height}, {"penumbra_mm", d.penumbra_mm}};
    if (d.focal_spot_mm) json["focal_spot_mm"] = *d.focal_spot_mm;
    if (d.scatter)
        json["scatter"] = {{"amplitude", d.scatter->amplitude},
                           {"narrow_mm", d.scatter->narrow_sigma_mm},
                           {"wide_mm", d.scatter->wide_sigma_mm},
                           {"wide_share", d.scatter->wide_share}};
    if (d.grid)
        json["grid"] = {{"primary", d.grid->primary_transmission}, {"scatter", d.grid->scatter_transmission}};
    if (d.scintillator) {
        json["scintillator"] = {{"thickness_mm", d.scintillator->thickness_mm},
                                {"counting", d.scintillator->counting},
                                {"narrow_mm", d.scintillator->narrow_sigma_mm},
                                {"wide_mm", d.scintillator->wide_sigma_mm},
                                {"wide_share", d.scintillator->wide_share}};
        if (!d.scintillator->counting) json["scintillator"]["swank"] = d.scintillator->swank;
    }
    if (d.noise) json["electronic_kev"] = d.noise->electronic_kev;
    if (config.detector.readout.mode == "window") json["window"] = {{"low", d.low}, {"high", d.high}};
    if (config.detector.readout.mode == "film")
        json["film"] = {{"gamma", d.film.gamma}, {"exposure", d.film_exposure}};
    return json;
}

Json spectrum_json(const DetectorRecipe& d) {
    const Spectrum spectrum = d.monochromatic ? monochromatic(d.energy_kev) : tube_spectrum(d.tube);
    Json json = {{"mean_kev", spectrum.mean_kev()}};
    if (!d.monochromatic) json["half_value_layer_mm_al"] = spectrum.half_value_layer_mm_al();
    return json;
}

Json geometry_json(const XrayConfig& config, const XrayShot& shot, const ViewRecipe& view) {
    Json json = {{"beam", config.view.geometry},
                 {"field_mm", view.field * shot.volume->cube.edge_mm},
                 {"pixel_mm", length(shot.view.column_step_mm)}};
    if (view.source_detector_mm > 0) {
        json["source_center_mm"] = view.source_center_mm;
        json["source_detector_mm"] = view.source_detector_mm;
    }
    return json;
}

std::string meta(const XrayConfig& config, const XrayRecipe& r, const XrayShot& shot,
                 const std::string& split) {
    const PreparedVolume& volume = *shot.volume;
    Json recipe = {{"volume", r.place.volume}, {"view_number", r.place.view}, {"view", view_json(r.view)}};
    if (r.detector) recipe["detector"] = detector_json(config, *r.detector);
    const Vec3d away = cube_axes().transposed() * view_axes(shot.view).column(2);
    Json more = {{"species", volume.name.species},
                 {"individual", volume.name.individual},
                 // The beam's reverse, by the middle of the image: x to the patient's left, y to the head, z
                 // to the front.
                 {"direction", json_of({-away.x, away.y, away.z})},
                 {"roll_deg", r.view.roll_deg},
                 {"mirror", r.place.mirrored ? config.view.mirror : "none"},
                 {"chi", config.image.chi},
                 {"method", config.projector.method},
                 {"geometry", geometry_json(config, shot, r.view)},
                 {"clipped_px", shot.clipped_px},
                 {"volume_edge_mm", volume.cube.edge_mm},
                 {"cube_from_view", cube_from_view_4x4(shot.cube_from_view)}};
    if (config.projector.method == "march") more["step"] = 1. / config.projector.march_steps;
    if (!volume.name.common.empty()) more["likeness"] = volume.name.common;
    if (!r.view.radiograph.empty()) more["radiograph"] = r.view.radiograph;
    if (!stored(config))
        more["volume_file"] = {{"file", volume_file(volume.name)}, {"sha256", volume.cube_sha256}};
    if (r.detector) {
        more["spectrum"] = spectrum_json(*r.detector);
        more["dose"] = {{"photons_per_pixel", r.detector->photons_per_pixel}};
        more["readout"] = {{"mode", config.detector.readout.mode}, {"clipped_px", shot.detector->clipped_px}};
    }
    return shard::make_meta({"xray", split, config.dataset.name, r.key}, recipe.dump(),
                            Json{{"volume", volume.name.id},
                                 {"padding_voxels", volume.padding_voxels},
                                 {"clamped_voxels", volume.clamped_voxels},
                                 {"slices_left_out", volume.slices_left_out},
                                 {"gaps", volume.gaps}}
                                .dump(),
                            more.dump());
}

}  // namespace

std::string volume_file(const VolumeName& name) { return "volumes/" + name.id + ".npy"; }

std::vector<FieldSpec> xray_fields(const XrayConfig& config) {
    std::vector<FieldSpec> fields = {shard::spec_of(xray_field(config), profile_of(config))};
    if (stored(config)) fields.push_back(volume_spec(config));
    if (config.detector.enabled) fields.push_back(shard::spec_of(detector_field(config), profile_of(config)));
    FieldSpec text;
    text.name = "meta";
    text.extension = "json";
    fields.push_back(text);
    return fields;
}

std::vector<Field> xray_members(const XrayConfig& config, const XrayRecipe& recipe, XrayShot shot,
                                const std::string& split) {
    const std::vector<int64_t> shape = {1, shot.opacity.height_px, shot.opacity.width_px};
    std::vector<Field> fields = {
        shard::store(xray_field(config), profile_of(config), shot.opacity.values<float>(), shape)};
    if (stored(config)) {
        const FieldSpec spec = volume_spec(config);
        fields.push_back({spec.name, spec.extension, std::move(shot.density)});
    }
    if (shot.detector)
        fields.push_back(shard::store(detector_field(config), profile_of(config),
                                      shot.detector->image.values<float>(), shape));
    fields.push_back({"meta", "json", meta(config, recipe, shot, split)});
    return fields;
}

}  // namespace radforge::xray
