// SPDX-License-Identifier: Apache-2.0
// Maps and backward maps of sheets whose photo is known in closed form: every pixel and every texel, those on
// the rim included, within a thousandth of a pixel.
#include "render/geometry/backward_map.h"
#include "render/geometry/rounded_corners.h"
#include "render/path/maps.h"
#include "tests/render/path/scenes.h"

#include <gtest/gtest.h>

#include <cmath>

namespace radforge::path {
namespace {

constexpr double kWidth_m = 0.35, kHeight_m = 0.43, kCornerRadius_m = 0.004, kMostError_px = 1e-3;
constexpr int kSide_px = 448;

/// A film bent about an axis in its plane, 0.3 rad off its side; without curvature a plane.
struct Sheet {
    const char* name;
    double curvature_per_m;
    int columns, rows;

    Vec3d at(Vec2d uv) const {
        const double x = (uv.x - 0.5) * kWidth_m, z = (uv.y - 0.5) * kHeight_m, c = std::cos(0.3),
                     s = std::sin(0.3), across = c * x + s * z, along = c * z - s * x,
                     angle = across * curvature_per_m;
        if (curvature_per_m == 0) return {x, 0, z};
        const double bent = std::sin(angle) / curvature_per_m,
                     up = 2 * std::pow(std::sin(0.5 * angle), 2) / curvature_per_m;
        return {c * bent - s * along, up, s * bent + c * along};
    }
    Mesh mesh() const {
        std::vector<Vec3f> places;
        for (int j = 0; j < rows; ++j)
            for (int i = 0; i < columns; ++i)
                places.push_back(to_float(at({double(i) / (columns - 1), double(j) / (rows - 1)})));
        return geometry::with_rounded_corners(grid_mesh(columns, rows, std::move(places)), kWidth_m,
                                              kHeight_m, kCornerRadius_m);
    }
};

optics::Camera phone() {
    optics::Camera c = look_at({0.1, 0.42, 0.3}, {0, 0.02, 0.01}, kSide_px, kSide_px, 1.0 * kSide_px);
    c.k1 = -0.06;
    c.k2 = 0.02;
    c.p1 = 0.001;
    c.p2 = -0.0007;
    c.aperture_radius_m = 0.002;  // truth is that of the lens's centre
    c.aperture_blades = 5;
    c.focus_distance_m = 0.5;
    return c;
}

/// Where the ray through a place of the photo meets the sheet, which goes on beyond its edges here.
Vec2d seen_from(const Sheet& sheet, const optics::Camera& camera, Vec2d px) {
    Vec2d uv{0.5, 0.5};
    for (int step = 0; step < 40; ++step) {  // Newton's method, derivatives by differences
        constexpr double h = 1e-6;
        const auto miss = [&](Vec2d at) { return camera.project(sheet.at(at)) - px; };
        const Vec2d f = miss(uv), fu = (miss({uv.x + h, uv.y}) - f) * (1 / h),
                    fv = (miss({uv.x, uv.y + h}) - f) * (1 / h);
        const double area = cross(fu, fv);
        const Vec2d back{cross(f, fv) / area, cross(fu, f) / area};
        uv = uv - back * std::min(1.0, 0.2 / length(back));
        if (length(back) < 1e-12) break;
    }
    return uv;
}

/// Metres inside the outline of the film with its round corners, negative outside.
double inside_m(Vec2d uv) {
    const double x = std::abs(uv.x - 0.5) * kWidth_m - (0.5 * kWidth_m - kCornerRadius_m),
                 y = std::abs(uv.y - 0.5) * kHeight_m - (0.5 * kHeight_m - kCornerRadius_m);
    return kCornerRadius_m - (x > 0 && y > 0 ? std::hypot(x, y) : std::max(x, y));
}

class AnalyticSheet : public ::testing::TestWithParam<Sheet> {
protected:
    AnalyticSheet() : mesh_(GetParam().mesh()), scene_(device_, description(mesh_)) {}
    static SceneDescription description(const Mesh& mesh) {
        SceneDescription d;
        d.environment = constant_environment(1);
        d.films.push_back({mesh, plain_film(0.5)});
        return d;
    }

