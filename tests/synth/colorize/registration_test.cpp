// SPDX-License-Identifier: Apache-2.0
#include "synth/colorize/registration.h"

#include "synth/base/error.h"
#include "synth/colorize/body_mask.h"
#include "tests/synth/colorize/visible_human_files.h"

#include <gtest/gtest.h>

#include <cmath>

namespace radforge::colorize {
namespace {

using testing::Scene;

constexpr double kDeg = 3.141592653589793 / 180;

RegistrationPair pair_of(const Scene& scene, const Similarity& transform) {
    RegistrationPair pair;
    pair.ct = testing::scene_ct(scene, 128, 1.25, 0);
    pair.ct_mask = body_mask(std::as_const(pair.ct).view<int16_t>());
    pair.ct_pixel_mm = 1.25;
    pair.photo = testing::scene_photo(scene, 150, 200, 0.9, transform);
    pair.photo_mask = photo_body_mask(pair.photo);
    pair.photo_pixel_mm = 0.9;
    return pair;
}

std::vector<RegistrationPair> pairs_of(const Similarity& transform) {
    return {pair_of({0}, transform), pair_of({30}, transform)};
}

TEST(Registration, KnownTransformsAreRecovered) {
    const Similarity truths[] = {
        {1, 0, {0, 0}}, {1.04, 5 * kDeg, {6, -4}}, {0.95, -7 * kDeg, {-9, 5}}, {1.01, 12 * kDeg, {2, 8}}};
    for (const Similarity& truth : truths) {
        const std::vector<RegistrationPair> pairs = pairs_of(truth);
        const Similarity rough = match_moments(pairs), fine = refine(pairs, rough);
        EXPECT_NEAR(rough.scale, truth.scale, 0.03);
        EXPECT_NEAR(rough.angle_rad / kDeg, truth.angle_rad / kDeg, 3);
        EXPECT_NEAR(fine.scale, truth.scale, 0.008);
        EXPECT_NEAR(fine.angle_rad / kDeg, truth.angle_rad / kDeg, 0.5);
        for (const Vec2d p : {Vec2d{0, 0}, Vec2d{40, 10}, Vec2d{-30, -25}}) {
            const Vec2d found = fine(p), right = truth(p);
            EXPECT_NEAR(found.x, right.x, 0.6);
            EXPECT_NEAR(found.y, right.y, 0.6);
        }
        EXPECT_GE(mutual_information(pairs, fine), mutual_information(pairs, rough));
    }
}

TEST(Registration, InformationIsLargestWhereThePicturesLieRight) {
    const Similarity truth{1.02, 3 * kDeg, {4, 2}};
    const std::vector<RegistrationPair> pairs = pairs_of(truth);
    const double right = mutual_information(pairs, truth);
    Similarity wrong = truth;
    wrong.shift_mm.x += 5;
    EXPECT_LT(mutual_information(pairs, wrong), right - 0.05);
    wrong = truth;
    wrong.angle_rad += 5 * kDeg;
    EXPECT_LT(mutual_information(pairs, wrong), right - 0.05);
    wrong.shift_mm = {5000, 0};
    EXPECT_EQ(mutual_information(pairs, wrong), 0) << "nothing in common";
}

TEST(PhotoMask, GelatinIsOutside) {
    const Image photo = testing::scene_photo({0}, 150, 200, 0.9, {});
    const Image mask = photo_body_mask(photo);
    EXPECT_EQ(mask.view<uint8_t>()(5, 5), 0);
    EXPECT_EQ(mask.view<uint8_t>()(75, 100), 255);
    Image blue(20, 20, 3, PixelType::U8, ColorSpace::Srgb);
    for (int i = 0; i < 400; ++i) blue.values<uint8_t>()[size_t(3 * i + 2)] = 150;
    EXPECT_THROW(photo_body_mask(blue), Error);
}

TEST(ShrinkPhoto, IsTheMeanOfEachBlock) {
    Image photo(4, 5, 3, PixelType::U8, ColorSpace::Srgb);
    for (int r = 0; r < 4; ++r)
        for (int c = 0; c < 5; ++c) photo.view<uint8_t>()(r, c, 1) = uint8_t(10 * r + c);
    const Image small = shrink_photo(photo, 2);
    EXPECT_EQ(small.height_px, 2);
    EXPECT_EQ(small.width_px, 2);
    EXPECT_EQ(small.view<uint8_t>()(1, 1, 1), 28) << "columns 2.5 to 4.5 of rows 2 and 3";
    EXPECT_EQ(shrink_photo(photo, 1).view<uint8_t>()(3, 4, 1), 34);
}

TEST(ShrinkPhoto, KeepsTheMiddle) {
    for (int width = 6; width < 12; ++width) {
        Image photo(3, width, 1, PixelType::U8, ColorSpace::Srgb);
        for (int c = 0; c < width; ++c)
            for (int r = 0; r < 3; ++r) photo.view<uint8_t>()(r, c) = uint8_t(20 * c);
        const Image small = shrink_photo(photo, 3);
        double sum = 0;
        for (int c = 0; c < small.width_px; ++c) sum += small.view<uint8_t>()(0, c);
        EXPECT_NEAR(sum / small.width_px, 20 * 0.5 * (width - 1), 0.5) << width;
    }
}

TEST(ResamplePhoto, UndoesTheTransform) {
    // A photograph whose red is its own x in mm + 100, and green its y + 100.
    Image photo(200, 200, 3, PixelType::U8, ColorSpace::Srgb);
    for (int r = 0; r < 200; ++r)
        for (int c = 0; c < 200; ++c) {
            photo.view<uint8_t>()(r, c, 0) = uint8_t(std::lround(c - 99.5 + 100));
            photo.view<uint8_t>()(r, c, 1) = uint8_t(std::lround(r - 99.5 + 100));
        }
    const Similarity t{1.1, 10 * kDeg, {7, -12}};
    const Image ct_grid = resample_photo(photo, 1, t, 64, 64, 2, {1, 2, 3});
    for (const auto& [r, c] : {std::pair{30, 30}, {20, 45}, {50, 12}}) {
        const Vec2d at = t({(c - 31.5) * 2, (r - 31.5) * 2});
        EXPECT_NEAR(ct_grid.view<uint8_t>()(r, c, 0), at.x + 100, 1.2);
        EXPECT_NEAR(ct_grid.view<uint8_t>()(r, c, 1), at.y + 100, 1.2);
    }
    const Image far = resample_photo(photo, 1, {1, 0, {1000, 0}}, 8, 8, 2, {1, 2, 3});
    EXPECT_EQ(far.view<uint8_t>()(4, 4, 2), 3);
}

TEST(Transforms, LinesGoOutAndComeBack) {
    const TransformRow row{1001, 1377, {1.0123456, -2.5 * kDeg, {3.25, -17.5}}};
    const auto rows = parse_transforms(
        "# from the atlas\n" + transform_line(row) + "  # head\n\n1378 2878 1 0 0 0\n", "t.txt");
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].first, 1001);
    EXPECT_EQ(rows[0].last, 1377);
    EXPECT_NEAR(rows[0].transform.scale, row.transform.scale, 1e-9);
    EXPECT_NEAR(rows[0].transform.angle_rad, row.transform.angle_rad, 1e-10);
    EXPECT_EQ(rows[0].transform.shift_mm, row.transform.shift_mm);
    for (const char* bad :
         {"", "1 2 3\n", "10 5 1 0 0 0\n", "1 2 0 0 0 0\n", "1 2 1 0 0 0 7\n", "1 2 1 x 0 0\n"})
        EXPECT_THROW(parse_transforms(bad, "t.txt"), Error) << bad;
    try {
        parse_transforms("1 2 1 0 0 0\nnonsense\n", "t.txt");
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("t.txt:2"), std::string::npos);
    }
}

}  // namespace
}  // namespace radforge::colorize
