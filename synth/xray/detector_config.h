// SPDX-License-Identifier: Apache-2.0
/// The physical exposure: tube, beam, scatter, detector and read-out, each number fixed or drawn per sample.
#pragma once
#include "synth/base/dist.h"
#include "synth/config/schema.h"

#include <string>

namespace radforge::xray {

struct TubeConfig {
    std::string spectrum = "tube";
    Dist<double> energy_kev = 70., kvp = Dist<double>::uniform(60, 125);
    Dist<double> aluminium_mm = Dist<double>::uniform(2.5, 4), copper_mm = 0.;
    Dist<double> anode_angle_deg = Dist<double>::uniform(10, 16);
    Dist<double> photons_per_pixel = Dist<double>::log_uniform(3e3, 1e5);

    template <class V>
    void visit(V& v) {
        v("spectrum", spectrum, Options{"mono", "tube"}, "one energy, or a filtered tungsten tube");
        v("energy_kev", energy_kev, "keV", Range{13., 300.}, "of the photons (mono)");
        v("kvp", kvp, "kV", Range{20., 150.}, "tube voltage");
        v("aluminium_mm", aluminium_mm, "mm", Range{0., 50.}, "filter, inherent and added");
        v("copper_mm", copper_mm, "mm", Range{0., 5.}, "added filter");
        v("anode_angle_deg", anode_angle_deg, "deg", Range{5., 30.}, "of the anode, for spectrum and heel");
        v("photons_per_pixel", photons_per_pixel, "", Range{1e-3, 1e12},
          "at the middle of the detector without an object");
    }
};

struct BeamConfig {
    double heel_part = 1, collimator_part = 0.5, focal_spot_part = 1;
    Dist<double> heel_depth_um = 1.5;
    std::string anode = "feet";
    Dist<double> collimator_width = Dist<double>::uniform(0.7, 1),
                 collimator_height = Dist<double>::uniform(0.7, 1);
    Dist<double> penumbra_mm = Dist<double>::uniform(1, 4);
    Dist<double> focal_spot_mm = Dist<double>::choice({0.3, 0.6, 1.2});

    template <class V>
    void visit(V& v) {
        v("heel_part", heel_part, "", Range{0., 1.}, "share of samples with a heel effect");
        v("heel_depth_um", heel_depth_um, "um", Range{0., 50.}, "where in the anode photons arise");
        v("anode", anode, Options{"head", "feet", "left", "right", "any"},
          "where the anode is, seen in the image, which the tube rolls with");
        v("collimator_part", collimator_part, "", Range{0., 1.}, "share of samples with collimated edges");
        v("collimator_width", collimator_width, "", Range{0.01, 2.}, "of the field, in detector widths");
        v("collimator_height", collimator_height, "", Range{0.01, 2.}, "of the field, in detector heights");
        v("penumbra_mm", penumbra_mm, "mm", Range{0., 100.}, "width of the field's soft edge");
        v("focal_spot_part", focal_spot_part, "", Range{0., 1.},
          "share of samples with focal-spot blur (cone)");
        v("focal_spot_mm", focal_spot_mm, "mm", Range{0., 10.}, "width and height of the focal spot");
    }
};

struct ScatterConfig {
    double scatter_part = 1, grid_part = 0.7;
    Dist<double> amplitude = Dist<double>::uniform(0.2, 0.8);
    Dist<double> narrow_mm = Dist<double>::uniform(8, 16), wide_mm = Dist<double>::uniform(35, 70);
    Dist<double> wide_share = Dist<double>::uniform(0.4, 0.7);
    Dist<double> grid_primary = Dist<double>::uniform(0.6, 0.75),
                 grid_scatter = Dist<double>::uniform(0.05, 0.2);

