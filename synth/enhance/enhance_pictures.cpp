// SPDX-License-Identifier: Apache-2.0
#include "synth/enhance/enhance_pictures.h"

#include "synth/base/error.h"
#include "synth/enhance/remap.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace radforge::enhance {
namespace {

constexpr double kFullBias = 2;

struct Member {
    const NdArray& array;
    const FieldSpec& spec;
    int height() const { return int(array.shape[1]); }
    int width() const { return int(array.shape[2]); }
    double at(size_t i) const {
        const double stored = array.type == PixelType::F32
                                  ? double(reinterpret_cast<const float*>(array.bytes.data())[i])
                                  : reinterpret_cast<const int16_t*>(array.bytes.data())[i];
        return stored * spec.scale + spec.offset;
    }
};

Member member(const Sample& sample, const DatasetPlan& plan, const std::string& name) {
    for (size_t i = 0; i < sample.fields.size(); ++i) {
        const auto* array = std::get_if<NdArray>(&sample.fields[i].value);
        if (sample.fields[i].name == name && array && array->shape.size() == 3)
            return {*array, plan.fields.at(i)};
    }
    throw Error(ErrorKind::BadData, "sample without the member " + name);
}

Tile grey(const Member& m) {
    Tile tile{m.spec.name, Image(m.height(), m.width(), 3, PixelType::U8, ColorSpace::Srgb)};
    const Span<uint8_t> to = tile.picture.values<uint8_t>();
    for (size_t i = 0; i < to.size(); ++i) to[i] = quantize_u8(float(m.at(i / 3) / kFullScale));
    return tile;
}

/// @param level  of a value: -1 blue, 0 white, 1 red
template <class F>
Tile diverging(const std::string& name, const Member& m, size_t channel, F level) {
    Tile tile{name, Image(m.height(), m.width(), 3, PixelType::U8, ColorSpace::Srgb)};
    const Span<uint8_t> to = tile.picture.values<uint8_t>();
    const size_t plane = to.size() / 3;
    for (size_t i = 0; i < plane; ++i) {
        const double t = std::clamp(level(m.at(channel * plane + i)), -1.0, 1.0), pale = 1 - std::abs(t);
        to[3 * i] = quantize_u8(float(t > 0 ? 1 - 0.2 * t : pale));
        to[3 * i + 1] = quantize_u8(float(pale));
        to[3 * i + 2] = quantize_u8(float(t < 0 ? 1 + 0.2 * t : pale));
    }
    return tile;
}

}  // namespace

std::vector<Tile> tiles(const Sample& sample, const DatasetPlan& plan, int) {
    const Member params = member(sample, plan, "params");
    return {grey(member(sample, plan, "raw")), grey(member(sample, plan, "target")),
            diverging("slope a", params, 0, [](double a) { return std::log2(a) / 2; }),
            diverging("bias b", params, 1, [](double b) { return b / kFullBias; })};
}

}  // namespace radforge::enhance
