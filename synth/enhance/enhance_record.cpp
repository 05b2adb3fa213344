// SPDX-License-Identifier: Apache-2.0
#include "synth/enhance/enhance_record.h"

#include "synth/enhance/correction_maps.h"
#include "synth/shard/meta.h"
#include "synth/shard/quantise.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstring>

namespace radforge::enhance {
namespace {

using Json = nlohmann::json;  // keys sorted
using shard::NumericField;
using shard::Profile;

constexpr int kSizeStep_px = 8;

Profile profile_of(const EnhanceConfig& config) { return shard::parse_profile(config.dataset.profile); }

/// -1 where sizes are drawn.
int64_t side_of(const EnhanceConfig& config) {
    const Range<int> range = config.view.size_px.range();
    return range.lo == range.hi ? rounded_size_px(range.lo) : -1;
}

FieldSpec picture_spec(const EnhanceConfig& config, const char* name) {
    FieldSpec spec;
    spec.name = name;
    spec.extension = profile_of(config) == Profile::Gz ? "npy.gz" : "npy";
    spec.shape = {1, side_of(config), side_of(config)};
    spec.unit = "1/65535";
    spec.range = "[0, 65535]";
    if (profile_of(config) == Profile::F32) return spec.type = PixelType::F32, spec;
    spec.type = PixelType::I16;
    spec.offset = kStoredOffset;
    return spec;
}

NumericField maps_field(const EnhanceConfig& config) {
    const int64_t side = side_of(config) < 0 ? -1 : side_of(config) / kMapStep_px;
    return {"params", {4, side, side}, "1", {kBias.lo, kBias.hi}, true, false, {}};
}

Field picture(const EnhanceConfig& config, const char* name, const Image& image) {
    const FieldSpec spec = picture_spec(config, name);
    const Span<const uint16_t> values = image.values<uint16_t>();
    NdArray array{spec.type, {1, image.height_px, image.width_px}, {}};
    array.bytes.resize(values.size() * bytes_per_value(spec.type));
    if (spec.type == PixelType::F32) {
        std::vector<float> numbers(values.begin(), values.end());
        std::memcpy(array.bytes.data(), numbers.data(), array.bytes.size());
    } else {
        std::vector<int16_t> numbers(values.size());
        for (size_t i = 0; i < values.size(); ++i) numbers[i] = int16_t(int(values[i]) - kStoredOffset);
        std::memcpy(array.bytes.data(), numbers.data(), array.bytes.size());
    }
    return {spec.name, spec.extension, std::move(array)};
}

/// [h,w,4] to [4,h,w].
Field params(const EnhanceConfig& config, const Image& maps) {
    const Span<const float> in = maps.values<float>();
    const size_t plane = in.size() / 4;
    std::vector<float> planar(in.size());
    for (size_t i = 0; i < plane; ++i)
        for (size_t k = 0; k < 4; ++k) planar[k * plane + i] = in[4 * i + k];
    return shard::store(maps_field(config), profile_of(config), planar, {4, maps.height_px, maps.width_px});
}

Json shot_json(const Shot& s) {
    return {{"preset", s.preset},         {"size_px", s.size_px},   {"turn_rad", s.turn_rad},
            {"tilt_rad", s.tilt_rad},     {"roll_rad", s.roll_rad}, {"shift_across", s.shift_across},
            {"shift_down", s.shift_down}, {"field", s.field}};
}

Json degradation_json(const Degradation& d) {
    Json json = {{"gamma", d.gamma}, {"gain", d.gain},       {"offset", d.offset},
                 {"veil", d.veil},   {"heel", d.heel},       {"heel_heading_rad", d.heel_heading_rad},
                 {"noise", d.noise}, {"blur_px", d.blur_px}, {"collimated", d.collimated}};
    if (d.collimated)
        json["collimator"] = {
            {"top", d.top}, {"bottom", d.bottom}, {"left", d.left}, {"right", d.right}, {"border", d.border}};
    return json;
}

std::string meta(const EnhanceConfig& config, const EnhanceRecipe& r, const EnhancePair& pair,
                 const std::string& source_id, const std::string& split) {
    const Json recipe = {{"shot", shot_json(r.shot)},
                         {"degradation", degradation_json(r.degradation)},
                         {"equalisation",
                          {{"kappa", r.equalisation.kappa},
                           {"detail", r.equalisation.detail},
                           {"smoothing", r.equalisation.guided ? "guided" : "gaussian"}}}};
    const Json more = {{"field_mm", pair.field_mm},
                       {"white_line_integral", pair.white},
                       {"body_share", pair.body_share},
                       {"ideal_clipped_px", pair.ideal_clipped_px},
                       {"raw_clipped_px", pair.raw_clipped_px},
                       {"maps_clamped", pair.maps_clamped}};
    return shard::make_meta({"enhance", split, config.dataset.name, r.key}, recipe.dump(),
                            Json{{"volume", source_id}}.dump(), more.dump());
}

}  // namespace

int rounded_size_px(int size_px) {
    return std::max(64, (size_px + kSizeStep_px / 2) / kSizeStep_px * kSizeStep_px);
}

std::vector<FieldSpec> enhance_fields(const EnhanceConfig& config) {
    FieldSpec text;
    text.name = "meta";
    text.extension = "json";
    return {picture_spec(config, "raw"), picture_spec(config, "target"),
            shard::spec_of(maps_field(config), profile_of(config)), text};
}

std::vector<Field> enhance_members(const EnhanceConfig& config, const EnhanceRecipe& recipe,
                                   const EnhancePair& pair, const std::string& source_id,
                                   const std::string& split) {
    return {picture(config, "raw", pair.raw),
            picture(config, "target", pair.target),
            params(config, pair.maps),
            {"meta", "json", meta(config, recipe, pair, source_id, split)}};
}

}  // namespace radforge::enhance
