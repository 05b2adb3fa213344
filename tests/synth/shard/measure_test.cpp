// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/measure.h"

#include "synth/base/error.h"
#include "synth/base/rng.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace radforge::shard {
namespace {

FieldSpec float_spec() {
    FieldSpec spec;
    spec.name = "depth";
    spec.extension = "npy";
    spec.type = PixelType::F32;
    spec.shape = {2, 1, -1};
    return spec;
}

template <class T>
Field array_field(const std::vector<T>& values, std::vector<int64_t> shape, PixelType type) {
    NdArray array;
    array.type = type;
    array.shape = std::move(shape);
    array.bytes.resize(values.size() * sizeof(T));
    std::memcpy(array.bytes.data(), values.data(), array.bytes.size());
    return {"depth", "npy", array};
}

TEST(Measure, MomentsAreThoseOfEachChannel) {
    const FieldStats stats =
        measure(float_spec(), array_field<float>({1, 2, 3, 6, -5, -5, -5, -5}, {2, 1, 4}, PixelType::F32));
    ASSERT_EQ(stats.channels.size(), 2u);
    EXPECT_EQ(stats.channels[0].lowest, 1);
    EXPECT_EQ(stats.channels[0].highest, 6);
    EXPECT_EQ(stats.channels[0].mean, 3);
    EXPECT_DOUBLE_EQ(stats.channels[0].deviation(), std::sqrt(14. / 4));
    EXPECT_EQ(stats.channels[1].mean, -5);
    EXPECT_EQ(stats.channels[1].deviation(), 0);
}

/// The definition, in double precision.
template <class T>
void expect_moments(const ChannelStats& stats, const std::vector<T>& values, const FieldSpec& spec) {
    double mean = 0, squares = 0;
    const auto decoded = [&](T value) { return value * spec.scale + spec.offset; };
    for (const T value : values) mean += decoded(value) / double(values.size());
    for (const T value : values) squares += (decoded(value) - mean) * (decoded(value) - mean);
    const auto [lowest, highest] = std::minmax_element(values.begin(), values.end());
    EXPECT_EQ(stats.count, values.size());
    EXPECT_EQ(stats.lowest, decoded(*lowest));
    EXPECT_EQ(stats.highest, decoded(*highest));
    EXPECT_NEAR(stats.mean, mean, 1e-11 * spec.scale * std::numeric_limits<T>::max());
    EXPECT_NEAR(stats.squares, squares, 1e-11 * squares + 1e-12);
}

template <class T>
void expect_exact_integers(T lo, T hi) {
    FieldSpec spec = float_spec();
    spec.type = pixel_type_of<T>();
    spec.shape = {1, 1, -1};
    spec.scale = 0.25, spec.offset = 3;
    for (const int count : {1, 31, 8192, 50001}) {
        Rng rng({{5}, uint64_t(count)}, Stream::Geometry);
        std::vector<T> values(size_t(count), hi);  // the largest squares there are
        for (const bool random : {false, true}) {
            if (random)
                for (T& value : values) value = T(rng.uniform(double(lo), double(hi)));
            expect_moments(measure(spec, array_field<T>(values, {1, 1, count}, spec.type)).channels[0],
                           values, spec);
        }
    }
}

TEST(Measure, IntegersHaveTheMomentsOfTheirDecodedValues) {
    expect_exact_integers<uint8_t>(0, 255);
    expect_exact_integers<uint8_t>(250, 255);
    expect_exact_integers<int16_t>(-32767, 32767);
    expect_exact_integers<int16_t>(-32000, -32768);
}

TEST(Measure, MergingPartsEqualsMeasuringTheWhole) {
    std::vector<float> values;
    for (int i = 0; i < 200; ++i) values.push_back(float(i * i % 37) - 10);
    FieldSpec spec = float_spec();
    spec.shape = {1, 1, -1};
    const ChannelStats whole =
        measure(spec, array_field<float>(values, {1, 1, 200}, PixelType::F32)).channels[0];
    FieldStats merged;
    for (const auto& [begin, end] : {std::pair(0, 7), std::pair(7, 150), std::pair(150, 200)})
        merged.merge(measure(spec, array_field<float>({values.begin() + begin, values.begin() + end},
                                                      {1, 1, end - begin}, PixelType::F32)));
    EXPECT_EQ(merged.channels[0].count, 200u);
    EXPECT_NEAR(merged.channels[0].mean, whole.mean, 1e-12);
    EXPECT_NEAR(merged.channels[0].deviation(), whole.deviation(), 1e-12);
    EXPECT_EQ(merged.channels[0].lowest, whole.lowest);
}

TEST(Measure, InvalidValuesAreCountedAndLeftOut) {
    FieldSpec spec = float_spec();
    EXPECT_THROW(measure(spec, array_field<float>({NAN, 1, 2, 3}, {2, 1, 2}, PixelType::F32)), Error);
    spec.invalid = "NaN";
    const FieldStats stats = measure(spec, array_field<float>({NAN, 1, 2, 3}, {2, 1, 2}, PixelType::F32));
    EXPECT_EQ(stats.channels[0].invalid, 1u);
    EXPECT_EQ(stats.channels[0].mean, 1);
    spec.type = PixelType::I16;
    spec.invalid = "-32768";
    spec.scale = 0.5;
    EXPECT_EQ(
        measure(spec, array_field<int16_t>({-32768, 3, 4, 4}, {2, 1, 2}, PixelType::I16)).channels[0].mean,
        1.5);
}

TEST(Measure, RangeTypeShapeAndNameAreEnforced) {
    FieldSpec spec = float_spec();
    spec.range = "[0, 2]";
    EXPECT_NO_THROW(measure(spec, array_field<float>({0, 2}, {2, 1, 1}, PixelType::F32)));
    EXPECT_THROW(measure(spec, array_field<float>({0, 2.001f}, {2, 1, 1}, PixelType::F32)), Error);
    EXPECT_THROW(measure(spec, array_field<float>({0, -INFINITY}, {2, 1, 1}, PixelType::F32)), Error);
    EXPECT_THROW(measure(spec, array_field<float>({0, 1}, {1, 1, 2}, PixelType::F32)), Error);
    EXPECT_THROW(measure(spec, array_field<int16_t>({0, 1}, {2, 1, 1}, PixelType::I16)), Error);
    Field other = array_field<float>({0, 1}, {2, 1, 1}, PixelType::F32);
    other.name = "depht";
    EXPECT_THROW(measure(spec, other), Error);
}

TEST(Measure, ReadsHalfPrecision) {
    FieldSpec spec = float_spec();
    spec.type = PixelType::F16;
    spec.shape = {1, 1, 5};
    // IEEE 754 binary16: 1, -2, 65504, the smallest subnormal, 0
    const FieldStats stats =
        measure(spec, array_field<uint16_t>({0x3c00, 0xc000, 0x7bff, 0x0001, 0}, {1, 1, 5}, PixelType::F16));
    EXPECT_EQ(stats.channels[0].lowest, -2);
    EXPECT_EQ(stats.channels[0].highest, 65504);
    EXPECT_DOUBLE_EQ(stats.channels[0].mean, (65503 + std::ldexp(1, -24)) / 5);
}

}  // namespace
}  // namespace radforge::shard
