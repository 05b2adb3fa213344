// SPDX-License-Identifier: Apache-2.0
#include "synth/export/film_grid.h"

#include "synth/base/error.h"
#include "synth/export/aligned_maps.h"
#include "tests/synth/export/film_set.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace radforge::exporter {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

Image plane(int h, int w) {
    Image map(h, w, 2, PixelType::F32, ColorSpace::Data);
    for (int r = 0; r < h; ++r)
        for (int c = 0; c < w; ++c) {
            map.view<float>()(r, c, 0) = float(3 + 0.5 * c - 0.25 * r);
            map.view<float>()(r, c, 1) = float(-1 + 0.125 * r);
        }
    return map;
}

FilmSample bent(double bend_per_m, bool corner_unseen = false, bool grids = false) {
    test::BentFilm film;
    film.grids = grids;
    film.bend_per_m = bend_per_m;
    film.width_px = 200;
    film.height_px = 220;
    film.corner_unseen = corner_unseen;
    const DatasetPlan plan = test::film_plan(film, "nowhere", 1);
    return film_sample(test::film_member_set(film, plan, 0, "train"), plan);
}

TEST(FillHoles, SlopeGoesOnIntoHolesInsideAndAtTheRim) {
    const Image truth = plane(13, 9);
    Image map = truth;
    for (const auto& [r, c] : {std::pair{0, 0}, {0, 1}, {1, 0}, {6, 4}, {6, 5}, {12, 8}, {12, 7}, {11, 8}})
        for (int k = 0; k < 2; ++k) map.view<float>()(r, c, k) = kNaN;
    const Image filled = fill_holes(map);
    for (size_t i = 0; i < truth.value_count(); ++i)
        EXPECT_NEAR(filled.values<float>()[i], truth.values<float>()[i], 1e-5);
}

TEST(FillHoles, KnownValuesStayBitForBit) {
    Image map = plane(16, 16);
    map.view<float>()(3, 3, 0) = 77;
    map.view<float>()(8, 9, 0) = kNaN;
    const Image filled = fill_holes(map);
    EXPECT_EQ(filled.view<float>()(3, 3, 0), 77);
    EXPECT_FALSE(std::isnan(filled.view<float>()(8, 9, 0)));
    EXPECT_EQ(filled.view<float>()(0, 15, 1), map.view<float>()(0, 15, 1));
}

// What a clip at the rim hides, a ninth of the film's width and height: the sheet's bend goes on below it.
TEST(FillHoles, PlaceUnderAClipComesWithinOnePixel) {
    FilmSample film = bent(1.5);
    const Image truth = bm_in_pixels(film);
    const auto bm = film.bm.view<float>();
    for (int i = 0; i < bm.height_px / 9; ++i)
        for (int j = bm.width_px * 4 / 9; j < bm.width_px * 5 / 9; ++j) bm(i, j, 0) = bm(i, j, 1) = kNaN;
    const Image guessed = bm_in_pixels(film);
    double worst = 0;
    for (size_t i = 0; i < truth.value_count(); ++i)
        worst =
            std::max(worst, std::abs(double(guessed.values<float>()[i]) - double(truth.values<float>()[i])));
    RecordProperty("worst_px", std::to_string(worst));
    EXPECT_GT(worst, 0);
    EXPECT_LT(worst, 1);
}

TEST(FillHoles, HiddenPlacesAreThoseOfTheSamplesGrids) {
    const auto worst = [](const Image& a, const Image& b) {
        double most = 0;
        for (size_t i = 0; i < a.value_count(); ++i)
            most = std::max(most, std::abs(double(a.values<float>()[i]) - double(b.values<float>()[i])));
        return most;
    };
    const FilmSample whole = bent(4, false, true);
    const Image px = bm_in_pixels(whole), wc_m = align(whole).wc_grid;
    EXPECT_GT(worst(bm_in_pixels(bent(4, true)), px), 1);
    EXPECT_LT(worst(bm_in_pixels(bent(4, true, true)), px), 0.05);
    EXPECT_LT(worst(align(bent(4, true, true)).wc_grid, wc_m), 1e-4);
}

