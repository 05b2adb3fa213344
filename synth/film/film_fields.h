// SPDX-License-Identifier: Apache-2.0
/// From maps in memory to members of a sample.
#pragma once
#include "synth/base/image.h"
#include "synth/film/film_config.h"
#include "synth/shard/quantise.h"
#include "synth/shard/sample.h"

#include <string>
#include <vector>

namespace radforge::film {

/// [H,W,C] interleaved to [C,H,W].
template <class T>
std::vector<T> planar(const Image& image) {
    const auto in = image.view<T>();
    std::vector<T> out;
    out.reserve(image.value_count());
    for (int k = 0; k < image.channels; ++k)
        for (int r = 0; r < image.height_px; ++r)
            for (int c = 0; c < image.width_px; ++c) out.push_back(in(r, c, k));
    return out;
}

/// @param image f32; @throws Error naming the field when a value lies outside its range
inline Field stored(const shard::NumericField& field, const FilmConfig& config, const Image& image) {
    return shard::store(field, shard::parse_profile(config.dataset.profile), planar<float>(image),
                        {image.channels, image.height_px, image.width_px});
}

inline FieldSpec picture_spec(const char* name, const std::string& extension, int height, int width,
                              int channels) {
    FieldSpec spec;
    spec.name = name;
    spec.extension = extension;
    spec.shape = {height, width, channels};
    return spec;
}

}  // namespace radforge::film
