// SPDX-License-Identifier: Apache-2.0
#include "synth/film/annotation.h"

#include "tests/synth/film/ball_volume.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>

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
    for (const auto& [thickness_mm, printed] :
         {std::pair{5.0, "5.0 mm"}, {1.25, "1.2 mm"}, {0.6, "0.60 mm"}, {0.04, "0.04 mm"}}) {
        recipe.thickness_mm = thickness_mm;
        EXPECT_EQ(corner_text(recipe, facts).bottom_left[2], printed);
    }
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

TEST(Annotation, ScaleBarsHaveATickAtBothEndsAndAllBetween) {
    AnnotationRecipe recipe;
    recipe.lines = 0;
    recipe.orientation_letters = false;
    recipe.scale_bar = true;
    const RectPx box{20, 20, 420, 420};
    const auto ticks = [&](double magnification) {
        PanelFacts facts;
        facts.magnification = magnification;
        Image ink(440, 440, 1, PixelType::F32, ColorSpace::Data);
        annotate(ink, box, box, recipe, facts, 4);
        int count = 0;
        const int left_of_bar = int(box.right - 0.02 * box.width() - 3);
        for (int r = 1; r < 440; ++r)
            count += ink.view<float>()(r, left_of_bar) > 0 && ink.view<float>()(r - 1, left_of_bar) == 0;
        return count;
    };
    EXPECT_EQ(ticks(0.4), 11);  // 100 mm
    EXPECT_EQ(ticks(1), 6);     // 50 mm
    EXPECT_EQ(ticks(5), 2);     // 10 mm
    EXPECT_EQ(ticks(11), 6);    // 5 mm, by the millimetre
}

TEST(Annotation, NothingIsPrintedOverText) {
    Rng rng({Seed{5}, 0}, Stream::Film);
    AnnotationRecipe recipe = draw_annotation(ball_volume(), rng);
    recipe.hospital = "SANTA ORVILA IMAGING INSTITUTE";
    PanelFacts facts;
    facts.position_mm = -123.4;
    facts.magnification = 0.4;
    orientation_letters({1, 0, 0}, {0, 1, 0}, facts);
    const auto print = [&](const RectPx& box, int lines, bool letters, bool bar, Image& ink) {
        ink = Image(500, 500, 1, PixelType::F32, ColorSpace::Data);
        recipe.lines = lines;
        recipe.orientation_letters = letters;
        recipe.scale_bar = bar;
        const double side = std::min(box.width(), box.height()), x = 0.5 * (box.left + box.right),
                     y = 0.5 * (box.top + box.bottom);
        const RectPx image{x - 0.5 * side, y - 0.5 * side, x + 0.5 * side, y + 0.5 * side};
        return annotate(ink, box, image, recipe, facts, 2);
    };
    // Not under any text: what the second picture has above the first.
    const auto expect_beside = [](const std::vector<TextLine>& text, const Image& without,
                                  const Image& with) {
        for (const TextLine& t : text)
            for (int r = int(std::ceil(t.top)); r < int(t.bottom); ++r)
                for (int c = int(std::ceil(t.left)); c < int(t.right); ++c)
                    ASSERT_EQ(without.view<float>()(r, c), with.view<float>()(r, c)) << t.text;
    };
    for (const char* face : {"mono", "sans", "bold"})
        for (const double em : {0.018, 0.028, 0.05, 0.1})
            for (const RectPx& box : {RectPx{20, 20, 420, 420}, {20, 20, 420, 320}, {20, 20, 320, 450}}) {
                recipe.typeface = face;
                recipe.text_height = em;
                Image ink, other;
                const auto text = print(box, 6, true, true, ink);
                EXPECT_GE(text.size(), 12u);
                for (size_t i = 0; i < text.size(); ++i)
                    for (size_t k = 0; k < i; ++k)
                        EXPECT_FALSE(
                            text[i].left < text[k].right - 1e-6 && text[k].left < text[i].right - 1e-6 &&
                            text[i].top < text[k].bottom - 1e-6 && text[k].top < text[i].bottom - 1e-6)
                            << face << " " << em << " " << text[i].text << " and " << text[k].text;
                const auto lines = print(box, 6, false, false, other);
                print(box, 6, false, true, ink);
                expect_beside(lines, other, ink);
                print(box, 0, false, true, ink);
                other = Image(500, 500, 1, PixelType::F32, ColorSpace::Data);
                Image both;
                expect_beside(print(box, 0, true, true, both), other, ink);
            }
}

}  // namespace
}  // namespace radforge::film
