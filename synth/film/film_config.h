// SPDX-License-Identifier: Apache-2.0
/// Everything that decides the pixels of a film dataset, as ranges; draw() turns it into the plain numbers of
/// a recipe.
#pragma once
#include "physics/physics_config.h"
#include "render/optics/tone.h"
#include "render/path/integrator.h"
#include "render/path/material.h"
#include "synth/base/dist.h"
#include "synth/config/schema.h"
#include "synth/dataset_config.h"
#include "synth/film/photo_group.h"
#include "synth/film/sheet_config.h"

#include <string>
#include <vector>

namespace radforge::film {

/// The photographer: view, lens and what the camera makes of the light.
struct CameraConfig {
    int width_px = 448, height_px = 448;
    std::string encoding = "png";
    int jpeg_quality = 92;
    Dist<double> focal_length_35mm = Dist<double>::uniform(24, 50);
    Dist<double> yaw_deg = Dist<double>::normal(0, 16, -50, 50);
    Dist<double> pitch_deg = Dist<double>::normal(0, 12, -40, 40);
    Dist<double> roll_deg = Dist<double>::normal(0, 5, -25, 25);
    Dist<double> coverage = Dist<double>::uniform(0.7, 0.94);
    Dist<double> shift = Dist<double>::uniform(-1, 1);
    Dist<double> k1 = Dist<double>::normal(0, 0.03, -0.1, 0.1);
    Dist<double> k2 = Dist<double>::normal(0, 0.01, -0.03, 0.03);
    Dist<double> tangential = Dist<double>::normal(0, 0.0005, -0.002, 0.002);
    Dist<double> f_number = Dist<double>(0.0);
    Dist<int> aperture_blades = Dist<int>::uniform(5, 9);
    Dist<double> shake_deg_per_s = Dist<double>::normal(0, 1, -5, 5);
    Dist<double> exposure_s = Dist<double>::log_uniform(0.002, 0.04);
    Dist<double> readout_s = Dist<double>::uniform(0.008, 0.03);
    Dist<double> exposure_ev = Dist<double>::normal(0, 0.4, -1, 1);
    Dist<double> full_well_e = Dist<double>::log_uniform(8e3, 4e5);
    Dist<double> read_noise_e = Dist<double>::uniform(1.5, 4);
    Dist<double> vignetting = Dist<double>::uniform(0, 0.35);
    Dist<double> white_balance_error_k = Dist<double>::normal(0, 200, -600, 600);
    Dist<double> highlight_share = Dist<double>::log_uniform(0.01, 0.35);
    Dist<double> contrast = Dist<double>::uniform(1.0, 1.5);
    Dist<double> row_noise_e = Dist<double>::uniform(0, 1);
    Dist<double> crosstalk = Dist<double>::uniform(0, 0.6);
    double mosaic_share = 0.5;
    Dist<double> denoise_px = Dist<double>::uniform(0, 1.2);
    Dist<double> local_tone = Dist<double>::uniform(0, 0.15);
    Dist<double> sharpen = Dist<double>::uniform(0, 0.8);
    Dist<double> sharpen_px = Dist<double>::uniform(0.5, 1.5);
    double jpeg_share = 0.5;
    Dist<int> camera_jpeg_quality = Dist<int>::uniform(75, 95);
    Weights camera_jpeg_chroma{{{"4:2:0", 4}, {"4:4:4", 1}}};