TEST(FillHoles, MapThatIsAllHolesIsRefused) {
    Image map = plane(4, 4);
    for (float& v : map.values<float>()) v = kNaN;
    EXPECT_THROW(fill_holes(map), Error);
}

TEST(Resample, NodesLieWhereTheyAreNamed) {
    const Image map = plane(20, 10);  // value 0 at u, v: 3 + 0.5 (10 u - 0.5) - 0.25 (20 v - 0.5)
    const auto truth = [](double u, double v) { return 3 + 0.5 * (10 * u - 0.5) - 0.25 * (20 * v - 0.5); };
    const Image corners = resample(map, 5, 3, Nodes::Corners), centres = resample(map, 5, 3, Nodes::Centres),
                ends = resample(map, 5, 3, Nodes::Ends);
    for (int r = 0; r < 5; ++r)
        for (int c = 0; c < 3; ++c) {
            EXPECT_NEAR(corners.view<float>()(r, c, 0), truth(c / 2.0, r / 4.0), 1e-5);
            EXPECT_NEAR(centres.view<float>()(r, c, 0), truth((c + 0.5) / 3, (r + 0.5) / 5), 1e-5);
            EXPECT_NEAR(ends.view<float>()(r, c, 0), truth((c + 1) / 3.0, (r + 1) / 5.0), 1e-5);
        }
}

TEST(WcOnFilm, AgreesWithTheSheetWhereSeen) {
    const test::BentFilm shape = [] {
        test::BentFilm s;
        s.bend_per_m = 2;
        return s;
    }();
    const FilmSample film = bent(2);
    const Image wc = wc_on_film(film);
    int seen = 0;
    for (int i = 0; i < wc.height_px; ++i)
        for (int j = 0; j < wc.width_px; ++j) {
            const auto at = wc.view<float>();
            if (std::isnan(at(i, j, 0))) continue;
            ++seen;
            const Vec3d truth =
                shape.pose().to_world(shape.on_sheet((j + 0.5) / wc.width_px, (i + 0.5) / wc.height_px));
            EXPECT_NEAR(length(Vec3d{at(i, j, 0), at(i, j, 1), at(i, j, 2)} - truth), 0, 2e-5);
        }
    EXPECT_GT(seen, wc.height_px * wc.width_px * 9 / 10);
}

TEST(WcOnFilm, NothingIsInventedAcrossAFold) {
    FilmSample film = bent(0);
    // The right half of the photo shows another place of the film: uv jumps there.
    const auto uv = film.uv.view<float>();
    for (int r = 0; r < uv.height_px; ++r)
        for (int c = uv.width_px / 2; c < uv.width_px; ++c) uv(r, c, 0) = 0.9f;
    const Image wc = wc_on_film(film);
    for (int i = 0; i < wc.height_px; ++i)
        EXPECT_TRUE(std::isnan(wc.view<float>()(i, wc.width_px * 3 / 4, 0)));
}

TEST(FilmFrame, FlatFilmGivesBackItsPose) {
    const FilmSample film = bent(0, true);
    const FilmFrame frame = film_frame(film, wc_on_film(film));
    const Pose pose = test::BentFilm().pose();
    for (int k = 0; k < 3; ++k) EXPECT_NEAR(length(frame.axes.rows[k] - pose.rotation.column(k)), 0, 1e-5);
    EXPECT_NEAR(length(frame.origin_m - pose.translation_m), 0, 1e-5);
}

