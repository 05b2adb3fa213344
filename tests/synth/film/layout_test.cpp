// SPDX-License-Identifier: Apache-2.0
#include "synth/film/layout.h"

#include "synth/base/error.h"

#include <gtest/gtest.h>

namespace radforge::film {
namespace {

std::string complaint(const std::string& layout, FilmSize size) {
    try {
        image_boxes(parse_display_format(layout), size, 5, 2);
    } catch (const Error& e) {
        return e.what();
    }
    return "";
}

TEST(DisplayFormat, StandardFillsTheFilmInReadingOrder) {
    const FilmSize size = film_size("14INX17IN");
    EXPECT_NEAR(size.width_mm, 355.6, 1e-9);
    EXPECT_NEAR(size.height_mm, 431.8, 1e-9);
    const auto boxes = image_boxes(parse_display_format("STANDARD\\4,5"), size, 5, 2);
    ASSERT_EQ(boxes.size(), 20u);
    EXPECT_NEAR(boxes[0].width_mm, (355.6 - 10 - 3 * 2) / 4, 1e-9);
    EXPECT_NEAR(boxes[0].height_mm, (431.8 - 10 - 4 * 2) / 5, 1e-9);
    EXPECT_NEAR(boxes[1].left_mm - boxes[0].left_mm, boxes[0].width_mm + 2, 1e-9);
    EXPECT_EQ(boxes[1].top_mm, boxes[0].top_mm);
    EXPECT_NEAR(boxes[19].left_mm + boxes[19].width_mm, 355.6 - 5, 1e-9);
    EXPECT_NEAR(boxes[19].top_mm + boxes[19].height_mm, 431.8 - 5, 1e-9);
}

TEST(DisplayFormat, UnequalRowsAndColumns) {
    const auto rows = image_boxes(parse_display_format("ROW\\1,3"), {200, 300}, 0, 0);
    ASSERT_EQ(rows.size(), 4u);
    EXPECT_NEAR(rows[0].width_mm, 200, 1e-9);
    EXPECT_NEAR(rows[1].width_mm, 200.0 / 3, 1e-9);
    EXPECT_NEAR(rows[1].top_mm, 150, 1e-9);
    const auto columns = image_boxes(parse_display_format("COL\\1,3"), {200, 300}, 0, 0);
    ASSERT_EQ(columns.size(), 4u);
    EXPECT_NEAR(columns[0].height_mm, 300, 1e-9);
    EXPECT_NEAR(columns[3].left_mm, 100, 1e-9);
    EXPECT_NEAR(columns[3].top_mm, 200, 1e-9);
}

TEST(DisplayFormat, TextSurvivesParsingAndTurningTwice) {
    for (const char* text : {"STANDARD\\3,4", "ROW\\1,2,3", "COL\\2,2"}) {
        const DisplayFormat format = parse_display_format(text);
        EXPECT_EQ(format.text(), text);
        EXPECT_EQ(format.turned().turned().text(), text);
        EXPECT_EQ(format.turned().boxes(), format.boxes());
    }
    EXPECT_EQ(parse_display_format("STANDARD\\3,4").turned().text(), "STANDARD\\4,3");
    EXPECT_EQ(parse_display_format("ROW\\1,2").turned().text(), "COL\\1,2");
}

TEST(DisplayFormat, MalformedTextIsAnError) {
    for (const char* text : {"", "4x5", "STANDARD\\4", "STANDARD\\4,5,6", "STANDARD\\4,", "ROW\\", "ROW\\0,1",
                             "COL\\-2", "standard\\2,2", "STANDARD\\2,2 "})
        EXPECT_THROW(parse_display_format(text), Error) << text;
}

TEST(DisplayFormat, ImpossibleLayoutNamesTheKey) {
    EXPECT_NE(complaint("STANDARD\\40,40", film_size("14INX17IN")).find("film.layouts"), std::string::npos);
    EXPECT_NE(complaint("STANDARD\\15,15", film_size("8INX10IN")).find("12 mm"), std::string::npos);
    EXPECT_EQ(complaint("STANDARD\\5,6", film_size("8INX10IN")), "");
}

TEST(FilmSize, UnknownNameListsTheChoices) {
    for (const std::string& name : film_size_names())
        EXPECT_LE(film_size(name).width_mm, film_size(name).height_mm);
    try {
        film_size("A4");
        FAIL();
    } catch (const Error& e) {
        EXPECT_NE(std::string(e.what()).find("24CMX30CM"), std::string::npos);
    }
}

}  // namespace
}  // namespace radforge::film
