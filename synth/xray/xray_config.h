// SPDX-License-Identifier: Apache-2.0
/// Everything that decides the pixels of an x-ray dataset.
#pragma once
#include "synth/base/dist.h"
#include "synth/config/schema.h"
#include "synth/dataset_config.h"
#include "synth/xray/detector_config.h"

namespace radforge::xray {

/// Procedural skulls, where no CT is given.
struct CraniaConfig {
    int species = 175, individuals = 1;
    bool soft_tissue = false;

    template <class V>
    void visit(V& v) {
        v("species", species, "", Range{1, 1000000}, "different species; whole species fall into one split");
        v("individuals", individuals, "", Range{1, 1000000}, "animals of each species");
        v("soft_tissue", soft_tissue, "brain, muscle and skin instead of bone in air");
    }
};

/// The density that is to be found: a cube of [0,1] values.
struct VolumeConfig {
    int size_vox = 128;
    std::string mode = "stored", type = "u8", fit = "scan";
    double air_hu = -400;
    double memory_gb = 8;

    template <class V>
    void visit(V& v) {
        v("size_vox", size_vox, "voxels", Range{8, 1024}, "side of the cube");
        v("mode", mode, Options{"stored", "reference"},
          "stored: volume.npy in the view frame with every sample; reference: volumes/<id>.npy once, the "
          "transform in meta.json");
        v("type", type, Options{"u8", "int16"}, "steps of the stored density: 1/255 or 1/32767");
        v("fit", fit, Options{"scan", "body"},
          "the cube's edge is the longest edge of the whole scan, or of the box around what exceeds air_hu");
        v("air_hu", air_hu, "HU", Range{-1024., 30000.}, "what is below is around the body (fit = \"body\")");
        v("memory_gb", memory_gb, "GB", Range{0.01, 100000.},
          "a volume whose projection would need more is refused before it is allocated");
    }
};

/// From where it is looked at.
struct ViewConfig {
    std::string directions = "fibonacci", mirror = "rows", geometry = "ortho";
    int count = 1332, views_per_launch = 12;
    Dist<double> roll_deg = 0., tilt_deg = 0., turn_deg = 0.;
    Dist<double> source_center_mm = 1000., source_detector_mm = 1500.;
    Dist<double> field = 1.;

    template <class V>
    void visit(V& v) {
        v("directions", directions, Options{"fibonacci", "random", "radiographs"},
          "of the source, from the middle: spherical Fibonacci points of the front hemisphere, in an order "
          "that spreads the first few over it; drawn from it; or in turn antero-posterior, postero-anterior, "
          "left lateral, right lateral");
        v("count", count, "", Range{1, 10000000}, "views of each volume");
        v("mirror", mirror, Options{"rows", "columns", "none"},
          "every view again as a sample of its own, mirrored: rows = upside down, columns = left for right");
        v("geometry", geometry, Options{"ortho", "cone"}, "parallel beam, or from a focal spot");
        v("roll_deg", roll_deg, "deg", Range{-180., 180.}, "turn of the image about the beam");
        v("turn_deg", turn_deg, "deg", Range{-90., 90.},
          "turn of the patient about the long axis (radiographs)");
        v("tilt_deg", tilt_deg, "deg", Range{-90., 90.}, "of the tube, to the head > 0 (radiographs)");
        v("source_center_mm", source_center_mm, "mm", Range{10., 100000.},
          "focal spot to the middle of the volume (cone)");
        v("source_detector_mm", source_detector_mm, "mm", Range{10., 100000.},
          "focal spot to detector (cone)");
        v("field", field, "", Range{0.05, 20.},
          "width of the field in the middle of the volume, in cube edges");
        v("views_per_launch", views_per_launch, "", Range{1, 4096},
          "projected together on CUDA, at most; samples of one launch are made as a group");
    }
};

struct ImageConfig {
    int size_px = 256;
    double chi = 10;

    template <class V>
    void visit(V& v) {
        v("size_px", size_px, "px", Range{8, 4096}, "side of the x-ray image");
        v("chi", chi, "", Range{1e-3, 1e3}, "xray = 1 - exp(-chi * integral), lengths in cube edges");
    }
};

struct ProjectorConfig {
    std::string method = "shearwarp", device = "cpu";
    int march_steps = 128;

    template <class V>
    void visit(V& v) {
        v("method", method, Options{"march", "joseph", "shearwarp", "siddon"},
          "march: the paper's quadrature, detector.npy by joseph; joseph, shearwarp, siddon: whole line "
          "integrals");
        v("march_steps", march_steps, "", Range{1, 65536}, "samples along one cube edge (march)");
        v("device", device, Options{"cpu", "cuda"}, "where projections are made");
    }
};

struct XrayConfig {
    XrayConfig() {
        dataset.name = "xray";
        dataset.samples_per_shard = 576;
    }
    DatasetConfig dataset;
    CtInputsConfig inputs;
    CraniaConfig crania;
    VolumeConfig volume;
    ViewConfig view;
    ImageConfig image;
    ProjectorConfig projector;
    DetectorConfig detector;

    template <class V>
    void visit(V& v) {
        v("dataset", dataset, "the set as a whole");
        v("inputs", inputs, "what the set is made from");
        v("crania", crania, "procedural skulls where no CT is given");
        v("volume", volume, "the density cube of each volume");
        v("view", view, "directions and geometry of the beam");
        v("image", image, "the ideal x-ray: opacity by the absorption of the density cube");
        v("projector", projector, "how line integrals are taken");
        v("detector", detector, "a physical exposure of the same view, beside the ideal one");
    }
};

}  // namespace radforge::xray
