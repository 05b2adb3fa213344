// SPDX-License-Identifier: Apache-2.0
/// Everything that decides the pixels of a motion-blur dataset.
#pragma once
#include "synth/base/dist.h"
#include "synth/config/schema.h"
#include "synth/dataset_config.h"
#include "synth/film/window.h"

namespace radforge::blur {

/// The motion and how it is applied.
struct MotionConfig {
    std::string mode = "linear", center = "centroid", motion = "plane";
    Dist<double> anxiety = Dist<double>::choice({0.01, 0.009, 0.008, 0.007, 0.005, 0.003});
    Dist<double> exposure = Dist<double>::choice({0.1, 0.5, 1});
    double rectilinear_probability = 0, through_plane_ratio = 0.5;
    int pairs_per_volume = 64;

    template <class V>
    void visit(V& v) {
        v("mode", mode, Options{"linear", "compat"},
          "linear: HU, kernel of sum 1, mirrored edges; compat: DeblurGAN's stretch to [0,1] before and "
          "after, zeros beyond the edges");
        v("center", center, Options{"centroid", "box"},
          "what lies on the kernel's centre: the mean of the path, or as DeblurGAN its box");
        v("motion", motion, Options{"plane", "volume"},
          "within the slice, or through the slices too (linear, centroid only)");
        v("anxiety", anxiety, "", Range{0., 0.1}, "strength of all deviations from a straight line");
        v("exposure", exposure, "", Range{0.001, 1.}, "part of the path that is exposed");
        v("rectilinear_probability", rectilinear_probability, "", Range{0., 1.}, "share of straight motions");
        v("through_plane_ratio", through_plane_ratio, "", Range{0.001, 100.},
          "motion along the stack: one component of a second motion like that within the slices, in mm, "
          "times "
          "this (motion = \"volume\")");
        v("pairs_per_volume", pairs_per_volume, "", Range{1, 1000000},
          "adjacent samples from one volume, made together");
    }
};

struct CropConfig {
    int size_px = 256;

    template <class V>
    void visit(V& v) {
        v("size_px", size_px, "px", Range{0, 8192},
          "side of the square cut from the blurred slice; 0: whole slices");
    }
};

struct BlurConfig {
    BlurConfig() { dataset.name = "blur"; }
    DatasetConfig dataset;
    CtInputsConfig inputs;
    PhantomConfig phantom;
    MotionConfig blur;
    CropConfig crop;
    film::WindowWeights windows;

    template <class V>
    void visit(V& v) {
        v("dataset", dataset, "the set as a whole");
        v("inputs", inputs, "what the set is made from");
        v("phantom", phantom, "volumes where no CT is given");
        v("blur", blur, "motion and its application");
        v("crop", crop, "part of the slice that is kept");
        v("windows", windows,
          "window noted in meta.json for both pictures of a pair, by body part (linear mode)");
    }
};

}  // namespace radforge::blur
