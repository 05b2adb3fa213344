// SPDX-License-Identifier: Apache-2.0
/// Everything that decides the pixels of an enhancement dataset.
#pragma once
#include "synth/base/dist.h"
#include "synth/config/schema.h"
#include "synth/dataset_config.h"
#include "synth/enhance/preset.h"

namespace radforge::enhance {

/// Where no CT is given, patients are procedural, with voxels as long as wide.
struct PatientConfig {
    int volumes = 64;
    double head_part = 0.3, limb_part = 0.3;
    int size_px = 400;

    template <class V>
    void visit(V& v) {
        v("volumes", volumes, "", Range{1, 100000000}, "number of different phantoms");
        v("head_part", head_part, "", Range{0., 1.}, "share of heads");
        v("limb_part", limb_part, "", Range{0., 1.}, "share of hands and knees; the rest are chests");
        v("size_px", size_px, "px", Range{64, 1024}, "voxels across the longest side of a phantom");
    }
};

/// The exposure before anything goes wrong.
struct ViewConfig {
    Dist<int> size_px = 1024;
    int views_per_volume = 32;
    Dist<double> turn_deg = Dist<double>::normal(0, 3, -9, 9);
    Dist<double> tilt_deg = Dist<double>::normal(0, 2, -6, 6);
    Dist<double> roll_deg = Dist<double>::normal(0, 2, -6, 6);
    Dist<double> shift = Dist<double>::uniform(-0.03, 0.03);
    Dist<double> field = Dist<double>::uniform(0.88, 1.0);

    template <class V>
    void visit(V& v) {
        v("size_px", size_px, "px", Range{64, 4096},
          "height and width of the pictures, rounded to multiples of 8");
        v("views_per_volume", views_per_volume, "", Range{1, 1000000},
          "adjacent samples from one volume, made together");
        v("turn_deg", turn_deg, "deg", Range{-45., 45.}, "turn of the patient about the body's axis");
        v("tilt_deg", tilt_deg, "deg", Range{-45., 45.}, "tilt of the beam towards head or feet");
        v("roll_deg", roll_deg, "deg", Range{-45., 45.}, "turn of the picture in its plane");
        v("shift", shift, "", Range{-0.5, 0.5}, "of the centre, per axis, of the field's side");
        v("field", field, "", Range{0.2, 1.},
          "side of the field over the preset's, or over what the CT allows");
    }
};

/// What goes wrong: the terms of degrade.h.
struct DegradeConfig {
    Dist<double> gamma = Dist<double>::uniform(0.5, 1.6);
    Dist<double> gain = Dist<double>::uniform(0.35, 1);
    Dist<double> offset = Dist<double>::uniform(0, 0.3);
    Dist<double> veil = Dist<double>::uniform(0, 0.15);
    Dist<double> heel = Dist<double>::uniform(0, 0.1);
    Dist<double> noise = Dist<double>::uniform(0.001, 0.01);
    Dist<double> blur_px = Dist<double>::uniform(0, 1.2);
    double collimator_probability = 0.5;
    Dist<double> collimator_share = Dist<double>::uniform(0, 0.08);
    Dist<double> border = Dist<double>::choice({0, 0, 0, 1});

    template <class V>
    void visit(V& v) {
        v("gamma", gamma, "", Range{0.1, 4.}, "power of the tone curve");
        v("gain", gain, "", Range{0.01, 4.}, "factor of the tone curve");
        v("offset", offset, "", Range{-1., 1.}, "signal where nothing is in the beam");
        v("veil", veil, "", Range{0., 1.}, "amplitude of the smooth random veil");
        v("heel", heel, "", Range{0., 1.}, "rise of the linear ramp across the picture, any direction");
        v("noise", noise, "", Range{0., 0.5}, "noise deviation is this times sqrt(0.1 + signal)");
        v("blur_px", blur_px, "px", Range{0., 16.}, "deviation of the detector's point spread");
        v("collimator_probability", collimator_probability, "", Range{0., 1.},
          "share of pictures with a collimator border");
        v("collimator_share", collimator_share, "", Range{0., 0.4},
          "hidden part of the side, drawn for each edge");
        v("border", border, "", Range{0., 1.}, "value of the hidden part");
    }
};

/// What the target looks like: the terms of equalise.h.
struct TargetConfig {
    Dist<double> kappa = Dist<double>::uniform(0.4, 0.7);
    Dist<double> detail = Dist<double>::uniform(1, 1.8);
    std::string smoothing = "gaussian";

    template <class V>
    void visit(V& v) {
        v("kappa", kappa, "", Range{0., 1.}, "compression of the local mean");
        v("detail", detail, "", Range{0.1, 8.}, "gain of detail over the ideal radiograph");
        v("smoothing", smoothing, Options{"gaussian", "guided"},
          "what separates local means from detail: a Gaussian, or a guided filter that keeps edges");
    }
};

struct EnhanceConfig {
    EnhanceConfig() { dataset.name = "enhance"; }
    DatasetConfig dataset;
    CtInputsConfig inputs;
    PatientConfig phantom;
    ViewConfig view;
    PresetWeights presets;
    DegradeConfig degrade;
    TargetConfig target;

    template <class V>
    void visit(V& v) {
        v("dataset", dataset, "the set as a whole");
        v("inputs", inputs, "what the set is made from");
        v("phantom", phantom, "patients where no CT is given");
        v("view", view, "the exposure");
        v("presets", presets, "examinations by body part");
        v("degrade", degrade, "what is wrong with the raw picture");
        v("target", target, "how the target is equalised");
    }
};

}  // namespace radforge::enhance