    template <class V>
    void visit(V& v) {
        v("width_px", width_px, "px", Range{16, 16384}, "width of the photo and of all its maps");
        v("height_px", height_px, "px", Range{16, 16384}, "height of the photo and of all its maps");
        v("encoding", encoding, Options{"png", "jpg"}, "how the photo is stored");
        v("jpeg_quality", jpeg_quality, "", Range{1, 100}, "quality of a jpg photo");
        v("focal_length_35mm", focal_length_35mm, "mm", Range{12., 200.}, "35 mm equivalent focal length");
        v("yaw_deg", yaw_deg, "deg", Range{-70., 70.}, "camera to the side of the film's normal");
        v("pitch_deg", pitch_deg, "deg", Range{-70., 70.}, "camera above the film's normal");
        v("roll_deg", roll_deg, "deg", Range{-180., 180.}, "rotation about the view axis");
        v("coverage", coverage, "", Range{0.1, 0.98}, "part of the frame's side that the film spans");
        v("shift", shift, "", Range{-1., 1.},
          "place in the frame, part of the free margin, x and y drawn apart");
        v("k1", k1, "", Range{-0.3, 0.3}, "radial distortion");
        v("k2", k2, "", Range{-0.2, 0.2}, "radial distortion, fourth power");
        v("tangential", tangential, "", Range{-0.01, 0.01}, "tangential distortion p1 and p2, drawn apart");
        v("f_number", f_number, "", Range{0., 64.}, "aperture of the lens; 0 = pinhole");
        v("aperture_blades", aperture_blades, "1", Range{3, 32}, "corners of the aperture");
        v("shake_deg_per_s", shake_deg_per_s, "deg/s", Range{-90., 90.},
          "how fast the hand turns the camera, about each of its axes drawn apart");
        v("exposure_s", exposure_s, "s", Range{0., 10.},
          "exposure of a row: with the hand's shake or the film's own motion, motion blur");
        v("readout_s", readout_s, "s", Range{0., 10.},
          "from the exposure of the first row to the last one's (rolling shutter)");
        v("exposure_ev", exposure_ev, "EV", Range{-4., 4.}, "error of the automatic exposure");
        v("full_well_e", full_well_e, "e-", Range{0., 1e6},
          "electrons at white of a stored pixel, which bins many of the sensor's (4000 to 10000 each), at "
          "least 10; 0 = no noise");
        v("read_noise_e", read_noise_e, "e-", Range{0., 100.}, "read noise");
        v("vignetting", vignetting, "", Range{0., 1.}, "loss of light in the corners");
        v("white_balance_error_k", white_balance_error_k, "K", Range{-3000., 3000.},
          "error of the white balance about 5500 K");
        v("highlight_share", highlight_share, "", Range{0., 1.}, "most of the metered pixels that may clip");
        v("contrast", contrast, "", Range{1., optics::ToneCurve::kContrast.hi}, "contrast of the tone curve");
        v("row_noise_e", row_noise_e, "e-", Range{0., 100.}, "noise that a row shares");
        v("crosstalk", crosstalk, "", Range{0., 1.},
          "overlap of the colour filters, undone by a matrix that lifts the noise");
        v("mosaic_share", mosaic_share, "", Range{0., 1.},
          "photos whose pixels see one colour each (RGGB); the others' pixels bin many of the sensor's");
        v("denoise_px", denoise_px, "px", Range{0., 5.}, "width of the camera's denoiser; 0 = none");
        v("local_tone", local_tone, "", Range{0., 1.},
          "how far the camera evens out bright and dark regions");
        v("sharpen", sharpen, "", Range{0., 5.}, "amount of the camera's unsharp mask");
        v("sharpen_px", sharpen_px, "px", Range{0.1, 10.}, "its width");
        v("jpeg_share", jpeg_share, "", Range{0., 1.},
          "photos that went through a JPEG before they are stored as `encoding` says");
        v("camera_jpeg_quality", camera_jpeg_quality, "", Range{1, 100}, "quality of that JPEG");
        v("camera_jpeg_chroma", camera_jpeg_chroma, Options{"4:2:0", "4:4:4"}, "its resolution of colours");
    }
};

/// The light and the surroundings.
struct LightConfig {
    Weights viewing{{{"desk", 1}, {"lightbox", 1}, {"window", 1}, {"room", 1}, {"wall", 1}}};
    Dist<double> lightbox_ratio = Dist<double>::log_uniform(3, 30);
    Dist<double> lightbox_kelvin = Dist<double>::uniform(5000, 6500);
    Dist<double> lightbox_falloff = Dist<double>::uniform(0, 0.1);
    Dist<double> lightbox_flicker = Dist<double>::choice({0, 0, 0, 0.1, 0.3});
    Dist<double> lightbox_flicker_hz = Dist<double>::choice({100, 120});
    Dist<double> window_offset_deg = Dist<double>::normal(0, 15, -40, 40);
    Dist<double> tabletop_size_m = Dist<double>::uniform(0.5, 1.0);
    Dist<double> tabletop_gloss = Dist<double>::uniform(0, 1);
    int procedural_height_px = 192;

