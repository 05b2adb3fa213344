// SPDX-License-Identifier: Apache-2.0
#include "synth/film/sheet_config.h"

#include "synth/base/error.h"
#include "synth/film/sheet.h"
#include "tests/synth/film/ball_volume.h"

#include <gtest/gtest.h>

#include <set>

namespace radforge::film {
namespace {

/// Every field of a recipe as text.
struct Print {
    std::string text;
    void operator()(const char* key, double& v) { text += key + ("=" + std::to_string(v)) + "\n"; }
    void operator()(const char* key, int& v) { text += key + ("=" + std::to_string(v)) + "\n"; }
    void operator()(const char* key, bool& v) { text += key + std::string(v ? "=1\n" : "=0\n"); }
    void operator()(const char* key, std::string& v) { text += key + ("=" + v) + "\n"; }
    void operator()(const char*, AnnotationRecipe& v) { v.visit(*this); }
};

std::string printed(SheetRecipe recipe) {
    Print print;
    recipe.visit(print);
    return print.text;
}

Rng stream(uint64_t index) { return Rng({Seed{11}, index}, Stream::Film); }

TEST(DrawSheet, IsAPureFunctionOfTheKey) {
    const Volume volume = ball_volume();
    Rng a = stream(4), b = stream(4), c = stream(5);
    const std::string one = printed(draw_sheet({}, volume, a));
    EXPECT_EQ(one, printed(draw_sheet({}, volume, b)));
    EXPECT_NE(one, printed(draw_sheet({}, volume, c)));
}

TEST(DrawSheet, EveryDrawFitsTheVolumeAndTheFilm) {
    const Volume volume = ball_volume();
    std::set<std::string> layouts, sizes;
    int scouts = 0, seconds = 0, descending = 0;
    for (uint64_t i = 0; i < 500; ++i) {
        Rng rng = stream(i);
        const SheetRecipe r = draw_sheet({}, volume, rng);
        layouts.insert(r.layout);
        sizes.insert(r.size);
        scouts += r.scout;
        seconds += r.second_window_from_box > 0;
        descending += r.slice_step < 0;
        EXPECT_LE(r.clear_rim_mm, r.margin_mm);
        EXPECT_TRUE(r.width_mm == r.height_mm ||
                    (r.orientation == "landscape") == (r.width_mm > r.height_mm));
        const int boxes =
            int(image_boxes(parse_display_format(r.layout), {r.width_mm, r.height_mm}, r.margin_mm, r.gap_mm)
                    .size()) -
            r.scout;
        const int once = r.second_window_from_box > 0 ? r.second_window_from_box : boxes;
        int shown = 0;
        for (int k = 0; k < once; ++k) {
            const int slice = r.slice_first + k * r.slice_step;
            shown += slice >= 0 && slice < volume.slices;
        }
        EXPECT_GE(shown, std::min(once, volume.slices));
    }
    EXPECT_GE(layouts.size(), 10u);  // six formats and their turned ones
    EXPECT_GE(sizes.size(), 4u);
    EXPECT_NEAR(scouts, 150, 40);
    EXPECT_NEAR(seconds, 100, 36);
    EXPECT_NEAR(descending, 75, 32);
}

TEST(DrawSheet, ImpossibleAndMalformedLayoutsNameTheKey) {
    SheetConfig config;
    config.layouts = {"STANDARD\\40,40"};
    Rng rng = stream(0);
    try {
        draw_sheet(config, ball_volume(), rng);
        FAIL() << "a film of 1600 boxes passed";
    } catch (const Error& e) {
        EXPECT_EQ(e.kind(), ErrorKind::BadData);
        EXPECT_NE(std::string(e.what()).find("film.layouts"), std::string::npos) << e.what();
    }
    config.layouts = {"4x5"};
    EXPECT_THROW(draw_sheet(config, ball_volume(), rng), Error);
    config.layouts = {};
    EXPECT_THROW(draw_sheet(config, ball_volume(), rng), Error);
}

TEST(CheckSheetConfig, FindsTheOneImpossibleCombination) {
    SheetConfig config;
    EXPECT_NO_THROW(check_sheet_config(config));
    config.layouts.push_back("ROW\\1,13");  // 13 boxes across 203 mm less margins and gaps: 11.6 mm each
    config.sizes.of = {{"14INX17IN", 1.0}};
    EXPECT_NO_THROW(check_sheet_config(config));
    config.sizes.of["8INX10IN"] = 0.01;
    try {
        check_sheet_config(config);
        FAIL();
    } catch (const Error& e) {
        EXPECT_NE(std::string(e.what()).find("film.layouts"), std::string::npos);
    }
    config.sizes.of["8INX10IN"] = 0;
    EXPECT_NO_THROW(check_sheet_config(config));
}

TEST(CheckSheetConfig, FindsNumbersThatDoNotGoTogether) {
    const auto message = [](const SheetConfig& config) -> std::string {
        try {
            check_sheet_config(config);
        } catch (const Error& e) {
            EXPECT_EQ(e.kind(), ErrorKind::Usage);
            return e.what();
        }
        return "";
    };
    SheetConfig config;
    config.spot_sigma_um = 1000.0;  // 4.8 texels of a film of 431.8 mm, 20.2 of one of 203.2 mm
    config.texture_height_px = 4096;
    config.sizes.of = {{"14INX17IN", 1.0}};
    EXPECT_EQ(message(config), "");
    config.sizes.of["8INX10IN"] = 1;
    EXPECT_NE(message(config).find("film.spot_sigma_um"), std::string::npos);
    config = {};
    config.density_min = config.density_max = 1.0;
    EXPECT_NE(message(config).find("film.density_min"), std::string::npos);
}

TEST(DrawSheet, TheOnlyWindowHasNoSecond) {
    SheetConfig config;
    config.windows.second_probability = 1;
    config.windows.chest.of = {{"bone", 0}, {"lung", 1}, {"mediastinum", 0}};
    Volume volume = ball_volume();
    volume.body_part = BodyPart::Chest;
    for (uint64_t i = 0; i < 20; ++i) {
        Rng rng = stream(i);
        EXPECT_EQ(draw_sheet(config, volume, rng).second_window_from_box, 0);
    }
}

TEST(DrawSheet, WindowsFollowTheBodyPart) {
    SheetConfig config;
    config.windows.center_jitter_hu = 0.0;
    config.windows.width_factor = 1.0;
    Volume volume = ball_volume();
    volume.body_part = BodyPart::Chest;
    std::set<double> centers;
    for (uint64_t i = 0; i < 60; ++i) {
        Rng rng = stream(i);
        centers.insert(draw_sheet(config, volume, rng).window_center_hu);
    }
    EXPECT_EQ(centers, (std::set<double>{-600, 40, 500}));
}

}  // namespace
}  // namespace radforge::film
