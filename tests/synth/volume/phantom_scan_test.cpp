// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/phantom_scan.h"

#include "synth/base/parallel.h"
#include "synth/volume/phantom_analytic.h"
#include "synth/volume/phantom_shape.h"

#include <gtest/gtest.h>

#include <cmath>

namespace radforge::volume {
namespace {

constexpr Vec3f kCentre{6, -9, 4}, kRadii{34, 24, 29};

Anatomy liver_in_fat() {
    Anatomy a;
    a.add({{-70, -60, -200}, {70, 60, 200}}, [](Vec3f, Tissue) { return Tissue::Fat; });
    a.add(box_around(kCentre, kRadii), [](Vec3f p, Tissue under) {
        return ellipsoid_distance(p, kCentre, kRadii) < 0 ? Tissue::Liver : under;
    });
    return a;
}

ScanGeometry grid(int slices, double spacing_mm, double tilt_deg = 0) {
    ScanGeometry g;
    g.slices = slices, g.rows = g.columns = 160;
    g.slice_spacing_mm = g.slice_thickness_mm = spacing_mm;
    g.gantry_tilt_deg = tilt_deg;
    return g;
}

ScanPhysics ideal() {
    ScanPhysics p;
    p.blur_mm = 0;
    return p;
}

TEST(Scan, VolumeOfAnEllipsoidOrganIsRightWithinTwoPercent) {
    Ellipsoid truth;
    truth.semi_axes_mm = {kRadii.x, kRadii.y, kRadii.z};
    for (const double spacing : {2.0, 5.0}) {
        const Volume v = scan(liver_in_fat(), grid(int(100 / spacing), spacing), ideal());
        double voxels = 0;
        for (const uint8_t label : v.labels) voxels += label == uint8_t(Tissue::Liver);
        EXPECT_NEAR(voxels * spacing / truth.volume_mm3(), 1, 0.02) << spacing;
    }
}

TEST(Scan, MeanHuIsKeptWhenSlicesAreTwiceAsThick) {
    const auto mean = [](int slices, double spacing) {
        const Volume v = scan(liver_in_fat(), grid(slices, spacing), ideal());
        double sum = 0;
        for (const int16_t hu : v.hu) sum += hu;
        return sum / double(v.hu.size());
    };
    EXPECT_NEAR(mean(40, 2.5), mean(20, 5), 1.0);
    EXPECT_NEAR(mean(20, 5), mean(10, 10), 1.0);
}

TEST(Scan, ThickSlicesMixTheTissuesTheyCross) {
    Anatomy a;
    a.add({{-70, -60, -50}, {70, 60, 0}}, [](Vec3f, Tissue) { return Tissue::Liver; });
    const Volume v = scan(a, grid(1, 10), ideal());  // the slice straddles the edge of the slab
    const double half = 0.5 * (tissue_facts(Tissue::Liver).hu_mean + tissue_facts(Tissue::Air).hu_mean);
    EXPECT_NEAR(v.at(0, 80, 80), half, 3 * tissue_facts(Tissue::Liver).hu_deviation);
}

TEST(Scan, GeometryOfTheVolumePlacesTheOrganUnderGantryTilt) {
    for (const double tilt : {0.0, 18.5, -12.0}) {
        Anatomy anatomy = liver_in_fat();
        anatomy.scanner_from_body =
            rotation_about({0, 0, 1}, 0.3) * Mat3d{{{1.1, 0, 0}, {0, 1, 0}, {0, 0, 0.9}}};
        anatomy.position_mm = {3, 5, -2};
        const Volume v = scan(anatomy, grid(60, 2, tilt), ideal());
        ASSERT_EQ(v.slice_origin_mm.size(), 60u);
        Vec3d sum{};
        double count = 0;
        for (int s = 0; s < v.slices; ++s)
            for (int r = 0; r < v.rows; ++r)
                for (int c = 0; c < v.columns; ++c)
                    if (v.labels[(size_t(s) * 160 + size_t(r)) * 160 + size_t(c)] == uint8_t(Tissue::Liver)) {
                        sum += v.slice_origin_mm[size_t(s)] + v.row_direction * (c * v.column_spacing_mm) +
                               v.column_direction * (r * v.row_spacing_mm);
                        ++count;
                    }
        const Vec3d expected = anatomy.scanner_from_body * to_double(kCentre) + anatomy.position_mm;
        ASSERT_GT(count, 0);
        EXPECT_LT(length(sum / count - expected), 0.15) << tilt;
        const double apart =
            dot(v.slice_origin_mm[1] - v.slice_origin_mm[0], cross(v.row_direction, v.column_direction));
        EXPECT_NEAR(apart, 2, 1e-9);
        const Vec3d stacking = normalized(v.slice_origin_mm[1] - v.slice_origin_mm[0]);
        EXPECT_NEAR(
            std::acos(std::min(1.0, dot(stacking, cross(v.row_direction, v.column_direction)))) * 57.29577951,
            std::abs(tilt), 1e-3);
    }
}

TEST(Scan, RoundFieldIsPaddedOutsideTheCircleOnly) {
    ScanGeometry g = grid(1, 5);
    g.round_field = true;
    const Volume v = scan(liver_in_fat(), g, ideal());
    EXPECT_EQ(v.at(0, 2, 2), Volume::kHuPadding);
    EXPECT_NE(v.at(0, 80, 2), Volume::kHuPadding);
    EXPECT_NE(v.at(0, 80, 80), Volume::kHuPadding);
}

TEST(Scan, CouchLiesUnderThePatientAndNowhereElse) {
    for (const Couch couch : {Couch::Headrest, Couch::Table}) {
        ScanGeometry g = grid(1, 5);
        g.couch = couch;
        g.couch_y_mm = 60;
        const Volume v = scan(Anatomy{}, g, ideal());
        EXPECT_EQ(v.labels[size_t(141) * 160 + 80], uint8_t(Tissue::TableShell));  // y = 61.5 mm
        EXPECT_EQ(v.labels[size_t(80) * 160 + 80], uint8_t(Tissue::Air));
    }
}

TEST(Scan, LaterPartsCoverEarlierOnes) {
    Anatomy a;
    a.add(box_around({0, 0, 0}, {40, 40, 40}), [](Vec3f, Tissue) { return Tissue::Muscle; });
    a.add(box_around({0, 0, 0}, {20, 20, 40}),
          [](Vec3f, Tissue under) { return under == Tissue::Muscle ? Tissue::Blood : under; });
    const Volume v = scan(a, grid(1, 5), ideal());
    EXPECT_EQ(v.labels[size_t(80) * 160 + 80], uint8_t(Tissue::Blood));
    EXPECT_EQ(v.labels[size_t(80) * 160 + 110], uint8_t(Tissue::Muscle));
    EXPECT_EQ(v.labels[size_t(80) * 160 + 130], uint8_t(Tissue::Air));
}

TEST(Scan, ThreadCountDoesNotChangeABit) {
    ScanPhysics physics;
    physics.noise_hu = 5, physics.streak_hu = 3, physics.noise_key = 9;
    const auto with = [&](int threads) {
        const ThreadLimit limit(threads);
        return scan(liver_in_fat(), grid(12, 5), physics);
    };
    const Volume one = with(1), two = with(2);
    EXPECT_EQ(one.hu, two.hu);
    EXPECT_EQ(one.labels, two.labels);
}

}  // namespace
}  // namespace radforge::volume
