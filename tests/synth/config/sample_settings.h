// SPDX-License-Identifier: Apache-2.0
/// A config struct with a key of every kind.
#pragma once
#include "synth/base/dist.h"
#include "synth/config/schema.h"

#include <string>
#include <vector>

namespace radforge::config {

struct SampleLens {
    double k1 = 0.01;
    template <class V>
    void visit(V& v) {
        v("k1", k1, "", Range{-0.3, 0.3}, "radial distortion");
    }
};

struct SampleCamera {
    int width_px = 448;
    int height_px = 448;
    Dist<double> tilt_deg = Dist<double>::uniform(-5, 5);
    Dist<int> copies = Dist<int>(1);
    std::string encoding = "png";
    SampleLens lens;
    template <class V>
    void visit(V& v) {
        v("width_px", width_px, "px", Range{16, 16384}, "width of the photo");
        v("height_px", height_px, "px", Range{16, 16384}, "height of the photo");
        v("tilt_deg", tilt_deg, "deg", Range{-90., 90.}, "rotation about the view axis");
        v("copies", copies, "", Range{1, 9}, "prints | copies");
        v("encoding", encoding, Options{"png", "jpg"}, "how the photo is stored");
        v("lens", lens, "glass");
    }
};

struct SampleRender {
    int spp = 64;
    bool denoise = false;
    double clamp = 10;
    std::vector<double> wavelengths_nm{450, 550, 650};
    std::vector<std::string> layers;
    Weights viewing{{{"desk", 1}, {"window", 2}}};
    template <class V>
    void visit(V& v) {
        v("spp", spp, "", Range{1, 65536}, "paths per pixel");
        v("denoise", denoise, "clean the picture");
        v("clamp", clamp, "", Range{0., 1e9}, "largest radiance");
        v("wavelengths_nm", wavelengths_nm, "nm", Range{380., 780.}, "lines of the spectrum");
        v("layers", layers, "extra maps");
        v("viewing", viewing, Options{"desk", "window", "room"}, "surroundings");
    }
};

struct SampleSettings {
    int64_t seed = 1;
    std::string name = "sample";
    SampleCamera camera;
    SampleRender render;
    template <class V>
    void visit(V& v) {
        v("seed", seed, "", Range<int64_t>{0, INT64_MAX}, "root of all randomness");
        v("name", name, "name of the set");
        v("camera", camera, "view and lens");
        v("render", render, "light transport");
    }
};

}  // namespace radforge::config