    template <class V>
    void visit(V& v) {
        v("scatter_part", scatter_part, "", Range{0., 1.}, "share of samples with scattered photons");
        v("amplitude", amplitude, "", Range{0., 100.}, "of the scatter kernel");
        v("narrow_mm", narrow_mm, "mm", Range{0., 1000.}, "deviation of its narrow Gaussian");
        v("wide_mm", wide_mm, "mm", Range{0., 1000.}, "deviation of its wide Gaussian");
        v("wide_share", wide_share, "", Range{0., 1.}, "weight of the wide Gaussian");
        v("grid_part", grid_part, "", Range{0., 1.}, "share of samples behind an anti-scatter grid");
        v("grid_primary", grid_primary, "", Range{0., 1.}, "primary photons that pass the grid");
        v("grid_scatter", grid_scatter, "", Range{0., 1.}, "scattered photons that pass the grid");
    }
};

struct PanelConfig {
    double scintillator_part = 1, noise_part = 1, counting_part = 0;
    Dist<double> thickness_mm = Dist<double>::uniform(0.4, 0.7), swank = Dist<double>::uniform(0.85, 0.95);
    Dist<double> narrow_mm = Dist<double>::uniform(0.05, 0.15), wide_mm = Dist<double>::uniform(0.2, 0.5);
    Dist<double> wide_share = Dist<double>::uniform(0.2, 0.4);
    Dist<double> electronic_kev = Dist<double>::log_uniform(50, 1000);

    template <class V>
    void visit(V& v) {
        v("scintillator_part", scintillator_part, "", Range{0., 1.},
          "share of samples with a CsI screen, the rest have an ideal detector");
        v("counting_part", counting_part, "", Range{0., 1.}, "share of screens that count photons");
        v("thickness_mm", thickness_mm, "mm", Range{0.001, 10.}, "of the screen");
        v("swank", swank, "", Range{0.1, 1.},
          "Swank factor of the screen's light; screens that count photons have none");
        v("narrow_mm", narrow_mm, "mm", Range{0., 100.}, "deviation of the light's narrow blur");
        v("wide_mm", wide_mm, "mm", Range{0., 100.}, "deviation of its wide blur");
        v("wide_share", wide_share, "", Range{0., 1.}, "weight of the wide blur");
        v("noise_part", noise_part, "", Range{0., 1.}, "share of samples with quantum and electronic noise");
        v("electronic_kev", electronic_kev, "keV", Range{0., 1e12},
          "deviation of the electronic noise; screens that count photons have none");
    }
};

struct ReadoutConfig {
    std::string mode = "log";
    double floor = 1e-5;
    Dist<double> low = 0., high = 6.;
    double film_d_min = 0.2, film_d_max = 3.2;
    Dist<double> film_gamma = Dist<double>::uniform(1.4, 2.2),
                 film_exposure = Dist<double>::log_uniform(.5, 1.5);

    template <class V>
    void visit(V& v) {
        v("mode", mode, Options{"signal", "log", "window", "film"},
          "detector.npy holds the signal (keV or photons); -ln(signal/flat field); the same between low and "
          "high as [0,1]; or the optical density of a film");
        v("floor", floor, "", Range{1e-12, 0.5}, "signals below this part of the flat field read as it");
        v("low", low, "", Range{-10., 30.}, "logarithm that reads 0 (window)");
        v("high", high, "", Range{-10., 30.}, "logarithm that reads 1 (window)");
        v("film_d_min", film_d_min, "", Range{0., 2.}, "density of unexposed film");
        v("film_d_max", film_d_max, "", Range{1., 6.}, "density of the blackest film");
        v("film_gamma", film_gamma, "", Range{0.1, 10.}, "steepness of the film's curve");
        v("film_exposure", film_exposure, "", Range{0.01, 1000.},
          "mean over the middle third of the film, by automatic exposure, in exposures of half the contrast");
    }
};

struct DetectorConfig {
    bool enabled = false;
    double voxel_mm = 0;
    TubeConfig tube;
    BeamConfig beam;
    ScatterConfig scatter;
    PanelConfig panel;
    ReadoutConfig readout;

    template <class V>
    void visit(V& v) {
        v("enabled", enabled, "make detector.npy");
        v("voxel_mm", voxel_mm, "mm", Range{0., 100.}, "volumes are resampled to this; 0: as scanned");
        v("tube", tube, "photons");
        v("beam", beam, "what shapes the beam");
        v("scatter", scatter, "scattered photons and the grid against them");
        v("panel", panel, "detector");
        v("readout", readout, "from signal to stored numbers");
    }
};

}  // namespace radforge::xray