TEST(FilmFrame, BentFilmIsRigidAndFacesTheViewer) {
    const FilmSample film = bent(3);
    const FilmFrame frame = film_frame(film, wc_on_film(film));
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j)
            EXPECT_NEAR(dot(frame.axes.rows[i], frame.axes.rows[j]), i == j ? 1 : 0, 1e-9);
    EXPECT_NEAR(dot(frame.axes.rows[0], cross(frame.axes.rows[1], frame.axes.rows[2])), 1, 1e-9);
    const Pose camera = test::BentFilm().camera();
    EXPECT_GT(dot(frame.axes.rows[2], camera.translation_m - frame.origin_m), 0);
    // A cylinder is symmetric about the film's vertical middle line.
    EXPECT_GT(dot(frame.axes.rows[1], test::BentFilm().pose().rotation.column(1)), 0.9999);
}

TEST(Doc3dMaps, AxesAreThoseOfTheLoaders) {
    const FilmSample film = bent(0);
    const Aligned aligned = align(film);
    const Doc3dFrame frame(film, aligned);
    const Image wc = doc3d_wc(film, frame), normal = doc3d_normal(film, frame),
                depth = doc3d_depth(film, frame), uv = uv_up(film);
    const double s = 2.13 / 0.43;
    const auto mask = film.mask.view<uint8_t>();
    for (int r = 0; r < wc.height_px; ++r)
        for (int c = 0; c < wc.width_px; ++c) {
            const auto p = wc.view<float>(), n = normal.view<float>(), d = depth.view<float>();
            if (!mask(r, c)) {
                for (int k = 0; k < 3; ++k) {
                    EXPECT_EQ(p(r, c, k), 0);
                    EXPECT_EQ(n(r, c, k), 0);
                    EXPECT_EQ(d(r, c, k), 1e10f);
                    EXPECT_EQ(uv.view<float>()(r, c, k), 0);
                }
                continue;
            }
            const double u = double(film.uv.view<float>()(r, c, 0)),
                         v = double(film.uv.view<float>()(r, c, 1));
            EXPECT_NEAR(p(r, c, 0), s * (0.5 - v) * 0.43, 2e-4);   // top of the page: +x
            EXPECT_NEAR(p(r, c, 1), -s * (u - 0.5) * 0.35, 2e-4);  // u grows along -y
            EXPECT_NEAR(p(r, c, 2), 0, 2e-4);
            for (int k = 0; k < 3; ++k) EXPECT_NE(p(r, c, k), 0);
            EXPECT_NEAR(n(r, c, 2), 1, 1e-4);
            EXPECT_NEAR(d(r, c, 1), s * double(film.depth_m.view<float>()(r, c)), 1e-4);
            EXPECT_NEAR(uv.view<float>()(r, c, 1), 1 - v, 1e-6);
            EXPECT_EQ(uv.view<float>()(r, c, 2), 1);
        }
}

TEST(Doc3dMaps, NormalsOfAShakenCameraAreTurnedBackRowByRow) {
    test::BentFilm shape;
    shape.bend_per_m = 0;
    shape.turn_rad_per_s = {0.7, -0.6, 0.3};
    const DatasetPlan plan = test::film_plan(shape, "nowhere", 1);
    const FilmSample film = film_sample(test::film_member_set(shape, plan, 0, "train"), plan);
    const Image normal = doc3d_normal(film, Doc3dFrame(film, align(film)));
    const auto mask = film.mask.view<uint8_t>();
    for (int r = 0; r < normal.height_px; ++r)
        for (int c = 0; c < normal.width_px; ++c) {
            if (mask(r, c) == 0) continue;
            EXPECT_NEAR(normal.view<float>()(r, c, 2), 1, 1e-5) << "row " << r;
        }
}

TEST(ExpectMargin, FilmAtTheEdgeIsRefused) {
    FilmSample film = bent(0);
    EXPECT_NO_THROW(expect_margin(film));
    film.mask.view<uint8_t>()(100, 0) = 255;
    EXPECT_THROW(expect_margin(film), Error);
}

}  // namespace
}  // namespace radforge::exporter
