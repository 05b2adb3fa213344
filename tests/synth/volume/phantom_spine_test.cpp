// SPDX-License-Identifier: Apache-2.0
#include "synth/volume/phantom_spine.h"

#include <gtest/gtest.h>

namespace radforge::volume {
namespace {

Volume scan_vertebra() {
    Anatomy a;
    a.add({{-80, -70, -90}, {80, 90, 90}}, [](Vec3f, Tissue) { return Tissue::Muscle; });
    add_vertebra(a, {{0, 0, 0}, 22, 16, 11, 40, 60, 12}, 5);
    ScanGeometry g;
    g.slices = 30, g.rows = g.columns = 160;
    g.slice_spacing_mm = g.slice_thickness_mm = 2;
    return scan(a, g, {});
}
Tissue at(const Volume& v, int s, int r, int c) {
    return Tissue(v.labels[(size_t(s) * size_t(v.rows) + size_t(r)) * size_t(v.columns) + size_t(c)]);
}

TEST(Vertebra, ShellEnclosesMarrowAndTheCanalHoldsTheCord) {
    const Volume v = scan_vertebra();
    const int middle = 15, x0 = 80;
    EXPECT_EQ(at(v, middle, 80, x0), Tissue::SpongyBone);
    int cord_row = -1;
    for (int r = 85; r < 130 && cord_row < 0; ++r)
        if (at(v, middle, r, x0) == Tissue::SpinalCord) cord_row = r;
    ASSERT_GT(cord_row, 0);
    // From the cord every way out of the axial plane at pedicle level meets bone.
    const int pedicle = 17;
    for (const int step : {-1, 1}) {
        bool bone = false;
        for (int c = x0; c > 20 && c < 140; c += step)
            bone |= at(v, pedicle, cord_row, c) == Tissue::CorticalBone;
        EXPECT_TRUE(bone);
    }
    bool in_front = false;
    for (int r = cord_row; r > 60; --r) in_front |= at(v, pedicle, r, x0) == Tissue::CorticalBone;
    EXPECT_TRUE(in_front);
}

TEST(Vertebra, DiscLiesBelowTheBody) {
    const Volume v = scan_vertebra();
    EXPECT_EQ(at(v, 7, 80, 80), Tissue::Disc);     // z = -15 mm, body half height 11 mm
    EXPECT_EQ(at(v, 28, 80, 80), Tissue::Muscle);  // above the body
}

TEST(CervicalSpine, AtlasRingSurroundsTheDensAndTheCord) {
    Anatomy a;
    a.add({{-80, -80, -160}, {80, 80, 20}}, [](Vec3f, Tissue) { return Tissue::Muscle; });
    add_cervical_spine(a, {0, 0, 0}, 3);
    ScanGeometry g;
    g.slices = 1, g.rows = g.columns = 160;
    g.slice_thickness_mm = 1;
    g.centre_mm = {0, 0, -14};
    const Volume v = scan(a, g, {});
    EXPECT_EQ(at(v, 0, 96, 80), Tissue::SpinalCord);
    bool dens = false, arch = false;
    for (int r = 72; r < 90; ++r) dens |= at(v, 0, r, 80) == Tissue::CorticalBone;
    for (int r = 104; r < 122; ++r) arch |= at(v, 0, r, 80) == Tissue::CorticalBone;
    EXPECT_TRUE(dens);
    EXPECT_TRUE(arch);
}

}  // namespace
}  // namespace radforge::volume
