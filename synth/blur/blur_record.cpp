// SPDX-License-Identifier: Apache-2.0
#include "synth/blur/blur_record.h"

#include "synth/shard/codec.h"
#include "synth/shard/meta.h"
#include "synth/shard/quantise.h"

#include <nlohmann/json.hpp>

namespace radforge::blur {
namespace {

using Json = nlohmann::json;  // keys sorted
using shard::NumericField;
using shard::Profile;

Profile profile_of(const BlurConfig& config) { return shard::parse_profile(config.dataset.profile); }

int64_t side_of(const BlurConfig& config) { return config.crop.size_px > 0 ? config.crop.size_px : -1; }

/// Compat mode: DeblurGAN's stretched pictures.
NumericField stretched_field(const BlurConfig& config, const char* name) {
    return {name, {1, side_of(config), side_of(config)}, "1", {0, 1}, false, false, {}};
}

FieldSpec hu_spec(const BlurConfig& config, const char* name) {
    FieldSpec spec;
    spec.name = name;
    spec.extension = profile_of(config) == Profile::Gz ? "npy.gz" : "npy";
    spec.type = PixelType::I16;
    spec.shape = {1, side_of(config), side_of(config)};
    spec.unit = "HU";
    return spec;
}

NumericField psf_field(const BlurConfig& config) {
    const int64_t side = canvas_px(config.blur.center == "box" ? Centring::Box : Centring::Centroid);
    return {"psf", {config.blur.motion == "volume" ? -1 : 1, side, side}, "1", {0, 1}, true, false, {}};
}

Field picture(const BlurConfig& config, const char* name, const Image& image) {
    const std::vector<int64_t> shape = {1, image.height_px, image.width_px};
    if (image.type == PixelType::F32)
        return shard::store(stretched_field(config, name), profile_of(config), image.values<float>(), shape);
    const FieldSpec spec = hu_spec(config, name);
    return {spec.name, spec.extension, NdArray{PixelType::I16, shape, image.bytes}};
}

Json motion_json(const MotionRecipe& m) {
    return {{"anxiety", m.anxiety},
            {"centripetal", m.centripetal},
            {"impulse_rate", m.impulse_rate},
            {"shake", m.shake},
            {"heading_rad", m.heading_rad}};
}

std::string meta(const BlurConfig& config, const BlurRecipe& r, const BlurPair& pair,
                 const std::string& source_id, const std::string& split) {
    Json recipe = {{"slice", r.slice},
                   {"exposure", r.exposure},
                   {"rectilinear", r.rectilinear},
                   {"motion", motion_json(r.motion)},
                   {"crop",
                    {{"top_px", r.crop.top_px},
                     {"left_px", r.crop.left_px},
                     {"height_px", r.crop.height_px},
                     {"width_px", r.crop.width_px}}}};
    if (config.blur.motion == "volume") recipe["through_plane"] = motion_json(r.through_plane);
    Json more = {{"mode", config.blur.mode},
                 {"center", config.blur.center},
                 {"impulses", pair.impulses},
                 {"padding_px", pair.padding_px}};
    if (!r.window.empty()) {
        const film::Window window = film::window_preset(r.window);
        more["window"] = {{"name", r.window}, {"center_hu", window.center_hu}, {"width_hu", window.width_hu}};
    }
    return shard::make_meta({"blur", split, config.dataset.name, r.key}, recipe.dump(),
                            Json{{"volume", source_id}}.dump(), more.dump());
}

}  // namespace

std::vector<FieldSpec> blur_fields(const BlurConfig& config) {
    const auto spec = [&](const char* name) {
        return config.blur.mode == "linear"
                   ? hu_spec(config, name)
                   : shard::spec_of(stretched_field(config, name), profile_of(config));
    };
    FieldSpec text;
    text.name = "meta";
    text.extension = "json";
    return {spec("sharp"), spec("blurred"), shard::spec_of(psf_field(config), profile_of(config)), text};
}

std::vector<Field> blur_members(const BlurConfig& config, const BlurRecipe& recipe, const BlurPair& pair,
                                const std::string& source_id, const std::string& split) {
    const std::vector<int64_t> shape = {pair.psf.depth, pair.psf.side_px, pair.psf.side_px};
    return {picture(config, "sharp", pair.sharp),
            picture(config, "blurred", pair.blurred),
            shard::store(psf_field(config), profile_of(config), pair.psf.weights, shape),
            {"meta", "json", meta(config, recipe, pair, source_id, split)}};
}

}  // namespace radforge::blur