    Device device_;
    Mesh mesh_;
    Scene scene_;
    optics::Camera camera_ = phone();
};

TEST_P(AnalyticSheet, EveryPixelOfTheFilmHasTheTextureCoordinatesOfItsCentre) {
    // Round corners are chords: they stay within 0.9 % of the radius of the arc.
    constexpr double kUnsure_m = 0.009 * kCornerRadius_m + 2e-6;
    const GroundTruth maps = render_maps(scene_, camera_);
    double worst = 0, worst_rim = 0;
    int pixels = 0, rim = 0;
    const auto mask = maps.mask.view<uint8_t>();
    for (int r = 0; r < kSide_px; ++r)
        for (int c = 0; c < kSide_px; ++c) {
            const Vec2d centre{c + 0.5, r + 0.5}, truth = seen_from(GetParam(), camera_, centre);
            const double depth_m = inside_m(truth);
            if (std::abs(depth_m) > kUnsure_m) {
                ASSERT_EQ(mask(r, c) != 0, depth_m > 0) << r << " " << c << " " << depth_m;
            }
            if (mask(r, c) == 0) continue;
            const float* const uv = maps.uv.view<float>().pixel(r, c);
            const double error =
                length(camera_.project(GetParam().at({double(uv[0]), double(uv[1])})) - centre);
            worst = std::max(worst, error);
            ++pixels;
            const bool at_rim = maps.coverage.view<uint8_t>()(r, c) < 255;
            if (!at_rim) continue;
            ++rim;
            worst_rim = std::max(worst_rim, error);
        }
    EXPECT_GT(pixels, 50000);
    EXPECT_GT(rim, 300);
    EXPECT_LT(worst, kMostError_px);
    EXPECT_LT(worst_rim, kMostError_px);
    RecordProperty("worst_px", std::to_string(worst));
}

TEST_P(AnalyticSheet, EveryTexelOfTheBackwardMapIsWhereThePhotoHasIt) {
    constexpr int kRows = 448, kColumns = 364;
    const Image bm = geometry::backward_map(
        mesh_, kRows, kColumns,
        [&](Span<geometry::TexelPoint> texels) {
            std::vector<FilmPoint> points(texels.size());
            for (size_t k = 0; k < points.size(); ++k) {
                points[k].world_m = texels[k].world_m;
                points[k].face = uint32_t(texels[k].face);
            }
            look(scene_, camera_, 0, points);
            for (size_t k = 0; k < points.size(); ++k) {
                texels[k].px = points[k].px;
                texels[k].visible = is_visible(points[k].seen);
            }
        },
        kSide_px, kSide_px);
    double worst = 0, worst_rim = 0;
    for (int r = 0; r < kRows; ++r)
        for (int c = 0; c < kColumns; ++c) {
            const Vec2d uv{(c + 0.5) / kColumns, (r + 0.5) / kRows};
            const double depth_m = inside_m(uv);
            const Vec2d px = camera_.project(GetParam().at(uv));
            const bool in_frame = px.x > 0 && px.y > 0 && px.x < kSide_px && px.y < kSide_px;
            const float* const at = bm.view<float>().pixel(r, c);
            if (std::abs(depth_m) > 0.009 * kCornerRadius_m) {
                ASSERT_EQ(std::isfinite(at[0]), depth_m > 0 && in_frame) << r << " " << c;
            }
            if (!std::isfinite(at[0])) continue;
            const double error = length(
                Vec2d{0.5 * (double(at[0]) + 1) * kSide_px, 0.5 * (double(at[1]) + 1) * kSide_px} - px);
            worst = std::max(worst, error);
            if (r == 0 || c == 0 || r == kRows - 1 || c == kColumns - 1)
                worst_rim = std::max(worst_rim, error);
        }
    EXPECT_GT(worst_rim, 0);
    EXPECT_LT(worst, kMostError_px);
    EXPECT_LT(worst_rim, kMostError_px);
    RecordProperty("worst_px", std::to_string(worst));
}

INSTANTIATE_TEST_SUITE_P(Shapes, AnalyticSheet,
                         // Facets of a cylinder lie cell^2 / 8 radius inside it: 0.3 um here.
                         ::testing::Values(Sheet{"plane", 0, 14, 17}, Sheet{"cylinder", 5, 513, 631}),
                         [](const auto& shape) { return shape.param.name; });

}  // namespace
}  // namespace radforge::path