    template <class V>
    void visit(V& v) {
        v("viewing", viewing, Options{"desk", "lightbox", "window", "room", "wall"},
          "how the film is looked at; only the modes that suit the drawn scenario take part");
        v("lightbox_ratio", lightbox_ratio, "", Range{0.1, 1000.},
          "luminance of the light-box over the room's mean");
        v("lightbox_kelvin", lightbox_kelvin, "K", Range{2000., 12000.},
          "colour temperature of the light-box");
        v("lightbox_falloff", lightbox_falloff, "", Range{0., 0.9},
          "drop of luminance towards the light-box's edge");
        v("lightbox_flicker", lightbox_flicker, "", Range{0., 0.9},
          "how far the light-box's lamps swell and fade with the mains: bands under a rolling shutter");
        v("lightbox_flicker_hz", lightbox_flicker_hz, "Hz", Range{0., 1000.}, "how often they do");
        v("window_offset_deg", window_offset_deg, "deg", Range{-180., 180.},
          "heading of the brightest part behind the film (viewing = window)");
        v("tabletop_size_m", tabletop_size_m, "m", Range{0.05, 5.},
          "size of one texture tile on desk and wall");
        v("tabletop_gloss", tabletop_gloss, "", Range{0., 1.}, "strength of the table's varnish");
        v("procedural_height_px", procedural_height_px, "px", Range{16, 4096},
          "rows of a procedural environment, used where no HDRI is given");
    }
};

/// How the sheet handles light (film-physics section 3).
struct OpticsConfig {
    Dist<double> refractive_index = Dist<double>::uniform(1.58, 1.65);
    Dist<double> callier_q = Dist<double>::uniform(1.02, 1.15);
    Dist<double> forward_alpha = Dist<double>::uniform(0.2, 0.4);
    Dist<double> diffuse_fraction = Dist<double>::uniform(0.1, 0.5);
    Dist<double> haze = Dist<double>::log_uniform(0.005, 0.03);
    Dist<double> roughness_image_side = Dist<double>::log_uniform(0.01, 0.06);
    Dist<double> roughness_back_side = Dist<double>::log_uniform(0.01, 0.3);
    Dist<double> ripple_slope = Dist<double>::log_uniform(0.002, 0.01);
    Dist<double> ripple_wavelength_m = Dist<double>::uniform(0.005, 0.02);
    Dist<int> fingerprints = Dist<int>::uniform(0, 8);
    Dist<double> fingerprint_roughness = Dist<double>::uniform(0.1, 0.3);

    template <class V>
    void visit(V& v) {
        using Material = path::FilmMaterial;
        v("refractive_index", refractive_index, "", Material::kRefractiveIndex, "of the polyester base");
        v("callier_q", callier_q, "", Material::kCallierQ, "specular over diffuse density");
        v("forward_alpha", forward_alpha, "", Material::kForwardAlpha,
          "width of the lobe of light scattered in the image layer");
        v("diffuse_fraction", diffuse_fraction, "", Range{0., 1.},
          "part of the scattered light that goes everywhere");
        v("haze", haze, "", Material::kHaze, "part of the light scattered by the base");
        v("roughness_image_side", roughness_image_side, "", path::kRoughness, "GGX alpha of the image side");
        v("roughness_back_side", roughness_back_side, "", path::kRoughness, "GGX alpha of the back");
        v("ripple_slope", ripple_slope, "", path::OrangePeel::kSlope,
          "rms slope of the surface waves (orange peel)");
        v("ripple_wavelength_m", ripple_wavelength_m, "m", path::OrangePeel::kWavelength_m,
          "length of those waves");
        v("fingerprints", fingerprints, "1", path::Fingerprints::kCount,
          "greasy prints of fingers, most near the edges");
        v("fingerprint_roughness", fingerprint_roughness, "", path::kRoughness, "GGX alpha under grease");
    }
};

/// Table `film`: the printed sheet, and the size of the maps that lie on it.
struct FilmTable {
    SheetConfig sheet;
    int bm_height_px = 448;
    std::vector<std::string> members;
    double check_min_ssim = 0.9;
    template <class V>
    void visit(V& v) {
        sheet.visit(v);
        v("bm_height_px", bm_height_px, "px", Range{8, 8192},
          "rows of the backward map; columns follow the film's aspect");
        v("members", members,
          "optional members of every sample: radiance, variance, transmitted, reflected, diffuse, shading, "
          "clean, "
          "checker, coverage, slices, state, side, density, distance, shading_normal, grid2d, grid3d, "
          "curvature, jacobian, flow");
        v("check_min_ssim", check_min_ssim, "", Range{-1., 1.},
          "samples whose albedo, read back through bm, is less similar to the flat film are quarantined; -1 "
          "= "
          "none");
    }
};

struct FilmConfig {
    DatasetConfig dataset;
    InputsConfig inputs;
    PhantomConfig phantom;
    CameraConfig camera;
    PhotoGroupConfig group;
    FilmTable film;
    physics::PhysicsConfig physics;
    LightConfig light;
    OpticsConfig optics;
    path::RenderSettings render;

    template <class V>
    void visit(V& v) {
        v("dataset", dataset, "the set as a whole");
        v("inputs", inputs, "what the set is made from");
        v("phantom", phantom, "volumes where no CT is given");
        v("camera", camera, "view, lens, sensor");
        v("group", group, "several photos of one film in one shape");
        v("film", film, "what is printed on the sheet");
        v("physics", physics, "how the sheet is bent");
        v("light", light, "viewing mode and surroundings");
        v("optics", optics, "how the sheet handles light");
        v("render", render, "light transport");
    }
};

}  // namespace radforge::film
