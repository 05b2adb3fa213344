// SPDX-License-Identifier: Apache-2.0
#include "render/path/material.h"

#include "synth/base/dist.h"
#include "synth/base/error.h"

#include <cmath>
#include <string>

namespace radforge::path {

namespace {

void require(const std::string& name, double value, Range<double> range) {
    if (!range.contains(value))
        throw Error(ErrorKind::BadData, "number out of range")
            .where(name)
            .got(std::to_string(value))
            .expected(std::to_string(range.lo) + ".." + std::to_string(range.hi));
}

void require(const std::string& name, Vec3f value, Range<double> range) {
    for (int i = 0; i < 3; ++i) require(name, double(value[i]), range);
}

}  // namespace

std::shared_ptr<const Texture> film_print(const Image& t) {
    if (t.channels != 3 || (t.type != PixelType::F32 && t.type != PixelType::U16))
        throw Error(ErrorKind::BadData, "film transmittance has another form")
            .where("film.transmittance")
            .got(std::to_string(t.channels) + " channels")
            .expected("f32 or u16 [H,W,3]");
    if (t.type == PixelType::F32)
        for (const float v : t.values<float>())
            if (!(v >= 0 && v <= 1)) require("film.transmittance", double(v), {0, 1});
    return std::make_shared<const Texture>(t, Wrap::Clamp);
}

void FilmMaterial::validate() const {
    require("optics.refractive_index", refractive_index, kRefractiveIndex);
    require("optics.callier_q", callier_q, kCallierQ);
    require("optics.forward_alpha", forward_alpha, kForwardAlpha);
    require("optics.diffuse_fraction", diffuse_fraction, {0, 1});
    require("optics.haze", haze, kHaze);
    require("optics.roughness_image_side", roughness_front, kRoughness);
    require("optics.roughness_back_side", roughness_back, kRoughness);
    require("optics.ripple_wavelength_m", orange_peel.wavelength_m, OrangePeel::kWavelength_m);
    require("optics.ripple_slope", orange_peel.slope_rms, OrangePeel::kSlope);
    require("optics.fingerprints", double(fingerprints.count),
            {double(Fingerprints::kCount.lo), double(Fingerprints::kCount.hi)});
    require("optics.fingerprint_roughness", fingerprints.roughness, kRoughness);
    require("optics.fingerprints.haze", fingerprints.haze, {0, 0.1});
}

void LambertMaterial::validate() const {
    require("albedo", albedo, {0, 1});
    require("coat.refractive_index", coat.refractive_index, {1, 3});
    require("coat.roughness", coat.roughness, kRoughness);
    require("uv_scale", uv_scale.x, {-1e4, 1e4});
    require("uv_scale", uv_scale.y, {-1e4, 1e4});
    require("uv_rotation_rad", uv_rotation_rad, {-100, 100});
    require("uv_offset", uv_offset.x, {-1e4, 1e4});
    require("uv_offset", uv_offset.y, {-1e4, 1e4});
}

void PanelLight::validate() const {
    for (int i = 0; i < 3; ++i) {
        require("panel.corner_m", corner_m[i], {-1e3, 1e3});
        require("panel.edge_u_m", edge_u_m[i], {-1e3, 1e3});
        require("panel.edge_v_m", edge_v_m[i], {-1e3, 1e3});
    }
    require("panel.radiance", radiance, {0, 1e9});
    require("panel.albedo", albedo, {0, 1});
    require("panel.edge_falloff", edge_falloff, {0, 0.9});
    require("panel.flicker_depth", flicker_depth, {0, 0.9});
    require("panel.flicker_hz", flicker_hz, {0, 1e4});
    require("panel.flicker_turns", flicker_turns, {-1, 1});
    const double u = length(edge_u_m), v = length(edge_v_m);
    if (!(u > 1e-6 && v > 1e-6)) throw Error(ErrorKind::BadData, "panel has no area").where("panel.edge_u_m");
    if (std::fabs(dot(edge_u_m, edge_v_m)) > 1e-5 * u * v)
        throw Error(ErrorKind::BadData, "panel edges are not at right angles").where("panel.edge_v_m");
}

}  // namespace radforge::path
