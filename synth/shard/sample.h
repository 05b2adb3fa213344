// SPDX-License-Identifier: Apache-2.0
/// One sample in memory, and what a dataset says of its members.
#pragma once
#include "synth/base/image.h"
#include "synth/base/rng.h"

#include <string>
#include <variant>
#include <vector>

namespace radforge {

/// One member of a sample: `<key>.<name>.<extension>`. An Image becomes png or jpg, an NdArray npy (or
/// npy.gz), text json.
struct Field {
    std::string name;       ///< "photo"
    std::string extension;  ///< "png", "jpg", "npy", "npy.gz", "json"
    std::variant<Image, NdArray, std::string> value;
};

/// What every sample of a dataset has under one name; goes into manifest.json.
/// Stored integer a decodes to a * scale + offset; `invalid` marks missing values.
struct FieldSpec {
    std::string name, extension;
    PixelType type = PixelType::U8;
    std::vector<int64_t> shape;  ///< [C,H,W] for npy, [H,W,C] for pictures; -1 where it varies
    double scale = 1, offset = 0;
    std::string unit, invalid, range;  ///< range: text "[lo, hi]" of legal decoded values, or empty
};

/// Complete or absent, never half. `fields` come in the order of FieldSpecs; the last is meta.json.
struct Sample {
    SampleKey key;
    std::string split;  ///< "train", "val" or "test"
    std::vector<Field> fields;
};

}  // namespace radforge
