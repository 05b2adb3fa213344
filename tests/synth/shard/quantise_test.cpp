// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/quantise.h"

#include "synth/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

namespace radforge::shard {
namespace {

NumericField uv() {
    NumericField field;
    field.name = "uv";
    field.shape = {1, 1, -1};
    field.range = {0, 1};
    return field;
}

std::vector<int16_t> stored(const NumericField& field, const std::vector<float>& values) {
    const Field result = store(field, Profile::Raw, values, {1, 1, int64_t(values.size())});
    const auto& array = std::get<NdArray>(result.value);
    EXPECT_EQ(array.type, PixelType::I16);
    std::vector<int16_t> out(values.size());
    std::memcpy(out.data(), array.bytes.data(), array.bytes.size());
    return out;
}

TEST(Quantise, StoredZeroDecodesToExactlyZeroAndTheEndsAreReached) {
    const FieldSpec spec = spec_of(uv(), Profile::Raw);
    EXPECT_EQ(stored(uv(), {0, 1, 0.5f}), (std::vector<int16_t>{0, 32767, 16384}));
    EXPECT_EQ(0 * spec.scale + spec.offset, 0.0);
    EXPECT_DOUBLE_EQ(32767 * spec.scale, 1.0);
}

TEST(Quantise, ErrorIsAtMostHalfAStepOverTheWholeRange) {
    NumericField field = uv();
    field.range = {-3, 2};
    const double step = spec_of(field, Profile::Raw).scale;
    std::vector<float> values;
    for (int i = 0; i <= 1000; ++i) values.push_back(-3.f + 0.005f * float(i));
    const std::vector<int16_t> codes = stored(field, values);
    for (size_t i = 0; i < values.size(); ++i)
        EXPECT_LE(std::fabs(codes[i] * step - double(values[i])), 0.5000001 * step);
}

TEST(Quantise, ValueOutOfRangeIsAnErrorWithItsPlaceNeverAClip) {
    try {
        stored(uv(), {0.5f, 1.0001f});
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr("uv"), testing::HasSubstr("position 1"),
                                                 testing::HasSubstr("expected [0, 1]")));
    }
    EXPECT_THROW(stored(uv(), {-1e-6f}), Error);
    EXPECT_THROW(stored(uv(), {std::nanf("")}), Error);
    EXPECT_THROW(stored(uv(), {INFINITY}), Error);
    EXPECT_THROW(store(uv(), Profile::F32, std::vector<float>{2}, {1, 1, 1}), Error);
}

TEST(Quantise, NanBecomesTheReservedCodeOnlyWhereItMay) {
    NumericField field = uv();
    field.nan_is_invalid = true;
    EXPECT_EQ(stored(field, {std::nanf(""), 1}), (std::vector<int16_t>{-32768, 32767}));
    EXPECT_EQ(spec_of(field, Profile::Raw).invalid, "-32768");
    EXPECT_EQ(spec_of(field, Profile::F32).invalid, "NaN");
}

TEST(Quantise, ExplicitScaleKeepsIntegersAsTheyAre) {
    NumericField field = uv();
    field.range = {-2048, 4095};
    field.affine = Affine{1, 0};
    EXPECT_EQ(stored(field, {-1024, 0, 3071}), (std::vector<int16_t>{-1024, 0, 3071}));
    field.affine = Affine{1, 32768};
    field.range = {1, 65535};
    EXPECT_EQ(stored(field, {1, 32768, 65535}), (std::vector<int16_t>{-32767, 0, 32767}));
    field.affine = Affine{0, 0};
    EXPECT_THROW(spec_of(field, Profile::Raw), Error);
}

TEST(Quantise, ProfilesChooseTypeAndExtension) {
    NumericField depth = uv();
    depth.always_float = true;
    EXPECT_EQ(spec_of(uv(), Profile::Raw).extension, "npy");
    EXPECT_EQ(spec_of(uv(), Profile::Gz).extension, "npy.gz");
    EXPECT_EQ(spec_of(uv(), Profile::Gz).type, PixelType::I16);
    EXPECT_EQ(spec_of(uv(), Profile::F32).type, PixelType::F32);
    EXPECT_EQ(spec_of(uv(), Profile::F32).scale, 1);
    EXPECT_EQ(spec_of(depth, Profile::Raw).type, PixelType::F32);
    EXPECT_THROW(parse_profile("zip"), Error);
}

TEST(Quantise, ShapeMustAgree) {
    EXPECT_THROW(store(uv(), Profile::Raw, std::vector<float>{1, 1}, {1, 1, 3}), Error);
    EXPECT_THROW(store(uv(), Profile::Raw, std::vector<float>{1, 1}, {1, 2, 1}), Error);
    EXPECT_THROW(store(uv(), Profile::Raw, std::vector<float>{1, 1}, {2, 1}), Error);
}

}  // namespace
}  // namespace radforge::shard
