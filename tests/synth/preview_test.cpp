// SPDX-License-Identifier: Apache-2.0
#include "synth/preview.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <set>

namespace radforge {
namespace {

Field array_field(const std::string& name, std::vector<int64_t> shape, const std::vector<float>& values) {
    NdArray array;
    array.shape = std::move(shape);
    array.bytes.resize(values.size() * 4);
    std::memcpy(array.bytes.data(), values.data(), array.bytes.size());
    return {name, "npy", std::move(array)};
}

FieldSpec spec_named(const std::string& name) {
    FieldSpec spec;
    spec.name = name;
    spec.extension = "npy";
    spec.type = PixelType::F32;
    return spec;
}

TEST(Preview, UvIsRedToTheRightAndGreenDownwards) {
    const Image picture =
        *show(array_field("uv", {2, 1, 3}, {0.0f, 0.5f, 1.0f, 0.25f, 0.25f, 0.25f}), spec_named("uv"));
    const auto p = picture.view<uint8_t>();
    EXPECT_EQ(p(0, 2, 0), 255);
    EXPECT_EQ(p(0, 1, 0), 128);
    EXPECT_EQ(p(0, 1, 1), 64);
    EXPECT_EQ(p(0, 1, 2), 0);
}

TEST(Preview, HalvesAreShownLikeFloats) {
    NdArray array;
    array.type = PixelType::F16;
    array.shape = {1, 1, 3};
    const uint16_t halves[3] = {0x0000, 0x3c00, 0x4000};  // 0, 1, 2
    array.bytes.resize(sizeof halves);
    std::memcpy(array.bytes.data(), halves, sizeof halves);
    FieldSpec spec = spec_named("depth");
    spec.type = PixelType::F16;
    const Image from_half = *show({"depth", "npy", array}, spec);
    const Image from_float = *show(array_field("depth", {1, 1, 3}, {0, 1, 2}), spec_named("depth"));
    EXPECT_EQ(from_half.bytes, from_float.bytes);
}

TEST(Preview, MissingValuesAreBlack) {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const Image picture = *show(array_field("bm", {2, 1, 2}, {nan, 0.0f, nan, 1.0f}), spec_named("bm"));
    const auto p = picture.view<uint8_t>();
    EXPECT_EQ(p(0, 0, 0), 0);
    EXPECT_EQ(p(0, 1, 0), 128);
    EXPECT_EQ(p(0, 1, 1), 255);
}

TEST(Preview, LabelsHaveAColourEachAndZeroIsBlack) {
    Image labels(1, 41, 1, PixelType::U8, ColorSpace::Data);
    for (int c = 0; c <= 40; ++c) labels.view<uint8_t>()(0, c) = uint8_t(c);
    const Image picture = *show({"labels", "png", labels}, spec_named("labels"));
    const auto p = picture.view<uint8_t>();
    std::set<int> colours;
    for (int c = 0; c <= 40; ++c) colours.insert(p(0, c, 0) << 16 | p(0, c, 1) << 8 | p(0, c, 2));
    EXPECT_EQ(colours.size(), 41u);
    EXPECT_EQ(p(0, 0, 0) + p(0, 0, 1) + p(0, 0, 2), 0);
}

TEST(Preview, TextHasNoPicture) {
    EXPECT_FALSE(show({"meta", "json", std::string("{}")}, spec_named("meta")).has_value());
}

TEST(Preview, ContactSheetHasARowPerSampleAndATilePerPictureMember) {
    std::vector<Sample> samples(3);
    for (Sample& s : samples) {
        s.split = "train";
        s.fields.push_back({"photo", "png", Image(40, 60, 3, PixelType::U8, ColorSpace::Srgb)});
        s.fields.push_back(array_field("uv", {2, 40, 60}, std::vector<float>(2 * 40 * 60, 0.5f)));
        s.fields.push_back({"meta", "json", std::string("{}")});
    }
    FieldSpec photo = spec_named("photo");
    const Image sheet = contact_sheet(samples, {photo, spec_named("uv"), spec_named("meta")}, 40);
    EXPECT_GT(sheet.width_px, 2 * 60);
    EXPECT_LT(sheet.width_px, 3 * 60);
    EXPECT_GT(sheet.height_px, 3 * 40);
}

}  // namespace
}  // namespace radforge
