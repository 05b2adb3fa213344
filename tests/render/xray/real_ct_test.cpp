// SPDX-License-Identifier: Apache-2.0
// Real scans through reader, material split and projector.
#include "render/xray/material_split.h"
#include "render/xray/projector.h"
#include "synth/base/log.h"
#include "synth/volume/source.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace radforge::xray {
namespace {

Volume scan(const std::string& folder) {
    Logger logger(LogFormat::Text, true);
    const std::string path = RADFORGE_SHARED_DIR "/data/ct/" + folder;
    const std::vector<volume::CtSource> sources =
        volume::find_sources(Span<const std::string>(&path, 1), logger);
    return volume::load(sources.at(0));
}

Image projected(const Grid& grid, const View& view) {
    ProjectorOptions options;
    options.method = Method::ShearWarp;
    return std::move(make_projector(grid, options)->project(Span<const View>(&view, 1))[0]);
}

// Mass on the detector, g: a parallel beam loses nothing.
double image_mass_g(const Image& image, double pitch_mm) {
    double sum = 0;
    for (const float v : image.values<float>()) sum += double(v);
    return sum * pitch_mm * pitch_mm * 1e-3;
}

double grid_mass_g(const Grid& grid) {
    double sum = 0;
    for (const float v : grid.values) sum += double(v);
    const Mat3d& m = grid.step_mm;
    return sum * std::fabs(dot(m.column(0), cross(m.column(1), m.column(2)))) * 1e-3;
}

// Mean over a rectangle given in mm from the middle of the image.
double mean(const Image& image, double pitch_mm, double x0, double x1, double y0, double y1) {
    double sum = 0, count = 0;
    for (int r = 0; r < image.height_px; ++r)
        for (int c = 0; c < image.width_px; ++c) {
            const double x = (c - .5 * (image.width_px - 1)) * pitch_mm,
                         y = (r - .5 * (image.height_px - 1)) * pitch_mm;
            if (x >= x0 && x < x1 && y >= y0 && y < y1) sum += double(image.view<float>()(r, c)), ++count;
        }
    return sum / count;
}

TEST(RealCt, AChestKeepsItsMassAndShowsTheHeartOnTheRightOfTheImage) {
    const MaterialGrids chest = material_grids(scan("chest_lidc0001"));
    const double pitch_mm = 1;
    const View view = radiograph_view(Radiograph::AnteroPosterior, Beam::Parallel, chest.water.centre_mm(),
                                      1500, 1800, pitch_mm, 380, 400);
    const Image water = projected(chest.water, view), bone = projected(chest.bone, view);
    const double mass_g = image_mass_g(water, pitch_mm);
    EXPECT_NEAR(mass_g / grid_mass_g(chest.water), 1, 2e-3);
    EXPECT_NEAR(image_mass_g(bone, pitch_mm) / grid_mass_g(chest.bone), 1, 5e-3);
    EXPECT_GT(mass_g, 15e3);  // a thorax weighs 15 to 45 kg
    EXPECT_LT(mass_g, 45e3);

    // The spine marks the midline; beside it, at the height of the heart, lies the apex on the patient's
    // left.
    const double midline = 0;
    EXPECT_GT(mean(bone, pitch_mm, midline - 20, midline + 20, -100, 100),
              2 * mean(bone, pitch_mm, midline + 40, midline + 80, -100, 100));
    const double left = mean(water, pitch_mm, 30, 70, -45, 0),
                 right = mean(water, pitch_mm, -70, -30, -45, 0);
    EXPECT_GT(left, 1.1 * right) << left << " " << right;
    // Lungs lie above the liver: the head is up.
    EXPECT_LT(mean(water, pitch_mm, -100, -50, -80, -30), .8 * mean(water, pitch_mm, -100, -50, 90, 140));
}

TEST(RealCt, ATiltedHeadWithUnevenSlicesKeepsItsMass) {
    const Volume head = scan("head_ge_tilt");
    const MaterialGrids grids = material_grids(head);
    const Vec3d rows = grids.water.step_mm.column(1), slices = grids.water.step_mm.column(2);
    EXPECT_NEAR(std::fabs(dot(rows, slices)) / (length(rows) * length(slices)), std::sin(18.5 * M_PI / 180),
                2e-3);
    const View view = radiograph_view(Radiograph::LeftLateral, Beam::Parallel, grids.water.centre_mm(), 1000,
                                      1500, .75, 400, 520);
    const Image bone = projected(grids.bone, view);
    EXPECT_NEAR(image_mass_g(bone, .75) / grid_mass_g(grids.bone), 1, 5e-3);
    EXPECT_GT(grid_mass_g(grids.bone), 300);  // the upper part of a skull
    EXPECT_LT(grid_mass_g(grids.bone), 1600);
}

}  // namespace
}  // namespace radforge::xray
