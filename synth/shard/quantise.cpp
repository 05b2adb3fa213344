// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/quantise.h"

#include "synth/base/error.h"
#include "synth/shard/number_text.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace radforge::shard {
namespace {

constexpr int16_t kInvalid = -32768;
constexpr double kLargest = 32767;  ///< -32768 stays free for "invalid", whether or not a field uses it

bool stored_as_float(const NumericField& field, Profile profile) {
    return field.always_float || profile == Profile::F32;
}

Affine affine_of(const NumericField& field) {
    return field.affine ? *field.affine : Affine::covering(field.range);
}

[[noreturn]] void reject(const NumericField& field, size_t position, float value) {
    throw Error(ErrorKind::BadData, "value out of range at position " + std::to_string(position))
        .where(field.name)
        .got(number_text(double(value)))
        .expected(range_text(field.range));
}

void check_shape(const NumericField& field, Span<const float> values, const std::vector<int64_t>& shape) {
    int64_t count = 1;
    bool fits = shape.size() == field.shape.size();
    for (size_t i = 0; i < shape.size(); ++i) {
        count *= shape[i];
        fits = fits && shape[i] > 0 && (field.shape[i] == -1 || field.shape[i] == shape[i]);
    }
    if (!fits || count != int64_t(values.size()))
        throw Error(ErrorKind::BadData, "wrong shape")
            .where(field.name)
            .got(shape_text(shape))
            .expected(shape_text(field.shape));
}

double step_of(double value, Affine affine) { return std::nearbyint((value - affine.offset) / affine.scale); }

/// Whether 16 bits hold the steps of every legal value.
bool holds_all(Affine affine, Range<double> range) {
    return std::fabs(step_of(range.lo, affine)) <= kLargest &&
           std::fabs(step_of(range.hi, affine)) <= kLargest;
}

/// Whether all values are legal and none is NaN.
bool all_within(Range<double> range, Span<const float> values) {
    const float* const v = values.data();
    const size_t count = values.size();
    uint64_t outside = 0;  // as wide as the comparisons, whose lanes are narrowed otherwise
    for (size_t i = 0; i < count; ++i)
        outside |= uint64_t(!(double(v[i]) >= range.lo)) | uint64_t(!(double(v[i]) <= range.hi));
    return outside == 0;
}

/// Steps of values that are all_within() a range of which 16 bits hold all: no branch is needed.
void store_quickly(Affine affine, Span<const float> values, int16_t* stored) {
    const float* const v = values.data();
    const size_t count = values.size();
    for (size_t i = 0; i < count; ++i) stored[i] = int16_t(int(step_of(double(v[i]), affine)));
}

/// @throws Error at the first value that is illegal
void store_carefully(const NumericField& field, Affine affine, Span<const float> values, int16_t* stored) {
    for (size_t i = 0; i < values.size(); ++i) {
        if (std::isnan(values[i])) {
            if (!field.nan_is_invalid) reject(field, i, values[i]);
            stored[i] = kInvalid;
            continue;
        }
        const double step = step_of(double(values[i]), affine);
        if (!field.range.contains(double(values[i])) || !(std::fabs(step) <= kLargest))
            reject(field, i, values[i]);
        stored[i] = int16_t(step);
    }
}

}  // namespace

Profile parse_profile(const std::string& name) {
    if (name == "raw") return Profile::Raw;
    if (name == "gz") return Profile::Gz;
    if (name == "f32") return Profile::F32;
    throw Error(ErrorKind::BadData, "unknown storage profile")
        .got("'" + name + "'")
        .expected("raw, gz or f32");
}

Affine Affine::covering(Range<double> range) {
    const double reach = std::max(std::fabs(range.lo), std::fabs(range.hi));
    if (!(range.lo <= range.hi) || !(reach > 0) || !std::isfinite(reach))
        throw Error(ErrorKind::BadData, "no scale covers this range")
            .got(range_text(range))
            .expected("a finite range");
    return {reach / 32767, 0};
}

FieldSpec spec_of(const NumericField& field, Profile profile) {
    FieldSpec spec;
    spec.name = field.name;
    spec.extension = profile == Profile::Gz ? "npy.gz" : "npy";
    spec.shape = field.shape;
    spec.unit = field.unit;
    spec.range = range_text(field.range);
    if (stored_as_float(field, profile)) {
        spec.type = PixelType::F32;
        if (field.nan_is_invalid) spec.invalid = "NaN";
        return spec;
    }
    spec.type = PixelType::I16;
    const Affine affine = affine_of(field);
    if (!(affine.scale > 0) || !std::isfinite(affine.scale) || !std::isfinite(affine.offset))
        throw Error(ErrorKind::BadData, "scale must be positive and finite")
            .where(field.name)
            .got(number_text(affine.scale));
    spec.scale = affine.scale;
    spec.offset = affine.offset;
    if (field.nan_is_invalid) spec.invalid = std::to_string(kInvalid);
    return spec;
}

Field store(const NumericField& field, Profile profile, Span<const float> values,
            std::vector<int64_t> shape) {
    check_shape(field, values, shape);
    const FieldSpec spec = spec_of(field, profile);
    NdArray array;
    array.type = spec.type;
    array.shape = std::move(shape);
    array.bytes.resize(values.size() * bytes_per_value(spec.type));
    if (spec.type == PixelType::F32) {
        for (size_t i = 0; i < values.size(); ++i)
            if (std::isnan(values[i]) ? !field.nan_is_invalid : !field.range.contains(double(values[i])))
                reject(field, i, values[i]);
        std::memcpy(array.bytes.data(), values.data(), array.bytes.size());
        return {field.name, spec.extension, std::move(array)};
    }
    const Affine affine{spec.scale, spec.offset};
    auto* const stored = reinterpret_cast<int16_t*>(array.bytes.data());
    if (holds_all(affine, field.range) && all_within(field.range, values))
        store_quickly(affine, values, stored);
    else
        store_carefully(field, affine, values, stored);
    return {field.name, spec.extension, std::move(array)};
}

}  // namespace radforge::shard
