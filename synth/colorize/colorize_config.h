// SPDX-License-Identifier: Apache-2.0
/// Everything that decides the pixels of a colourisation dataset.
#pragma once
#include "synth/base/dist.h"
#include "synth/config/schema.h"
#include "synth/dataset_config.h"

namespace radforge::colorize {

struct SectionConfig {
    int pairs_per_volume = 8;

    template <class V>
    void visit(V& v) {
        v("pairs_per_volume", pairs_per_volume, "", Range{1, 1000000},
          "adjacent samples from one volume, made together");
    }
};

/// The CT slice of a phantom; a given CT is taken as it is.
struct ScannerConfig {
    Dist<double> noise_hu = Dist<double>::uniform(8, 15);
    double ring_probability = 0.1, streak_probability = 0.1;

    template <class V>
    void visit(V& v) {
        v("noise_hu", noise_hu, "HU", Range{0., 200.}, "deviation of the noise in a phantom's slice");
        v("ring_probability", ring_probability, "", Range{0., 1.}, "share of phantom slices with rings");
        v("streak_probability", streak_probability, "", Range{0., 1.},
          "share of phantom slices with streaks through bone");
    }
};

/// The photograph of a painted section.
struct PhotoConfig {
    Dist<double> ramp_counts = Dist<double>::uniform(0, 22);
    Dist<double> noise_counts = Dist<double>::uniform(1, 3);

    template <class V>
    void visit(V& v) {
        v("ramp_counts", ramp_counts, "8-bit counts", Range{0., 255.},
          "difference of the illumination between two sides of the photograph");
        v("noise_counts", noise_counts, "8-bit counts", Range{0., 64.}, "deviation of the camera's noise");
    }
};

struct ContourConfig {
    std::string mode = "max";
    double fat_low_hu = -190, fat_high_hu = -30, bone_low_hu = 150, bone_high_hu = 1800;

    template <class V>
    void visit(V& v) {
        v("mode", mode, Options{"max", "two", "full"},
          "Sobel in range: larger of fat and bone; both, a channel each; or edges of the whole CT");
        v("fat_low_hu", fat_low_hu, "HU", Range{-1024., 3071.}, "fat from");
        v("fat_high_hu", fat_high_hu, "HU", Range{-1024., 3071.}, "fat to");
        v("bone_low_hu", bone_low_hu, "HU", Range{-1024., 3071.}, "bone from");
        v("bone_high_hu", bone_high_hu, "HU", Range{-1024., 3071.}, "bone to");
    }
};

struct ColorizeConfig {
    ColorizeConfig() {
        dataset.name = "colorize";
        phantom.size_px = 512;
        phantom.slices = 180;
        phantom.head_part = 0.5;
    }
    DatasetConfig dataset;
    CtInputsConfig inputs;
    PhantomConfig phantom;
    SectionConfig section;
    ScannerConfig scanner;
    PhotoConfig photo;
    ContourConfig contour;

    template <class V>
    void visit(V& v) {
        v("dataset", dataset, "the set as a whole");
        v("inputs", inputs, "what the set is made from");
        v("phantom", phantom, "bodies where no CT is given");
        v("section", section, "choice of slices");
        v("scanner", scanner, "CT slices of phantoms");
        v("photo", photo, "photographs of painted sections");
        v("contour", contour, "edges of fat and bone");
    }
};

}  // namespace radforge::colorize
