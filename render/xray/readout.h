// SPDX-License-Identifier: Apache-2.0
/// What is stored of an exposure: opacity, logarithm, window, film density. Clipped pixels are counted, never
/// hidden.
#pragma once
#include "render/xray/exposure.h"
#include "synth/base/image.h"

#include <cstdint>

namespace radforge::xray {

/// An image and how many of its pixels met a limit.
struct Readout {
    Image image;
    int64_t clipped_px = 0;
};

/// The chi model of single-image tomography: 1 - exp(-chi * integral / unit_mm), linear, in [0,1). `unit_mm`
/// is the edge of the paper's unit cube. f32 [H,W,1] in and out.
Image opacity(const Image& line_integral, double chi, double unit_mm);

/// Whether a signal is below `floor` times that of the open beam, or there is no beam.
inline bool starved(double signal, double open, double floor) { return !(open > 0) || signal < floor * open; }

/// Line integral that a flat-fielded detector reports: -ln(signal / flat). Signals below `floor` times the
/// flat count as clipped and read as the floor; pixels without a beam (flat 0) read 0 and count as clipped.
Readout log_readout(const Exposure& exposure, double floor = 1e-6);

/// u16 with 0 at `low` and 65535 at `high`, rounded; high < low inverts.
Readout window_u16(const Image& values, double low, double high);

/// Film: optical density against exposure, D = d_min + (d_max - d_min) / (1 + (K / k50)^-gamma) (logistic in
/// log exposure; after F. Hurter and V. C. Driffield, 1890). Its steepest slope is (d_max - d_min) * gamma *
/// ln(10) / 4 per decade.
struct FilmCurve {
    double d_min = .2, d_max = 3.2, k50 = 1, gamma = 1.7;
    double density(double exposure) const;
    /// @throws Error unless d_min < density < d_max
    double exposure(double density) const;
    void validate() const;
};

/// Part of the brightest flat field below which only blur and scatter arrive: behind the collimator.
constexpr float kNoBeam = .01f;

/// Optical densities of a film behind the screen, f32. It is exposed automatically, until the mean over the
/// part of the beam in the middle third of rows and columns is `mean_exposure`.
/// @throws Error when nothing arrives there
Image film_density(const Exposure& exposure, const FilmCurve& film, double mean_exposure);

}  // namespace radforge::xray
