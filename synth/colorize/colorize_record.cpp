// SPDX-License-Identifier: Apache-2.0
#include "synth/colorize/colorize_record.h"

#include "synth/shard/meta.h"
#include "synth/shard/quantise.h"

#include <nlohmann/json.hpp>

namespace radforge::colorize {
namespace {

using Json = nlohmann::json;  // keys sorted
using shard::NumericField;
using shard::Profile;

NumericField contour_field(const ContourConfig& config, int64_t size_px) {
    return {"contour", {config.mode == "two" ? 2 : 1, size_px, size_px}, "1", {0, 1}, false, false, {}};
}

FieldSpec picture_spec(const char* name, int64_t size_px, int64_t channels) {
    FieldSpec spec;
    spec.name = name;
    spec.extension = "png";
    spec.type = PixelType::U8;
    spec.shape = {size_px, size_px, channels};
    return spec;
}

FieldSpec hu_spec(Profile profile, int64_t size_px) {
    FieldSpec spec;
    spec.name = "ct";
    spec.extension = profile == Profile::Gz ? "npy.gz" : "npy";
    spec.type = PixelType::I16;
    spec.shape = {1, size_px, size_px};
    spec.unit = "HU";
    return spec;
}

/// [H,W,C] to [C,H,W].
std::vector<float> planes(const Image& image) {
    const Span<const float> from = image.values<float>();
    const size_t channels = size_t(image.channels), pixels = from.size() / channels;
    std::vector<float> to(from.size());
    for (size_t i = 0; i < pixels; ++i)
        for (size_t k = 0; k < channels; ++k) to[k * pixels + i] = from[i * channels + k];
    return to;
}

Json scan_json(const ScanRecipe& scan) {
    Json rings = Json::array(), streaks = Json::array();
    for (const Ring& r : scan.rings)
        rings.push_back({{"radius_px", r.radius_px}, {"height_hu", r.height_hu}});
    for (const Streak& s : scan.streaks)
        streaks.push_back({{"row_px", s.row_px},
                           {"column_px", s.column_px},
                           {"heading_rad", s.heading_rad},
                           {"height_hu", s.height_hu}});
    return {
        {"noise_hu", scan.noise_hu}, {"noise_seed", scan.noise_seed}, {"rings", rings}, {"streaks", streaks}};
}

Json photo_json(const PhotoRecipe& photo) {
    return {{"ramp_counts", photo.ramp_counts},
            {"ramp_heading_rad", photo.ramp_heading_rad},
            {"noise_counts", photo.noise_counts},
            {"noise_seed", photo.noise_seed}};
}

}  // namespace

std::string body_part_name(BodyPart part) {
    constexpr const char* kNames[] = {"unknown", "head", "neck", "chest", "abdomen", "pelvis", "extremity"};
    return kNames[size_t(part)];
}

std::vector<FieldSpec> colorize_fields(const std::string& profile_name, const ContourConfig& contour,
                                       int size_px) {
    const Profile profile = shard::parse_profile(profile_name);
    FieldSpec text;
    text.name = "meta";
    text.extension = "json";
    return {hu_spec(profile, size_px),
            picture_spec("rgb", size_px, 3),
            picture_spec("mask", size_px, 1),
            picture_spec("labels", size_px, 1),
            shard::spec_of(contour_field(contour, size_px), profile),
            text};
}

std::vector<Field> picture_members(const std::string& profile_name, const ContourConfig& contour, int size_px,
                                   const SectionPair& pair) {
    const Profile profile = shard::parse_profile(profile_name);
    const int64_t h = pair.ct.height_px, w = pair.ct.width_px;
    const FieldSpec ct = hu_spec(profile, size_px);
    return {{"ct", ct.extension, NdArray{PixelType::I16, {1, h, w}, pair.ct.bytes}},
            {"rgb", "png", pair.rgb},
            {"mask", "png", pair.mask},
            {"labels", "png", pair.labels},
            shard::store(contour_field(contour, size_px), profile, planes(pair.contour),
                         {pair.contour.channels, h, w})};
}

std::vector<Field> colorize_members(const ColorizeConfig& config, const ColorizeRecipe& recipe,
                                    const SectionPair& pair, const std::string& source_id,
                                    const std::string& split) {
    const bool phantom = pair.origin == "phantom";
    std::vector<Field> members =
        picture_members(config.dataset.profile, config.contour, phantom ? config.phantom.size_px : -1, pair);
    Json drawn = {
        {"slice", recipe.slice}, {"texture_seed", recipe.texture_seed}, {"photo", photo_json(recipe.photo)}};
    if (phantom) drawn["scan"] = scan_json(recipe.scan);
    const Json more = {{"origin", pair.origin},
                       {"body_part", body_part_name(pair.body_part)},
                       {"pixel_mm", pair.pixel_mm},
                       {"height_mm", pair.height_mm},
                       {"labels_by", phantom ? "phantom" : "classifier"},
                       {"contour", config.contour.mode},
                       {"padding_px", pair.padding_px}};
    members.push_back({"meta", "json",
                       shard::make_meta({"colorize", split, config.dataset.name, recipe.key}, drawn.dump(),
                                        Json{{"volume", source_id}}.dump(), more.dump())});
    return members;
}

}  // namespace radforge::colorize
