// SPDX-License-Identifier: Apache-2.0
/// What surfaces are made of, as plain numbers: printed film, opaque things, luminous panels.
#pragma once
#include "render/path/texture.h"
#include "synth/base/dist.h"
#include "synth/base/image.h"
#include "synth/base/vec.h"

#include <cstdint>
#include <memory>

namespace radforge::path {

inline constexpr Range kRoughness{0.001, 1.0};  ///< GGX alpha

/// Low-frequency waviness of the film's gloss, seen as wobble in mirror images; a gaussian random slope
/// field.
struct OrangePeel {
    static constexpr Range kWavelength_m{0.001, 0.1}, kSlope{0.0, 0.1};
    double wavelength_m = 0.01;
    double slope_rms = 0.0;  ///< dz/dx; 0: off
    uint64_t seed = 0;
};

/// Grease of fingers on the faces: oval whorls of ridges, where light meets a rougher, hazier film. They
/// change no density. Strewn over the sheet by the seed, most of them near its edges, where it is held.
struct Fingerprints {
    static constexpr Range kCount{0, 64};
    int count = 0;           ///< 0: off
    double roughness = 0.2;  ///< GGX alpha of both faces under grease, in kRoughness
    double haze = 0.02;      ///< added to the film's, 0..0.1
    uint64_t seed = 0;
};

/// A printed film as one surface with two sides. Side A carries the image layer: it is the side from which
/// the texture reads unmirrored (u right, v down), whatever the winding of the mesh. Model: bsdf_film.cpp.
struct FilmMaterial {
    /// f32 or u16 [H,W,3] linear transmittance 10^-D per channel as a diffuse densitometer reads it at normal
    /// incidence, surface losses and base tint included; row 0 at v = 0; f32 in [0,1], u16 in 0..65535 =
    /// [0,1]. Where D lies below the loss of a clear slab (0.051 at n = 1.64) the film is that clear slab;
    /// above D = 4.6, beyond any printer, it is 4.6.
    Image transmittance;
    std::shared_ptr<const Texture> print;  ///< film_print(transmittance), which is not looked at then
    static constexpr Range kRefractiveIndex{1.01, 3.0}, kCallierQ{1.0, 3.0}, kForwardAlpha{0.02, 1.0},
        kHaze{0.0, 0.2};
    double refractive_index = 1.64;
    double callier_q = 1.08;        ///< specular over diffuse density; 1: no scatter
    double forward_alpha = 0.3;     ///< GGX width of the light scattered by the image
    double diffuse_fraction = 0.3;  ///< share of the scattered light that is Lambertian, 0..1
    double haze = 0.01;             ///< share scattered forward by the base, and as much backward
    double roughness_front = 0.03;  ///< GGX alpha of side A, in kRoughness
    double roughness_back = 0.03;   ///< GGX alpha of side B
    OrangePeel orange_peel;
    Fingerprints fingerprints;

    /// @throws Error when a number leaves its range
    void validate() const;
};

/// The texture of FilmMaterial::transmittance; several scenes may share it.
/// @throws Error when a value leaves its range or the image has another form
std::shared_ptr<const Texture> film_print(const Image& transmittance);

/// Smooth dielectric-like gloss over a diffuse surface.
struct Coat {
    double refractive_index = 1.5;  ///< 1 (no coat)..3
    double roughness = 0.2;         ///< GGX alpha, in kRoughness
};

/// Opaque surface, the same on both sides.
struct LambertMaterial {
    Vec3f albedo{0.5f, 0.5f, 0.5f};          ///< linear reflectance [0,1]; multiplies the texture
    std::shared_ptr<const Texture> texture;  ///< linear reflectance in [0,1], repeated; null: constant
    Vec2d uv_scale{1, 1};                    ///< repeats of the texture per unit of the mesh's uv
    double uv_rotation_rad = 0;
    Vec2d uv_offset{0, 0};
    Coat coat{1.0, 0.2};

    void validate() const;
};

/// A luminous rectangle, e.g. a light-box: diffuse emitter on one side, black on the other.
/// Corners: corner, corner + edge_u, corner + edge_v, ...; light leaves along edge_u x edge_v.
struct PanelLight {
    Vec3d corner_m;
    Vec3d edge_u_m{1, 0, 0}, edge_v_m{0, 1, 0};  ///< at right angles
    Vec3f radiance{1, 1, 1};                     ///< at the centre, linear, relative W/(m^2 sr)
    double edge_falloff = 0;  ///< radiance drops with the squared distance from the centre by this share at
                              ///< the corners, 0..0.9
    Vec3f albedo{0, 0, 0};    ///< diffuse reflectance of the front, [0,1]
    /// Lamps on mains current: radiance times 1 + depth sin(2 pi (hz t + turns)). depth 0..0.9
    double flicker_depth = 0, flicker_hz = 100, flicker_turns = 0;

    void validate() const;
};

}  // namespace radforge::path
