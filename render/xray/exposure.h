// SPDX-License-Identifier: Apache-2.0
/// From path lengths through materials to the signal of a detector: spectrum, tube, scatter, grid,
/// scintillator, noise. Every stage but the spectrum is optional, and the result keeps its layers.
#pragma once
#include "render/xray/attenuation.h"
#include "render/xray/photon_noise.h"
#include "render/xray/spectrum.h"
#include "render/xray/view.h"
#include "synth/base/image.h"
#include "synth/base/span.h"

#include <optional>
#include <vector>

namespace radforge::xray {

/// Line integrals of the density of one material, f32 [H,W,1], g/cm3 x mm: what a projector makes of a
/// density grid.
struct MaterialPath {
    Material material;
    Image density_mm;
};

/// Rays that leave the anode towards its side cross more tungsten: path = depth / tan(anode angle - ray
/// angle), measured against the central ray; beyond the anode angle there is no beam.
struct Heel {
    double anode_angle_deg = 12;
    double depth_um = 1.5;
    Vec3d towards_anode{1, 0, 0};  ///< world direction along the tube axis, cathode to anode
};

/// Rectangular field on the detector, centred where the central ray meets it, with a linear penumbra.
struct Collimator {
    double width_mm = 300, height_mm = 300, penumbra_mm = 2;
};

/// Rectangular focal spot; its image at the detector is size * (magnification - 1).
struct FocalSpot {
    double width_mm = .6, height_mm = .6;
    double magnification = 1.2;  ///< source-detector over source-object distance
};

/// Scatter by superposition of two Gaussians, as in M. Sun and J. Star-Lack, "Improved scatter correction
/// using adaptive scatter kernel superposition", Phys. Med. Biol. 55, 2010: amplitude * I_p (I_p/I_0)^alpha
/// (ln I_0/I_p)^beta, spread by kernels of unit sum.
struct ScatterKernel {
    double amplitude = .5, alpha = -.1, beta = 1;
    double narrow_sigma_mm = 12, wide_sigma_mm = 50, wide_share = .6;
};

struct AntiScatterGrid {
    double primary_transmission = .7, scatter_transmission = .1;
};

/// CsI screen: absorption 1 - exp(-mu t), light blurred by two Gaussians. Integrating detectors weigh a
/// photon by its energy, with gain noise by the Swank factor, counting ones by 1.
struct Scintillator {
    double thickness_mm = .6;
    bool counting = false;
    double swank = .9;
    double narrow_sigma_mm = .1, wide_sigma_mm = .3, wide_share = .3;
};

struct DetectorNoise {
    NoiseKey key;
    double electronic_kev =
        0;  ///< deviation added to every pixel after the blur, in signal units (keV, counting: photons)
};

struct ExposureSettings {
    Spectrum spectrum;
    double photons_per_pixel =
        1e4;  ///< arriving at the middle of the detector without an object, grid or scintillator
    std::optional<Heel> heel;
    std::optional<Collimator> collimator;
    std::optional<FocalSpot> focal_spot;
    std::optional<ScatterKernel> scatter;
    std::optional<AntiScatterGrid> grid;
    std::optional<Scintillator> scintillator;  ///< absent: an ideal detector that integrates energy
    std::optional<DetectorNoise> noise;
    /// @throws Error naming the number that is out of range
    void validate() const;
};

/// f32 [H,W,1], signal units (keV; counting: photons).
struct Exposure {
    Image primary;     ///< after focal-spot blur and grid
    Image scatter;     ///< after grid
    Image noise_free;  ///< sum of both after the detector's blur
    Image signal;      ///< what is read out: with noise when asked for
    Image flat;        ///< noise-free signal without an object and scatter
};

/// Runs the chain. Divergence of a cone beam (pixel solid angle, cos^3 for a perpendicular panel) is always
/// in it.
/// @param paths  materials in front of the detector, each of the view's size; none: an open field
Exposure expose(const View& view, Span<const MaterialPath> paths, const ExposureSettings& settings);

}  // namespace radforge::xray
