// SPDX-License-Identifier: Apache-2.0
/// Exposures of a view with the physics of a radiograph, every number drawn from the config.
#pragma once
#include "render/xray/exposure.h"
#include "render/xray/readout.h"
#include "synth/base/rng.h"
#include "synth/xray/detector_config.h"

#include <string>

namespace radforge::xray {

/// What was drawn for one sample: all of ExposureSettings but the spectrum's bins, and the read-out.
struct DetectorRecipe {
    bool monochromatic = false;
    double energy_kev = 0;
    Tube tube;
    double photons_per_pixel = 1e4;
    bool heel = false;
    double heel_depth_um = 0;
    Vec2d anode{};  ///< in the image: x right, y down, unit length
    std::optional<double> collimator_width, collimator_height;  ///< in detector sides
    double penumbra_mm = 0;
    std::optional<double> focal_spot_mm;
    std::optional<ScatterKernel> scatter;
    std::optional<AntiScatterGrid> grid;
    std::optional<Scintillator> scintillator;
    std::optional<DetectorNoise> noise;
    double low = 0, high = 1;  ///< window
    FilmCurve film;
    double film_exposure = 1;
};

/// @throws Error naming the keys when the numbers of the read-out contradict one another
void validate(const DetectorConfig& config);

/// @param cone  focal-spot blur needs it
DetectorRecipe draw_detector(const DetectorConfig& config, const SampleKey& key, bool cone);

/// What detector.npy holds, f32 [H,W,1].
/// @param view          of the image as stored
/// @param magnification source-detector over source-centre distance, 1 for a parallel beam
Readout radiograph(const View& view, Span<const MaterialPath> paths, const DetectorConfig& config,
                   const DetectorRecipe& recipe, double magnification);

}  // namespace radforge::xray
