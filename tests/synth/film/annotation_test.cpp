// SPDX-License-Identifier: Apache-2.0
#include "synth/film/annotation.h"

#include "tests/synth/film/ball_volume.h"

#include <gtest/gtest.h>

namespace radforge::film {
namespace {

TEST(Annotation, InventsEverythingButTheTechniqueOfTheScan) {
    const Volume volume = ball_volume(12);
    Rng a({Seed{1}, 0}, Stream::Film), b({Seed{1}, 0}, Stream::Film), c({Seed{1}, 1}, Stream::Film);
    const AnnotationRecipe one = draw_annotation(volume, a), same = draw_annotation(volume, b),
                           other = draw_annotation(volume, c);
    EXPECT_EQ(one.patient_name + one.patient_id + one.study_date,
              same.patient_name + same.patient_id + same.study_date);
    EXPECT_NE(one.patient_id, other.patient_id);
    EXPECT_EQ(one.kv, 120);
    EXPECT_EQ(one.thickness_mm, 8);
    EXPECT_NEAR(one.tilt_deg, 12, 1e-9);
}

TEST(Annotation, LinesAreCountedAndFilled) {
    AnnotationRecipe recipe;
    recipe.scanner = "SCANNER";
    recipe.lines = 3;
    PanelFacts facts;
    facts.image_number = 17;
    facts.window_width_hu = 80;
    facts.window_center_hu = 40;
    const CornerText text = corner_text(recipe, facts);
    EXPECT_EQ(text.top_left.size(), 3u);
    EXPECT_EQ(text.top_left[0], "SCANNER");
    EXPECT_EQ(text.bottom_right, (std::vector<std::string>{"W 80", "L 40"}));
    recipe.lines = 6;
    EXPECT_EQ(corner_text(recipe, facts).top_left[3], "Im: 17");
    facts.scout = true;
    EXPECT_EQ(corner_text(recipe, facts).top_left[3], "SCOUT");
    EXPECT_EQ(corner_text(recipe, facts).top_left.size(), 4u);
}

TEST(Annotation, OrientationLettersFollowThePatientAxes) {
    PanelFacts facts;
    orientation_letters({1, 0, 0}, {0, 1, 0}, facts);  // axial, as printed
    EXPECT_EQ(facts.left + facts.right + facts.top + facts.bottom, "RLAP");
    orientation_letters({0, 0.9, 0.3}, {0.1, 0, -1}, facts);  // sagittal, a little oblique
    EXPECT_EQ(facts.left + facts.right + facts.top + facts.bottom, "APHF");
}

TEST(Annotation, TextStaysInsideTheBox) {
    Rng rng({Seed{3}, 0}, Stream::Film);
    AnnotationRecipe recipe = draw_annotation(ball_volume(), rng);
    recipe.lines = 6;
    PanelFacts facts;
    facts.magnification = 0.4;
    orientation_letters({1, 0, 0}, {0, 1, 0}, facts);
    for (const char* face : {"mono", "sans", "bold"})
        for (const double side : {60.0, 200.0, 400.0}) {
            recipe.typeface = face;
            Image ink(500, 500, 1, PixelType::F32, ColorSpace::Data);
            const RectPx box{40, 50, 40 + side, 50 + side};
            const auto lines = annotate(ink, box, box, recipe, facts, side / 80);
            EXPECT_GE(lines.size(), 15u);
            for (const RectPx& line : lines) {
                EXPECT_GE(line.left, box.left);
                EXPECT_GE(line.top, box.top);
                EXPECT_LE(line.right, box.right);
                EXPECT_LE(line.bottom, box.bottom);
            }
            for (int r = 0; r < 500; ++r)
                for (int c = 0; c < 500; ++c)
                    if (r < 49 || c < 39 || r > 51 + side || c > 41 + side) {
                        ASSERT_EQ(ink.view<float>()(r, c), 0) << r << " " << c;
                    }
        }
}

}  // namespace
}  // namespace radforge::film
