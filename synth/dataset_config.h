// SPDX-License-Identifier: Apache-2.0
/// Config tables that every generator has: the dataset and where its volumes come from.
#pragma once
#include "synth/base/dist.h"
#include "synth/config/schema.h"

#include <string>
#include <vector>

namespace radforge {

struct DatasetConfig {
    std::string name = "film";
    int64_t seed = 1, split_seed = 1;
    int samples_per_shard = 256;
    std::string profile = "raw";
    double train_part = 0.8, val_part = 0.1;
    double allowed_failures = 0.05;

    template <class V>
    void visit(V& v) {
        v("name", name, "name of the dataset, copied into every meta.json");
        v("seed", seed, "", Range<int64_t>{0, INT64_MAX}, "root of all randomness");
        v("split_seed", split_seed, "", Range<int64_t>{0, INT64_MAX},
          "root of the split of scans: sets with the same one put a patient into the same split");
        v("samples_per_shard", samples_per_shard, "", Range{1, 1000000}, "samples in one tar");
        v("profile", profile, Options{"raw", "gz", "f32"},
          "numeric storage: int16 with scale, the same compressed, or float32; CT numbers in HU are int16 in "
          "all of them");
        v("train_part", train_part, "", Range{0., 1.}, "share of source volumes in split train");
        v("val_part", val_part, "", Range{0., 1.}, "share in split val; the rest is test");
        v("allowed_failures", allowed_failures, "", Range{0., 1.},
          "share of quarantined samples above which the run counts as failed");
    }
};

/// Which inputs a dataset is made from, by content: filled in from the command line, kept so that a replay or
/// a continued run can tell whether it was given the same ones.
struct InputsConfig {
    std::vector<std::string> ct, environments, tabletops;

    template <class V>
    void visit(V& v) {
        v("ct", ct, "ids of the CT volumes; empty: phantoms");
        v("environments", environments, "ids of the HDR environments; empty: procedural");
        v("tabletops", tabletops, "ids of the table tops; empty: procedural");
    }
};

/// The same for kinds that need CT volumes alone.
struct CtInputsConfig {
    std::vector<std::string> ct;

    template <class V>
    void visit(V& v) {
        v("ct", ct, "ids of the CT volumes; empty: phantoms");
    }
};

/// Where no CT is given, volumes are procedural.
struct PhantomConfig {
    int volumes = 64;
    double head_part = 0.6;
    int size_px = 320;
    int slices = 30;

    template <class V>
    void visit(V& v) {
        v("volumes", volumes, "", Range{1, 100000000}, "number of different phantoms");
        v("head_part", head_part, "", Range{0., 1.}, "share of heads, the rest are torsos");
        v("size_px", size_px, "px", Range{64, 1024}, "rows and columns of a phantom slice");
        v("slices", slices, "", Range{4, 400}, "slices of a phantom");
    }
};

}  // namespace radforge
